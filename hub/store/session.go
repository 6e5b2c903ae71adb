package store

import (
	"context"
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
}

// Lifetime bounds login sessions: one is alive if it was made after Created and
// used after Seen.
type Lifetime struct{ Created, Seen time.Time }

// SignedIn is a login session with its account's name.
type SignedIn struct {
	Session
	Name     string
	Operator bool
}

const (
	selectSession query = `SELECT s.id, s.account, s.token_hash, s.scope_hash, s.created_ms, s.seen_ms, s.proved_ms, a.name, a.operator
FROM session s JOIN account a ON a.id = s.account
WHERE s.token_hash = ? AND s.created_ms > ? AND s.seen_ms > ?`
	insertSession      query = `INSERT INTO session (id, account, token_hash, scope_hash, created_ms, seen_ms, proved_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`
	updateSessionSeen  query = `UPDATE session SET seen_ms = ? WHERE id = ?`
	deleteSession      query = `DELETE FROM session WHERE id = ? AND account = ?`
	deleteSessions     query = `DELETE FROM session WHERE account = ? AND id <> ?`
	deleteSessionsOver query = `DELETE FROM session WHERE created_ms <= ? OR seen_ms <= ?`
)

func sessionStatements() []query {
	return []query{selectSession, insertSession, updateSessionSeen, deleteSession, deleteSessions, deleteSessionsOver}
}

// SessionByToken finds the living session of a token, or ErrNoRow.
func (v View) SessionByToken(ctx context.Context, hash []byte, alive Lifetime) (s SignedIn, err error) {
	var created, seen, proved int64
	err = v.one(ctx, selectSession, []any{hash, alive.Created.UnixMilli(), alive.Seen.UnixMilli()},
		&s.ID, &s.Account, &s.TokenHash, &s.ScopeHash, &created, &seen, &proved, &s.Name, &s.Operator)
	s.Created, s.Seen, s.Proved = fromMS(created), fromMS(seen), fromMS(proved)
	return s, err
}

// AddSession enters a session; its wrap follows by AddWrap.
func (t *Tx) AddSession(ctx context.Context, s Session) error {
	_, err := t.exec(ctx, insertSession, s.ID[:], s.Account[:], s.TokenHash, s.ScopeHash, s.Created.UnixMilli(), s.Seen.UnixMilli(), s.Proved.UnixMilli())
	return err
}

// SeeSession notes the last use of a session.
func (t *Tx) SeeSession(ctx context.Context, id SessionID, at time.Time) error {
	_, err := t.exec(ctx, updateSessionSeen, at.UnixMilli(), id[:])
	return err
}

// EndSession removes a session of an account and its wrap; none is no error.
func (t *Tx) EndSession(ctx context.Context, id SessionID, account AccountID) error {
	_, err := t.exec(ctx, deleteSession, id[:], account[:])
	return err
}

// EndOtherSessions removes all sessions of an account but one, and their wraps.
func (t *Tx) EndOtherSessions(ctx context.Context, account AccountID, keep SessionID) error {
	_, err := t.exec(ctx, deleteSessions, account[:], keep[:])
	return err
}

// EndOldSessions removes the sessions that are no longer alive.
func (t *Tx) EndOldSessions(ctx context.Context, alive Lifetime) error {
	_, err := t.exec(ctx, deleteSessionsOver, alive.Created.UnixMilli(), alive.Seen.UnixMilli())
	return err
}
