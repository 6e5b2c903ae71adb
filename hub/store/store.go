// Package store is the hub's SQLite database, and all SQL of the product. One
// connection writes, in immediate transactions; four read. Every statement is
// prepared once, at the start.
//
// What may be seen by whom is decided in hub/gate with rows read here, each
// time anew: this package caches nothing. Reads take microseconds and hold no
// lock; a caller that must answer at once gives a context with a deadline.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"lares/cameras/fault"
)

// ErrNoRow says that there is no such row.
var ErrNoRow = errors.New("store: no such row")

// Store is the open database. It implements recorder.Index. All methods are
// safe for concurrent use.
type Store struct {
	View

	path    string
	write   *sql.DB
	read    *sql.DB
	writes  map[query]*sql.Stmt
	reads   map[query]*sql.Stmt
	scrubs  chan struct{}
	steps   steps
	held    atomic.Uint64 // how often no transaction could begin
	trouble atomic.Value  // a recorder.PoolTrouble: what became of the newest change
	reserve *reserve
	waits   time.Duration // for the lock; whoever holds the one connection of write has it
}

// query is one SQL statement; each is prepared at the start.
type query string

func (q query) reads() bool {
	return strings.HasPrefix(string(q), "SELECT") || strings.HasPrefix(string(q), "WITH")
}

// View reads rows, outside or inside a transaction.
type View struct {
	stmt func(ctx context.Context, q query) *sql.Stmt
}

// open connects both pools; the writer first, because it makes the file.
func open(ctx context.Context, path string) (*Store, error) {
	s := &Store{path: path, writes: map[query]*sql.Stmt{}, reads: map[query]*sql.Stmt{}, scrubs: make(chan struct{}, 1), reserve: newReserve(path), waits: lockWait}
	s.View.stmt = func(_ context.Context, q query) *sql.Stmt { return prepared(s.reads, q) }
	var err error
	if s.write, err = pool(ctx, newConnector(path, false), 1); err != nil {
		return nil, err
	}
	return s, nil
}

// setUp makes or upgrades the schema, checks the file and starts the readers.
func (s *Store) setUp(ctx context.Context, fresh bool) error {
	if err := s.migrate(ctx, fresh); err != nil {
		return err
	}
	var result string
	if err := s.write.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		return err
	}
	if result != "ok" {
		return ErrDamaged
	}
	var err error
	if s.read, err = pool(ctx, newConnector(s.path, true), readers); err != nil {
		return err
	}
	return s.prepare(ctx)
}

// scriptsFrom are the statements that make a database of this version out of one of another; 0 is none yet.
func scriptsFrom(from int) (all []string, err error) {
	names := []string{"schema.sql"}
	if from > 0 {
		names = nil
	}
	for v := from; 0 < v && v < version; v++ {
		names = append(names, fmt.Sprintf("migrate%d.sql", v))
	}
	for _, name := range names {
		step, err := scripts.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, string(step))
	}
	return append(all, fmt.Sprintf("PRAGMA application_id = %d", applicationID), fmt.Sprintf("PRAGMA user_version = %d", version)), nil
}

func (s *Store) migrate(ctx context.Context, fresh bool) error {
	var id, have int
	if err := s.write.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := s.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	switch {
	case have > version:
		return fmt.Errorf("store: the database %s was %w (its version is %d, this program knows %d): install that version or a later one", s.path, ErrNewer, have, version)
	case have == version && id == applicationID:
		return nil
	case !fresh && (id != applicationID || have < 1):
		return ErrDamaged // a database, but not ours
	}
	if fresh {
		have = 0
	}
	all, err := scriptsFrom(have)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, step := range all {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("store: making the schema: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: making the schema: %w", err)
	}
	return nil
}

func (s *Store) prepare(ctx context.Context) error {
	for _, q := range statements() {
		stmt, err := s.write.PrepareContext(ctx, string(q))
		if err != nil {
			return fmt.Errorf("store: preparing %q: %w", q, err)
		}
		s.writes[q] = stmt
		if !q.reads() {
			continue
		}
		if stmt, err = s.read.PrepareContext(ctx, string(q)); err != nil {
			return fmt.Errorf("store: preparing %q: %w", q, err)
		}
		s.reads[q] = stmt
	}
	return nil
}

func prepared(m map[query]*sql.Stmt, q query) *sql.Stmt {
	stmt, ok := m[q]
	if !ok {
		panic(fmt.Sprintf("store: a statement missing in statements: %q", q))
	}
	return stmt
}

// one scans the only row of a query, or returns ErrNoRow.
func (v View) one(ctx context.Context, q query, args []any, dest ...any) error {
	if fault.On {
		fault.Delay(ctx)
	}
	err := v.stmt(ctx, q).QueryRowContext(ctx, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNoRow
	}
	if err != nil {
		return fmt.Errorf("store: reading: %w", err)
	}
	return nil
}

// all scans every row of a query.
func all[T any](ctx context.Context, v View, q query, args []any, scan func(*sql.Rows, *T) error) (out []T, err error) {
	err = each(ctx, v, q, args, func(rows *sql.Rows) (more bool, err error) {
		var t T
		if err := scan(rows, &t); err != nil {
			return false, err
		}
		out = append(out, t)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// each reads the rows of a query as long as more are wanted. No iterator outlives it: an open
// one pins the write-ahead log.
func each(ctx context.Context, v View, q query, args []any, read func(*sql.Rows) (more bool, err error)) error {
	if fault.On {
		fault.Delay(ctx)
	}
	rows, err := v.stmt(ctx, q).QueryContext(ctx, args...)
	if err != nil {
		return fmt.Errorf("store: reading: %w", err)
	}
	defer rows.Close()
	for more := true; more && rows.Next(); {
		if more, err = read(rows); err != nil {
			return fmt.Errorf("store: reading: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store: reading: %w", err)
	}
	return nil
}

const (
	// SQLite writes the log back whenever it has a thousand pages, and begins anew at its front:
	// that costs a disk less than a file that grows, each sync of which has the file system
	// write what it knows of the file. So the log is emptied, even if nothing secret is deleted,
	// once an hour alone, and where it was looked at and is longer than logMost: somebody kept
	// SQLite from beginning anew.
	emptyEvery = time.Hour
	lookEvery  = 5 * time.Minute
	logMost    = 8 << 20
	// logAlarm is a log that could not be emptied, in bytes: somebody holds a read
	// transaction open.
	logAlarm = 64 << 20
)

// Scrub asks Run to write the log back and empty it soon, so that what was
// deleted is gone from it too. It does not wait.
func (s *Store) Scrub() {
	select {
	case s.scrubs <- struct{}{}:
	default:
	}
}

// Run writes the log back and empties it every hour, where it has grown, and when Scrub asks, and
// sees to it that room is kept back on the disk, until the context ends.
func (s *Store) Run(ctx context.Context, log *slog.Logger) error {
	look, empty, reserve := time.NewTicker(lookEvery), time.NewTicker(emptyEvery), time.NewTicker(reserveEvery)
	defer look.Stop()
	defer empty.Stop()
	defer reserve.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-reserve.C:
			s.reserve.look(log)
			continue
		case <-look.C:
			if s.logBytes() <= logMost {
				continue
			}
		case <-empty.C:
		case <-s.scrubs:
		}
		if err := s.checkpoint(ctx); err != nil && ctx.Err() == nil {
			log.Warn("database log not written back", "error", err)
		}
		if n := s.logBytes(); n > logAlarm {
			log.Error("database log cannot be shortened", "bytes", n)
		}
	}
}

// logBytes is how long the log's file is.
func (s *Store) logBytes() int64 {
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

func (s *Store) checkpoint(ctx context.Context) error {
	s.steps.tidy.Store(true)
	defer s.steps.tidy.Store(false)
	var busy, pages, moved int
	if err := s.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil {
		s.outcome(err)
		return fmt.Errorf("store: checkpoint: %w", err)
	}
	return nil
}

// closeIn bounds how long Close waits for what still reads or writes.
const closeIn = 10 * time.Second

// Close writes the log back and closes all connections. No method may be
// called afterwards.
func (s *Store) Close() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	// SQLite writes the log back when the last connection closes. But database/sql
	// closes one that is in use only when it is given back: by a query that was
	// cancelled that is a moment after this. A reader that so is the last cannot
	// write, and all since the last checkpoint would be in the log alone.
	ctx, cancel := context.WithTimeout(context.Background(), closeIn)
	defer cancel()
	_ = s.checkpoint(ctx) // what is not written back is in the log, and read from there
	return errors.Join(append(errs, s.write.Close())...)
}
