package gate

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"lares/hub/account"
	"lares/hub/journal"
)

// TestAway: a person says whether they are away, and so does a token that was made for
// it, and nobody else; what was so already is no news.
func TestAway(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	door := r.camera(ann, "door")
	id, secret, err := r.MakeToken(ctx, ann, TokenRequest{Name: "home", Away: true})
	r.must(err)
	in, err := r.accounts.ResumeToken(ctx, secret)
	r.must(err)
	may := in.Caller
	r.clock.Advance(time.Second)
	mayNot, _ := r.token(ann, TokenGrant{door, []Action{Live, History, Manage}, FromStart})
	ruled := 0
	r.Gate.cfg.Ruled = func() { ruled++ }
	since := func(c account.Caller, want time.Time) {
		t.Helper()
		if got, err := r.Away(ctx, c); err != nil || !got.Equal(want) {
			t.Errorf("away since %v, %v; want %v", got, err, want)
		}
	}
	t0 := r.clock.Now()
	r.must(r.SetAway(ctx, ann, true))
	r.clock.Advance(time.Minute)
	r.must(r.SetAway(ctx, may, true))
	since(ann, t0)
	since(may, t0)
	since(bob, time.Time{})
	if _, err := r.Away(ctx, mayNot); !errors.Is(err, ErrNotFound) {
		t.Errorf("another token is told: %v", err)
	}
	if err := r.SetAway(ctx, mayNot, false); !errors.Is(err, ErrNotFound) {
		t.Errorf("another token says it: %v", err)
	}
	since(ann, t0)
	r.must(r.SetAway(ctx, may, false))
	since(ann, time.Time{})
	if ruled != 2 {
		t.Errorf("heard of %d changes", ruled)
	}
	if tokens, err := r.Tokens(ctx, ann); err != nil || len(tokens) != 2 || !tokens[0].Away || len(tokens[0].Cameras) != 0 || tokens[1].Away {
		t.Errorf("%+v, %v", tokens, err)
	}
	if cameras, err := r.Cameras(ctx, may); err != nil || len(cameras) != 0 {
		t.Errorf("it sees %d cameras, %v", len(cameras), err)
	}
	r.must(r.EndToken(ctx, ann, id))
	if err := r.SetAway(ctx, may, true); !errors.Is(err, ErrNotFound) {
		t.Errorf("a token that was ended says it: %v", err)
	}
	var told []string
	for _, e := range list(ann) {
		if e.Camera.IsZero() {
			told = append(told, fmt.Sprintln(e.Kind, e.Account == ann.Account, e.Via, e.Object == id, e.Detail))
		}
	}
	for _, want := range []string{
		fmt.Sprintln(journal.TokenMade, true, journal.ViaSession, true, "map[away:true]"), fmt.Sprintln(journal.TokenEnded, true, journal.ViaSession, true, "map[]"),
		fmt.Sprintln(journal.Away, true, journal.ViaSession, false, "map[away:true]"), fmt.Sprintln(journal.Away, true, journal.ViaToken, false, "map[away:false]"),
	} {
		if n := len(told); n != 4 || !slices.Contains(told, want) {
			t.Errorf("the journal lacks %q, and tells %q", want, told)
		}
	}
}
