package gate

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
)

const (
	// maxTimelineCameras bounds the cameras of one timeline, and maxTimelineBuckets the buckets
	// of all of them.
	maxTimelineCameras = 16
	maxTimelineBuckets = 1100
	// maxTimelineTime bounds the time that is looked at, of all cameras together: sums of so
	// long are 35,000 rows.
	maxTimelineTime = 366 * 24 * time.Hour
	// wholeRows is up to which span events and clips are looked at one by one, and
	// maxTimelineRows how many of them: of more there are the sums alone.
	wholeRows       = 36 * time.Hour
	maxTimelineRows = 5000
	// maxTimelineGaps bounds those that are looked at of each camera, which are few: of more
	// some are not shown.
	maxTimelineGaps = 20_000
	// timelineIn bounds one: so many rows take a small board longer than one look into the
	// database.
	timelineIn = 4 * time.Second
	// maxTimelineEvents bounds the events that are named, of all cameras together.
	maxTimelineEvents = 400
)

// TimelineFilter says what of which cameras is to be shown.
type TimelineFilter struct {
	Cameras  []media.CameraID // each once; 16 at most
	From, To time.Time        // To is not included; times the cameras 366 days at most
	Buckets  int              // how many are wished for, of each camera; all of them 1100 at most
}

// Timeline is what happened and was recorded of some cameras over a time.
type Timeline struct {
	From, To time.Time     // what was asked about, to whole buckets
	Step     time.Duration // the length of a bucket
	Now      time.Time     // until when what goes on is drawn
	Cameras  []CameraTimeline
}

// CameraTimeline is that of one camera. What is shorter than a bucket may be shown as long as
// one, and what lies closer together than that as one.
type CameraTimeline struct {
	Camera     media.CameraID
	Continuous []TimeSpan           // recorded while no event went on
	Recorded   []TimeSpan           // of events
	Beside     []TimeSpan           // of the sub stream, beside the main one
	Damaged    []TimeSpan           // of clips that are damaged or gone, and in none of these
	Events     map[media.Kind][]int // how many began in each bucket, of those kinds of which there are any
	Busy       []uint8              // which part of each bucket events went on, in percent
	Gaps       []TimelineGap        // at most one begins in each bucket
	Named      []NamedEvent         // each event, oldest first, unless Many
	Many       bool                 // there are too many to name
}

// TimelineGap is where nothing could be recorded although all was to be, or every event.
type TimelineGap struct {
	From, To time.Time
	Cause    recorder.GapCause // of the longest, where it is several
	Count    int               // of how many
	Open     bool              // it goes on, and To is now
}

// TimeSpan is from a time until another.
type TimeSpan struct{ From, To time.Time }

// NamedEvent is an event by its time.
type NamedEvent struct {
	ID    media.EventID
	Kind  media.Kind
	Start time.Time
	End   time.Time // zero while it goes on
	Star  bool
}

// Timeline shows what happened and was recorded of cameras over a time, as far as the caller
// may look back: rows are found by the rule of Events, each time anew, and so are the sums of
// them; what began before a grant's "from now" is in none. It opens no text. It returns
// ErrNotFound if one of the cameras is not the caller's to look back at, ErrInput for what
// cannot be meant, ErrCrossed or ErrUnavailable.
func (g *Gate) Timeline(ctx context.Context, c account.Caller, f TimelineFilter) (Timeline, error) {
	t, err := g.timeline(ctx, c, f)
	if err != nil {
		return Timeline{}, g.answer(err)
	}
	return t, nil
}

func (g *Gate) timeline(ctx context.Context, c account.Caller, f TimelineFilter) (t Timeline, err error) {
	ctx, cancel := context.WithTimeout(ctx, timelineIn)
	defer cancel()
	if t.Now, err = g.ready(); err != nil {
		return t, err
	}
	if len(f.Cameras) == 0 || len(f.Cameras) > maxTimelineCameras {
		return t, ErrInput
	}
	history := make([]time.Time, len(f.Cameras))
	for i, id := range f.Cameras {
		p, m, err := g.admit(ctx, c, id, History)
		if errors.Is(err, ErrNotFound) || errors.Is(err, store.ErrNoRow) {
			g.Denied(c, id)
		}
		if err != nil {
			return t, err
		}
		if history[i] = m.HistoryFrom; p.mine {
			history[i] = allHistory()
		}
		if slices.Contains(f.Cameras[:i], id) {
			return t, ErrInput
		}
	}
	n := time.Duration(len(f.Cameras))
	if !inRange(f.From) || !inRange(f.To) || !f.From.Before(f.To) || f.To.Sub(f.From) > maxTimelineTime/n || f.Buckets < 1 || f.Buckets > maxTimelineBuckets/len(f.Cameras) {
		return t, ErrInput
	}
	for step := stepOf(f.To.Sub(f.From), f.Buckets); ; step = store.Cell { // of all, so that all have the same buckets
		t.Step, t.From, t.To, t.Cameras = step, floor(f.From, step), floor(f.To.Add(step-1), step), nil
		whole := true
		for i, id := range f.Cameras {
			q := store.TimelineQuery{Account: c.Principal(), Now: t.Now, History: bit(History), Audio: bit(Audio), Camera: id, From: t.From, To: t.To, Limit: maxTimelineRows, Step: step}
			d := newDrawing(&t, id)
			if err := g.gapTimes(ctx, c, q, d); err != nil {
				return t, err
			}
			if step >= store.Cell {
				err = g.sums(ctx, c, q, history[i], d)
			} else {
				whole, err = g.rows(ctx, c, q, d)
			}
			if err != nil {
				return t, err
			}
			if !whole {
				break
			}
			t.Cameras = append(t.Cameras, d.timeline(maxTimelineEvents/len(f.Cameras)))
		}
		if whole {
			return t, nil
		}
	}
}

// rows draws events and clips one by one; it is not whole where there are too many.
func (g *Gate) rows(ctx context.Context, c account.Caller, q store.TimelineQuery, d *drawing) (whole bool, err error) {
	events, err := g.eventTimes(ctx, c, q)
	if err != nil {
		return false, err
	}
	clips, err := g.clipTimes(ctx, c, q)
	if err != nil || len(events) >= q.Limit || len(clips) >= q.Limit {
		return false, err
	}
	for _, e := range events {
		d.event(e)
	}
	for _, k := range clips {
		d.clip(k)
	}
	return true, nil
}

// sums draws what events and clips come to, and one by one what began before the first whole
// cell of the caller's history, and files that are still written.
func (g *Gate) sums(ctx context.Context, c account.Caller, q store.TimelineQuery, history time.Time, d *drawing) error {
	d.many = true
	cells, err := g.cfg.Store.Activity(ctx, q)
	if err != nil {
		return err
	}
	if cells, err = shown(g, c, q, cells, func(a store.Activity) store.Shown { return a.Shown }); err != nil {
		return err
	}
	d.sums(cells)
	if first := floor(history.Add(store.Cell-1), store.Cell); first.After(q.From) && first.After(history) {
		edge := q
		edge.From, edge.To = history, first
		if _, err := g.rows(ctx, c, edge, d); err != nil {
			return err
		}
	}
	return g.goingOn(ctx, c, q, d)
}

// goingOn draws what has no end yet, and counts in no sum how long it is.
func (g *Gate) goingOn(ctx context.Context, c account.Caller, q store.TimelineQuery, d *drawing) error {
	q.From, q.To = d.t.Now, d.t.Now.Add(time.Second)
	events, err := g.eventTimes(ctx, c, q)
	if err != nil {
		return err
	}
	clips, err := g.clipTimes(ctx, c, q)
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.End.IsZero() {
			d.went(e.Start, d.last(e.Start, e.End))
		}
	}
	for _, k := range clips {
		if k.Open {
			d.clip(k)
		}
	}
	return nil
}

// gapTimes draws the gaps; before clips, for what is being written ends where one begins that goes on.
func (g *Gate) gapTimes(ctx context.Context, c account.Caller, q store.TimelineQuery, d *drawing) error {
	q.Limit = maxTimelineGaps
	gaps, err := g.cfg.Store.TimelineGaps(ctx, q)
	if err != nil {
		return err
	}
	if gaps, err = shown(g, c, q, gaps, func(r store.TimelineGap) store.Shown { return r.Shown }); err == nil {
		d.gaps(gaps)
	}
	return err
}

// eventTimes looks up the events of a span.
func (g *Gate) eventTimes(ctx context.Context, c account.Caller, q store.TimelineQuery) ([]store.TimelineEvent, error) {
	events, err := g.cfg.Store.TimelineEvents(ctx, q)
	if err != nil {
		return nil, err
	}
	return shown(g, c, q, events, func(e store.TimelineEvent) store.Shown { return e.Shown })
}

// clipTimes looks up the clips of a span.
func (g *Gate) clipTimes(ctx context.Context, c account.Caller, q store.TimelineQuery) ([]store.TimelineClip, error) {
	clips, err := g.cfg.Store.TimelineClips(ctx, q)
	if err != nil {
		return nil, err
	}
	return shown(g, c, q, clips, func(k store.TimelineClip) store.Shown { return k.Shown })
}

// shown is what a look-up of a timeline found, each of which says by whose right, and of
// which camera it is.
func shown[R any](g *Gate, c account.Caller, q store.TimelineQuery, rows []R, of func(R) store.Shown) ([]R, error) {
	return compared(fault.Timeline, q.Camera.String(), rows,
		func(r R) bool { s := of(r); return s.Camera != q.Camera || s.For != q.Account },
		func(r R) error { return g.crossing(fault.Timeline, of(r).Camera, c.Account) })
}
