package store

import (
	"context"
	"database/sql"
	"time"

	"lares/cameras/media"
)

// Grant is what an owner lets another account do with a camera.
type Grant struct {
	Camera      media.CameraID
	Account     AccountID
	Actions     uint32
	HistoryFrom time.Time // Unix 0 is all
	Expires     time.Time // zero is never
	Granted     time.Time
	Unconfirmed bool // the account has new keys, which the owner has not confirmed
}

// NamedGrant is a grant with the name of its account.
type NamedGrant struct {
	Grant
	Name string
}

// Admission is the answer to "may this login session do anything with this camera".
type Admission struct {
	Camera      media.CameraID // the row's own
	Owner       AccountID
	Account     AccountID      // of the session that asks
	Granted     media.CameraID // the grant's own; zero for the owner, who needs none
	Grantee     AccountID      // the grant's own
	Actions     uint32         // of the grant
	HistoryFrom time.Time
	Retired     bool // the camera was handed over: only what it recorded is there
	Lock        int  // LockNone, LockStored or LockAll
}

// Asking is who asks, and when.
type Asking struct {
	Session SessionID
	Account AccountID
	Now     time.Time
	Alive   Lifetime
}

const (
	// ?1 session, ?2 account, ?3 camera, ?4 now, ?5 and ?6 session lifetime. One row for
	// each living session, whether or not there is such a camera: see Admission. A
	// grant to keys that the owner has not confirmed allows nothing.
	selectAdmission query = `SELECT coalesce(c.id, zeroblob(16)), coalesce(c.owner, zeroblob(16)), s.account, coalesce(g.camera, zeroblob(16)),
coalesce(g.account, zeroblob(16)), coalesce(iif(g.unconfirmed, 0, g.actions), 0), coalesce(g.history_from_ms, 0), c.retired_ms IS NOT NULL, ` + lockOf + `
FROM session s
LEFT JOIN camera c ON c.id = ?3 AND c.removed_ms IS NULL
LEFT JOIN grants g ON g.camera = ?3 AND g.account = ?2 AND (g.expires_ms IS NULL OR g.expires_ms > ?4)
WHERE s.id = ?1 AND s.account = ?2 AND s.created_ms > ?5 AND s.seen_ms > ?6`
	selectGrants  query = `SELECT camera, account, actions, history_from_ms, expires_ms, granted_ms, unconfirmed FROM grants WHERE camera = ? ORDER BY account`
	selectExpired query = `SELECT camera, account, actions, history_from_ms, expires_ms, granted_ms, unconfirmed FROM grants WHERE expires_ms <= ? ORDER BY expires_ms`
	selectGrant   query = `SELECT camera, account, actions, history_from_ms, expires_ms, granted_ms, unconfirmed FROM grants WHERE camera = ? AND account = ?`
	selectNamed   query = `SELECT g.camera, g.account, g.actions, g.history_from_ms, g.expires_ms, g.granted_ms, g.unconfirmed, a.name
FROM grants g JOIN account a ON a.id = g.account WHERE g.camera = ? AND (g.expires_ms IS NULL OR g.expires_ms > ?) ORDER BY a.name_key`
	selectGrantsTo query = `SELECT camera, account, actions, history_from_ms, expires_ms, granted_ms, unconfirmed FROM grants WHERE account = ?`
	upsertGrant    query = `INSERT INTO grants (camera, account, actions, history_from_ms, expires_ms, granted_ms, unconfirmed) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (camera, account) DO UPDATE SET actions = excluded.actions, history_from_ms = excluded.history_from_ms,
expires_ms = excluded.expires_ms, granted_ms = excluded.granted_ms, unconfirmed = excluded.unconfirmed`
	updateUnconfirmed  query = `UPDATE grants SET unconfirmed = 1 WHERE camera = ? AND account = ? AND unconfirmed = 0`
	deleteGrant        query = `DELETE FROM grants WHERE camera = ? AND account = ?`
	deleteCameraGrants query = `DELETE FROM grants WHERE camera = ?`
)

func grantStatements() []query {
	return []query{selectAdmission, selectGrants, selectExpired, selectGrant, selectNamed, selectGrantsTo, upsertGrant, updateUnconfirmed, deleteGrant, deleteCameraGrants}
}

// Admission reads what a living session may do with a camera now; ErrNoRow if
// nothing. That takes the same time whether or not there is such a camera
// (HAZARDS Z1): the row is read, then judged.
func (v View) Admission(ctx context.Context, a Asking, camera media.CameraID) (m Admission, err error) {
	var from int64
	err = v.one(ctx, selectAdmission, []any{a.Session[:], a.Account[:], camera[:], a.Now.UnixMilli(), a.Alive.Created.UnixMilli(), a.Alive.Seen.UnixMilli()},
		&m.Camera, &m.Owner, &m.Account, &m.Granted, &m.Grantee, &m.Actions, &from, &m.Retired, &m.Lock)
	if err != nil {
		return Admission{}, err
	}
	m.HistoryFrom = fromMS(from)
	if m.Owner == a.Account { // an owner needs no grant, and has none
		m.Granted, m.Grantee, m.Actions, m.HistoryFrom = media.CameraID{}, AccountID{}, 0, fromMS(0)
	}
	if m.Camera.IsZero() || m.Owner != a.Account && m.Grantee.IsZero() {
		return Admission{}, ErrNoRow
	}
	return m, nil
}

// Grants lists the grants of a camera.
func (v View) Grants(ctx context.Context, camera media.CameraID) ([]Grant, error) {
	return all(ctx, v, selectGrants, []any{camera[:]}, scanGrant)
}

// ExpiredGrants lists the grants that ran out.
func (v View) ExpiredGrants(ctx context.Context, now time.Time) ([]Grant, error) {
	return all(ctx, v, selectExpired, []any{now.UnixMilli()}, scanGrant)
}

// Grant finds a camera's grant to an account, or ErrNoRow.
func (v View) Grant(ctx context.Context, camera media.CameraID, account AccountID) (Grant, error) {
	found, err := all(ctx, v, selectGrant, []any{camera[:], account[:]}, scanGrant)
	if err != nil {
		return Grant{}, err
	}
	if len(found) != 1 {
		return Grant{}, ErrNoRow
	}
	return found[0], nil
}

// GrantsTo lists the grants to an account.
func (v View) GrantsTo(ctx context.Context, account AccountID) ([]Grant, error) {
	return all(ctx, v, selectGrantsTo, []any{account[:]}, scanGrant)
}

// NamedGrants lists the grants of a camera that are good now, by name.
func (v View) NamedGrants(ctx context.Context, camera media.CameraID, now time.Time) ([]NamedGrant, error) {
	return all(ctx, v, selectNamed, []any{camera[:], now.UnixMilli()}, func(r *sql.Rows, g *NamedGrant) error { return g.scan(r, &g.Name) })
}

func scanGrant(r *sql.Rows, g *Grant) error { return g.scan(r) }

func (g *Grant) scan(r *sql.Rows, more ...any) error {
	var from, granted int64
	var expires sql.NullInt64
	dest := []any{&g.Camera, &g.Account, &g.Actions, &from, &expires, &granted, &g.Unconfirmed}
	if err := r.Scan(append(dest, more...)...); err != nil {
		return err
	}
	g.set(from, granted, expires)
	return nil
}

func (g *Grant) set(from, granted int64, expires sql.NullInt64) {
	g.HistoryFrom, g.Granted = fromMS(from), fromMS(granted)
	if expires.Valid {
		g.Expires = fromMS(expires.Int64)
	}
}

// PutGrant enters or replaces a grant.
func (t *Tx) PutGrant(ctx context.Context, g Grant) error {
	_, err := t.exec(ctx, upsertGrant, g.Camera[:], g.Account[:], g.Actions, g.HistoryFrom.UnixMilli(), nullMS(g.Expires), g.Granted.UnixMilli(), g.Unconfirmed)
	return err
}

// Unconfirm notes that the account of a grant has keys that the owner has not
// confirmed, and tells the owner, once; no grant is no error.
func (t *Tx) Unconfirm(ctx context.Context, camera media.CameraID, account AccountID, at time.Time) error {
	n, err := t.exec(ctx, updateUnconfirmed, camera[:], account[:])
	if err != nil || n == 0 {
		return err
	}
	c, err := t.Camera(ctx, camera)
	if err != nil {
		return err
	}
	return t.Tell(ctx, c.Owner, account, NoticeUnconfirmed, camera, at)
}

// RemoveGrant removes a grant and reports whether there was one.
func (t *Tx) RemoveGrant(ctx context.Context, camera media.CameraID, account AccountID) (bool, error) {
	n, err := t.exec(ctx, deleteGrant, camera[:], account[:])
	return n > 0, err
}
