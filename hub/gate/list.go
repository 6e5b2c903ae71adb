package gate

import (
	"context"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
)

// Camera is what a caller may know about a camera.
type Camera struct {
	ID        media.CameraID
	Name      string
	Owner     account.ID
	OwnerName string
	Mine      bool
	Actions   []Action // in the order of the constants
	Address   string   // of the main stream, without credentials; only with Manage
	Transport string   // of media, as in cameras.Access; only with Manage
	Clips     int64    // recorded clips the caller may see; 0 without History
	Bytes     int64    // their size on disk
	Shared    int      // with how many accounts; 0 unless Mine
	Granted   *Grant   // by what it is shared; nil if Mine, and without names
	Retired   bool     // it was handed over, and its recordings stay with this owner
}

// Cameras are the caller's own cameras and those shared with it, by name.
func (g *Gate) Cameras(ctx context.Context, c account.Caller) ([]Camera, error) {
	list, err := g.cameras(ctx, c, media.CameraID{})
	return list, g.answer(err)
}

// Camera is one of Cameras; any action on it suffices. ErrNotFound otherwise.
func (g *Gate) Camera(ctx context.Context, c account.Caller, id media.CameraID) (Camera, error) {
	if id.IsZero() {
		return Camera{}, ErrNotFound
	}
	list, err := g.cameras(ctx, c, id)
	if err != nil {
		return Camera{}, g.answer(err)
	}
	if len(list) != 1 || list[0].ID != id {
		return Camera{}, ErrNotFound
	}
	return list[0], nil
}

// cameras lists all cameras of a caller, or one.
func (g *Gate) cameras(ctx context.Context, c account.Caller, only media.CameraID) ([]Camera, error) {
	now, err := g.now()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	rows, err := g.cfg.Store.VisibleCameras(ctx, c.Principal(), now, bit(History), only)
	if err != nil {
		return nil, err
	}
	list := make([]Camera, 0, len(rows))
	for _, r := range rows {
		v := Camera{
			ID: r.ID, Name: r.Name, Owner: r.Owner, OwnerName: r.OwnerName, Mine: r.Owner == c.Principal(),
			Actions: named(r.Actions), Clips: r.Clips, Bytes: r.Bytes, Shared: int(r.Shared), Retired: !r.Retired.IsZero(),
		}
		if r.Grant != nil {
			granted := grantOf(*r.Grant)
			v.Granted = &granted
		}
		if v.Mine {
			v.Actions = actions[:]
		}
		if slices.Contains(v.Actions, Manage) && !v.Retired {
			access, err := g.openAccess(r.Camera)
			if err != nil {
				return nil, err
			}
			v.Address, v.Transport = access.Main, access.Transport
		}
		v.Actions = slices.Clone(v.Actions)
		list = append(list, v)
	}
	return list, nil
}

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
	Thumbnail          bool          // the first part has a picture
	Recording          bool          // a part is still being written
}

// EventClip is one part of an event. A camera that changes its picture, falls
// silent or goes on for long makes several of them.
type EventClip struct {
	ID        media.ClipID
	Start     time.Time
	Duration  time.Duration // zero while it is written
	Recording bool
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
// looks at no more than maxScan texts. It returns ErrNotFound for a filter on a camera that is not among them, and
// ErrInput for a Before that Events did not make or a Limit out of bounds.
func (g *Gate) Events(ctx context.Context, c account.Caller, f EventFilter) (EventPage, error) {
	page, err := g.events(ctx, c, f)
	return page, g.answer(err)
}

func (g *Gate) events(ctx context.Context, c account.Caller, f EventFilter) (EventPage, error) {
	now, err := g.now()
	if err != nil {
		return EventPage{}, err
	}
	q := store.EventQuery{Account: c.Principal(), Now: now, History: bit(History), Limit: f.Limit, Parts: maxParts}
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
	rows, err := g.cfg.Store.VisibleEvents(ctx, q)
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
// counted.
func (g *Gate) openEvents(ctx context.Context, c account.Caller, rows []store.VisibleEvent) ([]Event, error) {
	out := make([]Event, 0, len(rows))
	reader := textReader{gate: g, caller: c}
	defer reader.end()
	for _, r := range rows {
		text, err := reader.text(ctx, r.EventRow)
		if err != nil {
			return nil, err
		}
		out = append(out, viewEvent(r, text))
	}
	return out, nil
}

// viewEvent is an event as a caller may see it, with its opened text.
func viewEvent(r store.VisibleEvent, text recorder.EventText) Event {
	e := Event{
		ID: r.Event, Camera: r.Camera, Kind: r.Kind, EventText: text, Star: r.Star, Start: r.Start, End: r.End,
		Duration: r.Duration, Thumbnail: len(r.Parts) > 0 && r.Parts[0].Thumbnail, Recording: r.Recording,
	}
	for _, p := range r.Parts {
		e.Clips = append(e.Clips, EventClip{ID: p.Clip, Start: p.Start, Duration: p.Duration, Recording: p.Recording})
	}
	return e
}

// ClipInfo is the index entry of a clip.
type ClipInfo struct {
	recorder.ClipRow
	End time.Time // zero while it is being written
}

// Clip is the index entry of the pass's clip.
func (g *Gate) Clip(ctx context.Context, p Pass) (ClipInfo, error) {
	if p.clip.IsZero() || !p.isFor(History, Export, Star, Delete) {
		return ClipInfo{}, g.crossed("pass")
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	row, err := g.cfg.Store.Clip(ctx, p.clip)
	if err != nil {
		return ClipInfo{}, g.answer(err)
	}
	if row.Camera != p.camera || row.Clip != p.clip {
		return ClipInfo{}, g.crossed("clip row")
	}
	info := ClipInfo{ClipRow: row}
	if row.State != recorder.StateOpen {
		info.End = row.Start.Add(row.Duration)
	}
	return info, nil
}
