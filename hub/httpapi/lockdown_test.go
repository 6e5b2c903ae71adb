package httpapi

import (
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/hub/store"
)

// TestLockdownMine: with one tap everybody but the login that did it is out of the
// owner's cameras within two seconds, and recordings are closed to all; lifting
// takes a fresh password and opens again what was open.
func TestLockdownMine(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	alice.recovery()
	bob := r.person("bob")
	clip := alice.clip(cam)
	r.grant(alice, cam, bob, gate.Live, gate.History)
	second := r.signIn("alice")
	token, _ := alice.program(asked{cam.String(), []string{"live", "history"}, "all"})
	_, secret := alice.link(clip, 5)
	visitor := r.visitor(secret)
	if a := visitor.do("GET", visitor.at("/clip"), nil); a.StatusCode != 200 {
		t.Fatal(a.Status)
	}
	hers, his := alice.watchLive(), bob.watchLive()
	hers.watch(1, cam, "main")
	his.watch(1, cam, "main")
	hers.more(1, 1)
	his.more(1, 1)
	slow := r.slowly(bob, bob.path("/clips/%s/clip.mp4", clip))

	from := time.Now()
	if a := alice.do("POST", alice.path("/lockdown"), map[string]string{"scope": "mine"}); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	if m := his.until("ended"); m.text.Reason != "lockdown" {
		t.Errorf("the watch ended for %q", m.text.Reason)
	}
	wait(t, "the stream's end", func() bool { return r.openStreams() == 0 })
	if took := time.Since(from); took > cutSoon {
		t.Errorf("cut after %v", took)
	}
	slow()
	closed := func() {
		t.Helper()
		wantKind(t, bob.do("GET", bob.path("/clips/%s/clip.mp4", clip), nil), 403, "lockdown")
		wantKind(t, alice.do("GET", alice.path("/clips/%s/clip.mp4", clip), nil), 403, "lockdown")
		wantKind(t, alice.do("POST", alice.path("/clips/%s/download", clip), nil), 403, "lockdown")
		for p, path := range map[*person]string{second: "/me", token: "/cameras"} {
			if a := p.do("GET", p.path("%s", path), nil); a.StatusCode != 404 {
				t.Errorf("another session or a token: %s", a.Status)
			}
		}
		if a := visitor.do("GET", visitor.at("/clip"), nil); a.StatusCode != 404 {
			t.Errorf("a guest: %s", a.Status)
		}
		for _, p := range []*person{alice, bob} {
			var page struct{ Events []eventView }
			decode(t, p.do("GET", p.path("/events"), nil), &page)
			if len(page.Events) > 0 || len(p.thumbnails(clip.String())) > 0 {
				t.Errorf("%s sees %d events", p.name, len(page.Events))
			}
		}
		var list struct{ Cameras []cameraView }
		decode(t, bob.do("GET", bob.path("/cameras"), nil), &list)
		if len(list.Cameras) > 0 {
			t.Errorf("bob sees %+v", list.Cameras)
		}
	}
	closed()
	var me meView
	decode(t, alice.do("GET", alice.path("/me"), nil), &me)
	if !me.Lockdown.Mine || me.Lockdown.Hub || !me.Lockdown.Lifter || time.Time(me.Lockdown.Since).IsZero() {
		t.Errorf("alice's page is told %+v", me.Lockdown)
	}
	hers.more(1, 2) // live goes on for the login that did it
	// Somebody who knows the password may sign in, and sees nothing either.
	third := r.signIn("alice")
	wantKind(t, third.do("GET", third.path("/live"), nil), 403, "lockdown")

	alice.aged()
	wantKind(t, alice.do("DELETE", alice.path("/lockdown"), nil), 403, "password-again")
	closed()
	if a := alice.do("POST", alice.path("/prove"), map[string]string{"password": testPassword}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	if a := alice.do("DELETE", alice.path("/lockdown"), nil); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	for _, p := range []*person{alice, bob, token} {
		if a := p.do("GET", p.path("/clips/%s/clip.mp4", clip), nil); a.StatusCode != 200 {
			t.Errorf("%s after lifting: %s", p.name, a.Status)
		}
	}
	if a := visitor.do("GET", visitor.at("/clip"), nil); a.StatusCode != 200 {
		t.Errorf("a guest after lifting: %s", a.Status)
	}
	if n := alice.journal("").kinds(); n["lockdown"] != 1 || n["lifted"] != 1 {
		t.Errorf("%v", n)
	}
}

// TestLockdownHub: who runs the hub closes it for all; nobody else signs in,
// another operator does and lifts it.
func TestLockdownHub(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	olga, alice, otto := r.person("olga"), r.person("alice"), r.person("otto")
	must(t, r.store.Update(t.Context(), func(tx *store.Tx) error {
		return tx.SetOperator(t.Context(), r.caller(otto).Account, true)
	}))
	code := otto.recovery()
	olga.recovery()
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	own, _ := olga.camera(fakecam.Options{Name: "olga front"})
	clip := olga.clip(own)
	hers, his := olga.watchLive(), alice.watchLive()
	hers.watch(1, own, "main")
	his.watch(1, cam, "main")
	hers.more(1, 1)
	his.more(1, 1)
	if a := alice.do("POST", alice.path("/lockdown"), map[string]string{"scope": "hub"}); a.StatusCode != 404 {
		t.Errorf("alice locks the hub: %s", a.Status)
	}
	wantKind(t, olga.do("POST", olga.path("/lockdown"), map[string]string{"scope": "all"}), 400, "bad-input")

	from := time.Now()
	if a := olga.do("POST", olga.path("/lockdown"), map[string]string{"scope": "hub"}); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	for {
		if _, err := his.tryNext(); err != nil {
			break
		}
	}
	if took := time.Since(from); took > cutSoon {
		t.Errorf("cut after %v", took)
	}
	for _, p := range []*person{alice, otto} {
		if a := p.do("GET", p.path("/me"), nil); a.StatusCode != 404 {
			t.Errorf("%s: %s", p.name, a.Status)
		}
	}
	hers.more(1, 2)
	wantKind(t, olga.do("GET", olga.path("/clips/%s/clip.mp4", clip), nil), 403, "lockdown")
	in := map[string]string{"name": "alice", "password": testPassword}
	detail := wantKind(t, r.stranger().do("POST", "/api/sign-in/00000000000000000000000000000001", in), 403, "lockdown")
	if detail == "" {
		t.Error("it does not say why")
	}
	// A session that was made past the refusal is nobody's all the same.
	must(t, r.store.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.RemoveLockdown(t.Context(), store.WholeHub()); return err }))
	slipped := r.signIn("alice")
	must(t, r.store.Update(t.Context(), func(tx *store.Tx) error {
		c := r.caller(olga)
		return tx.PutLockdown(t.Context(), store.Lockdown{Maker: c.Account, Session: c.Session, Since: time.Now()})
	}))
	if a := slipped.do("GET", slipped.path("/me"), nil); a.StatusCode != 404 {
		t.Errorf("slipped in: %s", a.Status)
	}

	other := r.signIn("otto")
	if l, err := r.gate.Lockdown(t.Context(), account.Caller{Account: r.caller(other).Account, Operator: true}); err != nil || !l.Hub || !l.Lifter {
		t.Errorf("%+v %v", l, err)
	}
	wantKind(t, other.do("POST", other.path("/lockdown"), map[string]string{"scope": "hub"}), 403, "lockdown") // would make it otto's
	wantKind(t, other.do("PUT", other.path("/accounts/%s/operator", olga.id), map[string]bool{"operator": false}), 403, "lockdown")
	wantKind(t, other.do("DELETE", other.path("/lockdown?scope=hub"), map[string]string{"password": testPassword}), 401, "recovery-code")
	if a := other.do("DELETE", other.path("/lockdown?scope=hub"), map[string]string{"password": testPassword, "recovery": code}); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	again := r.signIn("alice")
	if a := again.do("GET", again.path("/me"), nil); a.StatusCode != 200 {
		t.Error(a.Status)
	}
	if a := olga.do("GET", olga.path("/clips/%s/clip.mp4", clip), nil); a.StatusCode != 200 {
		t.Error(a.Status)
	}
}
