package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"lares/cameras/fault"
)

// Outside is what lies on a disk beside the database and has to fit it.
type Outside interface {
	// Flush puts what a transaction staged on the disk, in order, when everything
	// else went well and before it commits. Its error undoes the transaction.
	Flush(ctx context.Context, tx *Tx, staged []any) error
	// Undone is told that a transaction whose Flush was called was not committed.
	// No other one is under way meanwhile; it may read the Store, and not write.
	Undone(ctx context.Context)
}

// Tx is one transaction: it sees its own changes, and nobody else's half done.
type Tx struct {
	View
	staged  []any
	outside Outside
	undone  []func(maybe bool)
	outcome func(error) // hears of a change that failed
	changed bool        // a row
}

// Undone has f called when the transaction does not commit, before anybody else's
// begins. Where the commit itself failed, maybe is true: only the database knows. f
// must not use the Store.
func (t *Tx) Undone(f func(maybe bool)) { t.undone = append(t.undone, f) }

// Stage collects what has to be on a disk elsewhere before the transaction may
// commit; there is one Outside.
func (t *Tx) Stage(outside Outside, items ...any) {
	t.outside, t.staged = outside, append(t.staged, items...)
}

const (
	// lockWait is how long a transaction waits while another process holds the database:
	// it does not answer then (HAZARDS Z9). Whoever waited for the turn behind one that
	// found it held waits lockLeast: not as long anew, one after the other.
	lockWait  = time.Second
	lockLeast = 50 * time.Millisecond
)

// lockable has the next transaction wait for the lock; held is how often it was found held
// when its turn was asked for.
func (s *Store) lockable(ctx context.Context, conn *sql.Conn, held uint64) error {
	wait := lockWait
	if s.held.Load() != held {
		wait = lockLeast
	}
	if wait == s.waits {
		return nil
	}
	_, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = "+strconv.FormatInt(wait.Milliseconds(), 10))
	if err == nil {
		s.waits = wait
	}
	return err
}

// Update runs f in one immediate transaction on the one writing connection. If
// f or the commit fails, nothing has happened. f must not use the Store itself,
// nor wait for anything that might. For its turn it waits as long as ctx lasts, for
// another process lockWait.
func (s *Store) Update(ctx context.Context, f func(tx *Tx) error) error {
	held := s.held.Load()
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store: beginning: %w", err)
	}
	defer conn.Close() // gives it back
	if err := s.lockable(ctx, conn, held); err != nil {
		return fmt.Errorf("store: beginning: %w", err)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		s.held.Add(1)
		s.outcome(err)
		return fmt.Errorf("store: beginning: %w", err)
	}
	defer tx.Rollback() // does nothing after a commit
	t := &Tx{View: View{func(ctx context.Context, q query) *sql.Stmt {
		s.steps.n.Add(1)
		return tx.StmtContext(ctx, prepared(s.writes, q))
	}}, outcome: s.outcome}
	var committed, maybe bool
	defer func() {
		for _, undone := range t.undone {
			if !committed {
				undone(maybe)
			}
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	if t.outside != nil {
		err = t.outside.Flush(ctx, t, t.staged)
	}
	if err == nil {
		if err = tx.Commit(); err == nil {
			committed = true
			s.steps.n.Add(1)
			if t.changed {
				s.outcome(nil)
			}
			return nil
		}
		maybe = true
		s.outcome(err)
		err = fmt.Errorf("store: committing: %w", err)
	}
	tx.Rollback()
	if t.outside != nil {
		t.outside.Undone(context.WithoutCancel(ctx))
	}
	return err
}

// exec changes rows and says how many.
func (t *Tx) exec(ctx context.Context, q query, args ...any) (int64, error) {
	if fault.On {
		fault.Delay(ctx)
	}
	r, err := t.stmt(ctx, q).ExecContext(ctx, args...)
	if err != nil {
		t.outcome(err)
		return 0, fmt.Errorf("store: writing: %w", err)
	}
	n, err := r.RowsAffected()
	t.changed = t.changed || n > 0
	return n, err
}
