package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/recorder"
)

const (
	videoMP4  = "video/mp4"
	imageJPEG = "image/jpeg"
)

type clipView struct {
	ID        media.ClipID       `json:"id"`
	Camera    media.CameraID     `json:"camera"`
	Start     moment             `json:"start"`
	End       moment             `json:"end,omitzero"`
	Duration  int64              `json:"duration_ms"`
	Bytes     int64              `json:"bytes"`
	State     recorder.ClipState `json:"state"`
	Thumbnail bool               `json:"thumbnail"`
	Fragments int                `json:"fragments"`
}

func (s *Server) clipGet(q *request) error {
	info, err := s.cfg.Gate.Clip(q.ctx, q.pass)
	if err != nil {
		return err
	}
	_, layout, closeClip, err := s.openClip(q)
	if err != nil {
		return err
	}
	defer closeClip()
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Clip    clipView   `json:"clip"`
	}{q.caller.Account, clipView{
		ID: info.Clip, Camera: info.Camera, Start: moment(info.Start), End: moment(info.End),
		Duration: int64(layout.Duration / 90), Bytes: info.Bytes, State: info.State,
		Thumbnail: info.Thumbnail, Fragments: len(layout.Fragments()),
	}})
}

// openClip opens the pass's clip file, ciphertext, and lays it out.
func (s *Server) openClip(q *request) (*recorder.Clip, *recorder.Layout, func(), error) {
	c, err := s.cfg.Recorder.Clip(q.ctx, q.pass.Camera(), q.pass.Clip())
	if err != nil {
		return nil, nil, nil, err
	}
	layout, err := c.MP4()
	if err != nil {
		_ = c.Close()
		return nil, nil, nil, err
	}
	return c, layout, func() { _ = c.Close() }, nil
}

// clipMP4 answers the whole clip or one range of it (RFC 9110 §14). There is no
// validator a client could have: If-Range never matches, so the whole answers.
func (s *Server) clipMP4(q *request) error {
	c, layout, closeClip, err := s.openClip(q)
	if err != nil {
		return err
	}
	want, kind := span{0, layout.Size}, rangeWhole
	if len(q.Request().Header.Peek(fiber.HeaderIfRange)) == 0 && q.Method() == http.MethodGet {
		want, kind = parseRange(q.Get(fiber.HeaderRange), layout.Size)
	}
	q.Set(fiber.HeaderAcceptRanges, "bytes")
	switch kind {
	case rangeNone:
		closeClip()
		return &problem{
			status: http.StatusRequestedRangeNotSatisfiable, kind: "range", size: layout.Size,
			detail: "The clip ends before this range.",
		}
	case rangePart:
		q.Status(http.StatusPartialContent)
		q.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes %d-%d/%d", want.start, want.end-1, layout.Size))
	}
	return s.sendClip(q, c, gate.History, gate.MP4Part(want.start, want.end))
}

// sendClip streams a part of a clip, which it closes. The clip key is opened
// before anything is promised.
func (s *Server) sendClip(q *request, c *recorder.Clip, action gate.Action, part gate.Part) error {
	closeClip := func() { _ = c.Close() }
	size, err := gate.PartSize(c, part)
	var opener *gate.ClipOpener
	if err == nil {
		opener, err = s.cfg.Gate.Opener(q.ctx, q.pass, c)
	}
	if err != nil {
		closeClip()
		return err
	}
	q.Set(fiber.HeaderContentType, videoMP4)
	if q.Method() == http.MethodHead {
		closeClip()
		q.Context().Response.SkipBody = true
		q.Context().Response.Header.SetContentLength(streamSize(size))
		return nil
	}
	caller, id := q.caller, q.pass.Clip()
	return s.streams.send(q, body{
		size:  size,
		write: func(ctx context.Context, w *gate.Wire) error { return opener.Write(ctx, part, w) },
		may: func(ctx context.Context) error {
			_, err := s.cfg.Gate.AdmitClip(ctx, caller, id, action)
			return err
		},
		done: closeClip,
	})
}

func (s *Server) clipFragment(q *request) error {
	n, ok := parseBytePos(q.Params("fragment"))
	if !ok || n > 1<<20 || q.Params("fragment") != strconv.FormatInt(n, 10) {
		return notFound()
	}
	c, err := s.cfg.Recorder.Clip(q.ctx, q.pass.Camera(), q.pass.Clip())
	if err != nil {
		return err
	}
	return s.sendClip(q, c, gate.History, gate.FragmentPart(int(n)))
}

func (s *Server) clipInit(q *request) error {
	return s.sendSmall(q, gate.InitPart(), videoMP4)
}

func (s *Server) clipThumbnail(q *request) error {
	return s.sendSmall(q, gate.ThumbnailPart(), imageJPEG)
}

// sendSmall answers a part of a few kilobytes whole, so that a part that does
// not open is still a 404.
func (s *Server) sendSmall(q *request, part gate.Part, contentType string) error {
	c, err := s.cfg.Recorder.Clip(q.ctx, q.pass.Camera(), q.pass.Clip())
	if err != nil {
		return err
	}
	defer c.Close()
	var b bytes.Buffer
	wire := q.conn.Wire(q.caller.Session, &b)
	defer wire.End()
	if err := s.cfg.Gate.OpenClip(q.ctx, q.pass, c, part, wire); err != nil {
		return err
	}
	q.Set(fiber.HeaderContentType, contentType)
	q.Context().Response.SetBodyRaw(b.Bytes())
	return nil
}
