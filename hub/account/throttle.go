package account

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"lares/cameras/clock"
)

const (
	// maxTries wrong tries within window delay the next one by penalty.
	maxTries = 10
	window   = time.Minute
	penalty  = 30 * time.Second
	// maxKeys bounds the memory an attacker with many names can take.
	maxKeys = 10_000
)

// bound says that so many wrong tries within a window delay the next one.
type bound struct {
	max             int
	window, penalty time.Duration
}

// throttle counts wrong tries by who makes them and on which account, so that
// nobody can lock out somebody else. A try counts as wrong from its beginning, so that many at
// once are no way around.
type throttle struct {
	bound
	clock clock.Clock

	mu    sync.Mutex // guards tries
	tries map[string]*tries
}

// tries are what one of them did to one account.
type tries struct {
	at    []time.Time // wrong ones or ones under way, oldest first; at most the bound's
	until time.Time   // refused until then
}

func newThrottle(c clock.Clock, b bound) *throttle {
	return &throttle{bound: b, clock: c, tries: map[string]*tries{}}
}

// Network is what a source's tries and connections are counted by: of IPv6 the
// network of 64 bits, of which any household has all addresses.
func (s Source) Network() string {
	a, err := netip.ParseAddr(string(s))
	if err != nil || a.Unmap().Is4() {
		return strings.ReplaceAll(string(s), "\n", "")
	}
	network, _ := a.WithZone("").Prefix(64) // no error: IPv6 has more bits
	return network.String()
}

// key names a source and an account; neither can spell the other's part.
func key(src Source, name string) string { return src.Network() + "\n" + name }

// asker is who gives a password or a code.
type asker struct {
	source  Source
	session SessionID // that it is signed in with already; zero for a stranger
}

// counted is what its tries and turns are counted by: strangers by their source,
// and a login session by itself, whoever else is behind the same address.
func (a asker) counted() string {
	if a.session.IsZero() {
		return a.source.Network()
	}
	return a.session.String()
}

// begin counts a try, or refuses it with ErrThrottled.
func (t *throttle) begin(key string) error {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.tries[key]
	if k == nil {
		t.forget(now)
		k = &tries{}
		t.tries[key] = k
	}
	if wait := k.until.Sub(now); wait > 0 {
		return ErrThrottled{RetryAfter: wait}
	}
	k.drop(now.Add(-t.window))
	if len(k.at) == t.max { // a penalty is over: the newest ones decide
		k.at = k.at[1:]
	}
	k.at = append(k.at, now)
	if len(k.at) >= t.max {
		k.until = now.Add(t.penalty)
	}
	return nil
}

// wrong is how many tries count as wrong now.
func (t *throttle) wrong(key string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.tries[key]
	if k == nil {
		return 0
	}
	k.drop(t.clock.Now().Add(-t.window))
	return len(k.at)
}

// undo takes back the newest try alone: it was right, which excuses none of the
// others.
func (t *throttle) undo(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.tries[key]; k != nil && len(k.at) > 0 {
		k.at, k.until = k.at[:len(k.at)-1], time.Time{}
	}
}

// right takes everything back: the password was right.
func (t *throttle) right(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tries, key)
}

// drop forgets the tries up to a moment.
func (k *tries) drop(upTo time.Time) {
	for len(k.at) > 0 && !k.at[0].After(upTo) {
		k.at = k.at[1:]
	}
}

// forget makes room for many more, so that the work of it is rare: what is over
// first, then anything, which takes as many sign-ins at full cost. Called with
// mu held.
func (t *throttle) forget(now time.Time) {
	if len(t.tries) < maxKeys {
		return
	}
	for key, k := range t.tries {
		if k.drop(now.Add(-t.window)); len(k.at) == 0 && !k.until.After(now) {
			delete(t.tries, key)
		}
	}
	for key := range t.tries {
		if len(t.tries) <= maxKeys/2 {
			return
		}
		delete(t.tries, key)
	}
}
