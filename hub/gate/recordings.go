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

const (
	// maxRecordings bounds a page of clips by time: more than two days of stretches.
	maxRecordings = 1000
	// longestSpan is how much may be asked about at once.
	longestSpan = 32 * 24 * time.Hour
)

// RecordingFilter selects a page of what is recorded of a camera.
type RecordingFilter struct {
	Camera   media.CameraID
	From, To time.Time // To is not included; 32 days at most
	After    string    // RecordingPage.Next of the page before; "" is the first one
}

// Recording is one clip by its time.
type Recording struct {
	Clip      media.ClipID
	Event     media.EventID // zero of a stretch: what was recorded while no event went on
	Beside    bool          // it is the sub stream, recorded beside the main one
	Start     time.Time
	Duration  time.Duration // zero while it is written
	State     recorder.ClipState
	Thumbnail bool
	Preview   bool
}

// RecordingPage is one page, oldest first.
type RecordingPage struct {
	Recordings []Recording
	Next       string // for RecordingFilter.After; "" on the last page
}

// Recordings lists the clips of a camera that reach into a span, as far as the caller may
// see them: each by the rule of AdmitClip for History. It returns ErrNotFound, ErrInput for
// what cannot be meant, ErrCrossed or ErrUnavailable.
func (g *Gate) Recordings(ctx context.Context, c account.Caller, f RecordingFilter) (RecordingPage, error) {
	page, err := g.recordings(ctx, c, f)
	if err != nil {
		return RecordingPage{}, g.answer(err)
	}
	return page, nil
}

func (g *Gate) recordings(ctx context.Context, c account.Caller, f RecordingFilter) (page RecordingPage, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	p, m, err := g.admit(ctx, c, f.Camera, History)
	if err != nil {
		return page, err
	}
	if !f.valid() {
		return page, ErrInput
	}
	q := store.RecordingQuery{Camera: p.camera, History: m.HistoryFrom, Heard: p.heard, From: f.From, To: f.To, Limit: maxRecordings + 1}
	if p.mine {
		q.History = allHistory()
	}
	var last media.EventID
	if q.After, last, err = parseCursor(f.After); err != nil {
		return page, err
	}
	q.AfterClip = media.ClipID(last)
	rows, err := g.clipList(ctx, c, q)
	if err != nil {
		return page, err
	}
	if len(rows) > maxRecordings {
		rows = rows[:maxRecordings]
		end := rows[maxRecordings-1]
		page.Next = formatCursor(end.Start, media.EventID(end.Clip))
	}
	for _, r := range rows {
		page.Recordings = append(page.Recordings, recordingOf(r))
	}
	return page, nil
}

// Recording is one clip as Recordings lists it, and of which camera it is, if the caller may see
// it now. It returns ErrNotFound, ErrCrossed or ErrUnavailable.
func (g *Gate) Recording(ctx context.Context, c account.Caller, id media.ClipID) (media.CameraID, Recording, error) {
	p, err := g.AdmitClip(ctx, c, id, History)
	if err != nil {
		return media.CameraID{}, Recording{}, err
	}
	clip, err := g.Clip(ctx, p)
	if err != nil {
		return media.CameraID{}, Recording{}, err
	}
	return p.camera, recordingOf(clip.ClipRow), nil
}

func recordingOf(r recorder.ClipRow) Recording {
	one := Recording{Clip: r.Clip, Event: r.Event, Beside: r.Beside, Start: r.Start, Duration: r.Duration, State: r.State, Thumbnail: r.Thumbnail, Preview: r.Preview}
	if r.Stretch {
		one.Event = media.EventID{}
	}
	return one
}

// clipList looks up clips of a camera, each of which says whose it is.
func (g *Gate) clipList(ctx context.Context, c account.Caller, q store.RecordingQuery) ([]recorder.ClipRow, error) {
	rows, err := g.cfg.Store.Recordings(ctx, q)
	if err != nil {
		return nil, err
	}
	return compared(fault.ClipList, q.Camera.String(), rows,
		func(r recorder.ClipRow) bool { return r.Camera != q.Camera },
		func(r recorder.ClipRow) error { return g.crossing(fault.ClipList, r.Camera, c.Account) })
}

// valid reports whether the span is one that can be meant.
func (f RecordingFilter) valid() bool {
	return inRange(f.From) && inRange(f.To) && f.From.Before(f.To) && f.To.Sub(f.From) <= longestSpan
}

// inRange reports whether a time is one that a clip can have.
func inRange(t time.Time) bool { return t.Unix() >= 0 && t.Year() < 2262 }
