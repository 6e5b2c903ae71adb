package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

const (
	clipColumns = `id, camera, event, part, kid, start_ns, duration_ns, bytes, state, thumbnail, preview, stretch, pool, beside`
	// starred is whether somebody wants the clip's event kept.
	starred = `EXISTS (SELECT 1 FROM event e WHERE e.id = clip.event AND e.star = 1)`

	// kindOfClip is that of its event, '' where none is listed; what is recorded beside the
	// main stream is of one of its own.
	kindOfClip = `iif(clip.beside, 'beside', coalesce((SELECT e.kind FROM event e WHERE e.id = clip.event), ''))`

	selectClip query = `SELECT ` + clipColumns + `, ` + starred + ` FROM clip WHERE id = ?`
	// ?1 clip, ?2 decoy: see EventHead
	selectClipHead query = `SELECT q.at IS NOT NULL, coalesce(k.id, zeroblob(16)), coalesce(k.camera, zeroblob(16)), coalesce(k.start_ns, 0), coalesce(k.state, 'removing'), coalesce(e.kind, '')
FROM (SELECT (SELECT rowid FROM clip WHERE id = ?1) AS at,
  (SELECT rowid FROM clip WHERE rowid > ?2 % (SELECT max(rowid) FROM clip) ORDER BY rowid LIMIT 1) AS decoy) q
LEFT JOIN clip k ON k.rowid = coalesce(q.at, q.decoy) LEFT JOIN event e ON e.id = k.event`
	// ?1 JSON array of ids in hexadecimal digits
	selectListed     query = `SELECT id FROM clip WHERE id IN (SELECT unhex(value) FROM json_each(?1))`
	selectNewestWord query = `SELECT max(coalesce((SELECT max(start_ns) FROM clip), 0), coalesce((SELECT at_ms * 1000000 FROM journal ORDER BY seq DESC LIMIT 1), 0))`
	// ?1 JSON array of states; ?2 and ?3 the last row of the page before; ?4 limit
	selectClips query = `SELECT ` + clipColumns + `, ` + starred + ` FROM clip
WHERE state IN (SELECT value FROM json_each(?1)) AND (start_ns, id) > (?2, ?3)
ORDER BY start_ns, id LIMIT ?4`
	selectUnfinishedClips query = `SELECT ` + clipColumns + `, ` + starred + ` FROM clip INDEXED BY clip_unfinished
WHERE state IN ('open', 'removing') AND state IN (SELECT value FROM json_each(?1)) AND (start_ns, id) > (?2, ?3)
ORDER BY start_ns, id LIMIT ?4`
	selectOneClip     query = `SELECT ` + clipColumns + `, ` + starred + ` FROM clip WHERE id = ?2 AND state IN (SELECT value FROM json_each(?1))`
	selectCameraClips query = `SELECT ` + clipColumns + `, ` + starred + ` FROM clip
WHERE camera = ?5 AND state IN (SELECT value FROM json_each(?1)) AND (start_ns, id) > (?2, ?3)
ORDER BY start_ns, id LIMIT ?4`
	// ?6 before when; ?7 JSON array of kinds or null; ?8 likewise of pools
	selectLooseClips query = `SELECT ` + clipColumns + `, ` + starred + ` FROM clip
WHERE camera = ?5 AND state IN (SELECT value FROM json_each(?1)) AND (start_ns, id) > (?2, ?3) AND start_ns < ?6
AND (?7 IS NULL OR ` + kindOfClip + ` IN (SELECT value FROM json_each(?7))) AND (?8 IS NULL OR pool IN (SELECT value FROM json_each(?8))) AND (state = 'removing' OR NOT ` + starred + `)
ORDER BY start_ns, id LIMIT ?4`
	selectLatestClips query = `SELECT ` + clipColumns + `, ` + starred + ` FROM clip ORDER BY start_ns DESC, id DESC LIMIT ?`
	updateRemoving    query = `UPDATE clip SET state = 'removing' WHERE id = ? AND state <> 'open' AND (state = 'removing' OR NOT ` + starred + `)`
	// A clip that ended does not open again, however late its opening arrives.
	upsertOpenClip query = `INSERT INTO clip (` + clipColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, thumbnail = excluded.thumbnail
WHERE camera = excluded.camera AND kid = excluded.kid AND start_ns = excluded.start_ns AND state = 'open'`
	upsertClip query = `INSERT INTO clip (` + clipColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET duration_ns = excluded.duration_ns, bytes = excluded.bytes, state = excluded.state,
thumbnail = excluded.thumbnail, preview = excluded.preview, event = excluded.event, part = excluded.part, stretch = excluded.stretch, pool = excluded.pool, beside = excluded.beside
WHERE camera = excluded.camera AND kid = excluded.kid AND start_ns = excluded.start_ns`
	deleteClip query = `DELETE FROM clip WHERE id = ? RETURNING event`
	// An event goes with its last clip once it is over.
	deleteBareEvent query = `DELETE FROM event WHERE id = ?1 AND end_ns IS NOT NULL AND NOT EXISTS (SELECT 1 FROM clip WHERE event = ?1)`
)

func clipStatements() []query {
	return []query{selectClip, selectClipHead, selectListed, selectNewestWord, selectClips, selectUnfinishedClips, selectOneClip, selectCameraClips, selectLooseClips, selectLatestClips, updateRemoving, upsertOpenClip, upsertClip, deleteClip, deleteBareEvent}
}

func scanClip(r interface{ Scan(...any) error }, c *recorder.ClipRow) error {
	var start, duration int64
	err := r.Scan(&c.Clip, &c.Camera, &c.Event, &c.Part, &c.KID, &start, &duration, &c.Bytes, &c.State, &c.Thumbnail, &c.Preview, &c.Stretch, &c.Pool, &c.Beside, &c.Star)
	c.Start, c.Duration = fromNS(start), time.Duration(duration)
	return err
}

// Clip finds a clip's row, or ErrNoRow.
func (v View) Clip(ctx context.Context, id media.ClipID) (c recorder.ClipRow, err error) {
	var start, duration int64
	err = v.one(ctx, selectClip, []any{id[:]}, &c.Clip, &c.Camera, &c.Event, &c.Part, &c.KID, &start, &duration, &c.Bytes, &c.State, &c.Thumbnail, &c.Preview, &c.Stretch, &c.Pool, &c.Beside, &c.Star)
	c.Start, c.Duration = fromNS(start), time.Duration(duration)
	return c, err
}

// ClipHead says of which camera a clip is, of which kind its event, and when it began.
type ClipHead struct {
	Clip   media.ClipID
	Camera media.CameraID
	Kind   media.Kind // "" where the event is not listed
	Start  time.Time
	State  recorder.ClipState
}

// ClipHead finds a clip, or ErrNoRow; the time does not tell which, as with
// EventHead.
func (v View) ClipHead(ctx context.Context, id media.ClipID) (h ClipHead, err error) {
	var start int64
	var found bool
	err = v.one(ctx, selectClipHead, []any{id[:], decoy(id[:])}, &found, &h.Clip, &h.Camera, &start, &h.State, &h.Kind)
	h.Start = fromNS(start)
	if err == nil && !found {
		return ClipHead{}, ErrNoRow
	}
	return h, err
}

// NewestWord is when the newest clip began or the newest row of the journal was
// written, whichever is later; the epoch of Unix without either.
func (v View) NewestWord(ctx context.Context) (time.Time, error) {
	var at int64
	err := v.one(ctx, selectNewestWord, nil, &at)
	return fromNS(at), err
}

// ListedClips are those of some clips that have a row.
func (v View) ListedClips(ctx context.Context, ids []media.ClipID) (map[media.ClipID]bool, error) {
	found, err := all(ctx, v, selectListed, []any{hexList(ids)}, func(r *sql.Rows, id *media.ClipID) error { return r.Scan(id) })
	listed := make(map[media.ClipID]bool, len(found))
	for _, id := range found {
		listed[id] = true
	}
	return listed, err
}

// allStates is what a query without states selects.
var allStates = [...]recorder.ClipState{recorder.StateOpen, recorder.StateComplete, recorder.StateCut,
	recorder.StateRecovered, recorder.StateDamaged, recorder.StateRemoving}

// Clips lists clips, oldest first; see recorder.Index.
func (v View) Clips(ctx context.Context, q recorder.ClipQuery) ([]recorder.ClipRow, error) {
	states := q.States
	if len(states) == 0 {
		states = allStates[:]
	}
	list, err := json.Marshal(states)
	if err != nil {
		return nil, err
	}
	limit, after := q.Limit, int64(math.MinInt64)
	if limit <= 0 {
		limit = math.MaxInt32
	}
	if !q.After.IsZero() {
		after = q.After.UnixNano()
	}
	args := []any{string(list), after, q.AfterClip[:], limit}
	which := selectClips
	switch {
	case q.Loose:
		return v.looseClips(ctx, q, args)
	case !q.Clip.IsZero():
		which, args = selectOneClip, []any{string(list), q.Clip[:]}
	case q.Newest:
		which, args = selectLatestClips, []any{limit}
	case !q.Camera.IsZero():
		which, args = selectCameraClips, append(args, q.Camera[:])
	case unfinished(states):
		which = selectUnfinishedClips
	}
	return all(ctx, v, which, args, func(r *sql.Rows, c *recorder.ClipRow) error { return scanClip(r, c) })
}

// looseClips lists those of a camera that may go. The first arguments are those of all lists.
func (v View) looseClips(ctx context.Context, q recorder.ClipQuery, args []any) ([]recorder.ClipRow, error) {
	until := int64(math.MaxInt64)
	if !q.Until.IsZero() {
		until = q.Until.UnixNano()
	}
	kinds, err := listOf(q.Kinds)
	if err != nil {
		return nil, err
	}
	pools, err := listOf(q.Pools)
	if err != nil {
		return nil, err
	}
	args = append(args, q.Camera[:], until, kinds, pools)
	return all(ctx, v, selectLooseClips, args, func(r *sql.Rows, c *recorder.ClipRow) error { return scanClip(r, c) })
}

// listOf is a JSON array; NULL for what selects nothing away.
func listOf[T any](of []T) (any, error) {
	if of == nil {
		return nil, nil
	}
	list, err := json.Marshal(of)
	return string(list), err
}

// unfinished reports whether only clips are asked for that a small index lists.
func unfinished(states []recorder.ClipState) bool {
	for _, s := range states {
		if s != recorder.StateOpen && s != recorder.StateRemoving {
			return false
		}
	}
	return true
}

// ClipRemoving marks a clip as being removed; see recorder.Index.
func (s *Store) ClipRemoving(ctx context.Context, id media.ClipID) (marked bool, err error) {
	err = s.Update(ctx, func(tx *Tx) error {
		n, err := tx.exec(ctx, updateRemoving, id[:])
		marked = n > 0
		return err
	})
	return marked && err == nil, err
}

// ClipRemoved removes a clip's row, and its event with the last one; see
// recorder.Index.
func (s *Store) ClipRemoved(ctx context.Context, clip media.ClipID) error {
	return s.Update(ctx, func(t *Tx) error {
		var event media.EventID
		switch err := t.one(ctx, deleteClip, []any{clip[:]}, &event); err {
		case nil:
		case ErrNoRow:
			return nil
		default:
			return err
		}
		_, err := t.exec(ctx, deleteBareEvent, event[:])
		return err
	})
}
