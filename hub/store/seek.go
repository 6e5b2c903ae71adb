package store

import (
	"context"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// ?1 camera, ?2 start of the caller's history, ?3 when, ?4 where the index begins to be read,
// ?5 JSON array of clips that are passed over, ?6 whether the caller hears the camera: as in selectRecordings.
const (
	mainClip   = recordingColumns + ` WHERE k.beside = 0 AND k.camera = ?1`
	besideClip = recordingFields + `INDEXED BY clip_beside LEFT JOIN event e ON e.id = k.event WHERE k.beside = 1 AND k.camera = ?1`
	seekable   = ` AND k.id NOT IN (SELECT unhex(value) FROM json_each(?5)) AND k.start_ns >= ?2 AND k.state <> 'removing' AND (?6 OR coalesce(e.kind, '') <> 'sound')`
	// Of several, as where an event has what came before it, the one that began last; of those that began at once always the same one, whichever was entered first.
	atTime   = ` AND k.start_ns > ?4 AND k.start_ns <= ?3 AND (k.state = 'open' OR ` + clipEnd + ` > ?3)` + seekable + ` ORDER BY k.start_ns DESC, k.id DESC LIMIT 1`
	behindIt = ` AND k.start_ns > ?3` + seekable + ` ORDER BY k.start_ns, k.id LIMIT 1`
	beforeIt = ` AND k.start_ns < ?3` + seekable + ` ORDER BY k.start_ns DESC, k.id DESC LIMIT 1`

	selectClipAt       query = mainClip + atTime
	selectClipAfter    query = mainClip + behindIt
	selectClipBefore   query = mainClip + beforeIt
	selectBesideAt     query = besideClip + atTime
	selectBesideAfter  query = besideClip + behindIt
	selectBesideBefore query = besideClip + beforeIt
)

func seekStatements() []query {
	return []query{selectClipAt, selectClipAfter, selectClipBefore, selectBesideAt, selectBesideAfter, selectBesideBefore}
}

// LeastStandIn is for how long nothing of the main stream is recorded at least where what was
// recorded beside it stands in: from one file to the next it is less.
const LeastStandIn = 5 * time.Second

// SeekQuery asks what of a camera was recorded at a time, for who may look back from History on.
type SeekQuery struct {
	Camera  media.CameraID
	History time.Time
	Heard   bool // the caller hears the camera
	At      time.Time
	Back    bool           // where nothing was, what was before it is wanted, and not what came after
	Not     []media.ClipID // these are not
}

// Seek finds the clip of a time, else the one nearest to it in the direction that is wanted. It
// lists one, or none: of what is recorded beside the main stream only where that is missing.
func (v View) Seek(ctx context.Context, q SeekQuery) ([]recorder.ClipRow, error) {
	args := []any{q.Camera[:], q.History.UnixNano(), q.At.UnixNano(), q.At.Add(-longestClip).UnixNano(), hexList(q.Not), q.Heard}
	main, err := v.nearest(ctx, q, args, selectClipAt, selectClipAfter, selectClipBefore)
	if err != nil || len(main) > 0 && q.off(main[0]) == 0 {
		return main, err
	}
	beside, err := v.nearest(ctx, q, args, selectBesideAt, selectBesideAfter, selectBesideBefore)
	if err != nil || len(beside) == 0 || len(main) > 0 && q.off(main[0]) <= q.off(beside[0])+LeastStandIn {
		return main, err
	}
	return beside, nil
}

func (v View) nearest(ctx context.Context, q SeekQuery, args []any, at, after, before query) ([]recorder.ClipRow, error) {
	found, err := all(ctx, v, at, args, scanRecording)
	if err != nil || len(found) > 0 {
		return found, err
	}
	if q.Back {
		after = before
	}
	return all(ctx, v, after, args, scanRecording)
}

// off is how far a clip is from the time.
func (q SeekQuery) off(c recorder.ClipRow) time.Duration {
	end := endOf(c)
	switch {
	case c.Start.After(q.At):
		return c.Start.Sub(q.At)
	case c.State == recorder.StateOpen, end.After(q.At):
		return 0
	}
	return q.At.Sub(end)
}
