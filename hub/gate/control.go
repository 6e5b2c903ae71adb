package gate

import (
	"context"
	"errors"
	"sync"
	"time"

	"lares/cameras"
	"lares/cameras/control"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
)

// Controller has cameras do something; cameras.Fleet's Control is one.
type Controller func(ctx context.Context, id media.CameraID, o control.Order) (control.Found, error)

// Control has the camera of a pass do something: by a PTZ pass what is about
// where it looks, by a Manage pass all else. It returns ErrInput, ErrPrivate,
// ErrNotFound, ErrUnavailable or a control.Problem.
func (g *Gate) Control(ctx context.Context, p Pass, o control.Order) (control.Found, error) {
	needs := Manage
	if o.Do.OfPTZ() {
		needs = PTZ
	}
	if !p.isFor(needs) {
		return control.Found{}, g.crossing("pass", p.camera, p.account)
	}
	if o.Check() != nil {
		return control.Found{}, ErrInput
	}
	now, err := g.mayControl(ctx, p)
	if err != nil {
		return control.Found{}, g.answer(err)
	}
	found, err := g.cfg.Control(ctx, p.camera, o)
	var problem control.Problem
	switch {
	case errors.Is(err, cameras.ErrNoCamera), errors.Is(err, cameras.ErrNotRunning):
		err = control.Silent
	case err != nil && !errors.As(err, &problem):
		return control.Found{}, g.answer(err)
	}
	g.noteControl(p, o, err, now)
	return found, err
}

// mayControl asks again whether the pass still stands, and whether the camera is
// on the air.
func (g *Gate) mayControl(ctx context.Context, p Pass) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	now, err := g.now()
	if err != nil {
		return now, err
	}
	if err := stands(ctx, g.cfg.Store.View, p, now); err != nil {
		return now, err
	}
	setting, err := g.privacyOf(ctx, g.cfg.Store.View, p.camera)
	if err != nil {
		return now, err
	}
	if off, _ := g.offAir(setting); off {
		return now, ErrPrivate
	}
	return now, nil
}

// noteControl tells the journal what somebody had a camera do, also where it is
// not certain that it was done. Turning is one line for a while, not one for each
// move, and to look is none.
func (g *Gate) noteControl(p Pass, o control.Order, err error, now time.Time) {
	unanswered := errors.Is(err, control.Silent) || errors.Is(err, control.Garbled)
	if err != nil && !unanswered {
		return
	}
	detail := map[string]any{}
	if unanswered {
		detail["unanswered"] = true
	}
	var kind journal.Kind
	switch o.Do {
	case control.Move, control.GoTo, control.GoHome:
		if !g.turns.first(p, now) {
			return
		}
		kind = journal.Turned
	case control.SetPicture:
		kind = journal.Adjusted
	case control.Switch:
		kind, detail["on"] = journal.Switched, o.On
	case control.Reboot:
		kind = journal.Rebooted
	default:
		return
	}
	e := p.entry(kind)
	e.Detail = detail
	g.journal(e)
}

const (
	// turnedFor is how long turning a camera is one line of the journal.
	turnedFor = 10 * time.Minute
	maxTurns  = 1024
)

// turns remembers who has turned which camera lately. The zero turns are ready
// for use.
type turns struct {
	mu    sync.Mutex // guards following
	noted map[turn]time.Time
}

type turn struct {
	camera  media.CameraID
	session account.SessionID
}

// first reports whether the journal knows nothing of it yet. What does not fit is
// told once too often.
func (t *turns) first(p Pass, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := turn{p.camera, p.session}
	if at, ok := t.noted[k]; ok && now.Sub(at).Abs() < turnedFor {
		return false
	}
	if t.noted == nil || len(t.noted) >= maxTurns {
		t.noted = map[turn]time.Time{}
	}
	t.noted[k] = now
	return true
}
