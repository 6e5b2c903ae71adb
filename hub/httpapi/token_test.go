package httpapi

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

// asked is one camera of a token's request.
type asked struct {
	Camera  string   `json:"camera"`
	Actions []string `json:"actions"`
	History string   `json:"history,omitempty"`
}

// program makes an API token over HTTP and gives it to a client of its own.
func (p *person) program(cameras ...asked) (*person, string) {
	p.r.t.Helper()
	return p.programOf(map[string]any{"name": "home automation", "cameras": cameras})
}

// programOf is program for a request.
func (p *person) programOf(request map[string]any) (*person, string) {
	t := p.r.t
	t.Helper()
	answer := p.do("POST", p.once("/tokens/new"), request)
	if answer.StatusCode != 201 {
		t.Fatalf("making a token: %s %s", answer.Status, bodyOf(t, answer))
	}
	var made struct{ ID, Token string }
	decode(t, answer, &made)
	k := p.r.stranger()
	k.name, k.id, k.bearer = p.name, p.id, made.Token
	k.resume()
	return k, made.ID
}

// resume asks for the scope as a program does: no browser's headers, no cookie.
func (p *person) resume() {
	t := p.r.t
	t.Helper()
	nonce := media.NewClipID().String()
	answer := p.do("POST", "/api/resume/"+nonce, nil, "Sec-Fetch-Site: ")
	var in signedInView
	if answer.StatusCode != 200 {
		t.Fatalf("resume: %s %s", answer.Status, bodyOf(t, answer))
	}
	decode(t, answer, &in)
	if in.Nonce != nonce || len(in.Scope) != 32 || in.Account.ID.String() != p.id || in.Account.Operator || len(answer.Cookies()) != 0 {
		t.Errorf("resume: %+v, cookies %v", in, answer.Cookies())
	}
	p.scope = in.Scope
}

// TestTokenWatchesAndPlays: what a program does with its camera, and that
// nothing of its maker's others is there for it.
func TestTokenWatchesAndPlays(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	other, _ := alice.camera(fakecam.Options{Name: "alice back"})
	clip, foreign := alice.clip(cam), alice.clip(other)
	k, _ := alice.program(asked{cam.String(), []string{"live", "history", "export", "manage"}, "all"})

	v := k.watchLive()
	v.watch(1, cam, "main")
	for _, f := range v.more(1, 3).films {
		checkMarks(t, f.bytes, "alice front")
	}
	v.watch(2, other, "main")
	if m := v.until("ended"); m.watch != 2 || m.text.Reason != "not found" {
		t.Errorf("another camera: %+v", m.text)
	}
	mp4 := k.do("GET", k.path("/clips/%s/clip.mp4", clip), nil)
	if mp4.StatusCode != 200 {
		t.Fatal(mp4.Status)
	}
	checkMarks(t, bodyOf(t, mp4), "alice front")
	if a := k.do("POST", k.path("/cameras/%s/trigger", cam), nil, "Sec-Fetch-Site: "); a.StatusCode != 202 {
		t.Errorf("trigger: %s", a.Status)
	}
	var made struct{ URL string }
	decode(t, k.do("POST", k.path("/clips/%s/download", clip), nil), &made)
	if a := alice.do("GET", made.URL, nil); a.StatusCode != 404 {
		t.Errorf("its maker redeems a program's download: %s", a.Status)
	}
	if a := k.do("GET", made.URL, nil); a.StatusCode != 200 {
		t.Errorf("download: %s", a.Status)
	} else {
		checkMarks(t, bodyOf(t, a), "alice front")
	}

	var list struct{ Cameras []cameraView }
	decode(t, k.do("GET", k.path("/cameras"), nil), &list)
	if len(list.Cameras) != 1 || list.Cameras[0].ID != cam || list.Cameras[0].Mine || len(list.Cameras[0].Actions) != 4 {
		t.Errorf("cameras: %+v", list.Cameras)
	}
	for _, path := range []string{"/cameras", "/events", "/cameras/" + cam.String()} {
		a := k.do("GET", k.path("%s", path), nil)
		if b := bodyOf(t, a); a.StatusCode != 200 || bytes.Contains(b, []byte(other.String())) || bytes.Contains(b, []byte("alice back")) {
			t.Errorf("%s: %s %s", path, a.Status, b)
		}
	}
	var me meView
	decode(t, k.do("GET", k.path("/me"), nil), &me)
	if me.Account.String() != alice.id || me.Name != "alice" || me.Operator { // who is an operator
		t.Errorf("me: %+v", me)
	}
	absent := shape(t, k.do("GET", "/nothing/here", nil))
	for _, path := range []string{
		"/cameras/" + other.String(), "/clips/" + foreign.String(), "/clips/" + foreign.String() + "/clip.mp4",
		"/clips/" + foreign.String() + "/thumbnail", "/events?camera=" + other.String(), "/tokens",
	} {
		if got := shape(t, k.do("GET", k.path("%s", path), nil)); got != absent {
			t.Errorf("%s:\n%s", path, got)
		}
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// TestTokenAndCookieDoNotMix: together they are nobody, whoever they belong to;
// neither opens the other's scope, and a foreign page cannot ask with a token.
func TestTokenAndCookieDoNotMix(t *testing.T) {
	t.Parallel()
	_, alice, cam := newFront(t)
	k, _ := alice.program(asked{cam.String(), []string{"live", "manage"}, ""})
	both, swapped, stolen := k.reconnected(), k.reconnected(), alice.reconnected()
	swapped.scope, stolen.scope = alice.scope, k.scope
	cookie := "Cookie: " + cookieName + "=" + alice.token
	bare := k.reconnected()
	bare.bearer = strings.TrimPrefix(k.bearer, "lares_")
	absent := shape(t, both.do("GET", "/nothing/here", nil))
	for name, got := range map[string]*http.Response{
		"token and cookie, the token's scope":  both.reconnected().do("GET", both.path("/cameras"), nil, cookie),
		"token and cookie, the cookie's scope": both.reconnected().do("GET", alice.path("/cameras"), nil, cookie),
		"a token with a session's scope":       swapped.do("GET", swapped.path("/cameras"), nil),
		"a cookie with a token's scope":        stolen.do("GET", stolen.path("/cameras"), nil),
		"a token as cookie":                    k.reconnected().do("GET", k.path("/cameras"), nil, "Authorization: ", "Cookie: "+cookieName+"="+bare.bearer),
		"a token without its prefix":           bare.do("GET", bare.path("/cameras"), nil),
		"a session's token as bearer":          alice.reconnected().do("GET", alice.path("/cameras"), nil, "Cookie: ", "Authorization: Bearer "+alice.token),
		"the same, with the prefix":            alice.reconnected().do("GET", alice.path("/cameras"), nil, "Cookie: ", "Authorization: Bearer lares_"+alice.token),
		"an empty bearer beside the cookie":    alice.reconnected().do("GET", alice.path("/cameras"), nil, "Authorization: Bearer "),
		"another scheme, no cookie":            alice.reconnected().do("GET", alice.path("/cameras"), nil, "Cookie: ", "Authorization: Basic "+alice.token),
	} {
		if shape(t, got) != absent {
			t.Errorf("%s: %s %s", name, got.Status, bodyOf(t, got))
		}
	}
	if a := both.reconnected().do("POST", "/api/resume/"+media.NewClipID().String(), nil, cookie); a.StatusCode != 401 {
		t.Errorf("resume with both: %s", a.Status)
	}
	trigger := k.path("/cameras/%s/trigger", cam)
	for name, headers := range map[string][]string{
		"a foreign page":           {"Sec-Fetch-Site: cross-site"},
		"a foreign origin":         {"Sec-Fetch-Site: ", "Origin: https://evil.example"},
		"a cookie without headers": {"Sec-Fetch-Site: ", cookie},
	} {
		if a := k.reconnected().do("POST", trigger, nil, headers...); a.StatusCode != 403 {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	if _, a, err := k.reconnected().dialLive("Origin: https://evil.example"); err == nil || a.StatusCode != 403 {
		t.Errorf("a foreign page's socket: %v", err)
	}
	if c, _, err := k.reconnected().dialLive("Origin: "); err != nil {
		t.Errorf("a program's socket without Origin: %v", err)
	} else {
		c.Close()
	}
	// One connection serves one of them.
	if a := alice.do("GET", alice.path("/me"), nil); a.StatusCode != 200 {
		t.Fatal(a.Status)
	}
	if a := k.on(alice).do("GET", k.path("/cameras"), nil); a.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a token on a session's connection: %s", a.Status)
	}
}

// TestTokenNeedsThePassword: an old proof is not enough to make one.
func TestTokenNeedsThePassword(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	ask := map[string]any{"name": "x", "cameras": []asked{{cam.String(), []string{"live"}, ""}}}
	if a := bob.do("POST", bob.once("/tokens/new"), ask); a.StatusCode != 404 {
		t.Errorf("for another's camera: %s", a.Status)
	}
	for _, bad := range []map[string]any{
		{"name": "x"}, {"name": "x", "cameras": "all"}, {"name": "x", "cameras": []string{"a"}},
		{"name": "x", "cameras": []asked{{cam.String(), nil, ""}}}, {"name": "x", "cameras": []asked{{cam.String(), []string{"guest_links"}, ""}}},
		{"name": "x", "cameras": []asked{{cam.String(), []string{"live"}, "ever"}}},
		{"name": "x", "cameras": []map[string]string{{"camera": cam.String(), "owner": "me"}}},
		{"name": "x", "cameras": []asked{{cam.String(), []string{"live"}, ""}}, "expires": "tomorrow"},
		{"name": "x", "cameras": []asked{{cam.String(), []string{"live"}, ""}}, "expires": "2001-01-01T00:00:00Z"},
	} {
		if a := alice.do("POST", alice.once("/tokens/new"), bad); a.StatusCode != 400 {
			t.Errorf("%v: %s", bad, a.Status)
		}
	}
	later := newRig(t)
	later.server.cfg.Clock = lead{-account.ProofLife - time.Minute}
	alice = later.person("alice")
	a := alice.do("POST", alice.once("/tokens/new"), ask)
	wantProblem(t, a, 403)
	if !strings.Contains(string(bodyOf(t, a)), "password-again") {
		t.Errorf("%s", bodyOf(t, a))
	}
}

// TestTokenEndCutsItsStreams: a deleted token's download and socket end within
// two seconds, with and without the hook that says so at once.
func TestTokenEndCutsItsStreams(t *testing.T) {
	t.Parallel()
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprintf("deaf %v", deaf), func(t *testing.T) {
			r, alice, cam := newFront(t)
			clip := alice.clip(cam)
			k, id := alice.program(asked{cam.String(), []string{"live", "history"}, "all"})
			v := k.watchLive()
			v.watch(1, cam, "main")
			v.more(1, 2)
			slow := r.slowly(k, k.path("/clips/%s/clip.mp4", clip))
			r.deaf = deaf
			if a := alice.do("DELETE", alice.path("/tokens/%s", id), nil); a.StatusCode != 204 {
				t.Fatal(a.Status)
			}
			from := time.Now()
			for err := error(nil); err == nil; _, err = v.tryNext() {
			}
			wait(t, "the stream's end", func() bool { return r.openStreams() == 0 })
			if took := time.Since(from); took > cutSoon {
				t.Errorf("cut after %v", took)
			}
			slow()
			if a := k.do("GET", k.path("/cameras"), nil); a.StatusCode != 404 {
				t.Errorf("afterwards: %s", a.Status)
			}
			if a := alice.do("DELETE", alice.path("/tokens/%s", id), nil); a.StatusCode != 404 {
				t.Errorf("ended twice: %s", a.Status)
			}
			if _, err := r.gate.Admit(t.Context(), r.caller(alice), cam, gate.Live); err != nil {
				t.Errorf("its maker: %v", err)
			}
		})
	}
}

// TestTokenExpiryCutsItsStreams: a token that runs out ends what runs with it
// within two seconds, by itself.
func TestTokenExpiryCutsItsStreams(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	clip := alice.clip(cam)
	over := time.Now().Add(15 * time.Second).Truncate(time.Second)
	answer := alice.do("POST", alice.once("/tokens/new"), map[string]any{
		"name": "short", "cameras": []asked{{cam.String(), []string{"live", "history"}, "all"}}, "expires": over.UTC().Format(time.RFC3339),
	})
	var made struct{ Token string }
	decode(t, answer, &made)
	k := r.stranger()
	k.name, k.id, k.bearer = alice.name, alice.id, made.Token
	k.resume()
	v := k.watchLive()
	v.watch(1, cam, "main")
	v.more(1, 1)
	slow := r.slowly(k, k.path("/clips/%s/clip.mp4", clip))
	for err := error(nil); err == nil; _, err = v.tryNext() {
	}
	wait(t, "the stream's end", func() bool { return r.openStreams() == 0 })
	if late := time.Since(over); late < 0 || late > cutSoon {
		t.Errorf("cut %v after the token's end", late)
	}
	slow()
	if a := k.do("GET", k.path("/cameras"), nil); a.StatusCode != 404 {
		t.Errorf("afterwards: %s", a.Status)
	}
	var list struct{ Tokens []tokenView }
	wait(t, "the token's row to go", func() bool {
		decode(t, alice.do("GET", alice.path("/tokens"), nil), &list)
		return len(list.Tokens) == 0
	})
}
