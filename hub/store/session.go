package store

import (
	"context"
	"database/sql"
	"time"
)

// Session is one login session. Its token and scope are known to its browser
// only.
type Session struct {
	ID        SessionID
	Account   AccountID
	TokenHash []byte // 32 bytes
	ScopeHash []byte // 32 bytes
	Created   time.Time
	Seen      time.Time // last use, roughly
	Proved    time.Time // when the password was given last
	Device    string    // what the browser calls itself, shortened
	Place     string    // the address it was used from last
}

// Lifetime bounds login sessions: one is alive if it was made after Created and
// used after Seen.
type Lifetime struct{ Created, Seen time.Time }

// SignedIn is a login session with its account's name.
type SignedIn struct {
	Session
	Name     string
	Operator bool
	// Locked says that a lockdown of the account or the hub is in force that
	// another session made.
	Locked bool
}

const (
	selectSession query = `SELECT s.id, s.account, s.token_hash, s.scope_hash, s.created_ms, s.seen_ms, s.proved_ms, s.device, s.place, a.name, a.operator,
EXISTS (SELECT 1 FROM lockdown l WHERE l.account IN (s.account, zeroblob(16)) AND l.session <> s.id)
FROM session s JOIN account a ON a.id = s.account
WHERE s.token_hash = ? AND s.created_ms > ? AND s.seen_ms > ?
AND (a.operator OR NOT EXISTS (SELECT 1 FROM lockdown l WHERE l.account = zeroblob(16) AND l.session <> s.id))`
	selectSessions query = `SELECT id, account, token_hash, scope_hash, created_ms, seen_ms, proved_ms, device, place
FROM session WHERE account = ? AND created_ms > ? AND seen_ms > ? ORDER BY seen_ms DESC, id`
	insertSession query = `INSERT INTO session (id, account, token_hash, scope_hash, created_ms, seen_ms, proved_ms, device, place)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updateSessionSeen   query = `UPDATE session SET seen_ms = ? WHERE id = ?`
	updateSessionPlace  query = `UPDATE session SET seen_ms = ?, place = ? WHERE id = ?`
	updateSessionProved query = `UPDATE session SET proved_ms = ? WHERE id = ? AND account = ?`
	deleteSession       query = `DELETE FROM session WHERE id = ? AND account = ?`
	deleteSessions      query = `DELETE FROM session WHERE account = ? AND id <> ? RETURNING id`
	deleteSessionsOver  query = `DELETE FROM session WHERE created_ms <= ? OR seen_ms <= ?`
)

func sessionStatements() []query {
	return []query{selectSession, selectSessions, insertSession, updateSessionSeen, updateSessionPlace, updateSessionProved,
		deleteSession, deleteSessions, deleteSessionsOver}
}

// SessionByToken finds the living session of a token, or ErrNoRow.
func (v View) SessionByToken(ctx context.Context, hash []byte, alive Lifetime) (s SignedIn, err error) {
	var created, seen, proved int64
	err = v.one(ctx, selectSession, []any{hash, alive.Created.UnixMilli(), alive.Seen.UnixMilli()},
		&s.ID, &s.Account, &s.TokenHash, &s.ScopeHash, &created, &seen, &proved, &s.Device, &s.Place, &s.Name, &s.Operator, &s.Locked)
	s.Created, s.Seen, s.Proved = fromMS(created), fromMS(seen), fromMS(proved)
	return s, err
}

// Sessions lists the living sessions of an account, the last used first.
func (v View) Sessions(ctx context.Context, account AccountID, alive Lifetime) ([]Session, error) {
	args := []any{account[:], alive.Created.UnixMilli(), alive.Seen.UnixMilli()}
	return all(ctx, v, selectSessions, args, func(r *sql.Rows, s *Session) error {
		var created, seen, proved int64
		err := r.Scan(&s.ID, &s.Account, &s.TokenHash, &s.ScopeHash, &created, &seen, &proved, &s.Device, &s.Place)
		s.Created, s.Seen, s.Proved = fromMS(created), fromMS(seen), fromMS(proved)
		return err
	})
}

// AddSession enters a session; its wrap follows by AddWrap.
func (t *Tx) AddSession(ctx context.Context, s Session) error {
	_, err := t.exec(ctx, insertSession, s.ID[:], s.Account[:], s.TokenHash, s.ScopeHash, s.Created.UnixMilli(), s.Seen.UnixMilli(), s.Proved.UnixMilli(),
		s.Device, s.Place)
	return err
}

// SeeSession notes the last use of a session.
func (t *Tx) SeeSession(ctx context.Context, id SessionID, at time.Time) error {
	_, err := t.exec(ctx, updateSessionSeen, at.UnixMilli(), id[:])
	return err
}

// MoveSession notes the last use of a session, and from where.
func (t *Tx) MoveSession(ctx context.Context, id SessionID, at time.Time, place string) error {
	_, err := t.exec(ctx, updateSessionPlace, at.UnixMilli(), place, id[:])
	return err
}

// ProveSession notes that the password was given again; ErrNoRow if the session
// is gone.
func (t *Tx) ProveSession(ctx context.Context, id SessionID, account AccountID, at time.Time) error {
	return must1(t.exec(ctx, updateSessionProved, at.UnixMilli(), id[:], account[:]))
}

// EndSession removes a session of an account and its wrap, and reports whether
// there was one.
func (t *Tx) EndSession(ctx context.Context, id SessionID, account AccountID) (bool, error) {
	n, err := t.exec(ctx, deleteSession, id[:], account[:])
	return n > 0, err
}

// EndOtherSessions removes all sessions of an account but one, and their wraps;
// a zero keep removes all. It returns those that ended.
func (t *Tx) EndOtherSessions(ctx context.Context, account AccountID, keep SessionID) ([]SessionID, error) {
	return all(ctx, t.View, deleteSessions, []any{account[:], keep[:]}, func(r *sql.Rows, id *SessionID) error { return r.Scan(id) })
}

// EndOldSessions removes the sessions that are no longer alive.
func (t *Tx) EndOldSessions(ctx context.Context, alive Lifetime) error {
	_, err := t.exec(ctx, deleteSessionsOver, alive.Created.UnixMilli(), alive.Seen.UnixMilli())
	return err
}
