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
	// wider is how many times as many tries a network of IPv6 may make as one address of
	// it: who has all addresses of the network gains little. The network of a house is
	// shared: an address that was right within knownFor is not in its neighbours' hands.
	wider    = 4
	knownFor = 30 * 24 * time.Hour
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
	at    []time.Time // wrong ones or ones under way, oldest first; as many as delay the next
	until time.Time   // refused until then
	right time.Time   // when it was right last; zero if never
}

func newThrottle(c clock.Clock, b bound) *throttle {
	return &throttle{bound: b, clock: c, tries: map[string]*tries{}}
}

// Single is what a source's own tries and connections are counted by: its address.
func (s Source) Single() string {
	a, err := netip.ParseAddr(string(s))
	if err != nil || a.Unmap().Is4() {
		return s.Network()
	}
	return a.WithZone("").String()
}

// Network is what they are counted by beside that, with a wider bound: of IPv6 the
// network of 64 bits, of which any household has all addresses. Of anything else it is
// the same.
func (s Source) Network() string {
	a, err := netip.ParseAddr(string(s))
	if err != nil || a.Unmap().Is4() {
		return strings.ReplaceAll(string(s), "\n", "")
	}
	network, _ := a.WithZone("").Prefix(64) // no error: IPv6 has more bits
	return network.String()
}

// attempt is what a try is counted by: one that makes it, and what it shares with
// others, empty where there is nothing. One that was right within knownFor shares what
// is known with others like it, and each other one what is of its network.
type attempt struct{ one, network, known string }

// key names a source and an account; neither can spell the other's part.
func key(src Source, name string) attempt {
	a := attempt{one: src.Single() + "\n" + name}
	if network := src.Network(); network != src.Single() {
		a.network = network + "\n" + name
	}
	return a
}

// asker is who gives a password or a code.
type asker struct {
	source   Source
	session  SessionID // that it is signed in with already; zero for a stranger
	recovery bool      // with the recovery code, not the password
}

// lane is where it waits for its turn: strangers with their network, and a login
// session by itself, whoever else is behind the same address.
func (a asker) lane() string {
	if a.session.IsZero() {
		return a.source.Network()
	}
	return a.session.String()
}

// attempt is what its tries on an account are counted by: as lane, and by source.
func (a asker) attempt(name string) attempt {
	if a.session.IsZero() {
		return key(a.source, name)
	}
	return attempt{one: a.session.String() + "\n" + name}
}

// begin counts a try, or refuses it with ErrThrottled.
func (t *throttle) begin(a attempt) error {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.of(a.one, now)
	if wait := one.until.Sub(now); wait > 0 {
		return ErrThrottled{RetryAfter: wait}
	}
	if key, most := t.shared(a, now); key != "" {
		many := t.of(key, now)
		if wait := many.until.Sub(now); wait > 0 {
			return ErrThrottled{RetryAfter: wait}
		}
		many.count(now, t.bound, most)
	}
	one.count(now, t.bound, t.max)
	return nil
}

// shared is what a try counts for besides the one that makes it, and how many of it
// delay the next. Called with mu held.
func (t *throttle) shared(a attempt, now time.Time) (key string, most int) {
	if k := t.tries[a.one]; k != nil && now.Sub(k.right) <= knownFor {
		return a.known, wider * wider * t.max
	}
	return a.network, wider * t.max
}

// of finds what is counted by a key. Called with mu held.
func (t *throttle) of(key string, now time.Time) *tries {
	k := t.tries[key]
	if k == nil {
		t.forget(now)
		k = &tries{}
		t.tries[key] = k
	}
	return k
}

// count counts a try, of which so many delay the next one.
func (k *tries) count(now time.Time, b bound, most int) {
	k.drop(now.Add(-b.window))
	if len(k.at) == most { // a penalty is over: the newest ones decide
		k.at = k.at[1:]
	}
	if k.at = append(k.at, now); len(k.at) >= most {
		k.until = now.Add(b.penalty)
	}
}

// wrong is how many tries count as wrong now, of all that share what this one does.
func (t *throttle) wrong(a attempt) int {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	key, _ := t.shared(a, now)
	k := t.tries[key]
	if k == nil {
		return 0
	}
	k.drop(now.Add(-t.window))
	return len(k.at)
}

// undo takes back the newest try alone: it was right, which excuses none of the
// others. Who made it is known from now on.
func (t *throttle) undo(a attempt) {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	key, _ := t.shared(a, now)
	t.takeBack(key)
	t.takeBack(a.one)
	t.of(a.one, now).right = now
}

// takeBack takes back the newest try of a key. Called with mu held.
func (t *throttle) takeBack(key string) {
	if k := t.tries[key]; k != nil && len(k.at) > 0 {
		k.at, k.until = k.at[:len(k.at)-1], time.Time{}
	}
}

// right takes everything back that the one did: the password was right. Of the network,
// where others may be wrong, it is this try alone.
func (t *throttle) right(a attempt) {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if a.network == "" {
		delete(t.tries, a.one)
		return
	}
	key, _ := t.shared(a, now)
	t.takeBack(key)
	*t.of(a.one, now) = tries{right: now}
}

// forgive takes everything back that anybody did to the account of a name.
func (t *throttle) forgive(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key := range t.tries {
		if strings.HasSuffix(key, "\n"+name) {
			delete(t.tries, key)
		}
	}
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
		if k.drop(now.Add(-t.window)); len(k.at) == 0 && !k.until.After(now) && now.Sub(k.right) > knownFor {
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
