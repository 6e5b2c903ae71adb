package gate

import (
	"sync"
	"time"

	"lares/hub/store"
)

const (
	// maxGuesses is how many passwords that none of its own cameras has an account may
	// enter at once; then it may one more each guessEvery. A house has fewer cameras, and
	// a list of common passwords takes months.
	maxGuesses = 64
	guessEvery = 10 * time.Minute
)

// guesses counts by account the passwords of cameras that it enters: whether a camera of
// somebody else has one is told, so each is a guess. Tries of detectors are counted in the
// same way, apart.
type guesses struct {
	mu   sync.Mutex // guards left
	left map[store.AccountID]supply
}

// supply is how many guesses are left, since when.
type supply struct {
	n  int
	at time.Time
}

// take takes one of an account's; false if there is none.
func (g *guesses) take(a store.AccountID, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.left[a]
	if !ok {
		s = supply{maxGuesses, now}
	}
	if back := now.Sub(s.at) / guessEvery; back > 0 {
		s.n, s.at = min(maxGuesses, s.n+int(min(back, maxGuesses))), s.at.Add(back*guessEvery)
	}
	if s.n > 0 {
		s.n--
		g.left[a] = s
		return true
	}
	return false
}
