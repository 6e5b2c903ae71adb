package gate

import (
	"context"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
)

// maxGaps bounds a page of gaps.
const maxGaps = 1000

// Gap is a span in which nothing of a camera could be recorded although all was to be, or every
// event.
type Gap struct {
	From, To time.Time // To is zero while it goes on
	Cause    recorder.GapCause
	Event    media.EventID // the event that it began in, where events alone are recorded; else zero
	Count    int           // of how many
}

// GapPage is one page, oldest first.
type GapPage struct {
	Gaps []Gap
	Next string // for RecordingFilter.After; "" on the last page
}

// Gaps lists what is not recorded of a camera in a span, as far as the caller may look back:
// one that began before that begins with it. Who may not hear the camera gets none of an
// event that was only heard. It returns ErrNotFound, ErrInput for what cannot be meant,
// ErrCrossed or ErrUnavailable.
func (g *Gate) Gaps(ctx context.Context, c account.Caller, f RecordingFilter) (GapPage, error) {
	page, err := g.gaps(ctx, c, f)
	if err != nil {
		return GapPage{}, g.answer(err)
	}
	return page, nil
}

func (g *Gate) gaps(ctx context.Context, c account.Caller, f RecordingFilter) (page GapPage, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	p, m, err := g.admit(ctx, c, f.Camera, History)
	if err != nil {
		return page, err
	}
	if !f.valid() {
		return page, ErrInput
	}
	q := store.GapQuery{Camera: p.camera, History: m.HistoryFrom, Heard: p.heard, From: f.From, To: f.To, Limit: maxGaps + 1}
	if p.mine {
		q.History = allHistory()
	}
	if q.After, _, err = parseCursor(f.After); err != nil {
		return page, err
	}
	rows, err := g.gapList(ctx, c, q)
	if err != nil {
		return page, err
	}
	if len(rows) > maxGaps {
		rows = rows[:maxGaps]
		page.Next = formatCursor(rows[maxGaps-1].From, media.EventID{})
	}
	for _, r := range rows {
		one := Gap{From: r.From, To: r.To, Cause: r.Cause, Event: r.Event, Count: r.Count}
		if one.From.Before(q.History) {
			one.From = q.History
		}
		page.Gaps = append(page.Gaps, one)
	}
	return page, nil
}

// Gap is the gap of a camera that begins at a time, as Gaps lists it, if the caller may see it
// now. It returns ErrNotFound, ErrCrossed or ErrUnavailable.
func (g *Gate) Gap(ctx context.Context, c account.Caller, camera media.CameraID, from time.Time) (Gap, error) {
	page, err := g.Gaps(ctx, c, RecordingFilter{Camera: camera, From: from, To: from.Add(1)})
	if err != nil {
		return Gap{}, err
	}
	for _, one := range page.Gaps {
		if one.From.Equal(from) {
			return one, nil
		}
	}
	return Gap{}, ErrNotFound
}

// gapList looks up gaps of a camera, each of which says whose it is.
func (g *Gate) gapList(ctx context.Context, c account.Caller, q store.GapQuery) ([]recorder.GapRow, error) {
	rows, err := g.cfg.Store.Gaps(ctx, q)
	if err != nil {
		return nil, err
	}
	return compared(fault.GapList, q.Camera.String(), rows,
		func(r recorder.GapRow) bool { return r.Camera != q.Camera },
		func(r recorder.GapRow) error { return g.crossing(fault.GapList, r.Camera, c.Account) })
}
