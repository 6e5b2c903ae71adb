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
	ID     media.ClipID   `json:"id"`
	Camera media.CameraID `json:"camera"`
	Event  media.EventID  `json:"event,omitzero"` // none where no event began it
	Part   int            `json:"part"`           // its place among the event's clips, from 0
	// Preview says that it has small pictures of all of it.
	Preview bool `json:"preview"`
	filmView
}

// filmView is what a clip shows, without a word of whose it is.
type filmView struct {
	Start     moment             `json:"start"`
	End       moment             `json:"end,omitzero"`
	Duration  int64              `json:"duration_ms"`
	Bytes     int64              `json:"bytes"`
	State     recorder.ClipState `json:"state"`
	Thumbnail bool               `json:"thumbnail"`
	Fragments int                `json:"fragments"`
	Tracks    []clipTrack        `json:"tracks"`
}

// clipTrack is one track as the clip's playable form has it.
type clipTrack struct {
	Kind     string `json:"kind"`
	Codec    string `json:"codec"`
	MIME     string `json:"mime"`
	Width    uint16 `json:"width,omitempty"`
	Height   uint16 `json:"height,omitempty"`
	Recorded string `json:"recorded,omitempty"` // if that is another codec
}

func clipTracks(tracks []gate.Track) []clipTrack {
	views := make([]clipTrack, len(tracks))
	for i, t := range tracks {
		views[i] = clipTrack{Kind: "audio", Codec: t.Codec.String(), MIME: t.MIME, Width: t.Width, Height: t.Height}
		if t.Codec.Video() {
			views[i].Kind = "video"
		}
		if t.Recorded != t.Codec {
			views[i].Recorded = t.Recorded.String()
		}
	}
	return views
}

func (s *Server) clipGet(q *request) error {
	view, _, err := s.viewOfClip(q)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Clip    clipView   `json:"clip"`
	}{q.caller.Account, view})
}

// viewOfClip opens the pass's clip to see what it has, and where.
func (s *Server) viewOfClip(q *request) (v clipView, layout *recorder.Layout, err error) {
	info, err := s.cfg.Gate.Clip(q.ctx, q.pass)
	if err != nil {
		return v, nil, err
	}
	c, opener, err := s.openClip(q)
	if err != nil {
		return v, nil, err
	}
	defer c.Close()
	// not there yet, as long as the clip has nothing to play
	if layout, err = opener.Layout(q.ctx, gate.Recorded); err != nil {
		return v, nil, err
	}
	tracks, err := opener.Tracks(gate.Playable)
	if err != nil {
		return v, nil, err
	}
	if info.Stretch {
		info.Event = media.EventID{}
	}
	// the row of one that is open has the size of its begin, and the file lacks the end of one that is not
	size := max(info.Bytes, c.Size())
	return clipView{
		ID: info.Clip, Camera: info.Camera, Event: info.Event, Part: info.Part, Preview: info.Preview,
		filmView: filmView{
			Start: moment(info.Start), End: moment(info.End), Duration: int64(layout.Duration / 90), Bytes: size, State: info.State,
			Thumbnail: info.Thumbnail, Fragments: len(layout.Fragments()), Tracks: clipTracks(tracks),
		},
	}, layout, nil
}

// openClip opens the pass's clip file and its key; the caller closes the clip.
// What it finds there is what the file held now: a clip that is being written
// may be longer a moment later.
func (s *Server) openClip(q *request) (*recorder.Clip, *gate.ClipOpener, error) {
	c, err := s.cfg.Recorder.Clip(q.ctx, q.pass.Camera(), q.pass.Clip())
	if err != nil {
		return nil, nil, err
	}
	opener, err := s.cfg.Gate.Opener(q.ctx, q.pass, c)
	if err != nil {
		_ = c.Close()
		return nil, nil, err
	}
	return c, opener, nil
}

// clipMP4 answers the whole clip or one range of it (RFC 9110 §14). There is no
// validator a client could have: If-Range never matches, so the whole answers.
func (s *Server) clipMP4(q *request) error {
	c, opener, err := s.openClip(q)
	if err != nil {
		return err
	}
	layout, err := opener.Layout(q.ctx, gate.Playable)
	if err != nil {
		_ = c.Close()
		return err
	}
	want, kind := span{0, layout.Size}, rangeWhole
	if len(q.Request().Header.Peek(fiber.HeaderIfRange)) == 0 && q.Method() == http.MethodGet {
		want, kind = parseRange(q.Get(fiber.HeaderRange), layout.Size)
	}
	q.Set(fiber.HeaderAcceptRanges, "bytes")
	switch kind {
	case rangeNone:
		_ = c.Close()
		return &problem{
			status: http.StatusRequestedRangeNotSatisfiable, kind: "range", size: layout.Size,
			detail: "The clip ends before this range.",
		}
	case rangePart:
		q.Status(http.StatusPartialContent)
		q.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes %d-%d/%d", want.start, want.end-1, layout.Size))
	}
	return s.sendClip(q, c, opener, gate.History, gate.MP4Part(want.start, want.end, gate.Playable))
}

// sendClip streams a part of a clip, which it closes. The clip key is opened, and
// the journal holds who receives it, before anything is promised.
func (s *Server) sendClip(q *request, c *recorder.Clip, opener *gate.ClipOpener, action gate.Action, part gate.Part) error {
	size, err := opener.PartSize(q.ctx, part)
	if err != nil {
		_ = c.Close()
		return err
	}
	q.Set(fiber.HeaderContentType, videoMP4)
	if q.Method() == http.MethodHead {
		_ = c.Close()
		return q.headed(size)
	}
	may := s.mayStill(q, action)
	err = opener.Announce(q.ctx, part)
	if err == nil {
		err = may(q.ctx) // a commit may have taken long
	}
	if err != nil {
		opener.End()
		_ = c.Close()
		return err
	}
	return s.streams.send(q, body{
		size:  size,
		write: func(ctx context.Context, w *gate.Wire) error { return opener.Write(ctx, part, w) },
		may:   may,
		done: func() {
			opener.End()
			_ = c.Close()
		},
	})
}

func (s *Server) clipFragment(q *request) error {
	n, ok := parseBytePos(q.Params("fragment"))
	if !ok || n > 1<<20 || q.Params("fragment") != strconv.FormatInt(n, 10) {
		return notFound()
	}
	c, opener, err := s.openClip(q)
	if err != nil {
		return err
	}
	return s.sendClip(q, c, opener, gate.History, gate.FragmentPart(int(n)))
}

func (s *Server) clipInit(q *request) error {
	return s.sendSmall(q, gate.InitPart(), videoMP4)
}

func (s *Server) clipThumbnail(q *request) error {
	return s.sendSmall(q, gate.ThumbnailPart(), imageJPEG)
}

func (s *Server) clipSmall(q *request) error {
	return s.sendSmall(q, gate.SmallPart(), imageJPEG)
}

func (s *Server) clipPreview(q *request) error {
	return s.sendSmall(q, gate.PreviewPart(), fiber.MIMEOctetStream)
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
	if err := s.mayStill(q, gate.History)(q.ctx); err != nil { // a commit may have taken long
		return err
	}
	q.Set(fiber.HeaderContentType, contentType)
	q.Context().Response.SetBodyRaw(b.Bytes())
	return nil
}

// clipRoutes are recordings.
func clipRoutes() []route {
	return []route{
		{http.MethodGet, clipPath, scoped, tokensToo, clip, gate.History, noBody, (*Server).clipGet},
		{http.MethodGet, clipMP4Path, scoped, tokensToo, clip, gate.History, streaming, (*Server).clipMP4},
		{http.MethodGet, clipPath + "/init", scoped, tokensToo, clip, gate.History, streaming, (*Server).clipInit},
		{http.MethodGet, clipPath + "/fragments/:fragment", scoped, tokensToo, clip, gate.History, streaming, (*Server).clipFragment},
		{http.MethodGet, clipPath + "/thumbnail", scoped, tokensToo, clip, gate.History, streaming, (*Server).clipThumbnail},
		{http.MethodGet, clipPath + "/thumbnail/small", scoped, tokensToo, clip, gate.History, streaming, (*Server).clipSmall},
		{http.MethodGet, clipPath + "/preview", scoped, tokensToo, clip, gate.History, streaming, (*Server).clipPreview},
		{http.MethodPost, clipPath + "/download", scoped, tokensToo, clip, gate.Export, small, (*Server).downloadPost},
		{http.MethodGet, "/d/:download", download, tokensToo, none, "", streaming, (*Server).downloadGet},
	}
}
