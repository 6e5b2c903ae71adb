package account

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/hub/store"
)

func TestInvitation(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	if _, _, err := r.Invite(ctx, ann.Caller, " x"); !errors.Is(err, ErrName) {
		t.Errorf("an unusable name: %v", err)
	}
	made, code, err := r.Invite(ctx, ann.Caller, "Carol")
	if err != nil || len(code) != invitationLength+3 || !made.Expires.Equal(t0.Add(InvitationLife)) {
		t.Fatalf("%+v %q %v", made, code, err)
	}
	_, second, err := r.Invite(ctx, ann.Caller, "")
	if err != nil || second == code {
		t.Fatal("two invitations share a code", err)
	}
	typed := " " + strings.ToLower(strings.ReplaceAll(code, "-", " "))
	for range 2 { // to look does not use it
		if got, err := r.Invited(ctx, here, typed); err != nil || got != made {
			t.Fatalf("looking: %+v, %v", got, err)
		}
	}
	for _, c := range []struct {
		code, name, password string
		want                 error
	}{
		{code[:len(code)-1], "Carol", good, ErrInvitation},
		{code, "Bob", good, ErrNameTaken},
		{code, "Carol", "short", ErrPassword},
		{code, "Carol", "password123", ErrPassword}, // everybody's
	} {
		if _, err := r.Accept(ctx, from(here), c.code, c.name, c.password); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	in, err := r.Accept(ctx, from(here), typed, "Carol", good)
	if err != nil || in.Caller.Operator || in.Caller.Name != "Carol" || !r.opens(in.Caller) {
		t.Fatalf("accepting: %+v, %v", in.Caller, err)
	}
	if _, err := r.Authenticate(ctx, in.Token, in.Scope); err != nil {
		t.Errorf("who accepted is not signed in: %v", err)
	}
	if again := r.signIn("carol", good); again.Caller.Account != in.Caller.Account {
		t.Error("another account")
	}
	if _, err := r.Accept(ctx, from(there), code, "Dave", good); !errors.Is(err, ErrInvitationUsed) {
		t.Errorf("a second use: %v", err)
	}
	list, err := r.Invitations(ctx)
	if err != nil || len(list) != 2 || list[0].Used.IsZero() == list[1].Used.IsZero() {
		t.Errorf("listed %+v, %v", list, err)
	}
	// The names of people and the codes of invitations are not the same tries.
	if _, err := r.SignIn(ctx, from(here), "ann", good); err != nil {
		t.Error(err)
	}
}

func TestInvitationDies(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	invite := func() (Invitation, string) {
		i, code, err := r.Invite(ctx, ann.Caller, "")
		if err != nil {
			t.Fatal(err)
		}
		return i, code
	}
	withdrawn, code := invite()
	if err := r.Withdraw(ctx, ann.Caller, withdrawn.ID); err != nil {
		t.Fatal(err)
	}
	if err := r.Withdraw(ctx, ann.Caller, withdrawn.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("withdrawn twice: %v", err)
	}
	if _, err := r.Accept(ctx, from(here), code, "Carol", good); !errors.Is(err, ErrInvitation) {
		t.Errorf("withdrawn: %v", err)
	}
	_, code = invite()
	r.clock.Advance(InvitationLife)
	if _, err := r.Accept(ctx, from(here), code, "Carol", good); !errors.Is(err, ErrInvitationExpired) {
		t.Errorf("expired: %v", err)
	}
	// What was used or ran out long ago is not listed for ever.
	r.clock.Advance(invitationKept)
	_, code = invite()
	if list, err := r.Invitations(ctx); err != nil || len(list) != 1 {
		t.Errorf("%d invitations are kept, %v", len(list), err)
	}
	// Of a maker who runs the hub no more, and back in time.
	ann, bob := r.signIn("ann", good), r.signIn("bob", good).Caller // the session of before has ended
	if err := errors.Join(r.SetOperator(ctx, ann.Caller, bob.Account, true), r.SetOperator(ctx, ann.Caller, ann.Caller.Account, false)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Invited(ctx, here, code); !errors.Is(err, ErrInvitation) {
		t.Errorf("of somebody who is no operator: %v", err)
	}
	r.clock.Advance(r.cfg.Built.Add(-time.Second).Sub(r.clock.Now()))
	if _, err := r.Accept(ctx, from(here), code, "Carol", good); !errors.Is(err, ErrUnavailable) {
		t.Errorf("with a clock set back: %v", err)
	}
}

// TestInvitationThrottle: codes are guessed at ten a minute, from one source;
// who has the code is not hindered elsewhere.
func TestInvitationThrottle(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	_, code, err := r.Invite(ctx, ann.Caller, "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxTries {
		if _, err := r.Invited(ctx, here, fmt.Sprint("AAAAA-BBBBB-", i)); !errors.Is(err, ErrInvitation) {
			t.Fatalf("wrong code %d: %v", i, err)
		}
	}
	var wait ErrThrottled
	if _, err := r.Accept(ctx, from(here), code, "Carol", good); !errors.As(err, &wait) || wait.RetryAfter < penalty {
		t.Errorf("after ten wrong ones: %v", err)
	}
	if _, err := r.Accept(ctx, from(there), code, "Carol", good); err != nil {
		t.Errorf("the right one from elsewhere: %v", err)
	}
}

// TestOneAcceptWins: of eight at once.
func TestOneAcceptWins(t *testing.T) {
	r, ann := claimedCostly(t)
	_, code, err := r.Invite(t.Context(), ann.Caller, "")
	if err != nil {
		t.Fatal(err)
	}
	var won int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			_, err := r.Accept(t.Context(), from(here), code, fmt.Sprint("person ", i), good)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, ErrInvitationUsed) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	people, err := r.Residents(t.Context())
	if won != 1 || err != nil || len(people) != 3 {
		t.Errorf("%d won, %d accounts, %v", won, len(people), err)
	}
}

func TestResidents(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	bob := r.signIn("bob", good).Caller
	r.clock.Advance(time.Minute)
	list, err := r.Residents(ctx)
	if err != nil || len(list) != 2 || list[0].Name != "Ann" || list[1].Name != "Bob" || !list[0].Operator || list[1].Operator || !list[1].Seen.Equal(t0) {
		t.Errorf("%+v, %v", list, err)
	}
	if err := r.SetOperator(ctx, ann.Caller, ann.Caller.Account, false); !errors.Is(err, ErrLastOperator) {
		t.Errorf("the last operator: %v", err)
	}
	if err := r.SetOperator(ctx, ann.Caller, store.NewAccountID(), true); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody made operator: %v", err)
	}
	if err := errors.Join(r.SetOperator(ctx, ann.Caller, bob.Account, true), r.SetOperator(ctx, ann.Caller, ann.Caller.Account, false)); err != nil {
		t.Fatal(err)
	}
	for _, in := range []SignedIn{r.signIn("ann", good), r.signIn("bob", good)} {
		got, err := r.Authenticate(ctx, in.Token, in.Scope)
		if err != nil || got.Operator != (got.Account == bob.Account) {
			t.Errorf("%s: operator %v, %v", got.Name, got.Operator, err)
		}
	}
}

// TestInvitationStaysOver: seen to have run out once, an invitation works no more
// when the clock goes back.
func TestInvitationStaysOver(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	_, code, err := r.Invite(ctx, ann.Caller, "")
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(InvitationLife)
	if _, err := r.Invited(ctx, here, code); !errors.Is(err, ErrInvitationExpired) {
		t.Fatal(err)
	}
	r.clock.Advance(-InvitationLife)
	if _, err := r.Accept(ctx, from(here), code, "Carol", good); !errors.Is(err, ErrInvitationExpired) {
		t.Errorf("with a clock set back: %v", err)
	}
	if list, err := r.Invitations(ctx); err != nil || len(list) != 1 || !list[0].Used.IsZero() {
		t.Errorf("listed %+v, %v", list, err)
	}
}
