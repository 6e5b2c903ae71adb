package store

import (
	"context"
	"database/sql"
	"math"
	"time"

	"lares/cameras/media"
	"lares/recorder"
	"lares/recorder/retention"
)

const (
	selectRetention  query = `SELECT camera, kind, days, at_least, bytes, at_least_bytes FROM retention WHERE camera = ?`
	selectRetentions query = `SELECT camera, kind, days, at_least, bytes, at_least_bytes FROM retention`
	insertRetention  query = `INSERT INTO retention (camera, kind, days, at_least, bytes, at_least_bytes) VALUES (?, ?, ?, ?, ?, ?)`
	deleteRetention  query = `DELETE FROM retention WHERE camera = ?`

	selectQuotas query = `SELECT account, bytes FROM quota`
	upsertQuota  query = `INSERT INTO quota (account, bytes) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET bytes = excluded.bytes`
	deleteQuota  query = `DELETE FROM quota WHERE account = ?`

	// Of one camera, ?1, in the pools ?2, a JSON array or null, the newest first: the clips of
	// events of the kind ?3, those beside the main stream, and all.
	selectNewestOfKind query = `SELECT k.start_ns, k.bytes FROM event e INDEXED BY event_kind CROSS JOIN clip k INDEXED BY clip_event ON k.event = e.id
WHERE e.camera = ?1 AND e.kind = ?3 AND k.beside = 0 AND k.state <> 'removing' AND (?2 IS NULL OR k.pool IN (SELECT value FROM json_each(?2)))
ORDER BY e.start_ns DESC, e.id DESC, k.part DESC`
	selectNewestBeside query = `SELECT start_ns, bytes FROM clip INDEXED BY clip_beside
WHERE beside = 1 AND camera = ?1 AND state <> 'removing' AND (?2 IS NULL OR pool IN (SELECT value FROM json_each(?2))) ORDER BY start_ns DESC`
	selectNewestClips query = `SELECT start_ns, bytes FROM clip INDEXED BY clip_camera
WHERE camera = ?1 AND state <> 'removing' AND (?2 IS NULL OR pool IN (SELECT value FROM json_each(?2))) ORDER BY start_ns DESC, id DESC`

	// ?1 as below: what starred clips take, by camera, pool and kind.
	selectStarredBytes query = `SELECT e.camera, k.pool, e.kind, sum(k.bytes) FROM json_each(?1) j CROSS JOIN event e INDEXED BY event_star ON e.camera = unhex(j.value) AND e.star = 1
CROSS JOIN clip k INDEXED BY clip_event ON k.event = e.id AND k.camera = e.camera AND k.state <> 'removing' GROUP BY e.camera, k.pool, e.kind`

	// Of the camera ?1, with ?3 a JSON array of kinds: what came of these since ?2, by kind; and
	// when the oldest clip of the main stream began that is of none of them (?2 here) and may go.
	selectKindsBytes query = `SELECT e.kind, sum(k.bytes) FROM json_each(?3) j CROSS JOIN event e INDEXED BY event_kind ON e.camera = ?1 AND e.kind = j.value AND e.start_ns >= ?2
CROSS JOIN clip k INDEXED BY clip_event ON k.event = e.id AND k.camera = e.camera AND k.beside = 0 AND k.state <> 'removing' GROUP BY e.kind`
	selectRestBegan query = `SELECT coalesce((SELECT start_ns FROM clip INDEXED BY clip_camera
WHERE camera = ?1 AND beside = 0 AND state <> 'removing' AND bytes > 0 AND ` + kindOfClip + ` NOT IN (SELECT value FROM json_each(?2)) AND NOT ` + starred + ` ORDER BY start_ns, id LIMIT 1), 0)`

	// Of the camera ?1 likewise what is starred, of none of the kinds ?4, and began since ?2 and before ?3.
	selectStarsBefore query = `SELECT coalesce(sum(k.bytes), 0) FROM event e INDEXED BY event_star
CROSS JOIN clip k INDEXED BY clip_event ON k.event = e.id AND k.camera = e.camera AND k.beside = 0 AND k.state <> 'removing' AND k.start_ns >= ?2 AND k.start_ns < ?3
WHERE e.camera = ?1 AND e.star = 1 AND e.kind NOT IN (SELECT value FROM json_each(?4))`

	selectRecordedCameras query = `SELECT id, owner, name FROM camera WHERE removed_ms IS NULL ORDER BY name, id`
	// ?1 JSON array of ids in hexadecimal digits, ?2 since when. CROSS JOIN as in selectVisible.
	// recentBeside is when what is recorded beside the main stream began, and its bytes of
	// lately; mainBegan when the main stream did, as far as ?3 back. Files that are lost take nothing,
	// and nothing begins with them: how much came then is not known any more.
	recentBeside = `,
  coalesce((SELECT b.start_ns FROM clip b INDEXED BY clip_beside WHERE b.beside = 1 AND b.camera = unhex(j.value) AND b.state <> 'removing' AND b.bytes > 0 ORDER BY b.start_ns LIMIT 1), 0),
  coalesce((SELECT sum(b.bytes) FROM clip b INDEXED BY clip_beside WHERE b.beside = 1 AND b.camera = unhex(j.value) AND b.start_ns >= ?2 AND b.state <> 'removing'), 0),
  coalesce((SELECT m.start_ns FROM clip m INDEXED BY clip_camera WHERE m.beside = 0 AND m.camera = unhex(j.value) AND m.start_ns >= ?3 AND m.state <> 'removing' AND m.bytes > 0 ORDER BY m.start_ns, m.id LIMIT 1), 0)
`
	selectStock  query = `SELECT unhex(j.value), count(*), coalesce(min(iif(k.bytes > 0, k.start_ns, NULL)), 0), sum(iif(k.start_ns >= ?2, k.bytes, 0))` + recentBeside + `FROM json_each(?1) j CROSS JOIN clip k ON k.camera = unhex(j.value) AND k.state <> 'removing' GROUP BY j.value`
	selectRecent query = `SELECT unhex(j.value), 0, coalesce((SELECT k.start_ns FROM clip k WHERE k.camera = unhex(j.value) AND k.state <> 'removing' AND k.bytes > 0 ORDER BY k.start_ns, k.id LIMIT 1), 0),
  coalesce((SELECT sum(k.bytes) FROM clip k WHERE k.camera = unhex(j.value) AND k.start_ns >= ?2 AND k.state <> 'removing'), 0)` + recentBeside + `FROM json_each(?1) j`
)

func retentionStatements() []query {
	return []query{selectRetention, selectRetentions, insertRetention, deleteRetention, selectNewestOfKind, selectNewestBeside, selectNewestClips, selectStarredBytes, selectKindsBytes, selectRestBegan, selectStarsBefore, selectQuotas, upsertQuota, deleteQuota, selectRecordedCameras, selectStock, selectRecent}
}

// keptKind is a row: how long one kind of a camera stays.
type keptKind struct {
	camera media.CameraID
	kind   media.Kind
	rule   retention.Rule
}

func scanRetention(r *sql.Rows, k *keptKind) error {
	return r.Scan(&k.camera, &k.kind, &k.rule.Days, &k.rule.AtLeast, &k.rule.Bytes, &k.rule.AtLeastBytes)
}

// Retention is what is kept of one camera, without its group; the zero Camera if nothing
// was said.
func (v View) Retention(ctx context.Context, camera media.CameraID) (retention.Camera, error) {
	rows, err := all(ctx, v, selectRetention, []any{camera[:]}, scanRetention)
	return kept(rows)[camera], err
}

// Retentions are what is kept of all cameras of which something was said, without their
// groups.
func (v View) Retentions(ctx context.Context) (map[media.CameraID]retention.Camera, error) {
	rows, err := all(ctx, v, selectRetentions, nil, scanRetention)
	return kept(rows), err
}

// kept puts rows together. What cannot be meant was not said: nothing goes for it.
func kept(rows []keptKind) map[media.CameraID]retention.Camera {
	list := map[media.CameraID]retention.Camera{}
	for _, r := range rows {
		c := list[r.camera]
		if r.kind == "" {
			c.Rule = r.rule
		} else {
			if c.Kinds == nil {
				c.Kinds = map[media.Kind]retention.Rule{}
			}
			c.Kinds[r.kind] = r.rule
		}
		list[r.camera] = c
	}
	for id, c := range list {
		if c.Validate() != nil {
			list[id] = retention.Camera{}
		}
	}
	return list
}

// PutRetention enters what is kept of a camera, in place of what was said before.
func (t *Tx) PutRetention(ctx context.Context, camera media.CameraID, c retention.Camera) error {
	if _, err := t.exec(ctx, deleteRetention, camera[:]); err != nil {
		return err
	}
	put := func(kind media.Kind, r retention.Rule) error {
		if r == (retention.Rule{}) {
			return nil
		}
		_, err := t.exec(ctx, insertRetention, camera[:], string(kind), r.Days, r.AtLeast, r.Bytes, r.AtLeastBytes)
		return err
	}
	for kind, r := range c.Kinds {
		if err := put(kind, r); err != nil {
			return err
		}
	}
	return put("", c.Rule)
}

// NewestClips adds up the newest clips; see recorder.Index.
func (v View) NewestClips(ctx context.Context, q recorder.NewestQuery) (since time.Time, bytes int64, err error) {
	pools, err := listOf(q.Pools)
	if err != nil {
		return since, 0, err
	}
	which, args := selectNewestOfKind, []any{q.Camera[:], pools}
	switch q.Kind {
	case "":
		which = selectNewestClips
	case retention.KindBeside:
		which = selectNewestBeside
	default:
		args = append(args, string(q.Kind))
	}
	first := int64(math.MaxInt64) // parts of events are mostly, but not always, in the order of their times
	err = each(ctx, v, which, args, func(r *sql.Rows) (more bool, err error) {
		var start, n int64
		err = r.Scan(&start, &n)
		first, bytes = min(first, start), bytes+n
		return bytes < q.Most, err
	})
	if err == nil && bytes >= q.Most {
		since = fromNS(first)
	}
	return since, bytes, err
}

// Quotas are the bytes that accounts may have; those without a quota are not in it.
func (v View) Quotas(ctx context.Context) (map[AccountID]int64, error) {
	type quota struct {
		account AccountID
		bytes   int64
	}
	rows, err := all(ctx, v, selectQuotas, nil, func(r *sql.Rows, q *quota) error { return r.Scan(&q.account, &q.bytes) })
	list := make(map[AccountID]int64, len(rows))
	for _, q := range rows {
		list[q.account] = q.bytes
	}
	return list, err
}

// PutQuota enters how many bytes an account may have; 0 is no limit.
func (t *Tx) PutQuota(ctx context.Context, account AccountID, bytes int64) error {
	if bytes == 0 {
		_, err := t.exec(ctx, deleteQuota, account[:])
		return err
	}
	_, err := t.exec(ctx, upsertQuota, account[:], bytes)
	return err
}

// Starred are the bytes of the starred clips of some cameras.
func (v View) Starred(ctx context.Context, ids []media.CameraID) (retention.Starred, error) {
	type row struct {
		at    retention.Shelved
		bytes int64
	}
	rows, err := all(ctx, v, selectStarredBytes, []any{hexList(ids)}, func(r *sql.Rows, s *row) error {
		return r.Scan(&s.at.Camera, &s.at.Pool, &s.at.Kind, &s.bytes)
	})
	list := make(retention.Starred, len(rows))
	for _, s := range rows {
		list[s.at] = s.bytes
	}
	return list, err
}

// RecentOf is what began since of some kinds of events of a camera; when the oldest clip of its main
// stream began that is of another kind, and is not starred; and what of other kinds began since, but
// before that: it is starred.
func (v View) RecentOf(ctx context.Context, camera media.CameraID, kinds []media.Kind, since time.Time) (bytes map[media.Kind]int64, rest time.Time, before int64, err error) {
	of, err := listOf(append([]media.Kind{}, kinds...))
	if err != nil {
		return nil, rest, 0, err
	}
	type row struct {
		kind  media.Kind
		bytes int64
	}
	rows, err := all(ctx, v, selectKindsBytes, []any{camera[:], since.UnixNano(), of}, func(r *sql.Rows, k *row) error { return r.Scan(&k.kind, &k.bytes) })
	if err != nil {
		return nil, rest, 0, err
	}
	bytes = make(map[media.Kind]int64, len(rows))
	for _, k := range rows {
		bytes[k.kind] = k.bytes
	}
	var oldest int64
	if err = v.one(ctx, selectRestBegan, []any{camera[:], of}, &oldest); err == nil && oldest > since.UnixNano() {
		err = v.one(ctx, selectStarsBefore, []any{camera[:], since.UnixNano(), oldest, of}, &before)
	}
	return bytes, began(oldest), before, err
}

// RecordedCamera is a camera that has recordings or may get some.
type RecordedCamera struct {
	ID    media.CameraID
	Owner AccountID
	Name  string
}

// RecordedCameras are all but the removed ones: those that were handed over keep theirs.
func (v View) RecordedCameras(ctx context.Context) ([]RecordedCamera, error) {
	return all(ctx, v, selectRecordedCameras, nil, func(r *sql.Rows, c *RecordedCamera) error { return r.Scan(&c.ID, &c.Owner, &c.Name) })
}

// Stock is what is recorded of a camera, but for how much: the recorder counts files as they are written.
type Stock struct {
	Clips        int64
	Oldest       time.Time // zero without files
	Main, Beside Recent    // the latter of what is recorded beside the main stream
}

// Recent is what came of a stream lately.
type Recent struct {
	Began time.Time // when the oldest did that there is of it; zero without any
	Bytes int64     // of what began lately
}

// Stock counts what is recorded of some cameras, and of that what began since; cameras
// without clips are not in it.
func (v View) Stock(ctx context.Context, ids []media.CameraID, since time.Time) (map[media.CameraID]Stock, error) {
	return v.stock(ctx, selectStock, ids, since)
}

// Recent is Stock without its numbers of all clips: what it reads does not grow with them.
func (v View) Recent(ctx context.Context, ids []media.CameraID, since time.Time) (map[media.CameraID]Stock, error) {
	return v.stock(ctx, selectRecent, ids, since)
}

// began is a time of the table, and zero for none.
func began(ns int64) (t time.Time) {
	if ns != 0 {
		t = fromNS(ns)
	}
	return t
}

// mainLook is how much further back than what came lately it is looked for the main stream's
// begin where what is beside it reaches back further: that may be much.
const mainLook = 7 * 24 * time.Hour

func (v View) stock(ctx context.Context, q query, ids []media.CameraID, since time.Time) (map[media.CameraID]Stock, error) {
	type row struct {
		camera media.CameraID
		Stock
	}
	rows, err := all(ctx, v, q, []any{hexList(ids), since.UnixNano(), since.Add(-mainLook).UnixNano()}, func(r *sql.Rows, s *row) error {
		var oldest, beside, main int64
		err := r.Scan(&s.camera, &s.Clips, &oldest, &s.Main.Bytes, &beside, &s.Beside.Bytes, &main)
		if beside == 0 || oldest < beside {
			main = oldest
		}
		s.Main.Bytes -= s.Beside.Bytes
		s.Oldest, s.Main.Began, s.Beside.Began = began(oldest), began(main), began(beside)
		return err
	})
	stocks := make(map[media.CameraID]Stock, len(rows))
	for _, s := range rows {
		stocks[s.camera] = s.Stock
	}
	return stocks, err
}
