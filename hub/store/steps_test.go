package store

import (
	"errors"
	"testing"
)

// TestSteps: each statement of a transaction is a step, and so is its commit; reads
// are none, and what is undone has no commit.
func TestSteps(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	ctx := t.Context()
	before := s.Steps()
	if _, err := s.Accounts(ctx); err != nil || s.Steps() != before {
		t.Errorf("a read: %d steps, %v", s.Steps()-before, err)
	}
	read := func(tx *Tx) error { _, err := tx.Accounts(ctx); return err }
	if err := s.Update(ctx, read); err != nil || s.Steps() != before+2 {
		t.Errorf("a statement and its commit: %d steps, %v", s.Steps()-before, err)
	}
	undone := errors.New("undone")
	if err := s.Update(ctx, func(tx *Tx) error { return errors.Join(read(tx), undone) }); !errors.Is(err, undone) || s.Steps() != before+3 {
		t.Errorf("undone: %d steps, %v", s.Steps()-before, err)
	}
	s.steps.tidy.Store(true)
	if n := s.Steps(); s.Steps() == n {
		t.Error("the log is written back, and it stands still")
	}
	if err := s.checkpoint(ctx); err != nil || s.steps.tidy.Load() {
		t.Errorf("it is written back, and still counts: %v", err)
	}
}
