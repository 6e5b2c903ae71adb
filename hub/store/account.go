package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrTaken says that another row has the same name.
var ErrTaken = errors.New("store: name taken")

// Account is one person.
type Account struct {
	ID       AccountID
	Name     string
	NameKey  string // folded; unique
	Operator bool
	Version  uint32 // of its secret
	Created  time.Time
	Recovery time.Time // when the recovery code was confirmed; zero if it was not
}

// Resident is an account with what a list of people shows.
type Resident struct {
	ID       AccountID
	Name     string
	Operator bool
	Created  time.Time
	Cameras  int       // it owns, in use
	Seen     time.Time // last use of any of its sessions, roughly; zero if it has none
}

const (
	selectAnyAccount    query = `SELECT EXISTS (SELECT 1 FROM account)`
	selectAccount       query = `SELECT id, name, name_key, operator, version, created_ms, recovery_ms FROM account WHERE id = ? AND removed_ms IS NULL`
	selectAccountByName query = `SELECT id, name, name_key, operator, version, created_ms, recovery_ms FROM account WHERE name_key = ? AND removed_ms IS NULL`
	selectResidents     query = `SELECT a.id, a.name, a.operator, a.created_ms,
  (SELECT count(*) FROM camera c WHERE c.owner = a.id AND c.removed_ms IS NULL AND c.retired_ms IS NULL),
  coalesce((SELECT max(s.seen_ms) FROM session s WHERE s.account = a.id), 0)
FROM account a WHERE a.removed_ms IS NULL ORDER BY a.name_key`
	selectOtherOperator query = `SELECT EXISTS (SELECT 1 FROM account WHERE operator = 1 AND removed_ms IS NULL AND id <> ?)`
	updateOperator      query = `UPDATE account SET operator = ? WHERE id = ? AND removed_ms IS NULL`
	updateVersion       query = `UPDATE account SET version = ?1 WHERE id = ?2 AND version < ?1`
	updateRecovery      query = `UPDATE account SET recovery_ms = ?, recovery_wrong = 0 WHERE id = ?`
	updateTried         query = `UPDATE account SET recovery_wrong = recovery_wrong + 1 WHERE id = ?1 AND recovery_wrong < ?2 RETURNING recovery_wrong = ?2`
	updateUntried       query = `UPDATE account SET recovery_wrong = 0 WHERE id = ? AND recovery_wrong <> 0`
	insertAccount       query = `INSERT INTO account (id, name, name_key, operator, version, created_ms)
VALUES (?, ?, ?, ?, ?, ?)`
	insertFirstAccount query = `INSERT INTO account (id, name, name_key, operator, version, created_ms)
SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM account)`
)

func accountStatements() []query {
	return []query{selectAnyAccount, selectAccount, selectAccountByName, selectResidents, selectOtherOperator, updateOperator,
		updateVersion, updateRecovery, updateTried, updateUntried,
		insertAccount, insertFirstAccount}
}

// AnyAccount reports whether there is an account.
func (v View) AnyAccount(ctx context.Context) (any bool, err error) {
	return any, v.one(ctx, selectAnyAccount, nil, &any)
}

// Account finds an account, or ErrNoRow.
func (v View) Account(ctx context.Context, id AccountID) (Account, error) {
	return v.account(ctx, selectAccount, id[:])
}

// AccountByName finds an account by its folded name, or ErrNoRow.
func (v View) AccountByName(ctx context.Context, key string) (Account, error) {
	return v.account(ctx, selectAccountByName, key)
}

func (v View) account(ctx context.Context, q query, arg any) (a Account, err error) {
	var created int64
	var recovery sql.NullInt64
	err = v.one(ctx, q, []any{arg}, &a.ID, &a.Name, &a.NameKey, &a.Operator, &a.Version, &created, &recovery)
	a.Created = fromMS(created)
	if recovery.Valid {
		a.Recovery = fromMS(recovery.Int64)
	}
	return a, err
}

// Residents lists all accounts, by name.
func (v View) Residents(ctx context.Context) ([]Resident, error) {
	return all(ctx, v, selectResidents, nil, func(r *sql.Rows, a *Resident) error {
		var created, seen int64
		err := r.Scan(&a.ID, &a.Name, &a.Operator, &created, &a.Cameras, &seen)
		a.Created = fromMS(created)
		if seen != 0 {
			a.Seen = fromMS(seen)
		}
		return err
	})
}

// OtherOperator reports whether somebody else runs the hub too.
func (v View) OtherOperator(ctx context.Context, id AccountID) (other bool, err error) {
	return other, v.one(ctx, selectOtherOperator, []any{id[:]}, &other)
}

// SetOperator makes an account an operator or none; ErrNoRow without account.
func (t *Tx) SetOperator(ctx context.Context, id AccountID, operator bool) error {
	return must1(t.exec(ctx, updateOperator, operator, id[:]))
}

// SetRecovery notes when the person confirmed the recovery code, or with the
// zero time that nobody did yet, and forgets the wrong ones.
func (t *Tx) SetRecovery(ctx context.Context, id AccountID, at time.Time) error {
	return must1(t.exec(ctx, updateRecovery, nullMS(at), id[:]))
}

// WrongRecovery counts a wrong recovery code, and reports, once, that it was the last
// of so many.
func (t *Tx) WrongRecovery(ctx context.Context, id AccountID, most int) (last bool, err error) {
	err = t.one(ctx, updateTried, []any{id[:], most}, &last)
	if errors.Is(err, ErrNoRow) { // more than that
		err = nil
	}
	return last, err
}

// ForgetTries takes back what WrongRecovery counted.
func (t *Tx) ForgetTries(ctx context.Context, id AccountID) error {
	_, err := t.exec(ctx, updateUntried, id[:])
	return err
}

// SetVersion notes a later version of an account's secret; ErrNoRow if it is
// not later.
func (t *Tx) SetVersion(ctx context.Context, id AccountID, version uint32) error {
	return must1(t.exec(ctx, updateVersion, version, id[:]))
}

// AddAccount enters an account with the keys of its secret. ErrTaken if the
// name is.
func (t *Tx) AddAccount(ctx context.Context, a Account, p Principal) error {
	return t.addAccount(ctx, insertAccount, a, p)
}

// AddFirstAccount is AddAccount for an empty hub; ErrTaken if there is any
// account.
func (t *Tx) AddFirstAccount(ctx context.Context, a Account, p Principal) error {
	return t.addAccount(ctx, insertFirstAccount, a, p)
}

func (t *Tx) addAccount(ctx context.Context, q query, a Account, p Principal) error {
	n, err := t.exec(ctx, q, a.ID[:], a.Name, a.NameKey, a.Operator, a.Version, a.Created.UnixMilli())
	switch {
	case unique(err), err == nil && n == 0:
		return ErrTaken
	case err != nil:
		return err
	}
	return t.AddPrincipal(ctx, p)
}

func unique(err error) bool {
	var code *sqlite.Error
	return errors.As(err, &code) && code.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}

func fromMS(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func fromNS(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// nullMS stores the zero time as null.
func nullMS(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

// must1 turns a change of no row into ErrNoRow.
func must1(n int64, err error) error {
	if err == nil && n != 1 {
		return fmt.Errorf("%w (changed %d)", ErrNoRow, n)
	}
	return err
}
