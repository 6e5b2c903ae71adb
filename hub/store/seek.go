package store

import (
	"context"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// ?1 camera, ?2 start of the caller's history, ?3 when, ?4 where the index begins to be read,
// ?5 a clip that is passed over, ?6 whether the caller hears the camera: as in selectRecordings.
const (
	seekable = ` AND k.id <> ?5 AND k.start_ns >= ?2 AND k.state <> 'removing' AND (?6 OR coalesce(e.kind, '') <> 'sound')`
	// Of several, as where an event has what came before it, the one that began last.
	selectClipAt query = recordingColumns + `
WHERE k.camera = ?1 AND k.start_ns > ?4 AND k.start_ns <= ?3 AND (k.state = 'open' OR k.start_ns + k.duration_ns > ?3)` + seekable + ` ORDER BY k.start_ns DESC LIMIT 1`
	selectClipAfter  query = recordingColumns + ` WHERE k.camera = ?1 AND k.start_ns > ?3` + seekable + ` ORDER BY k.start_ns LIMIT 1`
	selectClipBefore query = recordingColumns + ` WHERE k.camera = ?1 AND k.start_ns < ?3` + seekable + ` ORDER BY k.start_ns DESC LIMIT 1`
)

func seekStatements() []query { return []query{selectClipAt, selectClipAfter, selectClipBefore} }

// SeekQuery asks what of a camera was recorded at a time, for who may look back from History on.
type SeekQuery struct {
	Camera  media.CameraID
	History time.Time
	Heard   bool // the caller hears the camera
	At      time.Time
	Back    bool         // where nothing was, what was before it is wanted, and not what came after
	Not     media.ClipID // this one is not
}

// Seek finds the clip of a time, else the one nearest to it in the direction that is wanted. It
// lists one, or none.
func (v View) Seek(ctx context.Context, q SeekQuery) ([]recorder.ClipRow, error) {
	args := []any{q.Camera[:], q.History.UnixNano(), q.At.UnixNano(), q.At.Add(-longestClip).UnixNano(), q.Not[:], q.Heard}
	found, err := all(ctx, v, selectClipAt, args, scanRecording)
	if err != nil || len(found) > 0 {
		return found, err
	}
	if q.Back {
		return all(ctx, v, selectClipBefore, args, scanRecording)
	}
	return all(ctx, v, selectClipAfter, args, scanRecording)
}
