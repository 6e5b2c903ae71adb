package gate

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
)

// TestSharedPassword: a camera that nothing tells from another device does not
// have the password of another owner's camera: neither when it is added, nor when
// it is met, nor when it is taken over.
func TestSharedPassword(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	r.cfg.LinkAddress = func(ip netip.Addr) string {
		return map[string]string{"192.0.2.50": "02:00:00:00:00:01"}[ip.String()]
	}
	ann, bob := r.person("ann"), r.person("bob")
	access := func(main string) cameras.Access {
		return cameras.Access{Main: main, Username: "admin", Password: "the same"}
	}
	add := func(who account.Caller, a cameras.Access) error {
		_, err := r.AddCamera(ctx, who, NewCamera{Name: "x", Access: a})
		return err
	}
	first, err := r.AddCamera(ctx, ann, NewCamera{Name: "door", Access: access("rtsp://192.0.2.7/")})
	r.must(err)
	counted := func() uint64 { return r.Refused()["camera password"] }

	plain := access("rtsp://192.0.2.8/")
	onvif, pinned, user, word, none := plain, plain, plain, plain, plain
	onvif.ONVIF, pinned.Pin = "http://192.0.2.8/onvif", cameras.Pin{Kind: cameras.PinSerial, Value: "SN-A1B2C3"}
	user.Username, word.Password, none.Password = "root", "another", ""
	for _, c := range []struct {
		what   string
		who    account.Caller
		access cameras.Access
		want   error
	}{
		{"ann's own", ann, plain, nil},
		{"bob's", bob, plain, ErrSharedPassword},
		{"bob's over HTTP", bob, access("http://192.0.2.8/video"), ErrSharedPassword},
		{"bob's, with ONVIF", bob, onvif, ErrSharedPassword}, // ann's is not told from it
		{"bob's, recognised", bob, pinned, ErrSharedPassword},
		{"bob's, by name", bob, access("rtsp://camera.lan/"), ErrSharedPassword},
		{"bob's, another user", bob, user, nil},
		{"bob's, another password", bob, word, nil},
		{"bob's, without a password", bob, none, nil},
		{"bob's again, with other address", bob, access("rtsp://192.0.2.9/"), ErrSharedPassword},
	} {
		before := counted()
		if err := add(c.who, c.access); err != c.want || (counted() > before) != (c.want != nil) {
			t.Errorf("%s: %v, want %v; counted %d", c.what, err, c.want, counted()-before)
		}
	}
	for _, secret := range []string{"the same", "admin", "ann", "door", first.String()} {
		if strings.Contains(ErrSharedPassword.Error(), secret) {
			t.Errorf("the error says %q", secret)
		}
	}

	// Where both are told from other devices, one password does for both.
	known := cameras.Access{Main: "rtsps://192.0.2.20/", Username: "admin", Password: "of many"}
	r.must(add(ann, known))
	for what, c := range map[string]struct {
		main string
		want error
	}{
		"encrypted":       {"rtsps://192.0.2.21/", nil},
		"of this network": {"rtsp://192.0.2.50/", nil},
		"by name":         {"rtsp://camera.lan/", nil},
		"by address":      {"rtsp://192.0.2.22/", ErrSharedPassword},
	} {
		known.Main = c.main
		if err := add(bob, known); err != c.want {
			t.Errorf("bob's, with the password of a camera that is recognised, %s: %v", what, err)
		}
	}

	// Met, it turns out that nothing tells it from another device: the one that was
	// there first stays on the air.
	door, err := r.AddCamera(ctx, ann, NewCamera{Name: "named", Access: cameras.Access{Main: "rtsp://door.lan/", Username: "admin", Password: "of two"}})
	r.must(err)
	r.clock.Advance(time.Second)
	named, err := r.AddCamera(ctx, bob, NewCamera{Name: "named", Access: cameras.Access{Main: "rtsp://other.lan/", Username: "admin", Password: "of two"}})
	r.must(err)
	own, err := r.AddCamera(ctx, bob, NewCamera{Name: "own", Access: cameras.Access{Main: "rtsp://192.0.2.60/", Username: "admin", Password: "of one"}})
	r.must(err)
	for what, c := range map[string]struct {
		err  error
		want bool
	}{
		"with ann's password":      {r.Unpinned(ctx, named), true},
		"ann's, which was before":  {r.Unpinned(ctx, door), false},
		"ann's first, with nobody": {r.Unpinned(ctx, first), false},
		"with its own":             {r.Unpinned(ctx, own), false},
	} {
		if errors.Is(c.err, cameras.ErrSharedPassword) != c.want || !c.want && c.err != nil {
			t.Errorf("met %s: %v", what, c.err)
		}
	}
}

// TestSharedPasswordTransfer: who hands over one of two cameras with one password
// would see, with the other, what is the taker's now.
func TestSharedPasswordTransfer(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	add := func(main string) media.CameraID {
		id, err := r.AddCamera(ctx, ann, NewCamera{Name: "x", Access: cameras.Access{Main: main, Username: "admin", Password: "the same"}})
		r.must(err)
		return id
	}
	cam, second := add("rtsp://192.0.2.7/"), add("rtsp://192.0.2.8/")
	offer, err := r.Offer(ctx, ann, cam, bob.Account, false)
	r.must(err)
	if _, err := r.Accept(ctx, bob, offer.ID); err != ErrSharedPassword {
		t.Errorf("taken over: %v", err)
	}
	if c := must2(r.store.Camera(ctx, cam)); !c.Retired.IsZero() || c.Owner != ann.Account {
		t.Errorf("%+v", c)
	}
	r.must(r.RemoveCamera(ctx, r.pass(ann, second, Manage)))
	if _, err := r.Accept(ctx, bob, offer.ID); err != nil {
		t.Errorf("the only one: %v", err)
	}
}

// TestPasswordsAreNotGuessed: whether another owner's camera has a password is told, so
// nobody tries a list of them: not by adding cameras nor by changing one, with hits or
// without. One that a camera of one's own has is no guess, and another account has
// guesses of its own.
func TestPasswordsAreNotGuessed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	n := 0
	enter := func(who account.Caller, password string) error {
		n++
		_, err := r.AddCamera(ctx, who, NewCamera{Name: "x", Access: cameras.Access{Main: fmt.Sprintf("rtsp://192.0.2.%d/", n), Username: "admin", Password: password}})
		return err
	}
	r.must(enter(ann, "of ann"))
	for i := range maxGuesses / 2 {
		r.must(enter(bob, fmt.Sprint("guess ", i)))
	}
	mine, err := r.AddCamera(ctx, bob, NewCamera{Name: "mine", Access: cameras.Access{Main: "rtsp://192.0.2.200/", Username: "admin", Password: "guess 0"}})
	r.must(err)
	change := func(password string) error {
		return r.SetAccess(ctx, bob, mine, NewAccess{Main: "rtsp://192.0.2.200/", Username: "admin", Password: &password})
	}
	for i := range maxGuesses / 2 {
		r.must(change(fmt.Sprint("another guess ", i)))
	}
	for _, word := range []string{"one more", "of ann"} {
		if err := change(word); err != ErrGuesses {
			t.Errorf("changed to %q: %v", word, err)
		}
		if err := enter(bob, word); err != ErrGuesses {
			t.Errorf("added with %q: %v", word, err)
		}
	}
	r.must(change("guess 1"))
	r.must(enter(bob, "guess 1"))
	r.must(enter(bob, ""))
	r.must(enter(ann, "one more"))
	r.clock.Advance(guessEvery)
	if err := enter(bob, "of ann"); err != ErrSharedPassword {
		t.Errorf("a guess later: %v", err)
	}
	if err := enter(bob, "one more"); err != ErrGuesses {
		t.Errorf("a hit is no guess: %v", err)
	}
}
