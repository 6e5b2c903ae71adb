package worker

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/onvif"
)

var errWrong = errors.New("wrong")

// newTestDoor has a clock that the test moves.
func newTestDoor(now *time.Duration) *door {
	return newDoor(func() time.Duration { return *now }, wire.Start{Password: "x"})
}

// try signs in by a way: held, or let in, or refused.
func try(t *testing.T, d *door, w way, err error) (tried bool) {
	t.Helper()
	p, held := d.enter(t.Context(), w)
	if held != nil {
		if !errors.Is(held, onvif.ErrNotAuthorized) {
			t.Fatal(held)
		}
		return false
	}
	p.end(err, err != nil)
	return true
}

// TestOneRefusalHoldsAll: before the camera has let anybody in, what one way was
// refused for no other tries for a minute; then those that were not refused come first.
func TestOneRefusalHoldsAll(t *testing.T) {
	now := time.Hour
	d := newTestDoor(&now)
	if !try(t, d, wayONVIF, errWrong) {
		t.Fatal("the first is held")
	}
	for _, later := range []time.Duration{0, heldFor - 1} {
		now += later
		for w := range ways {
			if try(t, d, w, errWrong) {
				t.Errorf("way %d tries a password that was refused", w)
			}
		}
	}
	if try(t, d, wayONVIF, nil) {
		t.Error("the one that was refused comes first again")
	}
	if now += 1; !try(t, d, wayMain, nil) || !try(t, d, waySub, nil) {
		t.Error("the others are held for longer")
	}
	if now += yields; !try(t, d, wayONVIF, errWrong) {
		t.Error("the first never comes again")
	}
	if !try(t, d, wayMain, nil) || !try(t, d, waySub, nil) || try(t, d, wayONVIF, nil) {
		t.Error("who was let in is held for ONVIF's sake, or ONVIF is not")
	}
}

// TestKnownWays: a right that lacks over ONVIF, and a stream of its own, hold nobody
// else; a refusal of the main stream is one of the password, which was changed.
func TestKnownWays(t *testing.T) {
	now := time.Hour
	d := newTestDoor(&now)
	for w := range ways {
		try(t, d, w, nil)
	}
	for range mostDenied - 1 {
		if !try(t, d, wayONVIF, errWrong) {
			t.Fatal("held for a right that lacks")
		}
	}
	if !try(t, d, wayONVIF, nil) || !try(t, d, wayONVIF, errWrong) || !try(t, d, wayONVIF, errWrong) {
		t.Error("refusals that were not in a row count")
	}
	if !try(t, d, wayONVIF, errWrong) || try(t, d, wayONVIF, nil) {
		t.Error("refused again and again, and still it asks")
	}
	if !try(t, d, waySub, errWrong) || try(t, d, waySub, nil) || !try(t, d, wayMain, nil) {
		t.Error("the sub stream's refusal is not its own alone")
	}
	now += time.Hour
	for w := range ways {
		try(t, d, w, nil)
	}
	if !try(t, d, wayMain, errWrong) || try(t, d, waySub, nil) || try(t, d, wayONVIF, nil) {
		t.Error("another password is tried by all")
	}
}

// TestOneAtATime: while one signs in whom the camera does not know, others wait, until
// it is over or they do not want to any more.
func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Hour
		d := newTestDoor(&now)
		first, err := d.enter(t.Context(), wayMain)
		if err != nil {
			t.Fatal(err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := d.enter(gone, waySub); !errors.Is(err, context.Canceled) {
			t.Errorf("who left came in: %v", err)
		}
		came := make(chan bool, 1)
		go func() { came <- try(t, d, waySub, nil) }()
		if synctest.Wait(); len(came) > 0 {
			t.Error("two at a time")
		}
		first.end(errWrong, true)
		first.end(nil, false) // the second word does not count
		if <-came {
			t.Error("who waited tried what was refused meanwhile")
		}
		now += time.Hour
		p, err := d.enter(t.Context(), wayMain)
		if err != nil {
			t.Fatal(err)
		}
		if p.leave(); !try(t, d, waySub, nil) {
			t.Error("who left kept the turn")
		}
	})
	var open *door
	if p, err := open.enter(t.Context(), wayMain); p != nil || err != nil {
		t.Error("an open door")
	}
}

// last is the state of a stream; the employer's lock is held.
func (e *employer) last(id media.StreamID) (code string) {
	for _, s := range e.states {
		if s.Stream == id {
			code = s.Code
		}
	}
	return code
}

// TestWrongPasswordIsTriedOnce: main stream, sub stream and ONVIF, for events and to
// recognise the camera, are one sign-in together, and all say what is wrong.
func TestWrongPasswordIsTriedOnce(t *testing.T) {
	t.Parallel()
	for name, pin := range map[string][2]string{
		"first met": {}, "known by its serial number": {pinSerial, "x"}, "known by its address": {"mac", "02:00:00:00:00:01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: t.Name(), Username: "user", Password: "right"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cam.Close)
			target := func(address string) wire.Target {
				u, err := url.Parse(address)
				if err != nil {
					t.Fatal(err)
				}
				return wire.Target{URL: address, Dial: u.Host}
			}
			e := employ(t, wire.Start{
				Main: target(cam.MainURL()), Sub: target(cam.SubURL()), ONVIF: target(cam.ONVIFURL()),
				Username: "user", Password: "wrong", PinKind: pin[0], Pin: pin[1],
			})
			e.await(30*time.Second, "main, sub and ONVIF to be refused", func() bool {
				return e.last(media.StreamMain) == wire.WrongPassword && e.last(media.StreamSub) == wire.WrongPassword && e.warning != ""
			})
			if n := cam.WrongSignIns(); n != 1 {
				t.Errorf("%d sign-ins with a wrong password", n)
			}
		})
	}
}
