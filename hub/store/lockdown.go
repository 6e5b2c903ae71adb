package store

import (
	"context"
	"database/sql"
	"time"
)

// Lockdown closes the doors of an account, or of the whole hub.
type Lockdown struct {
	Account AccountID // zero is the whole hub
	Maker   AccountID
	Session SessionID // the one that goes on; zero if its account is gone, and Maker another operator
	Since   time.Time
}

// WholeHub is the account of a lockdown of the whole hub.
func WholeHub() AccountID { return AccountID{} }

// How far an admission is closed by a lockdown. The SQL of admissions says it.
const (
	LockNone   = 0
	LockStored = 1 // what was recorded is closed, also to its owner
	LockAll    = 2 // everything is
)

const (
	// lockOf says how far camera c is closed to session ?1 of account ?2. A
	// lockdown of the hub or of the owner closes what was recorded; one of the
	// owner closes the rest to everybody but the session that made it; one of
	// the asking account closes all to its other sessions. Whoever may still
	// have a session under a lockdown of the hub runs it, or made it.
	lockOf = `coalesce((SELECT max(CASE
  WHEN l.account = c.owner AND l.session <> ?1 THEN 2
  WHEN l.account = ?2 AND l.session <> ?1 THEN 2
  WHEN l.account = c.owner OR l.account = zeroblob(16) THEN 1
  ELSE 0 END) FROM lockdown l WHERE l.account IN (zeroblob(16), ?2, c.owner)), 0)`
	// unlocked holds for a camera c whose recordings no lockdown closes.
	unlocked = `NOT EXISTS (SELECT 1 FROM lockdown l WHERE l.account IN (zeroblob(16), c.owner))`

	selectLockdowns query = `SELECT account, maker, session, since_ms FROM lockdown WHERE account IN (zeroblob(16), ?)`
	upsertLockdown  query = `INSERT INTO lockdown (account, maker, session, since_ms) VALUES (?, ?, ?, ?)
ON CONFLICT (account) DO UPDATE SET maker = excluded.maker, session = excluded.session`
	updateLockdowns      query = `UPDATE lockdown SET session = ?2 WHERE session = ?1`
	deleteLockdown       query = `DELETE FROM lockdown WHERE account = ? RETURNING account, maker, session, since_ms`
	deleteLockdownsBy    query = `DELETE FROM lockdown WHERE account = ?1 OR account = zeroblob(16) AND maker = ?1 RETURNING account, maker, session, since_ms`
	deleteAllButSession  query = `DELETE FROM session WHERE id <> ? RETURNING id, account`
	selectHubLockedNotBy query = `SELECT EXISTS (SELECT 1 FROM lockdown WHERE account = zeroblob(16)) AND NOT EXISTS (SELECT 1 FROM account WHERE id = ? AND operator)`
)

func lockdownStatements() []query {
	return []query{selectLockdowns, upsertLockdown, updateLockdowns, deleteLockdown, deleteLockdownsBy, deleteAllButSession, selectHubLockedNotBy}
}

// Lockdowns lists the lockdowns of the whole hub and of an account.
func (v View) Lockdowns(ctx context.Context, account AccountID) ([]Lockdown, error) {
	return all(ctx, v, selectLockdowns, []any{account[:]}, scanLockdown)
}

func scanLockdown(r *sql.Rows, l *Lockdown) error {
	var since int64
	err := r.Scan(&l.Account, &l.Maker, &l.Session, &since)
	l.Since = fromMS(since)
	return err
}

// LockedOut reports whether the whole hub is locked down and the account may
// not sign in meanwhile: it does not run the hub.
func (v View) LockedOut(ctx context.Context, account AccountID) (out bool, err error) {
	return out, v.one(ctx, selectHubLockedNotBy, []any{account[:]}, &out)
}

// PutLockdown enters a lockdown; one that is there goes on, for the session of
// the new one.
func (t *Tx) PutLockdown(ctx context.Context, l Lockdown) error {
	_, err := t.exec(ctx, upsertLockdown, l.Account[:], l.Maker[:], l.Session[:], l.Since.UnixMilli())
	return err
}

// MoveLockdowns makes the lockdowns of a session go on for the one that takes its
// place.
func (t *Tx) MoveLockdowns(ctx context.Context, from, to SessionID) error {
	_, err := t.exec(ctx, updateLockdowns, from[:], to[:])
	return err
}

// RemoveLockdown lifts the lockdown of an account or the hub: what there was, one or
// none.
func (t *Tx) RemoveLockdown(ctx context.Context, account AccountID) ([]Lockdown, error) {
	return all(ctx, t.View, deleteLockdown, []any{account[:]}, scanLockdown)
}

// RemoveLockdownsBy lifts the lockdown of an account, and that of the whole hub if
// the account made it, and says which there were.
func (t *Tx) RemoveLockdownsBy(ctx context.Context, account AccountID) ([]Lockdown, error) {
	return all(ctx, t.View, deleteLockdownsBy, []any{account[:]}, scanLockdown)
}

// EndedSession is a login session that ended, and whose it was.
type EndedSession struct {
	ID      SessionID
	Account AccountID
}

// EndAllSessionsBut removes the sessions of all accounts but one, with their
// wraps, and names them.
func (t *Tx) EndAllSessionsBut(ctx context.Context, keep SessionID) ([]EndedSession, error) {
	return all(ctx, t.View, deleteAllButSession, []any{keep[:]}, func(r *sql.Rows, e *EndedSession) error { return r.Scan(&e.ID, &e.Account) })
}
