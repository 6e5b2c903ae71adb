package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

const (
	gapColumns = `g.camera, g.from_ns, g.to_ns, g.cause, coalesce(g.event, zeroblob(16)), g.count`
	// ?1 camera, ?2 start of the caller's history, ?3 and ?4 the span, ?5 from of the last row of
	// the page before, ?6 whether the caller hears the camera, ?7 limit. What reaches into the
	// caller's history began before it, perhaps: when is for gate.Gaps to hide.
	selectGaps query = `SELECT ` + gapColumns + ` FROM gap g LEFT JOIN event e ON e.id = g.event
WHERE g.camera = ?1 AND g.from_ns > ?5 AND g.from_ns < ?4 AND (g.to_ns IS NULL OR ` + gapEnd + ` > max(?2, ?3)) AND (?6 OR coalesce(e.kind, '') <> 'sound')
ORDER BY g.from_ns LIMIT ?7`
	selectOpenGaps query = `SELECT ` + gapColumns + ` FROM gap g INDEXED BY gap_open WHERE g.to_ns IS NULL ORDER BY g.camera, g.from_ns`
	selectGapEnds  query = `SELECT camera, max(to_ns) FROM gap WHERE to_ns IS NOT NULL GROUP BY camera`
	// One that is over ends where the next one of its camera begins.
	upsertGap query = `INSERT INTO gap (camera, from_ns, to_ns, cause, event, count)
VALUES (?1, ?2, min(?3, coalesce((SELECT min(from_ns) FROM gap WHERE camera = ?1 AND from_ns > ?2), ?3)), ?4, ?5, ?6)
ON CONFLICT (camera, from_ns) DO UPDATE SET to_ns = excluded.to_ns, cause = excluded.cause, event = excluded.event, count = excluded.count`
	// ?1 camera, ?2 and ?3 from when to when something is recorded: the rest of a gap behind that, the
	// gap before it, and those in it, of which those of ?4 or less stay. So do those that stand for several.
	splitGap query = `INSERT OR IGNORE INTO gap (camera, from_ns, to_ns, cause, event, count)
SELECT camera, ?3, to_ns, cause, event, count FROM gap WHERE camera = ?1 AND from_ns < ?3 AND to_ns > ?3 AND count = 1`
	cutGap           query = `UPDATE gap SET to_ns = ?2 WHERE camera = ?1 AND from_ns < ?2 AND (to_ns IS NULL OR to_ns > ?2) AND count = 1`
	deleteGapsWithin query = `DELETE FROM gap WHERE camera = ?1 AND from_ns >= ?2 AND from_ns < ?3 AND count = 1
AND (to_ns IS NULL OR to_ns > ?3 OR to_ns - from_ns > ?4)`
	deleteGap query = `DELETE FROM gap WHERE camera = ? AND from_ns = ?`
	// ?1 before when, ?2 limit. A gap that reaches up to what there still is of its camera stays.
	deleteOldGaps query = `DELETE FROM gap WHERE (camera, from_ns) IN (SELECT g.camera, g.from_ns FROM gap g
WHERE g.to_ns < ?1 AND g.to_ns < coalesce((SELECT min(start_ns) FROM clip WHERE camera = g.camera), ?1) LIMIT ?2)`
	// ?1 how many of a camera stay, ?2 limit
	deleteManyGaps query = `DELETE FROM gap WHERE (camera, from_ns) IN (SELECT camera, from_ns FROM
(SELECT camera, from_ns, row_number() OVER (PARTITION BY camera ORDER BY from_ns DESC) AS place FROM gap) WHERE place > ?1 LIMIT ?2)`
)

func gapStatements() []query {
	return []query{selectGaps, selectOpenGaps, selectGapEnds, upsertGap, splitGap, cutGap, deleteGapsWithin, deleteGap, deleteOldGaps, deleteManyGaps}
}

func scanGap(r *sql.Rows, g *recorder.GapRow) error {
	var from int64
	var to sql.NullInt64
	err := r.Scan(&g.Camera, &from, &to, &g.Cause, &g.Event, &g.Count)
	g.From = fromNS(from)
	if to.Valid {
		g.To = fromNS(to.Int64)
	}
	return err
}

// Gaps are a page of the gaps of a camera that reach into a span, oldest first.
func (v View) Gaps(ctx context.Context, q GapQuery) ([]recorder.GapRow, error) {
	after := int64(-1) // nothing is of before 1970
	if !q.After.IsZero() {
		after = q.After.UnixNano()
	}
	args := []any{q.Camera[:], q.History.UnixNano(), q.From.UnixNano(), q.To.UnixNano(), after, q.Heard, q.Limit}
	return all(ctx, v, selectGaps, args, scanGap)
}

// GapQuery selects gaps of a camera for who may look back from History on.
type GapQuery struct {
	Camera   media.CameraID
	History  time.Time
	Heard    bool // the caller hears the camera: without, what is in an event that was only heard is not there
	From, To time.Time
	After    time.Time // From of the last row of the page before
	Limit    int
}

// GapsOpen lists the gaps that go on; see recorder.GapIndex.
func (v View) GapsOpen(ctx context.Context) ([]recorder.GapRow, error) {
	return all(ctx, v, selectOpenGaps, nil, scanGap)
}

// GapsEnd is when the newest gap of each camera ended; see recorder.GapIndex.
func (v View) GapsEnd(ctx context.Context) (map[media.CameraID]time.Time, error) {
	ends := map[media.CameraID]time.Time{}
	_, err := all(ctx, v, selectGapEnds, nil, func(r *sql.Rows, _ *struct{}) error {
		var id media.CameraID
		var to int64
		err := r.Scan(&id, &to)
		ends[id] = fromNS(to)
		return err
	})
	return ends, err
}

// GapRemoved removes a gap that was none; see recorder.GapIndex.
func (s *Store) GapRemoved(ctx context.Context, camera media.CameraID, from time.Time) error {
	return s.Update(ctx, func(t *Tx) error {
		_, err := t.exec(ctx, deleteGap, camera[:], from.UnixNano())
		return err
	})
}

// GapsExpire removes what is no use any more, a bounded number in each commit; see
// recorder.GapIndex.
func (s *Store) GapsExpire(ctx context.Context, before time.Time, most int) error {
	for _, which := range [...]struct {
		q   query
		arg any
	}{{deleteOldGaps, before.UnixNano()}, {deleteManyGaps, most}} {
		for n := int64(eraseRows); n == eraseRows; {
			err := s.Update(ctx, func(t *Tx) (err error) {
				n, err = t.exec(ctx, which.q, which.arg, eraseRows)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// DuePut notes of which cameras something is to be recorded; see recorder.GapIndex.
func (s *Store) DuePut(ctx context.Context, d recorder.Due) error {
	value := binary.BigEndian.AppendUint64(nil, uint64(d.At.UnixNano()))
	for _, id := range d.Cameras {
		value = append(value, id[:]...)
	}
	return s.Update(ctx, func(t *Tx) error { return t.PutSetting(ctx, SettingDue, value) })
}

// DueLast is what DuePut noted last; see recorder.GapIndex.
func (v View) DueLast(ctx context.Context) (d recorder.Due, err error) {
	value, err := v.Setting(ctx, SettingDue)
	if errors.Is(err, ErrNoRow) {
		return d, nil
	}
	if err != nil || len(value) <= 8 {
		return d, err
	}
	d.At = fromNS(int64(binary.BigEndian.Uint64(value)))
	for ids := value[8:]; len(ids) >= len(media.CameraID{}); ids = ids[len(media.CameraID{}):] {
		d.Cameras = append(d.Cameras, media.CameraID(ids))
	}
	return d, nil
}
