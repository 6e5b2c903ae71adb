package gate

import (
	"context"
	"errors"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
	"lares/recorder/retention"
)

// StarsFull says that an event is not starred: with it what is starred of its owner's cameras
// would take more than it may, and other people's recordings would go for it.
type StarsFull struct {
	Own bool // the owner asks: nobody else is told how much it is
	// Starred is what stars take already in the room that the event would fill, Event what it
	// takes of it, and May how much they may take together; in bytes.
	Starred, Event, May int64
}

// Error says it without any number.
func (StarsFull) Error() string { return "gate: what is starred takes all it may" }

// Star says whether the event of a Star pass is to be kept: what is starred is
// never deleted, neither for room nor by Discard. It returns StarsFull where stars
// take too much already.
func (g *Gate) Star(ctx context.Context, p Pass, on bool) error {
	if p.event.IsZero() || !p.isFor(Star) {
		return g.crossing("pass", p.camera, p.account)
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	now, err := g.now()
	if err != nil {
		return err
	}
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := stands(ctx, tx.View, p, now); err != nil {
			return err
		}
		if !on {
			return tx.Star(ctx, p.camera, p.event, on)
		}
		return g.keep(ctx, tx, p)
	})
	if err == nil {
		g.cfg.Listed(p.camera, p.event)
		kind := journal.Starred
		if !on {
			kind = journal.Unstarred
		}
		g.noteEvent(p, kind)
	}
	return g.answer(err)
}

// keep stars the event of a pass if there is room for that.
func (g *Gate) keep(ctx context.Context, tx *store.Tx, p Pass) error {
	cameras, err := tx.RecordedCameras(ctx)
	if err != nil {
		return err
	}
	of, own := map[media.CameraID]account.ID{}, []media.CameraID(nil)
	for _, c := range cameras {
		of[c.ID] = c.Owner
	}
	for id, owner := range of {
		if owner == of[p.camera] {
			own = append(own, id)
		}
	}
	before, err := tx.Starred(ctx, own)
	if err != nil {
		return err
	}
	if err := tx.Star(ctx, p.camera, p.event, true); err != nil {
		return err
	}
	after, err := tx.Starred(ctx, own)
	if err != nil {
		return err
	}
	rooms, err := g.starRooms(ctx, tx, of, of[p.camera])
	if err != nil {
		return err
	}
	for _, r := range rooms {
		if was, is := before.In(r), after.In(r); is > was && is > r.Bytes {
			if p.account != of[p.camera] {
				return StarsFull{}
			}
			return StarsFull{Own: true, Starred: was, Event: is - was, May: r.Bytes}
		}
	}
	return nil
}

// starRooms are how much of each room what is starred of an account's cameras may take: its equal
// part, as if everybody recorded much, for a star is a promise for good; and its quota. For a
// moment after a start rooms are not known, and count for nothing.
func (g *Gate) starRooms(ctx context.Context, tx *store.Tx, of map[media.CameraID]account.ID, who account.ID) (rooms []retention.Room, err error) {
	quotas, err := tx.Quotas(ctx)
	if err != nil {
		return nil, err
	}
	if quota := quotas[who]; quota > 0 {
		rooms = append(rooms, retention.Room{Bytes: retention.StarsMay(quota, 1)})
	}
	recorded, err := g.cfg.Recorded()
	if errors.Is(err, recorder.ErrCounting) {
		return rooms, nil
	} else if err != nil {
		return nil, err
	}
	places, err := tx.CameraPools(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range recorded.Rooms() {
		share := map[account.ID]bool{}
		for id, owner := range of {
			if r.Has(poolAt(recorded.Pools, places[id]).Number) {
				share[owner] = true
			}
		}
		for at := range recorded.Used {
			if owner, listed := of[at.Camera]; listed && r.Has(at.Pool) {
				share[owner] = true
			}
		}
		r.Bytes = retention.StarsMay(r.Bytes, len(share))
		rooms = append(rooms, r)
	}
	return rooms, nil
}

// Discard deletes the clips of the event of a Delete pass, as far as the caller
// sees them, and the event with its last one. It returns ErrStarred or
// ErrRecording for one that must stay, and has done nothing then.
func (g *Gate) Discard(ctx context.Context, p Pass) error {
	if p.event.IsZero() || !p.isFor(Delete) {
		return g.crossing("pass", p.camera, p.account)
	}
	err := g.mark(ctx, p)
	if err == nil {
		g.noteEvent(p, journal.Deleted) // nobody sees it any more, whatever the files do
		err = g.cfg.Discard(ctx, p.camera)
	}
	return g.answer(err)
}

// noteEvent tells the journal what somebody did with the event of a pass.
func (g *Gate) noteEvent(p Pass, kind journal.Kind) {
	e := p.entry(kind)
	e.Object = p.event
	g.cfg.Journal.Add(e)
}

// mark takes the clips out of every list, in one step with the look whether
// they may go.
func (g *Gate) mark(ctx context.Context, p Pass) error {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	now, err := g.now()
	if err != nil {
		return err
	}
	return g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := stands(ctx, tx.View, p, now); err != nil {
			return err
		}
		e, err := tx.VisibleEvent(ctx, p.event, allHistory(), p.heard, 1)
		switch {
		case err != nil:
			return err
		case e.Event != p.event || e.Camera != p.camera:
			return g.crossing(fault.EventRow, e.Camera, p.account)
		case e.Star:
			return ErrStarred
		case e.Recording || e.End.IsZero():
			return ErrRecording
		}
		return tx.DiscardEvent(ctx, p.camera, p.event, p.from)
	})
}
