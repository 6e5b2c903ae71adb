package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Reader reads the journal of a database that a hub may be using, and changes
// nothing.
type Reader struct {
	View
	db *sql.DB
}

// OpenRead opens a database to read its journal. Its errors are one line for a
// person.
func OpenRead(ctx context.Context, path string) (*Reader, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("store: there is no database %s: name the hub's data folder with --data", path)
	}
	db, err := pool(ctx, newConnector(path, true), 1)
	if err != nil {
		return nil, explain(path, err)
	}
	r := &Reader{db: db}
	if err := r.setUp(ctx, path); err != nil {
		return nil, errors.Join(explain(path, err), db.Close())
	}
	return r, nil
}

func (r *Reader) setUp(ctx context.Context, path string) error {
	var have int
	if err := r.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have != version {
		return fmt.Errorf("store: the database %s has version %d, this program reads %d: start the hub once with this program, or use its own", path, have, version)
	}
	stmt, err := r.db.PrepareContext(ctx, string(selectJournal))
	if err != nil {
		return err
	}
	r.stmt = func(_ context.Context, q query) *sql.Stmt {
		return prepared(map[query]*sql.Stmt{selectJournal: stmt}, q)
	}
	return nil
}

// Close lets go of the database.
func (r *Reader) Close() error { return r.db.Close() }
