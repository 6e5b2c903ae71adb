package recorder

import (
	"context"

	"lares/cameras/media"
)

// listed is an Index that tells which events changed in it. What a removal took
// with it is not told: nothing is left to show.
type listed struct {
	Index
	tell func(media.CameraID, media.EventID)
}

func (l listed) EventPut(ctx context.Context, e EventRow) error {
	return l.told(l.Index.EventPut(ctx, e), e.Camera, e.Event)
}

func (l listed) ClipOpened(ctx context.Context, c ClipRow) error {
	return l.clip(l.Index.ClipOpened(ctx, c), c)
}

func (l listed) ClipClosed(ctx context.Context, c ClipRow) error {
	return l.clip(l.Index.ClipClosed(ctx, c), c)
}

// clip tells of a clip's event; a stretch has none.
func (l listed) clip(err error, c ClipRow) error {
	if c.Stretch {
		return err
	}
	return l.told(err, c.Camera, c.Event)
}

func (l listed) told(err error, camera media.CameraID, event media.EventID) error {
	if err == nil {
		l.tell(camera, event)
	}
	return err
}
