package account

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
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
		if th.begin("k") == nil {
			passed++
		}
	}
	if passed != maxTries {
		t.Errorf("%d tries at once were let through", passed)
	}
	for i := range 2 * maxKeys {
		th.begin(fmt.Sprint("name ", i))
	}
	if len(th.tries) > maxKeys {
		t.Errorf("%d keys are remembered", len(th.tries))
	}
}

// TestUnknownNameCostsTheSame: the same key derivation, so the same time.
func TestUnknownNameCostsTheSame(t *testing.T) {
	r, _ := claimed(t)
	measure := func(name string, best *time.Duration) {
		start := time.Now()
		if _, err := r.SignIn(t.Context(), from(here), name, "wrong password"); !errors.Is(err, ErrCredentials) {
			t.Fatal(err)
		}
		if d := time.Since(start); *best == 0 || d < *best {
			*best = d
		}
	}
	var known, unknown time.Duration
	for range maxTries { // in turn: a busy machine is busy for both
		measure("ann", &known)
		measure("nobody", &unknown)
	}
	if unknown < known*7/10 || known < unknown*7/10 {
		t.Errorf("known %v, unknown %v", known, unknown)
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

// TestSourceNetwork: an IPv6 household is one source, an IPv4 address is one.
func TestSourceNetwork(t *testing.T) {
	for _, x := range []struct {
		a, b Source
		same bool
	}{
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true}, {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"fe80::1%eth0", "fe80::2", true}, {"192.0.2.1", "192.0.2.2", false}, {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
	} {
		if same := key(x.a, "ann") == key(x.b, "ann"); same != x.same {
			t.Errorf("%s and %s: %v", x.a, x.b, same)
		}
	}
	c := claim{}
	c.renew(t0)
	for i := range maxTries {
		if err := c.check(Source(fmt.Sprintf("2001:db8::%x", i)), "x", t0); !errors.Is(err, ErrClaimCode) {
			t.Fatal(err)
		}
	}
	var wait ErrThrottled
	if err := c.check("2001:db8::ffff", "x", t0); !errors.As(err, &wait) {
		t.Errorf("claim codes from ten addresses of a network: %v", err)
	}
}
