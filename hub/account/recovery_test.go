package account

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lares/hub/journal"
)

// code makes a recovery code for somebody, and confirms it.
func (r *rig) code(c Caller) string {
	r.t.Helper()
	code, err := r.NewRecovery(r.t.Context(), c)
	if err := errors.Join(err, r.ConfirmRecovery(r.t.Context(), c, code[len(code)-codeGroup:])); err != nil {
		r.t.Fatal(err)
	}
	return code
}

// wrongCode is like code, and not it.
func wrongCode(i int) string { return fmt.Sprintf("ABCDE-FGHJK-MNPQR-STVWX-YZ234-%05d", i) }

// TestRecovery is HAZARDS A12: the code works once, and another one follows.
func TestRecovery(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	if _, _, err := r.Recover(ctx, from(here), "ann", wrongCode(0), fresh); !errors.Is(err, ErrRecoveryCode) {
		t.Errorf("without any code: %v", err)
	}
	first := r.code(ann.Caller)
	if len(first) != recoveryLength+recoveryLength/codeGroup-1 {
		t.Errorf("code %q", first)
	}
	bob := r.signIn("bob", good)
	for _, c := range []struct {
		name, code, password string
		want                 error
	}{
		{"ann", wrongCode(1), fresh, ErrRecoveryCode},
		{"nobody", first, fresh, ErrRecoveryCode},
		{"bob", first, fresh, ErrRecoveryCode},
		{"ann", first, "short", ErrPassword},
	} {
		if _, _, err := r.Recover(ctx, from(here), c.name, c.code, c.password); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	in, second, err := r.Recover(ctx, from(there), " ANN ", strings.ToLower(first), fresh)
	if err != nil || second == first || in.Caller.Account != ann.Caller.Account {
		t.Fatalf("%+v %q %v", in.Caller, second, err)
	}
	// The same secret as before: what was sealed to it opens.
	if p, err := r.store.NewestPrincipal(ctx, in.Caller.Account); err != nil || p.Version != 1 || !r.opens(in.Caller) {
		t.Errorf("recovery made other keys: version %d, %v", p.Version, err)
	}
	if _, err := r.Authenticate(ctx, ann.Token, ann.Scope); !errors.Is(err, ErrCredentials) || r.opens(ann.Caller) {
		t.Errorf("the session before: %v", err)
	}
	if len(r.ended) != 1 || r.ended[0] != ann.Caller.Session || !r.opens(bob.Caller) {
		t.Errorf("ended %v", r.ended)
	}
	if _, err := r.SignIn(ctx, from(here), "ann", good); !errors.Is(err, ErrCredentials) {
		t.Errorf("the lost password: %v", err)
	}
	if _, _, err := r.Recover(ctx, from(here), "ann", first, good); !errors.Is(err, ErrRecoveryCode) {
		t.Errorf("the code a second time: %v", err)
	}
	if a, err := r.Account(ctx, in.Caller); err != nil || !a.Recovery.IsZero() {
		t.Errorf("a code that nobody confirmed is called so: %v %v", a.Recovery, err)
	}
	if err := r.ConfirmRecovery(ctx, in.Caller, second[len(second)-codeGroup:]); err != nil {
		t.Error(err)
	}
	if a, err := r.Account(ctx, in.Caller); err != nil || a.Recovery.IsZero() {
		t.Errorf("a code that was confirmed is not called so: %v", err)
	}
	if _, _, err := r.Recover(ctx, from(here), "ann", second, good); err != nil {
		t.Errorf("the next code: %v", err)
	}
}

// TestRecoveryWorksOnce is HAZARDS A12: of several who use a code at the same
// time, who all found it right, one gets in.
func TestRecoveryWorksOnce(t *testing.T) {
	r, ann := claimedCostly(t)
	ctx := t.Context()
	code := r.code(ann.Caller)
	const n = 3
	errs := make(chan error, n)
	for i := range n {
		go func() {
			_, _, err := r.Recover(ctx, from(Source(fmt.Sprint("192.0.2.", 10+i))), "ann", code, fmt.Sprint(fresh, i))
			errs <- err
		}()
	}
	in := 0
	for range n {
		if err := <-errs; err == nil {
			in++
		} else if !errors.Is(err, ErrRecoveryCode) {
			t.Error(err)
		}
	}
	passwords := 0
	for i := range n {
		if _, err := r.SignIn(ctx, from(there), "ann", fmt.Sprint(fresh, i)); err == nil {
			passwords++
		}
	}
	if in != 1 || passwords != 1 {
		t.Errorf("%d got in with one code, %d of their passwords work", in, passwords)
	}
}

// TestRecoveryIsConfirmed: a new code replaces the old one when its end was
// typed, not before.
func TestRecoveryIsConfirmed(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	if err := r.ConfirmRecovery(ctx, ann.Caller, "ABCDE"); !errors.Is(err, ErrNoRecovery) {
		t.Errorf("nothing to confirm: %v", err)
	}
	old := r.code(ann.Caller)
	next, err := r.NewRecovery(ctx, ann.Caller)
	if err != nil {
		t.Fatal(err)
	}
	bob := r.signIn("bob", good)
	end := next[len(next)-codeGroup:]
	if err := r.ConfirmRecovery(ctx, bob.Caller, end); !errors.Is(err, ErrNoRecovery) {
		t.Errorf("another's code: %v", err)
	}
	if err := r.ConfirmRecovery(ctx, ann.Caller, next[:codeGroup]); !errors.Is(err, ErrRecoveryPart) {
		t.Errorf("its beginning: %v", err)
	}
	if _, _, err := r.Recover(ctx, from(here), "ann", next, fresh); !errors.Is(err, ErrRecoveryCode) {
		t.Errorf("a code before its confirmation: %v", err)
	}
	in, _, err := r.Recover(ctx, from(here), "ann", old, fresh)
	if err != nil {
		t.Fatalf("the code before, meanwhile: %v", err)
	}
	last, err := r.NewRecovery(ctx, in.Caller)
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(shownLife)
	if err := r.ConfirmRecovery(ctx, in.Caller, last[len(last)-codeGroup:]); !errors.Is(err, ErrNoRecovery) {
		t.Errorf("long after it was shown: %v", err)
	}
}

// TestRecoveryCloses is HAZARDS A12: ten wrong codes from one place close this way
// there, for a day or until a right sign-in; strangers close it for nobody else. The
// person is told, once, of ten from wherever.
func TestRecoveryCloses(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	code := r.code(ann.Caller)
	told := func(want int) {
		t.Helper()
		list, err := r.store.Notices(ctx, ann.Caller.Account, 100)
		if err != nil || len(list) != want {
			t.Errorf("%d notices, %v", len(list), err)
		}
		for _, n := range list {
			if n.Kind != string(journal.NoticeRecoveryTried) {
				t.Errorf("told of %s", n.Kind)
			}
		}
	}
	wrong := func(from func(int) Source, n int) {
		t.Helper()
		for i := range n {
			if _, _, err := r.Recover(ctx, Visit{Source: from(i)}, "ann", wrongCode(i), fresh); !errors.Is(err, ErrRecoveryCode) {
				t.Fatalf("wrong code %d: %v", i, err)
			}
		}
	}
	at := func(s Source) func(int) Source { return func(int) Source { return s } }
	everywhere := func(i int) Source { return Source(fmt.Sprint("203.0.113.", i)) }
	wrong(at(there), recoveryTries-1)
	told(0)
	wrong(at(there), 1)
	told(1)
	closed := func(when string) {
		t.Helper()
		var wait ErrThrottled
		if _, _, err := r.Recover(ctx, from(there), "ann", code, fresh); !errors.As(err, &wait) {
			t.Errorf("the right code after ten wrong ones, %s: %v", when, err)
		}
	}
	closed("at once")
	r.clock.Advance(24*time.Hour - time.Minute)
	closed("nearly a day later")
	wrong(everywhere, 2*recoveryTries)
	told(1) // once, however many more there are
	r.signIn("ann", good)
	wrong(at(there), recoveryTries)
	told(2)
	closed("again")
	r.clock.Advance(24 * time.Hour)
	wrong(at(there), recoveryTries-1)
	in, next, err := r.Recover(ctx, from(there), "ann", code, fresh)
	if err != nil {
		t.Fatalf("a day later: %v", err)
	}
	wrong(func(i int) Source { return Source(fmt.Sprintf("fe80::%x%%eth0", 1+i/recoveryTries)) }, 5*recoveryTries)
	told(3)
	if _, _, err := r.Recover(ctx, from("fe80::99%eth0"), "ann", next, good); err != nil || in.Caller.Account != ann.Caller.Account {
		t.Errorf("the right code from another address of the network: %v", err)
	}
}

// TestRecoveryThrottle: and ten from one source wait, whoever they are for.
func TestRecoveryThrottle(t *testing.T) {
	r, _ := claimed(t)
	for i := range maxTries {
		if _, _, err := r.Recover(t.Context(), from(here), "nobody", wrongCode(i), fresh); !errors.Is(err, ErrRecoveryCode) {
			t.Fatal(err)
		}
	}
	var wait ErrThrottled
	if _, _, err := r.Recover(t.Context(), from(here), "nobody", wrongCode(0), fresh); !errors.As(err, &wait) {
		t.Errorf("after ten: %v", err)
	}
}
