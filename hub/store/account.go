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
}

const (
	selectAnyAccount    query = `SELECT EXISTS (SELECT 1 FROM account)`
	selectAccount       query = `SELECT id, name, name_key, operator, version, created_ms FROM account WHERE id = ?`
	selectAccountByName query = `SELECT id, name, name_key, operator, version, created_ms FROM account WHERE name_key = ?`
	insertAccount       query = `INSERT INTO account (id, name, name_key, operator, version, created_ms)
VALUES (?, ?, ?, ?, ?, ?)`
	insertFirstAccount query = `INSERT INTO account (id, name, name_key, operator, version, created_ms)
SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM account)`
)

func accountStatements() []query {
	return []query{selectAnyAccount, selectAccount, selectAccountByName, insertAccount, insertFirstAccount}
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
	err = v.one(ctx, q, []any{arg}, &a.ID, &a.Name, &a.NameKey, &a.Operator, &a.Version, &created)
	a.Created = fromMS(created)
	return a, err
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
