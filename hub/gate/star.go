package gate

import (
	"context"

	"lares/cameras/fault"
	"lares/hub/journal"
	"lares/hub/store"
)

// Star says whether the event of a Star pass is to be kept: what is starred is
// never deleted, neither for room nor by Discard.
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
		return tx.Star(ctx, p.camera, p.event, on)
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
