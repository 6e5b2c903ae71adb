package store

import (
	"context"
	"database/sql"
	"time"
)

// The kinds of a wrap.
const (
	WrapPassword = "password"
	WrapSession  = "session"
	WrapRecovery = "recovery"
)

// Wrap is an account's secret, wrapped.
type Wrap struct {
	ID      WrapID
	Account AccountID
	Version uint32
	Kind    string
	Session SessionID // of WrapSession, else zero
	Salt    []byte    // 16 bytes
	// MemoryKiB, Passes and Lanes are the Argon2id parameters of WrapPassword.
	MemoryKiB, Passes, Lanes uint32
	Sealed                   []byte // 48 bytes
	Created                  time.Time
}

const (
	selectSessionWrap query = `SELECT id, account, version, kind, session, salt, memory_kib, passes, lanes, sealed, created_ms
FROM wrap WHERE session = ? AND account = ?`
	selectPasswordWrap query = `SELECT id, account, version, kind, session, salt, memory_kib, passes, lanes, sealed, created_ms
FROM wrap WHERE account = ? AND kind = 'password'`
	selectRecoveryWrap query = `SELECT id, account, version, kind, session, salt, memory_kib, passes, lanes, sealed, created_ms
FROM wrap WHERE account = ? AND kind = 'recovery'`
	insertWrap query = `INSERT INTO wrap (id, account, version, kind, session, salt, memory_kib, passes, lanes, sealed, created_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	deletePasswordWrap  query = `DELETE FROM wrap WHERE id = ? AND account = ? AND kind = 'password'`
	deletePasswordWraps query = `DELETE FROM wrap WHERE account = ? AND kind = 'password'`
	deleteRecoveryWrap  query = `DELETE FROM wrap WHERE id = ? AND account = ? AND kind = 'recovery'`
	deleteRecoveryWraps query = `DELETE FROM wrap WHERE account = ? AND kind = 'recovery'`
	deleteWraps         query = `DELETE FROM wrap WHERE account = ?`
)

func wrapStatements() []query {
	return []query{selectSessionWrap, selectPasswordWrap, selectRecoveryWrap, insertWrap, deletePasswordWrap, deletePasswordWraps,
		deleteRecoveryWrap, deleteRecoveryWraps, deleteWraps}
}

// SessionWrap finds the wrap of a login session of an account, or ErrNoRow.
func (v View) SessionWrap(ctx context.Context, session SessionID, account AccountID) (Wrap, error) {
	return v.wrap(ctx, selectSessionWrap, session[:], account[:])
}

// PasswordWrap finds the password wrap of an account, or ErrNoRow.
func (v View) PasswordWrap(ctx context.Context, account AccountID) (Wrap, error) {
	return v.wrap(ctx, selectPasswordWrap, account[:])
}

// RecoveryWrap finds the recovery wrap of an account, or ErrNoRow.
func (v View) RecoveryWrap(ctx context.Context, account AccountID) (Wrap, error) {
	return v.wrap(ctx, selectRecoveryWrap, account[:])
}

func (v View) wrap(ctx context.Context, q query, args ...any) (w Wrap, err error) {
	var (
		session                  sql.Null[SessionID]
		memoryKiB, passes, lanes sql.Null[uint32]
		created                  int64
	)
	err = v.one(ctx, q, args, &w.ID, &w.Account, &w.Version, &w.Kind, &session, &w.Salt,
		&memoryKiB, &passes, &lanes, &w.Sealed, &created)
	w.Session, w.MemoryKiB, w.Passes, w.Lanes = session.V, memoryKiB.V, passes.V, lanes.V
	w.Created = fromMS(created)
	return w, err
}

// AddWrap enters a wrap.
func (t *Tx) AddWrap(ctx context.Context, w Wrap) error {
	var session any
	if w.Kind == WrapSession {
		session = w.Session[:]
	}
	argon := func(v uint32) sql.Null[uint32] {
		return sql.Null[uint32]{V: v, Valid: w.Kind == WrapPassword}
	}
	_, err := t.exec(ctx, insertWrap, w.ID[:], w.Account[:], w.Version, w.Kind, session, w.Salt,
		argon(w.MemoryKiB), argon(w.Passes), argon(w.Lanes), w.Sealed, w.Created.UnixMilli())
	return err
}

// RemovePasswordWrap removes that password wrap; ErrNoRow if it is gone, which
// means that somebody else changed the password meanwhile.
func (t *Tx) RemovePasswordWrap(ctx context.Context, id WrapID, account AccountID) error {
	return must1(t.exec(ctx, deletePasswordWrap, id[:], account[:]))
}

// RemoveRecoveryWrap removes that recovery wrap; ErrNoRow if it is gone, which
// means that its code was used.
func (t *Tx) RemoveRecoveryWrap(ctx context.Context, id WrapID, account AccountID) error {
	return must1(t.exec(ctx, deleteRecoveryWrap, id[:], account[:]))
}

// RemoveRecovery removes the recovery wrap of an account, if there is one.
func (t *Tx) RemoveRecovery(ctx context.Context, account AccountID) error {
	_, err := t.exec(ctx, deleteRecoveryWraps, account[:])
	return err
}

// RemoveWraps removes everything that an account's secret is wrapped by.
func (t *Tx) RemoveWraps(ctx context.Context, account AccountID) error {
	_, err := t.exec(ctx, deleteWraps, account[:])
	return err
}

// RemovePasswords removes the password wrap of an account, if there is one.
func (t *Tx) RemovePasswords(ctx context.Context, account AccountID) error {
	_, err := t.exec(ctx, deletePasswordWraps, account[:])
	return err
}
