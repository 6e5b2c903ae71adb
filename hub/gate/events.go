package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
)

// EventFilter selects a page of events.
type EventFilter struct {
	Before string          // EventPage.Next of the page before; "" is the newest page
	Camera *media.CameraID // only this camera's
	Kind   media.Kind      // only of this kind; "" is all
	Star   bool            // only what somebody wants kept
	// Since and Until are when the event began, Until not included; zero is no
	// bound.
	Since, Until time.Time
	// Class, Zone and Text are looked for in what is sealed; "" is all. The first
	// two are whole words of it, and each word of Text is somewhere in it, all
	// without regard to case.
	Class, Zone, Text string
	Limit             int // 1 to 200; 0 is 50
}

// Event is one thing that was noticed.
type Event struct {
	ID                 media.EventID
	Camera             media.CameraID
	Clips              []EventClip // its parts that the caller may see, in order; at most maxParts
	Kind               media.Kind
	recorder.EventText      // opened with the caller's keys; zero without one
	Star               bool // somebody wants it kept
	Start              time.Time
	End                time.Time     // zero while it goes on
	Duration           time.Duration // of all these parts; one that is being written counts when it ended
	// Picture is which of the parts has the picture that shows most; zero where none has one.
	Picture   media.ClipID
	Preview   bool // that part has a preview
	Recording bool // a part is still being written
}

// EventClip is one part of an event. A camera that changes its picture, falls
// silent or goes on for long makes several of them.
type EventClip struct {
	ID        media.ClipID
	Start     time.Time
	Duration  time.Duration // zero while it is written
	Recording bool
	Damaged   bool // or gone
}

// EventPage is one page of events, newest first.
type EventPage struct {
	Events []Event
	Next   string // for EventFilter.Before; "" on the last page
}

const (
	defaultEvents = 50
	maxEvents     = 200

	// maxParts bounds the parts in one page, and so its size (about 70 kB) and
	// the rows it reads: a camera that changes every two seconds while it is
	// triggered makes a part each time. A page ends before an event that does
	// not fit; an event of more parts alone shows its first. At five minutes a
	// part, these are more than 40 hours.
	maxParts = 500
)

// Events lists events of the cameras whose history the caller may see. A page
// may hold fewer than the limit, even none, and still have a Next: one request
// looks at no more than maxScan texts. It returns ErrNotFound for a filter on a
// camera that is not among them, and ErrInput for a Before that Events did not
// make or a Limit out of bounds.
func (g *Gate) Events(ctx context.Context, c account.Caller, f EventFilter) (EventPage, error) {
	page, err := g.events(ctx, c, f)
	if err != nil {
		return EventPage{}, g.answer(err)
	}
	return page, nil
}

func (g *Gate) events(ctx context.Context, c account.Caller, f EventFilter) (EventPage, error) {
	now, err := g.ready()
	if err != nil {
		return EventPage{}, err
	}
	q := store.EventQuery{Account: c.Principal(), Now: now, History: bit(History), Audio: bit(Audio), Limit: f.Limit, Parts: maxParts}
	if q.Limit == 0 {
		q.Limit = defaultEvents
	}
	if q.Limit < 1 || q.Limit > maxEvents {
		return EventPage{}, ErrInput
	}
	if q.Before, q.BeforeEvent, err = parseCursor(f.Before); err != nil {
		return EventPage{}, err
	}
	within := answerIn
	if f.sealed() {
		within = searchIn
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if f.Camera != nil {
		q.Camera = *f.Camera
		if _, _, err := g.admit(ctx, c, q.Camera, History); err != nil {
			if errors.Is(err, ErrNotFound) || errors.Is(err, store.ErrNoRow) {
				g.Denied(c, q.Camera)
			}
			return EventPage{}, err
		}
	}
	if f.Kind != "" && !f.Kind.Valid() {
		return EventPage{}, ErrInput
	}
	q.Kind, q.Star, q.Since, q.Until = f.Kind, f.Star, f.Since, f.Until
	if f.sealed() {
		return g.search(ctx, c, newSearch(f), q)
	}
	limit := q.Limit
	q.Limit++ // one more says whether there is a next page
	rows, err := g.visibleEvents(ctx, c, q, fault.EventList)
	if err != nil {
		return EventPage{}, err
	}
	var page EventPage
	if limit = min(limit, fitting(rows)); len(rows) > limit {
		rows = rows[:limit]
		page.Next = formatCursor(rows[limit-1].Start, rows[limit-1].Event)
	}
	page.Events, err = g.openEvents(ctx, c, rows)
	return page, err
}

// visibleEvents looks events up, for a list or a search. Each row says whose right
// it was found by: a list of somebody else's events is refused whole.
func (g *Gate) visibleEvents(ctx context.Context, c account.Caller, q store.EventQuery, site fault.Site) ([]store.VisibleEvent, error) {
	rows, err := g.cfg.Store.VisibleEvents(ctx, q)
	if err != nil {
		return nil, err
	}
	if fault.On && len(rows) > 0 {
		rows = fault.Swap(site, media.ID[struct{}](q.Account).String(), rows)
	}
	for _, r := range rows {
		if r.For != q.Account {
			return nil, g.crossing(site, r.Camera, c.Account)
		}
	}
	return rows, nil
}

// fitting is how many of these events fit into one page with their parts; one
// always does.
func fitting(rows []store.VisibleEvent) int {
	parts := 0
	for i, r := range rows {
		if parts += len(r.Parts); i > 0 && parts > maxParts {
			return i
		}
	}
	return len(rows)
}

// openEvents opens the texts of one page with the caller's keys. A text the
// caller has no key for, or one that does not open, is left out; the latter is
// counted. Of what was heard, who does not hear the camera is told nothing.
func (g *Gate) openEvents(ctx context.Context, c account.Caller, rows []store.VisibleEvent) ([]Event, error) {
	out := make([]Event, 0, len(rows))
	reader := textReader{gate: g, caller: c}
	for _, r := range rows {
		text, err := reader.text(ctx, r)
		if err != nil {
			return nil, err
		}
		out = append(out, eventOf(r, text))
	}
	return out, reader.end(ctx)
}

// eventOf is an event as a caller may see it, with its opened text.
func eventOf(r store.VisibleEvent, text recorder.EventText) Event {
	e := Event{
		ID: r.Event, Camera: r.Camera, Kind: r.Kind, EventText: text, Star: r.Star, Start: r.Start, End: r.End,
		Duration: r.Duration, Recording: r.Recording,
	}
	for _, p := range r.Parts {
		if p.Thumbnail && (e.Picture.IsZero() || p.Clip == r.Picture) {
			e.Picture, e.Preview = p.Clip, p.Preview
		}
		e.Clips = append(e.Clips, EventClip{ID: p.Clip, Start: p.Start, Duration: p.Duration, Recording: p.Recording, Damaged: p.Damaged})
	}
	return e
}
