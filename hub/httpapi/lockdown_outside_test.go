package httpapi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/store"
)

// recovery makes a recovery code and confirms it.
func (p *person) recovery() string {
	t := p.r.t
	t.Helper()
	var made codeView
	decode(t, p.do("POST", p.once("/recovery/new"), nil), &made)
	part := made.Code[strings.LastIndex(made.Code, "-")+1:]
	if a := p.do("POST", p.path("/recovery/confirm"), map[string]string{"part": part}); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	return made.Code
}

// outside are the routes that a lockdown leaves to sessions which did not make
// it; whatever else there is, or comes, is closed to them.
var outside = []string{
	"GET /s/:scope/api/me", "GET /s/:scope/api/journal", "GET /s/:scope/api/journal/head", "GET /s/:scope/api/notices",
	"POST /s/:scope/api/sign-out", "DELETE /s/:scope/api/lockdown",
}

// TestLockdownOutside: who knows the password and signs in during a lockdown
// may look, sign out, and lift it with more than the password; nothing else.
func TestLockdownOutside(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	code := alice.recovery()
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	if a := alice.do("POST", alice.path("/lockdown"), map[string]string{"scope": "mine"}); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	eve := r.signIn("alice")
	names := strings.NewReplacer(":scope", eve.scope, ":camera", cam.String(), ":account", eve.id, ":session", r.caller(alice).Session.String())
	for _, x := range routes() {
		name := x.method + " " + x.path
		if x.policy != scoped && x.policy != download || x.rules&operators != 0 || slices.Contains(outside, name) {
			continue
		}
		path := names.Replace(x.path)
		for strings.Contains(path, "/:") {
			at := strings.Index(path, "/:") + 1
			rest := strings.IndexByte(path[at:]+"/", '/')
			path = path[:at] + media.NewClipID().String() + path[at+rest:]
		}
		t.Run(name, func(t *testing.T) { wantKind(t, eve.do(x.method, path, nil), 403, "lockdown") })
	}
	for _, path := range []string{"/me", "/journal", "/journal/head", "/notices"} {
		if a := eve.do("GET", eve.path("%s", path), nil); a.StatusCode != 200 {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	lift := func(p *person, in map[string]string) (int, string) {
		a := p.do("DELETE", p.path("/lockdown"), in)
		return a.StatusCode, string(bodyOf(t, a))
	}
	for want, in := range map[string]map[string]string{
		"recovery-code": {"password": testPassword}, "credentials": {"password": "not this one", "recovery": code},
	} {
		if status, body := lift(eve, in); status != 401 || !strings.Contains(body, want) {
			t.Errorf("%v: %d %s", in, status, body)
		}
	}
	if status, body := lift(eve, map[string]string{"password": testPassword, "recovery": strings.Repeat("A", 30)}); status != 401 {
		t.Errorf("a wrong recovery code: %d %s", status, body)
	}

	// New keys are the locking session's to make, and its lockdown goes on.
	if a := alice.do("POST", alice.once("/rotate"), map[string]string{"password": testPassword}); a.StatusCode != 200 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	} else {
		var out struct{ Scope, Recovery string }
		decode(t, a, &out)
		alice.scope, alice.token, code = out.Scope, a.Cookies()[0].Value, out.Recovery
	}
	if a := alice.do("GET", alice.path("/cameras"), nil); a.StatusCode != 200 {
		t.Errorf("the locking session: %s", a.Status)
	}
	var me meView
	if decode(t, alice.do("GET", alice.path("/me"), nil), &me); !me.Lockdown.Mine {
		t.Error("new keys lifted the lockdown")
	}
	// Once that session is gone, another one lifts it the same way.
	if a := alice.do("POST", alice.path("/sign-out"), nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	back := r.signIn("alice")
	wantKind(t, back.do("GET", back.path("/cameras"), nil), 403, "lockdown")
	if status, body := lift(back, map[string]string{"password": testPassword, "recovery": code}); status != 204 {
		t.Errorf("%d %s", status, body)
	}
	if a := back.do("GET", back.path("/cameras"), nil); a.StatusCode != 200 {
		t.Error(a.Status)
	}
}

// TestLockdownNeedsALift: an account that has neither a second factor nor a
// confirmed recovery code could never lift a lockdown once its login is over,
// and somebody with a stolen cookie would shut the person out: it starts none.
func TestLockdownNeedsALift(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob") // alice runs the hub
	refused := func(scope string) {
		t.Helper()
		if detail := wantKind(t, alice.do("POST", alice.path("/lockdown"), map[string]string{"scope": scope}), 409, "no-lift"); !strings.Contains(detail, "recovery code") {
			t.Errorf("it says %q", detail)
		}
	}
	refused("mine")
	refused("hub")
	var made codeView
	decode(t, alice.do("POST", alice.once("/recovery/new"), nil), &made)
	refused("mine") // nobody said that the code was kept
	var me meView
	if decode(t, alice.do("GET", alice.path("/me"), nil), &me); me.Lockdown.Mine || me.Lockdown.Hub {
		t.Error("locked all the same")
	}
	if a := r.signIn("alice"); a.scope == "" {
		t.Error("alice is out")
	}
	alice.recovery()
	if a := alice.do("POST", alice.path("/lockdown"), map[string]string{"scope": "mine"}); a.StatusCode != 204 {
		t.Errorf("with a recovery code: %s %s", a.Status, bodyOf(t, a))
	}
	must(t, r.store.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutTOTP(t.Context(), store.TOTP{Account: r.caller(bob).Account, Version: 1, Sealed: []byte{1}, Created: time.Now(), Confirmed: time.Now()})
	}))
	if a := bob.do("POST", bob.path("/lockdown"), map[string]string{"scope": "mine"}); a.StatusCode != 204 {
		t.Errorf("with a second factor: %s %s", a.Status, bodyOf(t, a))
	}
}
