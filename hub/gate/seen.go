package gate

import (
	"context"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
)

// view begins the journal's note of what the pass lets somebody receive. Camera
// and clip are those of the sealed thing that is opened.
func (p Pass) view(kind journal.Kind, camera media.CameraID, clip media.ClipID) journal.View {
	v := p.by
	v.Kind, v.Camera, v.Object = kind, camera, clip
	return v
}

// Denied notes that a caller asked for a camera in vain. Whether it is there is
// looked up here as for any other, so that the time tells nothing.
func (g *Gate) Denied(c account.Caller, camera media.CameraID) {
	v := c.View(journal.Denied)
	v.Camera = camera
	g.cfg.Journal.Denied(v)
}

// DeniedClip is Denied for a clip, whose row names its camera.
func (g *Gate) DeniedClip(ctx context.Context, c account.Caller, clip media.ClipID) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	row, err := g.cfg.Store.ClipHead(ctx, clip)
	if err != nil || row.Clip != clip {
		row.Camera = media.CameraID{}
	}
	g.Denied(c, row.Camera)
}

// DeniedEvent is Denied for an event, whose row names its camera.
func (g *Gate) DeniedEvent(ctx context.Context, c account.Caller, event media.EventID) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	row, err := g.cfg.Store.EventHead(ctx, event)
	if err != nil || row.Event != event {
		row.Camera = media.CameraID{}
	}
	g.Denied(c, row.Camera)
}

// kind is what the journal calls a delivery of a clip by the pass.
func (p Pass) kind() journal.Kind {
	switch {
	case p.by.Via == journal.ViaGuest:
		return journal.Guest
	case p.action == Export:
		return journal.Export
	}
	return journal.Clip
}

// note begins a delivery of a part; bytes hears what was written. A picture is
// no view of its own: what a page shows is one row. For a guest it is part of
// the one view there is.
func (o *ClipOpener) note(part Part) (bytes func(int), end func()) {
	if part.kind == partThumbnail && o.seen.Kind != journal.Guest {
		sum, v := 0, o.seen
		v.Kind = journal.Thumbnails
		return func(n int) { sum += n }, func() {
			if sum > 0 {
				o.gate.cfg.Journal.Seen(v, sum)
			}
		}
	}
	d := o.gate.cfg.Journal.Begin(o.seen)
	return d.Bytes, d.End
}

// Sent notes that n bytes of what it opened were delivered: call it once they
// are.
func (o *LiveOpener) Sent(n int) {
	if o.delivery == nil {
		o.delivery = o.gate.cfg.Journal.Begin(o.seen)
	}
	o.delivery.Bytes(n)
}

// End notes that no more of it is delivered. Call it when the opener is let go
// of; nil is fine.
func (o *LiveOpener) End() {
	if o != nil {
		o.delivery.End()
	}
}

// entry begins the journal's entry of what somebody did by the pass.
func (p Pass) entry(kind journal.Kind) journal.Entry {
	return journal.Entry{Kind: kind, Account: p.by.Account, Via: p.by.Via, Session: p.by.Session, Place: p.by.Place, Camera: p.camera}
}

// did is journal for what a caller did; e lacks who it was.
func (g *Gate) did(c account.Caller, e journal.Entry) {
	by := c.Entry(e.Kind)
	e.Account, e.Via, e.Session, e.Place = by.Account, by.Via, by.Session, by.Place
	g.journal(e)
}

// journal writes an entry of something that was done, and returns when that is
// durable: a check of the journal must not miss a right that stands. That the
// journal does not take it at once is no reason to say that it was not done.
func (g *Gate) journal(e journal.Entry) {
	ctx, cancel := context.WithTimeout(context.Background(), answerIn)
	defer cancel()
	if err := g.cfg.Journal.Put(ctx, e); err != nil {
		g.cfg.Log.Error("gate: what was done waits for the journal", "kind", e.Kind, "error", err)
	}
}
