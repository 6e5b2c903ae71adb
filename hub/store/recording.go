package store

import (
	"context"
	"database/sql"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

const (
	recordingFields  = `SELECT k.id, k.camera, k.event, k.start_ns, k.duration_ns, k.bytes, k.state, k.stretch, k.beside, k.thumbnail, k.preview FROM clip k `
	recordingColumns = recordingFields + `INDEXED BY clip_camera LEFT JOIN event e ON e.id = k.event`
)

// Where something ends. A span is half open, and its ends are whole milliseconds, rounded down, as
// they are told: who asks from the end on that was told gets what follows.
const (
	clipEnd  = `(k.start_ns / 1000000 + k.duration_ns / 1000000) * 1000000`
	gapEnd   = `g.to_ns / 1000000 * 1000000`
	eventEnd = `e.end_ns / 1000000 * 1000000`
)

// endOf is clipEnd of a row.
func endOf(c recorder.ClipRow) time.Time {
	return c.Start.Truncate(time.Millisecond).Add(c.Duration.Truncate(time.Millisecond))
}

// ?1 camera, ?2 start of the caller's history, ?3 and ?4 the span, ?5 and ?6 the last row of
// the page before, ?7 whether the caller hears the camera, ?8 limit. What holds for a clip
// alone holds here: see gate.AdmitClip.
const selectRecordings query = recordingColumns + `
WHERE k.camera = ?1 AND (k.start_ns, k.id) > (?5, ?6) AND k.start_ns >= ?2 AND k.start_ns < ?4 AND k.state <> 'removing'
AND (k.state = 'open' OR ` + clipEnd + ` > ?3) AND (?7 OR coalesce(e.kind, '') <> 'sound')
ORDER BY k.start_ns, k.id LIMIT ?8`

// longestClip is how long before a span a clip that reaches into it began at most: twice as
// long as a file may be.
const longestClip = 10 * time.Minute

func recordingStatements() []query { return []query{selectRecordings} }

// Recordings are a page of the clips of a camera that reach into a span, oldest first.
func (v View) Recordings(ctx context.Context, q RecordingQuery) ([]recorder.ClipRow, error) {
	// what is too old is behind where the index begins to be read
	after, clip := q.From.Add(-longestClip).UnixNano(), media.ClipID{}
	if !q.After.IsZero() && q.After.UnixNano() >= after {
		after, clip = q.After.UnixNano(), q.AfterClip
	}
	args := []any{q.Camera[:], q.History.UnixNano(), q.From.UnixNano(), q.To.UnixNano(), after, clip[:], q.Heard, q.Limit}
	return all(ctx, v, selectRecordings, args, scanRecording)
}

func scanRecording(r *sql.Rows, c *recorder.ClipRow) error {
	var start, duration int64
	err := r.Scan(&c.Clip, &c.Camera, &c.Event, &start, &duration, &c.Bytes, &c.State, &c.Stretch, &c.Beside, &c.Thumbnail, &c.Preview)
	c.Start, c.Duration = fromNS(start), time.Duration(duration)
	return err
}

// RecordingQuery selects clips of a camera for who may look back from History on.
type RecordingQuery struct {
	Camera   media.CameraID
	History  time.Time
	Heard    bool // the caller hears the camera: without, what was only heard is not there
	From, To time.Time
	// After and AfterClip are the last row of the page before.
	After     time.Time
	AfterClip media.ClipID
	Limit     int
}
