package gate

import (
	"context"
	"errors"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
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

// noted is what the journal has to hold before something goes out.
type noted interface {
	Durable(context.Context) error
}

// durable waits until the journal holds all of it for good; a slow commit is waited
// for as long as ctx allows. It returns ErrUnnoted, ErrUnavailable after its deadline,
// or that ctx was cancelled.
func (g *Gate) durable(ctx context.Context, all ...noted) error {
	for _, n := range all {
		err := n.Durable(ctx)
		if errors.Is(err, journal.ErrStuck) {
			g.cfg.Log.Error("gate: somebody receives nothing, for the journal takes nothing")
			return ErrUnnoted
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return ErrUnavailable
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Announce notes that a part is about to be delivered, and returns when the journal
// holds that for good: with it, a 200 may be promised. Write does so itself where
// nobody did. It returns ErrUnnoted, or that ctx ended. End what was announced.
func (o *ClipOpener) Announce(ctx context.Context, part Part) error {
	if o.delivery != nil || o.small(part) {
		return nil
	}
	o.delivery = o.gate.cfg.Journal.Begin(o.seen)
	err := o.gate.durable(ctx, o.delivery)
	if err != nil {
		o.End()
	}
	return err
}

// small reports whether a part is a picture, or few small ones: it is no view of its own,
// what a page shows is one row. For a guest it is part of the one view there is.
func (o *ClipOpener) small(part Part) bool {
	picture := part.kind == partThumbnail || part.kind == partSmall || part.kind == partPreview
	return picture && o.seen.Kind != journal.Guest
}

// showing notes that a picture of n bytes is about to be delivered, see small.
func (o *ClipOpener) showing(ctx context.Context, n int) error {
	v := o.seen
	v.Kind = journal.Thumbnails
	return o.gate.durable(ctx, o.gate.cfg.Journal.Seen(v, n))
}

// End notes that nothing more is delivered; twice is fine.
func (o *ClipOpener) End() {
	o.delivery.End()
	o.delivery = nil
}

// Announce notes that somebody is about to see what it opens, and returns when the
// journal holds that for good: nothing may be delivered before. It returns
// ErrUnnoted, or that ctx ended.
func (o *LiveOpener) Announce(ctx context.Context) error {
	if o.delivery == nil {
		o.delivery = o.gate.cfg.Journal.Begin(o.seen)
	}
	return o.gate.durable(ctx, o.delivery)
}

// Sent notes that n bytes of what it opened were delivered: call it once they
// are.
func (o *LiveOpener) Sent(n int) { o.delivery.Bytes(n) }

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

// by completes the entry of what a caller does: e lacks who it is.
func by(c account.Caller, e journal.Entry) journal.Entry {
	by := c.Entry(e.Kind)
	e.Account, e.Via, e.Session, e.Place = by.Account, by.Via, by.Session, by.Place
	return e
}

// enter notes what a caller does in the transaction that does it: what gives or takes
// a right is never there without its row, whenever the hub is killed.
func (g *Gate) enter(ctx context.Context, tx *store.Tx, c account.Caller, e journal.Entry) error {
	return g.cfg.Journal.Due(ctx, tx, by(c, e))
}

// did is journal for what a caller did; e lacks who it was.
func (g *Gate) did(c account.Caller, e journal.Entry) { g.journal(by(c, e)) }

// journal writes an entry of something that was done and gives nobody a right, and
// returns when that is durable. That the journal does not take it at once is no
// reason to say that it was not done.
func (g *Gate) journal(e journal.Entry) {
	ctx, cancel := context.WithTimeout(context.Background(), answerIn)
	defer cancel()
	if err := g.cfg.Journal.Put(ctx, e); err != nil {
		g.cfg.Log.Error("gate: what was done waits for the journal", "kind", e.Kind, "error", err)
	}
}
