package store

import (
	"context"
	"database/sql"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// Cell is by how long a time events and clips are added up in the table activity.
const Cell = 15 * time.Minute

// What is shown of a camera over a time, in no order: each query finds by whose right it may
// be, as selectEvents does. ?1 account or token, ?2 now, ?3 history bits, ?4 camera, ?5 and ?6 the
// span, ?7 limit, ?10 audio bits.
const (
	// ?5 and ?6 are cells, ?9 how many are summed up. One in which the caller's history begins is
	// in no sum: see selectTimelineEvents.
	selectActivity query = visible + `
SELECT v.camera, v.found_for, a.cell / ?9, sum(a.motion_events), sum(iif(v.heard, a.sound_events, 0)), sum(a.camera_events), sum(a.doorbell_events), sum(a.tamper_events), sum(a.trigger_events),
  sum(a.busy_ns + iif(v.heard, a.sound_busy_ns, 0)), sum(a.clips_ns + iif(v.heard, a.sound_clips_ns, 0)), sum(a.stretches_ns), sum(a.beside_ns), sum(a.damaged_ns + iif(v.heard, a.sound_damaged_ns, 0))
FROM visible v CROSS JOIN activity a
WHERE a.camera = v.camera AND a.cell >= max(?5, (v.from_ns + 899999999999) / 900000000000) AND a.cell < ?6
GROUP BY v.camera, v.found_for, a.cell / ?9`
	// Beside those that begin in the span, the last one before it: events of a camera follow
	// each other.
	selectTimelineEvents query = visible + `
SELECT v.camera, v.found_for, e.id, e.kind, e.start_ns, e.end_ns, e.star
FROM visible v CROSS JOIN event e INDEXED BY event_camera
WHERE e.camera = v.camera AND e.start_ns < ?6 AND e.start_ns >= max(v.from_ns, coalesce(
  (SELECT b.start_ns FROM event b INDEXED BY event_camera WHERE b.camera = v.camera AND b.start_ns < ?5 ORDER BY b.start_ns DESC LIMIT 1), ?5))
AND (v.heard OR e.kind <> 'sound') AND (e.end_ns IS NULL OR e.start_ns >= ?5 OR ` + eventEnd + ` > ?5)
LIMIT ?7`
	// ?8 where the index begins to be read: see longestClip.
	selectTimelineClips query = visible + `
SELECT v.camera, v.found_for, k.start_ns, k.duration_ns, k.state = 'open', k.state = 'damaged', k.stretch, k.beside
FROM visible v CROSS JOIN clip k INDEXED BY clip_camera LEFT JOIN event e ON e.id = k.event
WHERE k.camera = v.camera AND k.start_ns >= max(v.from_ns, ?8) AND k.start_ns < ?6 AND k.state <> 'removing'
AND (k.state = 'open' OR ` + clipEnd + ` > ?5) AND (v.heard OR coalesce(e.kind, '') <> 'sound')
LIMIT ?7`
	// Of one that began before the caller's history, the rest.
	selectTimelineGaps query = visible + `
SELECT v.camera, v.found_for, max(g.from_ns, v.from_ns), g.to_ns, g.cause, g.count
FROM visible v CROSS JOIN gap g LEFT JOIN event e ON e.id = g.event
WHERE g.camera = v.camera AND g.from_ns < ?6 AND (g.to_ns IS NULL OR ` + gapEnd + ` > max(v.from_ns, ?5)) AND (v.heard OR coalesce(e.kind, '') <> 'sound')
LIMIT ?7`
)

func timelineStatements() []query {
	return []query{selectActivity, selectTimelineEvents, selectTimelineClips, selectTimelineGaps}
}

// TimelineQuery selects what of one camera an account or token may see of a span now.
type TimelineQuery struct {
	Account  PrincipalID
	Now      time.Time
	History  uint32 // action bits that allow history
	Audio    uint32 // those that allow sound: without, what was only heard is not there
	Camera   media.CameraID
	From, To time.Time     // To is not included
	Limit    int           // of events, clips and gaps, each
	Step     time.Duration // of Activity: a number of cells
}

func (q TimelineQuery) args(from, to int64) []any {
	return []any{q.Account[:], q.Now.UnixMilli(), q.History, q.Camera[:], from, to, q.Limit, q.From.Add(-longestClip).UnixNano(), int64(max(q.Step/Cell, 1)), q.Audio}
}

// Shown says by whose right a row was found, and of which camera it is.
type Shown struct {
	Camera media.CameraID
	For    PrincipalID
}

// Activity is what the events and clips come to that began within a step. Of the cell in which
// the caller's history begins nothing is in it.
type Activity struct {
	Shown
	Start     time.Time
	Events    [len(ActivityKinds)]int // how many of each kind
	Busy      time.Duration           // how long events went on
	Clips     time.Duration           // how much of them is recorded, but by files that are still written
	Stretches time.Duration           // how much between them
	Beside    time.Duration           // how much of the sub stream beside the main one
	Damaged   time.Duration           // how long clips are that are damaged or gone, and count in none of these
}

// Activity lists the sums of a camera's cells that begin in a span, step by step.
func (v View) Activity(ctx context.Context, q TimelineQuery) ([]Activity, error) {
	first, end := q.From.Add(Cell-1).UnixNano()/int64(Cell), q.To.Add(Cell-1).UnixNano()/int64(Cell)
	return all(ctx, v, selectActivity, q.args(first, end), func(r *sql.Rows, a *Activity) error {
		var step int64
		n := &a.Events
		err := r.Scan(&a.Camera, &a.For, &step, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &a.Busy, &a.Clips, &a.Stretches, &a.Beside, &a.Damaged)
		a.Start = fromNS(step * int64(max(q.Step, Cell)))
		return err
	})
}

// ActivityKinds are the kinds of events, in the order of the columns.
var ActivityKinds = [...]media.Kind{media.KindMotion, media.KindSound, media.KindCamera, media.KindDoorbell, media.KindTamper, media.KindTrigger}

// TimelineEvent is an event by its time.
type TimelineEvent struct {
	Shown
	Event media.EventID
	Kind  media.Kind
	Start time.Time
	End   time.Time // zero while it goes on
	Star  bool
}

// TimelineEvents lists events of a camera that reach into a span, as many as the limit.
func (v View) TimelineEvents(ctx context.Context, q TimelineQuery) ([]TimelineEvent, error) {
	return all(ctx, v, selectTimelineEvents, q.args(q.From.UnixNano(), q.To.UnixNano()), func(r *sql.Rows, e *TimelineEvent) error {
		var start int64
		var end sql.NullInt64
		err := r.Scan(&e.Camera, &e.For, &e.Event, &e.Kind, &start, &end, &e.Star)
		e.Start = fromNS(start)
		if end.Valid {
			e.End = fromNS(end.Int64)
		}
		return err
	})
}

// TimelineClip is a clip by its time.
type TimelineClip struct {
	Shown
	Start    time.Time
	Duration time.Duration // 0 while it is being written
	Open     bool          // it is
	Damaged  bool          // its file is damaged or gone
	Stretch  bool          // it was recorded while no event went on
	Beside   bool          // it is the sub stream, recorded beside the main one
}

// TimelineClips lists clips of a camera that reach into a span, as many as the limit.
func (v View) TimelineClips(ctx context.Context, q TimelineQuery) ([]TimelineClip, error) {
	return all(ctx, v, selectTimelineClips, q.args(q.From.UnixNano(), q.To.UnixNano()), func(r *sql.Rows, c *TimelineClip) error {
		var start int64
		err := r.Scan(&c.Camera, &c.For, &start, &c.Duration, &c.Open, &c.Damaged, &c.Stretch, &c.Beside)
		c.Start = fromNS(start)
		return err
	})
}

// TimelineGap is a span in which nothing was recorded although it was to be.
type TimelineGap struct {
	Shown
	From  time.Time // of what of it the caller may look back at
	To    time.Time // zero while it goes on
	Cause recorder.GapCause
	Count int // of how many
}

// TimelineGaps lists gaps of a camera that reach into a span, as many as the limit.
func (v View) TimelineGaps(ctx context.Context, q TimelineQuery) ([]TimelineGap, error) {
	return all(ctx, v, selectTimelineGaps, q.args(q.From.UnixNano(), q.To.UnixNano()), func(r *sql.Rows, g *TimelineGap) error {
		var from int64
		var to sql.NullInt64
		err := r.Scan(&g.Camera, &g.For, &from, &to, &g.Cause, &g.Count)
		g.From = fromNS(from)
		if to.Valid {
			g.To = fromNS(to.Int64)
		}
		return err
	})
}
