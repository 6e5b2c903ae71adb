package gate

import (
	"context"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
)

// SeekFilter says which moment of a camera is looked for.
type SeekFilter struct {
	Camera media.CameraID
	At     time.Time
	Back   bool         // what was before At, and not what is there or comes after
	Not    media.ClipID // the clip that was played: what comes after is looked for elsewhere

	from time.Time   // where is looked instead of At; zero is there
	gone []Recording // what is passed over, as far as it might be found again
}

// Without also passes over what was found, as it does not open, and nothing else.
func (f SeekFilter) Without(r Recording) SeekFilter {
	over := func(r Recording) bool {
		return r.State != recorder.StateOpen && !r.Start.Add(r.Duration).After(f.place())
	}
	if r.Start.After(f.place()) || f.Back && over(r) {
		f.from = r.Start // no other one began in between
	}
	f.gone = slices.DeleteFunc(append(slices.Clone(f.gone), r), func(r Recording) bool {
		if f.Back {
			return r.Start.After(f.place())
		}
		return over(r)
	})
	return f
}

// place is the time at which is looked.
func (f SeekFilter) place() time.Time {
	switch {
	case !f.from.IsZero():
		return f.from
	case f.Back:
		return f.At.Add(-1)
	}
	return f.At
}

// Seek finds the clip of a moment, or the nearest one behind it (before it, with Back), as far
// as the caller may see it, by the rule of AdmitClip for History; the pass is for that clip.
// It returns a zero pass where nothing is,
// and ErrNotFound, ErrInput, ErrCrossed or ErrUnavailable.
func (g *Gate) Seek(ctx context.Context, c account.Caller, f SeekFilter) (Pass, Recording, error) {
	p, r, err := g.findMoment(ctx, c, f)
	if err != nil {
		return Pass{}, Recording{}, g.answer(err)
	}
	return p, r, nil
}

func (g *Gate) findMoment(ctx context.Context, c account.Caller, f SeekFilter) (p Pass, r Recording, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	p, m, err := g.admit(ctx, c, f.Camera, History)
	if err != nil {
		return p, r, err
	}
	if !inRange(f.At) {
		return p, r, ErrInput
	}
	q := store.SeekQuery{Camera: p.camera, History: m.HistoryFrom, Heard: p.heard, At: f.place(), Back: f.Back, Not: []media.ClipID{f.Not}}
	for _, r := range f.gone {
		q.Not = append(q.Not, r.Clip)
	}
	if p.mine {
		q.History = allHistory()
	}
	rows, err := g.cfg.Store.Seek(ctx, q)
	if err != nil {
		return p, r, err
	}
	rows, err = compared(fault.ClipList, q.Camera.String(), rows,
		func(r recorder.ClipRow) bool { return r.Camera != q.Camera },
		func(r recorder.ClipRow) error { return g.crossing(fault.ClipList, r.Camera, c.Account) })
	if err != nil || len(rows) == 0 {
		return Pass{}, r, err
	}
	p.clip = rows[0].Clip
	return p, recordingOf(rows[0]), nil
}

// Begins is the fragment from which the moment plays in a clip that began at start.
func (f SeekFilter) Begins(l *recorder.Layout, start time.Time) int {
	at := f.At.Sub(start)
	if f.Back {
		at--
	}
	return l.At(uint64(max(0, at) * 90 / time.Millisecond)) // a clip lasts minutes
}
