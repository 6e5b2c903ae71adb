package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"lares/cameras/media"
	"lares/recorder"
)

// Reader reads journal and clips of a database that a hub may be using, and
// changes nothing.
type Reader struct {
	View
	db *sql.DB
}

// OpenRead opens a database to read its journal, with what is noted of it, and
// clips. Its errors are one line for a person.
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
	stmts := map[query]*sql.Stmt{}
	for _, q := range []query{selectSetting, selectJournal, selectJournalLast, selectDue, selectClip, selectClips, selectPools} {
		stmt, err := r.db.PrepareContext(ctx, string(q))
		if err != nil {
			return err
		}
		stmts[q] = stmt
	}
	r.stmt = func(_ context.Context, q query) *sql.Stmt { return prepared(stmts, q) }
	return nil
}

// Row finds a clip's row; ok is false if there is none.
func (r *Reader) Row(ctx context.Context, id media.ClipID) (row recorder.ClipRow, ok bool, err error) {
	row, err = r.Clip(ctx, id)
	if errors.Is(err, ErrNoRow) {
		return row, false, nil
	}
	return row, err == nil, err
}

// Close lets go of the database.
func (r *Reader) Close() error { return r.db.Close() }
