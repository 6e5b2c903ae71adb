package account

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
)

// TestThrottle is HAZARDS A2.
func TestThrottle(t *testing.T) {
	r, _ := claimed(t)
	ctx := t.Context()
	for _, name := range []string{"ann", "nobody"} {
		for range maxTries - 1 { // the last one comes through the front door
			if err := r.throttle.begin(key(here, name)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.SignIn(ctx, from(here), name, "wrong password"); !errors.Is(err, ErrCredentials) {
			t.Fatalf("%s, the tenth wrong try: %v", name, err)
		}
		var wait ErrThrottled
		if _, err := r.SignIn(ctx, from(here), name, good); !errors.As(err, &wait) || wait.RetryAfter < 30*time.Second {
			t.Errorf("%s, after ten: %v", name, err)
		}
	}
	if _, err := r.SignIn(ctx, from(there), "ann", good); err != nil {
		t.Errorf("the right password from elsewhere: %v", err)
	}
	if _, err := r.SignIn(ctx, from(here), "bob", good); err != nil {
		t.Errorf("somebody else from here: %v", err)
	}
	r.clock.Advance(penalty)
	if _, err := r.SignIn(ctx, from(here), "ann", good); err != nil {
		t.Errorf("the right password after the wait: %v", err)
	}
}

// TestThrottleAtOnce: tries under way count, so that many at once are no way
// around.
func TestThrottleAtOnce(t *testing.T) {
	th := newThrottle(clock.NewManual(t0), bound{maxTries, window, penalty})
	var passed int
	for range 100 {
		if th.begin(attempt{one: "k"}) == nil {
			passed++
		}
	}
	if passed != maxTries {
		t.Errorf("%d tries at once were let through", passed)
	}
	for i := range 2 * maxKeys {
		th.begin(attempt{one: fmt.Sprint("name ", i)})
	}
	if len(th.tries) > maxKeys {
		t.Errorf("%d keys are remembered", len(th.tries))
	}
}

// TestUnknownNameCostsTheSame: the same key derivation, so the same time. What
// it costs is counted in bytes, nearly all of them the derivation's: time says
// little on a busy machine.
func TestUnknownNameCostsTheSame(t *testing.T) {
	r, _ := claimedCostly(t)
	cost := func(name string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := r.SignIn(t.Context(), from(here), name, "wrong password"); !errors.Is(err, ErrCredentials) {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	cost("ann") // what is made once
	known, unknown := cost("ann"), cost("nobody")
	if unknown < known*9/10 || known < unknown*9/10 || known < 1<<20 {
		t.Errorf("known %d bytes, unknown %d", known, unknown)
	}
}

// TestDoubtFailsClosed: a wrong clock or a database that does not answer signs
// nobody in.
func TestDoubtFailsClosed(t *testing.T) {
	r, ann := claimed(t)
	all := func(when string) {
		t.Helper()
		ctx := t.Context()
		for name, f := range map[string]func() error{
			"authenticate": func() error { _, err := r.Authenticate(ctx, ann.Token, ann.Scope); return err },
			"resume":       func() error { _, err := r.Resume(ctx, ann.Token); return err },
			"sign in":      func() error { _, err := r.SignIn(ctx, from(there), "ann", good); return err },
			"claim":        func() error { _, err := r.Claim(ctx, from(there), "x", "Eve", good); return err },
			"code":         func() error { _, err := r.ClaimCode(ctx); return err },
			"create":       func() error { _, err := r.Create(ctx, "Eve", good); return err },
		} {
			if err := f(); !errors.Is(err, ErrUnavailable) {
				t.Errorf("%s, %s: %v", when, name, err)
			}
		}
	}
	r.clock.Advance(-24 * time.Hour)
	all("clock before the build")
	r.clock.Advance(24 * time.Hour)
	r.store.Close()
	all("database closed")
}

// TestCallerDoesNotPrint: a caller ends in a log line one day.
func TestCallerDoesNotPrint(t *testing.T) {
	_, ann := claimed(t)
	token, err := hex.DecodeString(ann.Token)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, format := range []string{"%v", "%+v", "%#v", "%x", "%s"} {
		fmt.Fprintf(&b, format, any(ann.Caller))
	}
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "caller", ann.Caller)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "caller", ann.Caller)
	if strings.Contains(b.String(), ann.Token[:16]) || bytes.Contains(b.Bytes(), token[:8]) ||
		strings.Contains(b.String(), strings.Trim(fmt.Sprint(token[:8]), "[]")) {
		t.Errorf("the token is printed: %s", b.String())
	}
}

// TestSourceNetwork: the addresses of an IPv6 network are sources of their own, which
// share a wider bound; IPv4 addresses share none.
func TestSourceNetwork(t *testing.T) {
	for _, x := range []struct {
		a, b          Source
		same, network bool
	}{
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", false, true}, {"2001:db8:1:2::1", "2001:db8:1:3::1", false, false},
		{"fe80::1%eth0", "fe80::1", true, true}, {"fe80::1%eth0", "fe80::2", false, true},
		{"192.0.2.1", "192.0.2.2", false, false}, {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false, false},
	} {
		a, b := key(x.a, "ann"), key(x.b, "ann")
		if same := a.one == b.one; same != x.same {
			t.Errorf("%s and %s: the same %v", x.a, x.b, same)
		}
		if network := a.network != "" && a.network == b.network; network != x.network {
			t.Errorf("%s and %s: of one network %v", x.a, x.b, network)
		}
	}
}

// TestNeighboursOfANetwork: who tries wrong from one address of the house's network
// delays no neighbour; who has all addresses of a network is delayed soon.
func TestNeighboursOfANetwork(t *testing.T) {
	claim := claim{}
	claim.renew(t0)
	th := newThrottle(clock.NewManual(t0), bound{maxTries, window, penalty})
	for what, try := range map[string]func(Source) error{
		"passwords": func(s Source) error { return th.begin(key(s, "ann")) },
		"claim codes": func(s Source) error {
			if err := claim.check(s, "x", t0); !errors.Is(err, ErrClaimCode) {
				return err
			}
			return nil
		},
	} {
		passed := func(from func(int) Source) (n int) {
			for i := range 10 * maxTries {
				if try(from(i)) == nil {
					n++
				}
			}
			return n
		}
		if n := passed(func(int) Source { return "2001:db8::1" }); n != maxTries {
			t.Errorf("%s: %d tries of one address", what, n)
		}
		if n := passed(func(i int) Source { return Source(fmt.Sprintf("2001:db8::%x", 0x100+i)) }); n != (wider-1)*maxTries {
			t.Errorf("%s: %d more tries of its network", what, n)
		}
		if err := try("2001:db8:0:1::1"); err != nil {
			t.Errorf("%s: another network: %v", what, err)
		}
	}
	known := key("2001:db8:0:2::1", "ann")
	_ = th.begin(known)
	th.right(known)
	for i := range wider * maxTries {
		_ = th.begin(key(Source(fmt.Sprintf("2001:db8:0:2::%x", 0x10+i)), "ann"))
	}
	if err := th.begin(key("2001:db8:0:2::2", "ann")); err == nil {
		t.Error("a neighbour that nobody knows is not delayed with its network")
	}
	if err := th.begin(known); err != nil {
		t.Errorf("who was right from this address before is delayed by neighbours: %v", err)
	}
	a, b := key("2001:db8:0:3::1", "ann"), key("2001:db8:0:3::2", "ann")
	_, _ = th.begin(a), th.begin(b)
	th.right(a)
	if n := th.wrong(b); n != 1 {
		t.Errorf("after one right and one wrong try %d of the network are wrong", n)
	}
}
