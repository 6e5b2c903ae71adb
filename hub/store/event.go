package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"strings"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// VisibleEvent is an event of a camera whose history an account may see, with
// its first clip.
type VisibleEvent struct {
	recorder.EventRow
	Clip      media.ClipID // zero if nothing of it is recorded
	Duration  time.Duration
	Thumbnail bool
	Recording bool // a clip of it is being written
}

// EventQuery selects a page of events.
type EventQuery struct {
	Account AccountID
	Now     time.Time
	History uint32         // action bits that allow history
	Camera  media.CameraID // zero is all
	// Before and BeforeEvent are the last row of the page before; a zero
	// Before starts with the newest.
	Before      time.Time
	BeforeEvent media.EventID
	Limit       int
}

const (
	// ?1 account, ?2 now, ?3 history bits, ?4 camera or null, ?5 and ?6 before, ?7 limit.
	// Each camera gives at most a page, from its own index; the newest of these
	// are the page. The first clip of an event is the one to show.
	selectEvents query = `WITH visible (camera, from_ns) AS (
  SELECT id, 0 FROM camera WHERE owner = ?1 AND removed_ms IS NULL AND (?4 IS NULL OR id = ?4)
  UNION ALL
  SELECT g.camera, g.history_from_ms * 1000000 FROM grants g
  JOIN camera c ON c.id = g.camera AND c.removed_ms IS NULL AND c.owner <> ?1
  WHERE g.account = ?1 AND g.actions & ?3 AND (g.expires_ms IS NULL OR g.expires_ms > ?2) AND (?4 IS NULL OR g.camera = ?4)
), page AS (
  SELECT e.* FROM visible v CROSS JOIN event e WHERE e.id IN (
    SELECT id FROM event WHERE camera = v.camera AND start_ns >= v.from_ns AND (start_ns, id) < (?5, ?6)
    ORDER BY start_ns DESC, id DESC LIMIT ?7)
  ORDER BY e.start_ns DESC, e.id DESC LIMIT ?7
)
SELECT p.id, p.camera, p.kind, p.start_ns, p.end_ns, p.kid, p.index_key, p.text, k.id, k.duration_ns, k.thumbnail,
  EXISTS (SELECT 1 FROM clip o WHERE o.event = p.id AND o.state = 'open')
FROM page p
LEFT JOIN clip k ON k.id = (SELECT f.id FROM clip f WHERE f.event = p.id AND f.camera = p.camera AND f.state <> 'removing' ORDER BY f.part LIMIT 1)
ORDER BY p.start_ns DESC, p.id DESC`
	upsertEvent query = `INSERT INTO event (id, camera, kind, start_ns, end_ns, kid, index_key, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET end_ns = excluded.end_ns, kid = coalesce(excluded.kid, kid),
index_key = coalesce(excluded.index_key, index_key), text = coalesce(excluded.text, text)
WHERE camera = excluded.camera`
	// ?1 JSON array of the events that go on, in upper-case hexadecimal. Once
	// per start, and per clip that is repaired there: it may scan.
	endEvents query = `UPDATE event AS e SET end_ns = max(start_ns, coalesce(
  (SELECT max(k.start_ns + k.duration_ns) FROM clip k WHERE k.event = e.id AND k.camera = e.camera), start_ns))
WHERE end_ns IS NULL AND hex(id) NOT IN (SELECT value FROM json_each(?1))
AND NOT EXISTS (SELECT 1 FROM clip o WHERE o.event = e.id AND o.state = 'open')`
)

func eventStatements() []query { return []query{selectEvents, upsertEvent, endEvents} }

// VisibleEvents lists events of the cameras whose history an account may see
// now, newest first by (Start, Event).
func (v View) VisibleEvents(ctx context.Context, q EventQuery) ([]VisibleEvent, error) {
	before := int64(math.MaxInt64)
	if !q.Before.IsZero() {
		before = q.Before.UnixNano()
	}
	args := []any{q.Account[:], q.Now.UnixMilli(), q.History, nullID(q.Camera), before, q.BeforeEvent[:], q.Limit}
	return all(ctx, v, selectEvents, args, scanEvent)
}

func scanEvent(r *sql.Rows, e *VisibleEvent) error {
	var (
		start         int64
		end, duration sql.NullInt64
		kid           sql.Null[media.KeyID]
		index         sql.Null[IndexID]
		clip          sql.Null[media.ClipID]
		thumbnail     sql.NullBool
	)
	err := r.Scan(&e.Event, &e.Camera, &e.Kind, &start, &end, &kid, &index, &e.Text.Sealed, &clip, &duration, &thumbnail, &e.Recording)
	if err != nil {
		return err
	}
	e.Start = fromNS(start)
	if end.Valid {
		e.End = fromNS(end.Int64)
	}
	e.Text.KID, e.Text.Index = kid.V, index.V
	e.Clip, e.Duration, e.Thumbnail = clip.V, time.Duration(duration.Int64), thumbnail.Bool
	return nil
}

// EventPut enters an event or updates its end and text; see recorder.Index.
func (s *Store) EventPut(ctx context.Context, e recorder.EventRow) error {
	var kid, index, text, end any
	if e.Text.Sealed != nil {
		kid, index, text = e.Text.KID[:], e.Text.Index[:], e.Text.Sealed
	}
	if !e.End.IsZero() {
		end = e.End.UnixNano()
	}
	return s.Update(ctx, func(t *Tx) error {
		_, err := t.exec(ctx, upsertEvent, e.Event[:], e.Camera[:], string(e.Kind), e.Start.UnixNano(), end, kid, index, text)
		return err
	})
}

// EventsOver ends what a crash left without an end; see recorder.EventIndex.
func (s *Store) EventsOver(ctx context.Context, going []media.EventID) error {
	names := make([]string, len(going))
	for i, id := range going {
		names[i] = strings.ToUpper(id.String())
	}
	list, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return s.Update(ctx, func(t *Tx) error {
		_, err := t.exec(ctx, endEvents, string(list))
		return err
	})
}
