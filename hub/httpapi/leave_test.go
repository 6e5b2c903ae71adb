package httpapi

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/hub/store"
)

// TestRotateRoute: other keys, everything that was open ends within two seconds,
// and old and new recordings open with the new session.
func TestRotateRoute(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	cam, _ := ann.camera(fakecam.Options{Name: "ann front"})
	before := ann.clip(cam)
	r.grant(ann, cam, bob, gate.Live, gate.History)
	var made struct{ Token string }
	decode(t, ann.do("POST", ann.once("/tokens/new"), map[string]any{"name": "x", "cameras": []map[string]any{{"camera": cam.String(), "actions": []string{"live"}, "history": "now"}}}), &made)
	ann.aged()
	wantKind(t, ann.do("POST", ann.once("/rotate"), map[string]string{"password": testPassword}), 403, "password-again")
	ann.do("POST", ann.path("/prove"), map[string]string{"password": testPassword})
	if p := ann.do("POST", ann.once("/rotate"), map[string]string{"password": testPassword, "new": "short"}); wantProblem(t, p, 422) != "new" {
		t.Errorf("%s", bodyOf(t, p))
	}
	_, secret := ann.link(before, 3)
	guest := r.visitor(secret)
	slow := r.slowly(guest, guest.at("/clip.mp4"))
	phone := r.signIn("ann")
	socket := phone.watchLive()
	nonce := media.NewClipID().String()
	answer := ann.do("POST", ann.path("/rotate/%s", nonce), map[string]string{"password": testPassword, "new": testPassword + "!"})
	start := time.Now()
	var out struct {
		Nonce, Account, Scope, Recovery string
		Sessions                        int `json:"ended_sessions"`
		Tokens                          int `json:"ended_tokens"`
		Links                           int `json:"ended_links"`
	}
	decode(t, answer, &out)
	if answer.StatusCode != 200 || !answer.Close || len(answer.Cookies()) != 1 || out.Nonce != nonce || out.Account != ann.id || out.Scope == ann.scope || out.Sessions != 2 || out.Tokens != 1 || out.Links != 1 || out.Recovery == "" {
		t.Fatalf("%s %s", answer.Status, bodyOf(t, answer))
	}
	for {
		if _, _, err := socket.conn.ReadMessage(); err != nil {
			break
		}
	}
	wait(t, "the end of a guest's stream", func() bool { return r.openStreams() == 0 })
	if took := time.Since(start); took > cutSoon {
		t.Errorf("a socket and a guest's stream lived for %v", took)
	}
	slow()
	if a := guest.do("GET", guest.at("/clip"), nil); a.StatusCode != 404 {
		t.Errorf("the guest: %s", a.Status)
	}
	if a := r.stranger().do("POST", "/api/guest/"+media.NewClipID().String(), map[string]string{"secret": secret}); a.StatusCode != 401 {
		t.Errorf("another one with the same link: %s", a.Status)
	}
	for name, p := range map[string]*person{"the one that asked": ann, "another": phone} {
		if a := p.do("GET", p.path("/me"), nil); a.StatusCode != 404 {
			t.Errorf("%s session: %s", name, a.Status)
		}
	}
	again := r.stranger()
	again.name, again.id, again.scope, again.token = ann.name, ann.id, out.Scope, answer.Cookies()[0].Value
	after := again.clip(cam)
	for name, id := range map[string]media.ClipID{"an old": before, "a new": after} {
		if a := again.do("GET", again.path("/clips/%s/clip.mp4", id), nil); a.StatusCode != 200 {
			t.Errorf("%s clip with the new keys: %s", name, a.Status)
		}
		if a := bob.do("GET", bob.path("/clips/%s/clip.mp4", id), nil); a.StatusCode != 200 {
			t.Errorf("%s clip for whom it is shared with: %s", name, a.Status)
		}
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// TestSecretsNeedANonce: what is shown once, and what lets in with other keys, is
// at an address that nobody but its client knows; there is none without it.
func TestSecretsNeedANonce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.person("ann")
	cam, _ := ann.camera(fakecam.Options{Name: "door"})
	clip := ann.clip(cam)
	for _, x := range []struct {
		path string
		body any
	}{
		{"/recovery/new", nil},
		{"/totp/new", nil},
		{"/tokens/new", map[string]any{"name": "x", "cameras": []map[string]any{{"camera": cam.String(), "actions": []string{"live"}}}}},
		{"/clips/" + clip.String() + "/links/new", map[string]any{"views": 1, "hours": 1}},
		{"/invitations/new", nil},
		{"/rotate", map[string]string{"password": testPassword}}, // last: it ends the session
	} {
		if a := ann.do("POST", ann.path("%s", x.path), nil); a.StatusCode != 404 {
			t.Errorf("%s without a nonce: %s", x.path, a.Status)
		}
		if p := ann.do("POST", ann.path("%s/x", x.path), x.body); wantProblem(t, p, 400) != "nonce" {
			t.Errorf("%s with none: %s", x.path, bodyOf(t, p))
		}
		var out struct{ Nonce string }
		nonce := media.NewClipID().String()
		if decode(t, ann.do("POST", ann.path("%s/%s", x.path, nonce), x.body), &out); out.Nonce != nonce {
			t.Errorf("%s answers %q", x.path, out.Nonce)
		}
	}
}

// TestProofOfTheFuture: a password that was given later than now, by a clock that
// was set back since, is not fresh.
func TestProofOfTheFuture(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.person("ann")
	r.ahead.by.Store(int64(-time.Minute))
	wantKind(t, ann.do("POST", ann.once("/recovery/new"), nil), 403, "password-again")
	r.ahead.by.Store(0)
	if a := ann.do("POST", ann.once("/recovery/new"), nil); a.StatusCode != 200 {
		t.Error(a.Status)
	}
}

func (r *rig) epoch(cam media.CameraID) uint32 {
	e, err := r.store.NewestEpoch(r.t.Context(), cam)
	must(r.t, err)
	return e.Ordinal
}

// TestLeave: an account goes with all it holds; its cameras are erased or
// offered, and others' get other keys.
func TestLeave(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, carol := r.person("ann"), r.person("bob"), r.person("carol")
	shared, _ := ann.camera(fakecam.Options{Name: "ann front"})
	own, _ := bob.camera(fakecam.Options{Name: "bob front"})
	clip := bob.clip(own)
	given, _ := carol.camera(fakecam.Options{Name: "carol front"})
	old := carol.clip(given)
	r.grant(ann, shared, bob, gate.Live, gate.History)
	ordinal := r.epoch(shared)
	leave := func(p *person, body map[string]string) int {
		t.Helper()
		return p.do("DELETE", p.path("/me"), body).StatusCode
	}
	wantKind(t, ann.do("DELETE", ann.path("/me"), map[string]string{"cameras": "erase"}), 409, "last-operator")
	wantKind(t, bob.do("DELETE", bob.path("/me"), nil), 409, "cameras")
	if n := leave(bob, map[string]string{"cameras": "give"}); n != 400 {
		t.Errorf("given to nobody: %d", n)
	}
	if n := leave(bob, map[string]string{"cameras": "give", "to": bob.id}); n != 400 {
		t.Errorf("given to oneself: %d", n)
	}
	bob.aged()
	wantKind(t, bob.do("DELETE", bob.path("/me"), map[string]string{"cameras": "erase"}), 403, "password-again")
	bob.do("POST", bob.path("/prove"), map[string]string{"password": testPassword})
	phone := r.signIn("bob")
	socket := phone.watchLive()
	if n := leave(bob, map[string]string{"cameras": "erase"}); n != 204 {
		t.Fatalf("leaving: %d", n)
	}
	start := time.Now()
	for {
		if _, _, err := socket.conn.ReadMessage(); err != nil {
			break
		}
	}
	if took := time.Since(start); took > cutSoon {
		t.Errorf("a socket lived for %v", took)
	}
	for name, p := range map[string]*person{"the one that asked": bob, "another": phone} {
		if a := p.do("GET", p.path("/me"), nil); a.StatusCode != 404 {
			t.Errorf("%s session: %s", name, a.Status)
		}
	}
	wantKind(t, r.stranger().do("POST", "/api/sign-in/"+media.NewClipID().String(), map[string]string{"name": "bob", "password": testPassword}), 401, "credentials")
	if _, err := r.store.Clip(t.Context(), clip); err == nil {
		t.Error("a clip outlived its owner")
	}
	if w, err := r.store.PrincipalWraps(t.Context(), mustID(t, bob.id)); err != nil || len(w) != 0 {
		t.Errorf("%d keys outlived their holder, %v", len(w), err)
	}
	wait(t, "other keys of the shared camera", func() bool { return r.epoch(shared) > ordinal })
	if list, err := r.accounts.Residents(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("%d accounts are left, %v", len(list), err)
	}
	if _, err := r.store.NewestPrincipal(t.Context(), mustID(t, bob.id)); !errors.Is(err, store.ErrNoRow) {
		t.Errorf("the keys of nobody: %v", err)
	}
	if again := r.person("bob"); again.id == bob.id { // the name is free
		t.Error("the same account again")
	}
	if n := leave(carol, map[string]string{"cameras": "give", "to": ann.id}); n != 204 {
		t.Fatalf("giving: %d", n)
	}
	r.takesOver(ann, given, old)
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// takesOver accepts the one camera that p was offered by somebody who left: it is
// another camera, and opens nothing of before.
func (r *rig) takesOver(p *person, given media.CameraID, old media.ClipID) {
	t := r.t
	t.Helper()
	var offers struct{ Received []struct{ ID, Name string } }
	decode(t, p.do("GET", p.path("/transfers"), nil), &offers)
	if len(offers.Received) != 1 || offers.Received[0].Name != "carol front" {
		t.Fatalf("offered: %+v", offers)
	}
	var took struct{ Camera string }
	decode(t, p.do("POST", p.path("/transfers/%s/accept", offers.Received[0].ID), nil), &took)
	if took.Camera == "" || took.Camera == given.String() {
		t.Errorf("the camera goes on as %q", took.Camera)
	}
	if a := p.do("GET", p.path("/clips/%s/clip.mp4", old), nil); a.StatusCode != 404 {
		t.Errorf("a recording of before: %s", a.Status)
	}
	id, err := media.ParseCameraID(took.Camera)
	must(t, err)
	if a := p.do("GET", p.path("/clips/%s/clip.mp4", p.clip(id)), nil); a.StatusCode != 200 {
		t.Errorf("a new recording: %s", a.Status)
	}
}

func mustID(t testing.TB, s string) store.AccountID {
	t.Helper()
	var id store.AccountID
	must(t, id.UnmarshalText([]byte(s)))
	return id
}

// TestRemoveAccount: operators remove others with their cameras, and only if that
// is said; they give them to nobody, for a third person may be their own puppet.
func TestRemoveAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, carol, puppet := r.person("ann"), r.person("bob"), r.person("carol"), r.person("puppet")
	bob.camera(fakecam.Options{Name: "bob front"})
	absent := shape(t, ann.do("GET", "/nothing/here", nil))
	remove := func(p *person, id string, body any) *http.Response {
		t.Helper()
		return p.do("DELETE", p.path("/accounts/%s", id), body)
	}
	erase := map[string]string{"cameras": "erase"}
	for name, got := range map[string]string{
		"somebody who is not there": shape(t, remove(ann, store.NewAccountID().String(), nil)),
		"no id":                     shape(t, remove(ann, "x", nil)),
		"by no operator":            shape(t, remove(bob, ann.id, erase)),
	} {
		if got != absent {
			t.Errorf("%s: %s", name, got)
		}
	}
	wantKind(t, remove(ann, ann.id, nil), 409, "yourself")
	ann.aged()
	wantKind(t, remove(ann, bob.id, erase), 403, "password-again")
	ann.do("POST", ann.path("/prove"), map[string]string{"password": testPassword})
	wantKind(t, remove(ann, bob.id, nil), 409, "cameras")
	for name, body := range map[string]map[string]string{
		"given":                 {"cameras": "give", "to": puppet.id},
		"given to nobody":       {"cameras": "give"},
		"erased, and yet given": {"cameras": "erase", "to": puppet.id},
	} {
		if a := remove(ann, bob.id, body); a.StatusCode != 400 {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	if s := string(bodyOf(t, puppet.do("GET", puppet.path("/transfers"), nil))); strings.Contains(s, "bob front") {
		t.Errorf("the puppet is offered the camera: %s", s)
	}
	if a := remove(ann, bob.id, erase); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	if a := bob.do("GET", bob.path("/me"), nil); a.StatusCode != 404 {
		t.Errorf("next request: %s", a.Status)
	}
	if left, err := r.store.Cameras(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("%d cameras are left, %v", len(left), err)
	}
	if a := remove(ann, carol.id, nil); a.StatusCode != 204 { // owns none: nothing to say
		t.Errorf("%s %s", a.Status, bodyOf(t, a))
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}
