package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/gofiber/fiber/v2"

	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

// maxThumbnails bounds the pictures of one page.
const maxThumbnails = 50

// pictures suits a body of so many ids, and an answer that streams.
var pictures = limits{read: readTimeout, write: progressTimeout, body: 4 << 10}

// thumbnailsPost answers the pictures of many clips as one page, one after the
// other, each admitted when it is its turn.
func (s *Server) thumbnailsPost(q *request) error {
	ids, small, err := q.clipList()
	if err != nil {
		return err
	}
	page, err := s.cfg.Gate.Thumbnails(q.ctx, q.caller, small)
	if err != nil {
		return err
	}
	find := func(ctx context.Context, p gate.Pass) (*recorder.Clip, error) {
		return s.cfg.Recorder.Clip(ctx, p.Camera(), p.Clip())
	}
	if err := page.Announce(q.ctx, ids, find); err != nil { // while it can be said why
		return err
	}
	q.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
	return s.streams.send(q, body{
		size: -1,
		write: func(ctx context.Context, w *gate.Wire) error {
			if err := page.Begin(w); err != nil {
				return err
			}
			for _, id := range ids {
				if err := page.Item(ctx, id, find, w); err != nil {
					return err
				}
			}
			return nil
		},
		may:  page.Stands,
		done: func() {},
	})
}

// clipList reads which clips a page is of, and whether small pictures will do. What is no
// id is a clip that is not there.
func (q *request) clipList() (ids []media.ClipID, small bool, err error) {
	var names []string
	if err := q.read(field{name: "clips", into: &names, max: maxID, required: true}, field{name: "small", into: &small}); err != nil {
		return nil, false, err
	}
	if len(names) > maxThumbnails {
		return nil, false, badField("clips", fmt.Sprintf("A page has at most %d clips.", maxThumbnails))
	}
	for _, name := range names {
		if id, err := media.ParseClipID(name); err == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, small, nil
}

// thumbnailRoutes are many pictures at once. The path names no clip: each of
// the body's is admitted by the gate.
func thumbnailRoutes() []route {
	return []route{
		{http.MethodPost, scopePath + "/thumbnails", scoped, tokensToo, none, "", pictures, (*Server).thumbnailsPost},
	}
}
