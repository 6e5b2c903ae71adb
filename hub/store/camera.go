package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"lares/cameras/media"
)

// Camera is one device and its owner.
type Camera struct {
	ID      media.CameraID
	Owner   AccountID
	Name    string
	Access  []byte // sealed
	Added   time.Time
	Removed time.Time // zero while in use
	Retired time.Time // zero while in use; then it was handed over, and its recordings stay with this owner
	PinHash []byte    // 32 bytes: keyed hash of what identifies the device; nil before it was first met
}

// VisibleCamera is a camera as one account may see it.
type VisibleCamera struct {
	Camera
	For       PrincipalID // the owner, grantee or token whose right it was found by
	OwnerName string
	Actions   uint32 // of the grant, none while it is unconfirmed; 0 for the owner, who needs none
	Clips     int64  // clips it may see; 0 unless owner or history
	Bytes     int64
	Shared    int64  // grants of it that are good now; 0 unless owner
	Grant     *Grant // by which it is seen; nil for the owner
}

const (
	// hubOpen is where no lockdown of the whole hub is in force.
	hubOpen = `NOT EXISTS (SELECT 1 FROM lockdown h WHERE h.account = zeroblob(16))`

	selectCamera  query = `SELECT id, owner, name, access, added_ms, removed_ms, retired_ms, pin_hash FROM camera WHERE id = ?`
	selectCameras query = `SELECT id, owner, name, access, added_ms, removed_ms, retired_ms, pin_hash FROM camera WHERE removed_ms IS NULL AND retired_ms IS NULL ORDER BY added_ms, id`
	selectRemoved query = `SELECT id, owner, name, access, added_ms, removed_ms, retired_ms, pin_hash FROM camera WHERE removed_ms IS NOT NULL ORDER BY removed_ms, id`
	// ?1 account or token, ?2 now, ?3 history bits, ?4 camera or null, ?5 audio bits. CROSS JOIN
	// keeps SQLite from walking all clips (https://www.sqlite.org/optoverview.html §9).
	// history is where clips may be counted, and heard where those of sounds as well.
	selectVisible query = `WITH visible (camera, actions, history, heard, from_ms, found_for) AS (
  SELECT c.id, 0, 1, 1, 0, ` + ownedBy + ` FROM camera c WHERE (c.owner = ?1` + orAnybody + `) AND c.removed_ms IS NULL
  UNION ALL
  SELECT g.camera, iif(g.unconfirmed, 0, g.actions), g.unconfirmed = 0 AND g.actions & ?3 AND ` + hubOpen + `, g.actions & ?5 <> 0, g.history_from_ms, g.account FROM grants g
  JOIN camera c ON c.id = g.camera AND c.removed_ms IS NULL AND c.owner <> ?1
  WHERE g.account = ?1 AND (g.expires_ms IS NULL OR g.expires_ms > ?2)
  AND NOT EXISTS (SELECT 1 FROM lockdown o WHERE o.account = c.owner)
  UNION ALL
  SELECT k.camera, k.actions, k.actions & ?3 AND ` + hubOpen + `, k.actions & ?5 <> 0, k.history_from_ms, t.id FROM token t JOIN token_camera k ON k.token = t.id
  JOIN camera c ON c.id = k.camera AND c.removed_ms IS NULL AND c.retired_ms IS NULL AND c.owner = t.account
  WHERE t.id = ?1 AND ` + tokenAlive + `
), counted (camera, clips, bytes) AS (
  SELECT k.camera, count(*), sum(k.bytes) FROM visible v
  CROSS JOIN clip k ON k.camera = v.camera AND k.start_ns >= v.from_ms * 1000000 AND k.state <> 'removing'
  WHERE v.history GROUP BY k.camera
), unheard (camera, clips, bytes) AS (
  SELECT e.camera, count(*), sum(k.bytes) FROM visible v
  CROSS JOIN event e INDEXED BY event_kind ON e.camera = v.camera AND e.kind = 'sound'
  CROSS JOIN clip k INDEXED BY clip_event ON k.event = e.id AND k.camera = e.camera AND k.start_ns >= v.from_ms * 1000000 AND k.state <> 'removing'
  WHERE v.history AND NOT v.heard GROUP BY e.camera
)
SELECT c.id, c.owner, c.name, c.access, c.added_ms, a.name, v.actions,
  coalesce(n.clips, 0) - coalesce(u.clips, 0), coalesce(n.bytes, 0) - coalesce(u.bytes, 0),
  c.retired_ms, (SELECT count(*) FROM grants s WHERE s.camera = c.id AND c.owner = ?1 AND (s.expires_ms IS NULL OR s.expires_ms > ?2)),
  v.found_for, g.camera, g.account, g.history_from_ms, g.expires_ms, g.granted_ms, g.unconfirmed
FROM visible v JOIN camera c ON c.id = v.camera JOIN account a ON a.id = c.owner
LEFT JOIN counted n ON n.camera = c.id LEFT JOIN unheard u ON u.camera = c.id
LEFT JOIN grants g ON g.camera = c.id AND g.account = ?1 AND c.owner <> ?1
WHERE ?4 IS NULL OR c.id = ?4
ORDER BY c.name, c.id`
	insertCamera       query = `INSERT INTO camera (id, owner, name, access, added_ms, pin_hash) VALUES (?, ?, ?, ?, ?, ?)`
	updateCameraAccess query = `UPDATE camera SET access = ?, pin_hash = ? WHERE id = ? AND access = ? AND removed_ms IS NULL AND retired_ms IS NULL`
	updateCameraName   query = `UPDATE camera SET name = ? WHERE id = ? AND removed_ms IS NULL`
	updateRetired      query = `UPDATE camera SET retired_ms = ?, access = ? WHERE id = ? AND owner = ? AND removed_ms IS NULL AND retired_ms IS NULL`
	deleteOtherWraps   query = `DELETE FROM epoch_wrap WHERE camera = ? AND principal <> ?`
	deleteCameraTokens query = `DELETE FROM token_camera WHERE camera = ?`
	deleteCameraLinks  query = `DELETE FROM guest_link WHERE camera = ?`
	selectOwned        query = `SELECT id, owner, name, access, added_ms, removed_ms, retired_ms, pin_hash FROM camera WHERE owner = ? AND removed_ms IS NULL ORDER BY added_ms, id`
	updateRemoved      query = `UPDATE camera SET removed_ms = ? WHERE id = ? AND owner = ? AND removed_ms IS NULL`
	deleteCamera       query = `DELETE FROM camera WHERE id = ? AND removed_ms IS NOT NULL`
	// ?1 camera, ?2 how many at most
	deleteCameraClips  query = `DELETE FROM clip WHERE rowid IN (SELECT rowid FROM clip WHERE camera = ?1 LIMIT ?2)`
	deleteCameraEvents query = `DELETE FROM event WHERE rowid IN (SELECT rowid FROM event WHERE camera = ?1 LIMIT ?2)`
	deleteCameraGaps   query = `DELETE FROM gap WHERE camera = ?1 AND from_ns IN (SELECT from_ns FROM gap WHERE camera = ?1 LIMIT ?2)`

	// eraseRows bounds the rows that one commit of EraseRows deletes: while it runs
	// nobody else's commit does, and the journal waits for one.
	eraseRows = 500
)

func cameraStatements() []query {
	return []query{selectCamera, selectCameras, selectRemoved, selectVisible, insertCamera, updateCameraAccess, updateCameraName, updateRetired, deleteOtherWraps, deleteCameraTokens, deleteCameraLinks, selectOwned,
		updateRemoved, deleteCamera, deleteCameraClips, deleteCameraEvents, deleteCameraGaps}
}

func scanCamera(rows interface{ Scan(...any) error }, c *Camera) error {
	var added int64
	var removed, retired sql.NullInt64
	if err := rows.Scan(&c.ID, &c.Owner, &c.Name, &c.Access, &added, &removed, &retired, &c.PinHash); err != nil {
		return err
	}
	c.set(added, removed, retired)
	return nil
}

func (c *Camera) set(added int64, removed, retired sql.NullInt64) {
	c.Added = fromMS(added)
	if removed.Valid {
		c.Removed = fromMS(removed.Int64)
	}
	if retired.Valid {
		c.Retired = fromMS(retired.Int64)
	}
}

// Camera finds a camera that was not removed, or ErrNoRow.
func (v View) Camera(ctx context.Context, id media.CameraID) (c Camera, err error) {
	var added int64
	var removed, retired sql.NullInt64
	err = v.one(ctx, selectCamera, []any{id[:]}, &c.ID, &c.Owner, &c.Name, &c.Access, &added, &removed, &retired, &c.PinHash)
	if err == nil && removed.Valid {
		return Camera{}, ErrNoRow
	}
	c.set(added, removed, retired)
	return c, err
}

// Cameras lists the cameras in use, in the order they were added.
func (v View) Cameras(ctx context.Context) ([]Camera, error) {
	return all(ctx, v, selectCameras, nil, func(r *sql.Rows, c *Camera) error { return scanCamera(r, c) })
}

// RemovedCameras lists cameras whose recordings are still to be erased.
func (v View) RemovedCameras(ctx context.Context) ([]Camera, error) {
	return all(ctx, v, selectRemoved, nil, func(r *sql.Rows, c *Camera) error { return scanCamera(r, c) })
}

// VisibleCameras lists the cameras that an account owns or holds a grant for
// now, or that a token names, by name; only one of them if only is not zero.
// history are the action bits with which clips may be counted, audio those with which those
// of sounds may.
func (v View) VisibleCameras(ctx context.Context, who PrincipalID, now time.Time, history, audio uint32, only media.CameraID) ([]VisibleCamera, error) {
	args := []any{who[:], now.UnixMilli(), history, nullID(only), audio}
	return all(ctx, v, selectVisible, args, func(r *sql.Rows, c *VisibleCamera) error {
		var added int64
		var retired, from, expires, granted, unconfirmed sql.NullInt64
		var shared sql.Null[media.CameraID]
		var grantee sql.Null[AccountID]
		err := r.Scan(&c.ID, &c.Owner, &c.Name, &c.Access, &added, &c.OwnerName, &c.Actions, &c.Clips, &c.Bytes,
			&retired, &c.Shared, &c.For, &shared, &grantee, &from, &expires, &granted, &unconfirmed)
		c.set(added, sql.NullInt64{}, retired)
		if granted.Valid {
			c.Grant = &Grant{Camera: shared.V, Account: grantee.V, Actions: c.Actions, Unconfirmed: unconfirmed.Int64 != 0}
			c.Grant.set(from.Int64, granted.Int64, expires)
		}
		return err
	})
}

// nullID is null for an id that names nothing.
func nullID[K any](id media.ID[K]) any {
	if id.IsZero() {
		return nil
	}
	return id[:]
}

// CamerasOf lists the cameras of an owner that were not removed, retired ones
// among them, in the order they were added.
func (v View) CamerasOf(ctx context.Context, owner AccountID) ([]Camera, error) {
	return all(ctx, v, selectOwned, []any{owner[:]}, func(r *sql.Rows, c *Camera) error { return scanCamera(r, c) })
}

// AddCamera enters a camera; ErrTaken if its device is a camera in use of another
// owner.
func (t *Tx) AddCamera(ctx context.Context, c Camera) error {
	_, err := t.exec(ctx, insertCamera, c.ID[:], c.Owner[:], c.Name, c.Access, c.Added.UnixMilli(), c.PinHash)
	if foreign(err) {
		return ErrTaken
	}
	return err
}

// foreign reports whether a trigger of the table refused a device that is another
// owner's.
func foreign(err error) bool {
	var code *sqlite.Error
	return errors.As(err, &code) && code.Code() == sqlite3.SQLITE_CONSTRAINT_TRIGGER
}

// SetCameraAccess replaces the sealed access, and the hash of the pin in it, if
// it still is the old one; ErrNoRow otherwise, and ErrTaken if the device is a
// camera in use of another owner.
func (t *Tx) SetCameraAccess(ctx context.Context, id media.CameraID, old, access, pinHash []byte) error {
	err := must1(t.exec(ctx, updateCameraAccess, access, pinHash, id[:], old))
	if foreign(err) {
		return ErrTaken
	}
	return err
}

// RenameCamera calls a camera something else; ErrNoRow if it was removed.
func (t *Tx) RenameCamera(ctx context.Context, id media.CameraID, name string) error {
	return must1(t.exec(ctx, updateCameraName, name, id[:]))
}

// RetireCamera takes an owner's camera out of use for good and leaves its
// recordings to that owner: grants, tokens, links, offers and everybody else's
// keys of it end, and so do its settings of motion, sound, events and recording and its exits; access
// replaces how to reach it. ErrNoRow if it is not in use.
func (t *Tx) RetireCamera(ctx context.Context, id media.CameraID, owner AccountID, at time.Time, access []byte) error {
	if err := must1(t.exec(ctx, updateRetired, at.UnixMilli(), access, id[:], owner[:])); err != nil {
		return err
	}
	if _, err := t.exec(ctx, deleteOtherWraps, id[:], owner[:]); err != nil {
		return err
	}
	for _, q := range []query{deleteCameraGrants, deleteCameraTokens, deleteCameraLinks, deleteCameraTransfers, deleteMotion, deleteSound, deleteEventRule, deleteRecordingPlan, deleteCameraPool, deleteCameraExits} {
		if _, err := t.exec(ctx, q, id[:]); err != nil {
			return err
		}
	}
	return nil
}

// RemoveCamera takes an owner's camera out of use, with its grants, tokens,
// links, offers, exits, settings of motion, sound, events, recording and retention and all keys: nothing of it is seen
// or opened any more.
// Its row stays until ForgetCamera, and its many rows of clips, events and gaps until
// EraseRows. ErrNoRow if it is not in use.
func (t *Tx) RemoveCamera(ctx context.Context, id media.CameraID, owner AccountID, at time.Time) error {
	if err := must1(t.exec(ctx, updateRemoved, at.UnixMilli(), id[:], owner[:])); err != nil {
		return err
	}
	for _, q := range []query{deleteCameraGrants, deleteCameraTokens, deleteCameraLinks, deleteCameraTransfers,
		deleteCameraWraps, deleteCameraIndexKeys, deleteMotion, deleteSound, deleteEventRule, deleteRecordingPlan, deleteCameraPool, deleteCameraExits, deleteRetention} {
		if _, err := t.exec(ctx, q, id[:]); err != nil {
			return err
		}
	}
	return nil
}

// EraseRows deletes the rows of a removed camera's clips, events and gaps, a bounded number
// in each commit, so that others come in between. It may be repeated: what an error or
// a crash left goes then. ForgetCamera ends it.
func (s *Store) EraseRows(ctx context.Context, id media.CameraID) error {
	for _, q := range cameraRows {
		for more := true; more; {
			err := s.Update(ctx, func(tx *Tx) (err error) {
				more, err = tx.eraseSome(ctx, q, id)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// cameraRows delete what a camera may have very many of.
var cameraRows = [...]query{deleteCameraClips, deleteCameraEvents, deleteCameraGaps}

// eraseSome reports whether there may be more.
func (t *Tx) eraseSome(ctx context.Context, q query, id media.CameraID) (more bool, err error) {
	n, err := t.exec(ctx, q, id[:], eraseRows)
	return n == eraseRows, err
}

// ForgetCamera removes the last rows of a removed camera. Those that EraseRows left,
// because they came after it, are few.
func (t *Tx) ForgetCamera(ctx context.Context, id media.CameraID) error {
	for _, q := range cameraRows {
		for more := true; more; {
			var err error
			if more, err = t.eraseSome(ctx, q, id); err != nil {
				return err
			}
		}
	}
	_, err := t.exec(ctx, deleteCamera, id[:])
	return err
}
