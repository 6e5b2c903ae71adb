package journal

import (
	"context"
	"errors"
	"sync"
	"time"

	"lares/hub/store"
)

// accountCheckIn is how long a check on behalf of an account may keep the others
// waiting: it reads some hundred thousand rows. The console has no such bound.
const accountCheckIn = 4 * time.Second

// The reasons why there is no answer now.
var (
	ErrChecking = errors.New("journal: another check is under way")
	ErrTooLong  = errors.New("journal: the check takes too long")
)

// turns are whose check runs: one for the console, and beside it one for an account;
// other accounts wait in line for it, each once.
type turns struct {
	console  chan struct{} // holds one while a check of the console runs
	accounts chan struct{} // or of an account

	mu     sync.Mutex // guards asking
	asking map[store.AccountID]bool
}

func newTurns() turns {
	return turns{console: make(chan struct{}, 1), accounts: make(chan struct{}, 1), asking: map[store.AccountID]bool{}}
}

// take waits for a turn, and says how long it lasts by the context; call done at its
// end. It returns ErrChecking where the one who asks has a check under way, or where
// the context ends before its turn comes.
func (t *turns) take(ctx context.Context, by store.AccountID) (within context.Context, done func(), err error) {
	if by.IsZero() {
		select {
		case t.console <- struct{}{}:
			return ctx, func() { <-t.console }, nil
		default:
			return ctx, nil, ErrChecking
		}
	}
	if !t.ask(by) {
		return ctx, nil, ErrChecking
	}
	select {
	case t.accounts <- struct{}{}:
	case <-ctx.Done():
		t.asked(by)
		return ctx, nil, ErrChecking
	}
	within, cancel := context.WithTimeout(ctx, accountCheckIn)
	return within, func() {
		cancel()
		<-t.accounts
		t.asked(by)
	}, nil
}

// ask notes that an account asks; false if it does already.
func (t *turns) ask(by store.AccountID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asking[by] {
		return false
	}
	t.asking[by] = true
	return true
}

func (t *turns) asked(by store.AccountID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.asking, by)
}
