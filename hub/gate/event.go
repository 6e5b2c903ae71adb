package gate

import (
	"context"
	"errors"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
)

// AdmitEvent is Admit for one event, whose camera its row names; a is History,
// Export, Star or Delete. An event from before a grant's "from now" is ErrNotFound, and so is one that was only
// heard to who does not hear the camera.
func (g *Gate) AdmitEvent(ctx context.Context, c account.Caller, event media.EventID, a Action) (Pass, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	p, err := g.admitEvent(ctx, c, event, a)
	return p, g.answer(err)
}

func (g *Gate) admitEvent(ctx context.Context, c account.Caller, event media.EventID, a Action) (Pass, error) {
	if a != History && a != Export && a != Star && a != Delete {
		return Pass{}, ErrNotFound
	}
	row, err := g.cfg.Store.EventHead(ctx, event)
	if errors.Is(err, store.ErrNoRow) {
		g.vain(ctx, c, a)
	}
	if err != nil {
		return Pass{}, err
	}
	if fault.On {
		row = fault.Swap(fault.EventRow, row.Camera.String(), row)
	}
	if row.Event != event {
		return Pass{}, g.crossing(fault.EventRow, row.Camera, c.Account)
	}
	p, m, err := g.admit(ctx, c, row.Camera, a)
	if err != nil {
		return Pass{}, err
	}
	if !p.mine && row.Start.Before(m.HistoryFrom) || !p.heard && row.Kind == media.KindSound {
		return Pass{}, ErrNotFound
	}
	p.event, p.from = event, m.HistoryFrom
	if p.mine {
		p.from = allHistory()
	}
	return p, nil
}

// Event is one event as Events lists it, if the caller may see it now: session,
// grant and history are asked, and its text is opened with the caller's own
// keys, for this answer alone. By which limits it counted is for those who may manage
// the camera, as the limits are. It returns ErrNotFound, ErrCrossed or ErrUnavailable.
func (g *Gate) Event(ctx context.Context, c account.Caller, id media.EventID) (Event, error) {
	e, err := g.event(ctx, c, id)
	return e, g.answer(err)
}

func (g *Gate) event(ctx context.Context, c account.Caller, id media.EventID) (Event, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	p, err := g.admitEvent(ctx, c, id, History)
	if err != nil {
		return Event{}, err
	}
	row, err := g.cfg.Store.VisibleEvent(ctx, id, p.from, p.heard, maxParts)
	if err != nil {
		return Event{}, err
	}
	if fault.On {
		row = fault.Swap(fault.EventPage, p.camera.String(), row)
	}
	if row.Event != id || row.Camera != p.camera {
		return Event{}, g.crossing(fault.EventPage, row.Camera, c.Account)
	}
	list, err := g.openEvents(ctx, c, []store.VisibleEvent{row})
	if err != nil {
		return Event{}, err
	}
	e := list[0]
	if e.Why != nil && !p.managed {
		bare := e.Why.Bare()
		e.Why = &bare
	}
	return e, nil
}
