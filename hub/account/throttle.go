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

// throttle counts wrong tries by source and account, so that nobody can lock
// out somebody else. A try counts as wrong from its beginning, so that many at
// once are no way around.
type throttle struct {
	clock clock.Clock

	mu    sync.Mutex // guards tries
	tries map[string]*tries
}

// tries are what one source did to one account.
type tries struct {
	at    []time.Time // wrong ones or ones under way, oldest first; at most maxTries
	until time.Time   // refused until then
}

func newThrottle(c clock.Clock) *throttle {
	return &throttle{clock: c, tries: map[string]*tries{}}
}

// counted is what the tries of a source are counted by: of IPv6 the network of 64
// bits, of which any household has all addresses.
func (s Source) counted() string {
	a, err := netip.ParseAddr(string(s))
	if err != nil || a.Unmap().Is4() {
		return strings.ReplaceAll(string(s), "\n", "")
	}
	network, _ := a.WithZone("").Prefix(64) // no error: IPv6 has more bits
	return network.String()
}

// key names a source and an account; neither can spell the other's part.
func key(src Source, name string) string { return src.counted() + "\n" + name }

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
	k.drop(now)
	if len(k.at) == maxTries { // a penalty is over: the newest ones decide
		k.at = k.at[1:]
	}
	k.at = append(k.at, now)
	if len(k.at) >= maxTries {
		k.until = now.Add(penalty)
	}
	return nil
}

// right takes everything back: the password was right.
func (t *throttle) right(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tries, key)
}

func (k *tries) drop(now time.Time) {
	for len(k.at) > 0 && now.Sub(k.at[0]) >= window {
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
		if k.drop(now); len(k.at) == 0 && !k.until.After(now) {
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
