package account

import (
	"errors"
	"slices"
	"testing"
	"time"

	"lares/hub/store"
)

func TestSessions(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	bob := r.signIn("bob", good)
	r.clock.Advance(time.Hour)
	other, err := r.SignIn(ctx, Visit{Source: there, Device: "Safari on iPhone"}, "ann", good)
	if err != nil {
		t.Fatal(err)
	}
	list, err := r.Sessions(ctx, ann.Caller)
	if err != nil || len(list) != 2 || list[0].ID != other.Caller.Session || list[1].ID != ann.Caller.Session {
		t.Fatalf("%+v, %v", list, err)
	}
	if s := list[0]; s.Device != "Safari on iPhone" || s.Place != string(there) || s.Current || !s.Created.Equal(r.clock.Now()) {
		t.Errorf("%+v", s)
	}
	if s := list[1]; !s.Current || s.Place != string(here) || s.Device != "Firefox on Linux" {
		t.Errorf("the one that asks: %+v", s)
	}
	for name, id := range map[string]SessionID{"another's": bob.Caller.Session, "none": store.NewSessionID()} {
		if err := r.EndSession(ctx, ann.Caller, id); !errors.Is(err, ErrNotFound) {
			t.Errorf("ending %s session: %v", name, err)
		}
	}
	if err := r.EndSession(ctx, ann.Caller, other.Caller.Session); err != nil {
		t.Fatal(err)
	}
	third := r.signIn("ann", good)
	if err := r.EndOtherSessions(ctx, ann.Caller); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   SignedIn
		ends bool
	}{"ended": {other, true}, "one of the others": {third, true}, "this": {ann, false}, "bob's": {bob, false}} {
		_, err := r.Authenticate(ctx, c.in.Token, c.in.Scope)
		if c.ends != errors.Is(err, ErrCredentials) || c.ends == r.opens(c.in.Caller) {
			t.Errorf("%s session: %v", name, err)
		}
	}
	if want := []SessionID{other.Caller.Session, third.Caller.Session}; !slices.Equal(r.ended, want) {
		t.Errorf("heard of %v, want %v", r.ended, want)
	}
}

// TestMoved: a session used from another address says so, at most once a minute.
func TestMoved(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	place := func() string {
		c, err := r.Authenticate(ctx, ann.Token, ann.Scope)
		if err != nil {
			t.Fatal(err)
		}
		r.Moved(ctx, c, there)
		c, err = r.Authenticate(ctx, ann.Token, ann.Scope)
		if err != nil {
			t.Fatal(err)
		}
		return c.Place
	}
	if got := place(); got != string(here) {
		t.Errorf("at once: %q", got)
	}
	r.clock.Advance(movedEvery)
	if got := place(); got != string(there) {
		t.Errorf("later: %q", got)
	}
}

// TestProve is HAZARDS A9: a proof grows old, and the password renews it.
func TestProve(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	other := r.signIn("ann", good)
	r.clock.Advance(2 * ProofLife)
	old := func(in SignedIn) bool {
		c, err := r.Authenticate(ctx, in.Token, in.Scope)
		if err != nil {
			t.Fatal(err)
		}
		return r.clock.Now().Sub(c.Proved) > ProofLife
	}
	if !old(ann) {
		t.Fatal("a proof does not grow old")
	}
	if err := r.Prove(ctx, from(here), ann.Caller, fresh); !errors.Is(err, ErrCredentials) || !old(ann) {
		t.Errorf("with a wrong password: %v", err)
	}
	if err := r.Prove(ctx, from(here), ann.Caller, good); err != nil || old(ann) {
		t.Errorf("with the right one: %v", err)
	}
	if !old(other) {
		t.Error("the proof of one session serves another")
	}
	if err := r.SignOut(ctx, ann.Caller); err != nil {
		t.Fatal(err)
	}
	if err := r.Prove(ctx, from(here), ann.Caller, good); !errors.Is(err, ErrCredentials) {
		t.Errorf("for a session that ended: %v", err)
	}
}
