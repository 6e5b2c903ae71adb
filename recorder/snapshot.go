package recorder

import (
	"context"
	"time"

	"lares/cameras/media"
)

// snapshotLimit bounds the wait for a camera's picture.
const snapshotLimit = 10 * time.Second

// askSnapshot asks the camera for a picture, one at a time.
func (t *take) askSnapshot(ctx context.Context) {
	if t.asked || t.picture.Type == media.UnitSnapshot || t.c.isBeside() {
		return
	}
	t.asked = true
	t.asking.Add(1)
	go func() {
		defer t.asking.Done()
		ctx, cancel := context.WithTimeout(ctx, snapshotLimit)
		defer cancel()
		u, err := t.c.r.config.Source.Snapshot(ctx, t.c.id)
		if err != nil {
			t.c.r.config.Log.Debug("no picture for a clip", "camera", t.c.id.String(), "error", err)
			u = media.Unit{}
		}
		t.snapshots <- u
	}()
}

// takeSnapshot seals the picture that was asked for, once it is here and a file of
// its epoch is open: it shows the present, and the file may hold the past.
func (t *take) takeSnapshot(ctx context.Context) {
	if t.asked {
		select {
		case t.picture = <-t.snapshots:
			if t.asked = false; t.picture.Type == media.UnitSnapshot {
				t.c.pictured(Sight{At: t.picture.Received, Unit: t.picture})
			}
		default:
		}
	}
	u := t.picture
	if t.part == nil || u.Type != media.UnitSnapshot || !t.c.fits(u, t.part.row.KID) {
		return
	}
	t.picture = media.Unit{}
	if t.part.row.Thumbnail {
		return
	}
	if p, ok := t.c.pictures(u); ok {
		t.wrote(t.part.thumbnail(p, u.Received))
	}
}

// pictures opens a sealed picture, in memory of its own: a unit may be waiting in the
// take's. It is false of one whose run is forgotten, and of one that is none.
func (c *camera) pictures(u media.Unit) (p media.Pictures, ok bool) {
	o := c.opener(u.Run)
	if o == nil {
		return p, false
	}
	au, _, err := o.Open(nil, u)
	if err == nil {
		p, err = media.ParsePictures(au.Data)
	}
	if err != nil {
		c.r.config.Log.Warn("picture for a clip does not open", "camera", c.id.String(), "error", err)
	}
	return p, err == nil
}
