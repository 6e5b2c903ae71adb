package detector

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// errNone says that there is nothing to ask: no detector by now, no opener, no picture.
var errNone = errors.New("detector: nothing to ask")

// answer asks one question and hands on what counts of the answer.
func (a *Asker) answer(ctx context.Context, l *lane, q question) {
	to, jpeg, err := a.prepare(ctx, l, q)
	if err != nil {
		if !errors.Is(err, errNone) && ctx.Err() == nil {
			a.cfg.Log.Debug("a detector is not asked about a picture", "camera", q.Camera.String(), "error", err)
		}
		return
	}
	a.counted(q)
	began := a.cfg.Clock.Now()
	list, err := to.ask(ctx, a.cfg.Here, jpeg)
	if ctx.Err() != nil {
		return
	}
	var f Fault
	if err != nil && !errors.As(err, &f) {
		f = FaultAnswer
	}
	now := a.cfg.Clock.Now()
	a.mu.Lock()
	was := l.status.Fault
	l.came(f, now, now.Sub(began))
	wanted := a.cameras[q.Camera] != nil && a.cameras[q.Camera].lane == l
	a.mu.Unlock()
	if f != "" && was == "" {
		a.cfg.Log.Warn("a detector does not answer; it is asked ever more seldom", "camera", q.Camera.String(), "fault", string(f))
	}
	if f != "" || !wanted {
		return
	}
	if seen, ok := to.recognised(q.Picture, list); ok {
		a.cfg.Found(seen)
	}
}

// prepare finds out where a picture may go, and opens it.
func (a *Asker) prepare(ctx context.Context, l *lane, q question) (to Target, jpeg []byte, err error) {
	r, err := a.runOf(l, q)
	if err != nil {
		return to, nil, err
	}
	to, err = a.cfg.Target(ctx, q.Camera, len(q.Unit.Sealed)-seal.UnitOverhead)
	if err != nil {
		return to, nil, err
	}
	if to.Camera != q.Camera {
		a.cfg.Crossed(fault.Detector, q.Camera)
		return to, nil, errNone
	}
	if to.Lane != l.name { // it changed since
		return to, nil, errNone
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	au, _, err := r.opener.Open(nil, q.Unit)
	if errors.Is(err, seal.ErrCrossed) {
		a.cfg.Crossed(fault.Detector, q.Camera)
	}
	if err != nil {
		return to, nil, err
	}
	p, err := media.ParsePictures(au.Data)
	if err == nil && len(p.Large) == 0 {
		err = errNone
	}
	return to, p.Large, err
}

// runOf finds what opens a picture.
func (a *Asker) runOf(l *lane, q question) (*run, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.cameras[q.Camera]
	if fault.On && w != nil {
		w = fault.Swap(fault.Detector, q.Camera.String(), w)
	}
	switch {
	case w == nil:
		return nil, errNone
	case w.id != q.Camera || q.Unit.Camera != q.Camera:
		a.cfg.Crossed(fault.Detector, q.Camera)
		return nil, errNone
	case w.lane != l:
		return nil, errNone
	}
	i := slices.IndexFunc(w.runs, func(r *run) bool { return r.id == q.Unit.Run })
	if i < 0 {
		return nil, errNone
	}
	return w.runs[i], nil
}

// counted counts a question about an event.
func (a *Asker) counted(q question) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.cameras[q.Camera]; w != nil && w.event == q.Event {
		w.asked++
	}
}

// Try asks the detector at an address about a picture of nothing, and returns how long it
// took or a Fault.
func (a *Asker) Try(ctx context.Context, s Settings) (time.Duration, error) {
	jpeg, err := nothing()
	if err != nil {
		return 0, err
	}
	began := a.cfg.Clock.Now()
	_, err = s.ask(ctx, a.cfg.Here, jpeg)
	return a.cfg.Clock.Now().Sub(began), err
}
