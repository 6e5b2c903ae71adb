package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"math"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// VisibleEvent is an event of a camera whose history an account may see, with
// those of its clips that the account may see.
type VisibleEvent struct {
	recorder.EventRow
	For       PrincipalID   // the owner, grantee or token whose right it was found by; zero of one event alone
	Heard     bool          // that right lets it hear the camera
	Star      bool          // somebody wants it kept
	Parts     []EventPart   // in order, at most EventQuery.Parts; none if nothing is recorded
	Duration  time.Duration // of all its clips, listed or not
	Recording bool          // one of these is being written
}

// EventPart is one of an event's linked clips.
type EventPart struct {
	Clip      media.ClipID
	Start     time.Time
	Duration  time.Duration // 0 while it is being written
	Thumbnail bool
	Preview   bool
	Recording bool // it is being written
	Damaged   bool // its file is damaged or gone
}

// EventQuery selects a page of events.
type EventQuery struct {
	Account PrincipalID // or a token
	Now     time.Time
	History uint32         // action bits that allow history
	Audio   uint32         // those that allow sound: without, what was only heard is not there
	Camera  media.CameraID // zero is all
	// Before and BeforeEvent are the last row of the page before; a zero
	// Before starts with the newest.
	Before      time.Time
	BeforeEvent media.EventID
	// Since and Until bound when the event began; zero is no bound.
	Since, Until time.Time
	Kind         media.Kind // "" is all
	Star         bool       // only what somebody wants kept
	Limit        int
	Parts        int // at most so many of each event, its first
}

const (
	// ?1 account or token, ?2 now, ?3 history bits, ?4 camera or null, ?5 and ?6 before, ?7 limit, ?8 parts,
	// ?9 since, ?10 audio bits, ?11 kind. Each camera gives at most a page, out of its own index alone; the
	// newest of these are the page, and only they are read. Of one that may not be heard each kind but sound
	// gives one, from that kind's index: however much was heard there, it is not read. A row is one part of an
	// event, or an event without any. What holds for a clip alone holds for a part: see
	// gate.AdmitClip.
	selectEvents query = visibleHistory + near + nearOf + `event_camera` + ` WHERE v.heard` + before + since + `event_camera` + ofCamera + itsLast + `
  UNION ALL` + near + ` CROSS JOIN other o` + nearOf + `event_kind` + ` WHERE NOT v.heard AND e.kind = o.kind` + before + since + `event_kind` + ofCamera + ` AND b.kind = o.kind` + itsLast + newestFirst
	selectKind        query = visibleHistory + near + nearOf + `event_kind` + ` WHERE (v.heard OR ?11 <> 'sound') AND e.kind = ?11` + before + since + `event_kind` + ofCamera + ` AND b.kind = ?11` + itsLast + newestFirst
	selectStarred     query = visibleHistory + near + nearOf + `event_star` + ` WHERE (v.heard OR e.kind <> 'sound')` + isStarred + before + since + `event_star` + ofCamera + ` AND b.star = 1 AND (v.heard OR b.kind <> 'sound')` + itsLast + newestFirst
	selectKindStarred query = visibleHistory + near + nearOf + `event_star` + ` WHERE (v.heard OR ?11 <> 'sound') AND e.kind = ?11` + isStarred + before + since + `event_star` + ofCamera + ` AND b.star = 1 AND b.kind = ?11` + itsLast + newestFirst
	visible                 = `WITH visible (camera, from_ns, found_for, heard) AS (
  SELECT c.id, 0, ` + ownedBy + `, 1 FROM camera c WHERE (c.owner = ?1` + orAnybody + `) AND c.removed_ms IS NULL AND ` + unlocked + ` AND (?4 IS NULL OR c.id = ?4)
  UNION ALL
  SELECT g.camera, g.history_from_ms * 1000000, g.account, g.actions & ?10 <> 0 FROM grants g
  JOIN camera c ON c.id = g.camera AND c.removed_ms IS NULL AND c.owner <> ?1 AND ` + unlocked + `
  WHERE g.account = ?1 AND g.unconfirmed = 0 AND g.actions & ?3 AND (g.expires_ms IS NULL OR g.expires_ms > ?2) AND (?4 IS NULL OR g.camera = ?4)
  UNION ALL
  SELECT k.camera, k.history_from_ms * 1000000, t.id, k.actions & ?10 <> 0 FROM token t JOIN token_camera k ON k.token = t.id
  JOIN camera c ON c.id = k.camera AND c.removed_ms IS NULL AND c.retired_ms IS NULL AND c.owner = t.account
  WHERE t.id = ?1 AND k.actions & ?3 AND ` + tokenAlive + ` AND (?4 IS NULL OR k.camera = ?4)
)`
	visibleHistory = visible + `, other (kind) AS (VALUES ('motion'), ('camera'), ('doorbell'), ('tamper'), ('trigger')
), near AS (`
	near = `
  SELECT e.rowid AS place, e.start_ns, e.id, v.from_ns, v.found_for, v.heard FROM visible v`
	nearOf    = ` CROSS JOIN event e INDEXED BY `
	isStarred = ` AND e.star = 1`
	before    = ` AND e.camera = v.camera AND (e.start_ns, e.id) < (?5, ?6)`
	// the last of its page, where there are as many
	since = ` AND e.start_ns >= coalesce((
    SELECT b.start_ns FROM event b INDEXED BY `
	ofCamera = ` WHERE b.camera = v.camera AND b.start_ns >= max(v.from_ns, ?9) AND (b.start_ns, b.id) < (?5, ?6)`
	itsLast  = `
    ORDER BY b.start_ns DESC, b.id DESC LIMIT 1 OFFSET ?7 - 1), max(v.from_ns, ?9))`
	newestFirst = `
  ORDER BY start_ns DESC, id DESC LIMIT ?7
), page AS (SELECT e.*, n.from_ns, n.found_for, n.heard FROM near n CROSS JOIN event e ON e.rowid = n.place)` + partsOfPage
	selectHistories query = visible + ` SELECT camera, from_ns, found_for, heard FROM visible`
	// ?1 event, ?2 start of the caller's history, ?3 whether it hears the camera, ?8 parts.
	selectEvent query = `WITH page AS (SELECT e.*, ?2 AS from_ns, zeroblob(16) AS found_for, ?3 AS heard FROM event e WHERE e.id = ?1 AND e.start_ns >= ?2)` + partsOfPage
	// partsOfPage adds to the events of a page what the caller may see of their
	// clips.
	partsOfPage = `, summed AS MATERIALIZED (
  SELECT p.*,
    (SELECT coalesce(sum(d.duration_ns), 0) FROM clip d INDEXED BY clip_event
      WHERE d.event = p.id AND d.camera = p.camera AND d.start_ns >= p.from_ns AND d.state <> 'removing') AS sum_ns,
    EXISTS (SELECT 1 FROM clip o INDEXED BY clip_event
      WHERE o.event = p.id AND o.camera = p.camera AND o.start_ns >= p.from_ns AND o.state = 'open') AS recording
  FROM page p
)
SELECT s.id, s.camera, s.kind, s.start_ns, s.end_ns, s.kid, s.index_key, s.text, s.star, s.picture, s.sum_ns, s.recording, s.found_for, s.heard,
  k.id, k.start_ns, k.duration_ns, k.thumbnail, k.preview, k.state = 'open', k.state = 'damaged'
FROM summed s
LEFT JOIN clip k ON k.id IN (
  SELECT f.id FROM clip f INDEXED BY clip_event
  WHERE f.event = s.id AND f.camera = s.camera AND f.start_ns >= s.from_ns AND f.state <> 'removing' ORDER BY f.part LIMIT ?8)
ORDER BY s.start_ns DESC, s.id DESC, k.part, k.start_ns, k.id`
	updateStar   query = `UPDATE event SET star = ?3 WHERE id = ?1 AND camera = ?2`
	discardEvent query = `UPDATE clip SET state = 'removing' WHERE event = ?1 AND camera = ?2 AND start_ns >= ?3
AND state NOT IN ('open', 'removing') AND NOT EXISTS (SELECT 1 FROM event WHERE id = ?1 AND star = 1)`
	discardBareEvent query = `DELETE FROM event WHERE id = ?1 AND camera = ?2 AND end_ns IS NOT NULL AND star = 0
AND NOT EXISTS (SELECT 1 FROM clip WHERE event = ?1)`
	// ?1 before when, ?2 limit. What is older than the oldest clip of its camera has mostly none, so
	// little is looked through.
	deleteOldBareEvents query = `DELETE FROM event WHERE rowid IN (SELECT e.rowid FROM camera c CROSS JOIN event e INDEXED BY event_camera
WHERE e.camera = c.id AND e.start_ns < min(?1, coalesce((SELECT min(start_ns) FROM clip WHERE camera = c.id), ?1))
AND e.end_ns < ?1 AND e.star = 0 AND NOT EXISTS (SELECT 1 FROM clip WHERE event = e.id) LIMIT ?2)`
	// ?1 event, ?2 decoy: see EventHead
	selectEventHead query = `SELECT q.at IS NOT NULL, coalesce(e.id, zeroblob(16)), coalesce(e.camera, zeroblob(16)), coalesce(e.start_ns, 0), coalesce(e.star, 0), coalesce(e.kind, '')
FROM (SELECT (SELECT rowid FROM event WHERE id = ?1) AS at,
  (SELECT rowid FROM event WHERE rowid > ?2 % (SELECT max(rowid) FROM event) ORDER BY rowid LIMIT 1) AS decoy) q
LEFT JOIN event e ON e.rowid = coalesce(q.at, q.decoy)`
	upsertEvent query = `INSERT INTO event (id, camera, kind, start_ns, end_ns, kid, index_key, text, picture) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET kind = iif(kind = 'sound', excluded.kind, kind), end_ns = excluded.end_ns, picture = coalesce(excluded.picture, picture), kid = coalesce(excluded.kid, kid),
index_key = coalesce(excluded.index_key, index_key), text = coalesce(excluded.text, text)
WHERE camera = excluded.camera`
	// ?1 JSON array of the events that go on, in upper-case hexadecimal. Once
	// per start, and per clip that is repaired there: it may scan.
	endEvents query = `UPDATE event AS e SET end_ns = max(start_ns, coalesce(
  (SELECT max(k.start_ns + k.duration_ns) FROM clip k WHERE k.event = e.id AND k.camera = e.camera), start_ns))
WHERE end_ns IS NULL AND id NOT IN (SELECT unhex(value) FROM json_each(?1))
AND NOT EXISTS (SELECT 1 FROM clip o WHERE o.event = e.id AND o.state = 'open')`
)

func eventStatements() []query {
	return []query{selectHistories, selectEvents, selectKind, selectStarred, selectKindStarred, selectEvent, selectEventHead, updateStar, discardEvent, discardBareEvent, deleteOldBareEvents, upsertEvent, endEvents}
}

// VisibleEvents lists events of the cameras whose history an account may see
// now, newest first by (Start, Event).
func (v View) VisibleEvents(ctx context.Context, q EventQuery) ([]VisibleEvent, error) {
	before, since := int64(math.MaxInt64), int64(math.MinInt64)
	if !q.Before.IsZero() {
		before = q.Before.UnixNano()
	}
	if !q.Until.IsZero() && q.Until.UnixNano() <= before {
		before, q.BeforeEvent = q.Until.UnixNano(), media.EventID{}
	}
	if !q.Since.IsZero() {
		since = q.Since.UnixNano()
	}
	args := []any{q.Account[:], q.Now.UnixMilli(), q.History, nullID(q.Camera), before, q.BeforeEvent[:], q.Limit, q.Parts, since, q.Audio}
	which := selectEvents
	switch {
	case q.Kind != "" && q.Star:
		which, args = selectKindStarred, append(args, string(q.Kind))
	case q.Kind != "":
		which, args = selectKind, append(args, string(q.Kind))
	case q.Star:
		which = selectStarred
	}
	return v.events(ctx, which, args)
}

// History is what somebody may see of a camera's recordings: what began at From or later.
type History struct {
	Camera media.CameraID
	For    PrincipalID // the owner, grantee or token whose right it was found by
	From   time.Time
	Heard  bool // that right lets it hear the camera
}

// Histories lists the cameras whose history an account may see now, or the one of the
// query; of that nothing else counts but account, time and action bits.
func (v View) Histories(ctx context.Context, q EventQuery) ([]History, error) {
	args := []any{q.Account[:], q.Now.UnixMilli(), q.History, nullID(q.Camera), nil, nil, nil, nil, nil, q.Audio}
	return all(ctx, v, selectHistories, args, func(r *sql.Rows, h *History) error {
		var from int64
		err := r.Scan(&h.Camera, &from, &h.For, &h.Heard)
		h.From = fromNS(from)
		return err
	})
}

// Star says whether somebody wants an event of the camera kept; ErrNoRow if the
// camera has no such event.
func (t *Tx) Star(ctx context.Context, camera media.CameraID, event media.EventID, on bool) error {
	n, err := t.exec(ctx, updateStar, event[:], camera[:], on)
	if err == nil && n == 0 {
		return ErrNoRow
	}
	return err
}

// DiscardEvent marks those clips of an event that are closed and began at from
// or later, for the recorder to remove, and removes the row of an event that is
// over and has no clip. It does nothing to an event that somebody wants kept.
func (t *Tx) DiscardEvent(ctx context.Context, camera media.CameraID, event media.EventID, from time.Time) error {
	if _, err := t.exec(ctx, discardEvent, event[:], camera[:], from.UnixNano()); err != nil {
		return err
	}
	_, err := t.exec(ctx, discardBareEvent, event[:], camera[:])
	return err
}

// VisibleEvent is one event as somebody sees it whose history begins at from, and who hears
// the camera or not; ErrNoRow if it is not in there. Whether somebody may is asked before:
// see EventHead.
func (v View) VisibleEvent(ctx context.Context, id media.EventID, from time.Time, heard bool, parts int) (VisibleEvent, error) {
	list, err := v.events(ctx, selectEvent, []any{id[:], from.UnixNano(), heard, nil, nil, nil, nil, parts})
	if err != nil {
		return VisibleEvent{}, err
	}
	if len(list) == 0 {
		return VisibleEvent{}, ErrNoRow
	}
	return list[0], nil
}

// EventHead says of which camera and kind an event is, and when it began.
type EventHead struct {
	Event  media.EventID
	Camera media.CameraID
	Kind   media.Kind
	Start  time.Time
	Star   bool
}

// EventHead finds an event, or ErrNoRow. Who may not see an event must not learn
// from the time whether there is one (HAZARDS Z1): another row is looked for in
// any case, the next one where retention left a gap; where there is no such event,
// that one is read in its place, and thrown away.
func (v View) EventHead(ctx context.Context, id media.EventID) (h EventHead, err error) {
	var start int64
	var found bool
	err = v.one(ctx, selectEventHead, []any{id[:], decoy(id[:])}, &found, &h.Event, &h.Camera, &start, &h.Star, &h.Kind)
	h.Start = fromNS(start)
	if err == nil && !found {
		return EventHead{}, ErrNoRow
	}
	return h, err
}

// decoy picks which row is read in place of one that is not there; asked again,
// the same.
func decoy(id []byte) int64 { return int64(binary.BigEndian.Uint64(id) >> 1) }

// events joins the rows of each event.
func (v View) events(ctx context.Context, q query, args []any) (list []VisibleEvent, err error) {
	rows, err := all(ctx, v, q, args, scanEvent)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if n := len(list) - 1; n >= 0 && list[n].Event == r.Event {
			list[n].Parts = append(list[n].Parts, r.Parts...)
			continue
		}
		list = append(list, r)
	}
	return list, nil
}

// scanEvent reads an event with one of its parts, or with none.
func scanEvent(r *sql.Rows, e *VisibleEvent) error {
	var (
		start, sum                        int64
		end, partStart, partSpan          sql.NullInt64
		kid                               sql.Null[media.KeyID]
		index                             sql.Null[IndexID]
		clip, picture                     sql.Null[media.ClipID]
		thumbnail, preview, open, damaged sql.NullBool
	)
	err := r.Scan(&e.Event, &e.Camera, &e.Kind, &start, &end, &kid, &index, &e.Text.Sealed, &e.Star, &picture, &sum, &e.Recording, &e.For, &e.Heard,
		&clip, &partStart, &partSpan, &thumbnail, &preview, &open, &damaged)
	if err != nil {
		return err
	}
	e.Start, e.Duration = fromNS(start), time.Duration(sum)
	if end.Valid {
		e.End = fromNS(end.Int64)
	}
	e.Text.KID, e.Text.Index, e.Picture = kid.V, index.V, picture.V
	if clip.Valid {
		e.Parts = []EventPart{{
			Clip: clip.V, Start: fromNS(partStart.Int64), Duration: time.Duration(partSpan.Int64),
			Thumbnail: thumbnail.Bool, Preview: preview.Bool, Recording: open.Bool, Damaged: damaged.Bool,
		}}
	}
	return nil
}

// EventsOver ends what a crash left without an end; see recorder.EventIndex.
func (s *Store) EventsOver(ctx context.Context, going []media.EventID) error {
	return s.Update(ctx, func(t *Tx) error {
		_, err := t.exec(ctx, endEvents, hexList(going))
		return err
	})
}

// EventsExpire removes old events of which nothing is recorded, a bounded number in each commit; see
// recorder.EventIndex.
func (s *Store) EventsExpire(ctx context.Context, before time.Time) error {
	for n := int64(eraseRows); n == eraseRows; {
		err := s.Update(ctx, func(t *Tx) (err error) {
			n, err = t.exec(ctx, deleteOldBareEvents, before.UnixNano(), eraseRows)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
