package store

import (
	"context"
	"database/sql"
	"time"
)

// TOTP is the second factor of an account (RFC 6238).
type TOTP struct {
	Account   AccountID
	Version   uint32 // of the account's secret it is sealed under
	Sealed    []byte
	LastStep  int64 // the newest time step that was used
	Created   time.Time
	Confirmed time.Time // zero until a first code was right
}

const (
	selectTOTP query = `SELECT account, version, sealed, last_step, created_ms, confirmed_ms FROM totp WHERE account = ?`
	upsertTOTP query = `INSERT INTO totp (account, version, sealed, last_step, created_ms, confirmed_ms) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account) DO UPDATE SET version = excluded.version, sealed = excluded.sealed, last_step = excluded.last_step,
created_ms = excluded.created_ms, confirmed_ms = excluded.confirmed_ms`
	updateTOTPStep query = `UPDATE totp SET last_step = ?1 WHERE account = ?2 AND last_step < ?1`
	deleteTOTP     query = `DELETE FROM totp WHERE account = ?`
)

func totpStatements() []query {
	return []query{selectTOTP, upsertTOTP, updateTOTPStep, deleteTOTP}
}

// TOTP finds the second factor of an account, confirmed or not, or ErrNoRow.
func (v View) TOTP(ctx context.Context, account AccountID) (f TOTP, err error) {
	var created int64
	var confirmed sql.NullInt64
	err = v.one(ctx, selectTOTP, []any{account[:]}, &f.Account, &f.Version, &f.Sealed, &f.LastStep, &created, &confirmed)
	f.Created = fromMS(created)
	if confirmed.Valid {
		f.Confirmed = fromMS(confirmed.Int64)
	}
	return f, err
}

// PutTOTP enters or replaces a second factor.
func (t *Tx) PutTOTP(ctx context.Context, f TOTP) error {
	_, err := t.exec(ctx, upsertTOTP, f.Account[:], f.Version, f.Sealed, f.LastStep, f.Created.UnixMilli(), nullMS(f.Confirmed))
	return err
}

// UseTOTP notes a time step as used; ErrNoRow if it, or a later one, was.
func (t *Tx) UseTOTP(ctx context.Context, account AccountID, step int64) error {
	return must1(t.exec(ctx, updateTOTPStep, step, account[:]))
}

// RemoveTOTP removes a second factor and reports whether there was one.
func (t *Tx) RemoveTOTP(ctx context.Context, account AccountID) (bool, error) {
	n, err := t.exec(ctx, deleteTOTP, account[:])
	return n > 0, err
}
