package journal

import (
	"context"
	"errors"
	"testing"

	"lares/hub/store"
)

// TestTurnsOfChecks: an account has one check at a time, others wait in line, nobody
// keeps the console waiting, and what takes too long says so.
func TestTurnsOfChecks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := store.NewAccountID(), store.NewAccountID()
	within, done, err := r.turns.take(t.Context(), ann)
	r.must(err)
	if _, bounded := within.Deadline(); !bounded {
		t.Error("an account may keep others waiting for good")
	}
	if _, err := r.Check(t.Context(), CheckQuery{By: ann}); !errors.Is(err, ErrChecking) {
		t.Errorf("a second one of the account: %v", err)
	}
	if _, err := r.Check(t.Context(), CheckQuery{}); err != nil {
		t.Errorf("the console: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Check(gone, CheckQuery{By: bob}); !errors.Is(err, ErrChecking) {
		t.Errorf("whose turn does not come: %v", err)
	}
	waited := make(chan error)
	go func() {
		_, err := r.Check(t.Context(), CheckQuery{By: bob})
		waited <- err
	}()
	done()
	if err := <-waited; err != nil {
		t.Errorf("in line: %v", err)
	}
	if _, err := r.Check(gone, CheckQuery{}); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
	_, done, err = r.turns.take(t.Context(), store.AccountID{})
	r.must(err)
	defer done()
	if _, err := r.Check(t.Context(), CheckQuery{}); !errors.Is(err, ErrChecking) {
		t.Errorf("a second one of the console: %v", err)
	}
}
