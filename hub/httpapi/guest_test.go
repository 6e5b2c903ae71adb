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

// link makes a guest link over HTTP.
func (p *person) link(clip media.ClipID, views int) (id, secret string) {
	t := p.r.t
	t.Helper()
	answer := p.do("POST", p.once("/clips/%s/links/new", clip), map[string]any{"views": views, "hours": 24, "label": "for the insurance"})
	if answer.StatusCode != 201 {
		t.Fatalf("making a link: %s %s", answer.Status, bodyOf(t, answer))
	}
	var made struct{ ID, Secret string }
	decode(t, answer, &made)
	return made.ID, made.Secret
}

// visitor comes by a link with a browser of its own.
func (r *rig) visitor(secret string) *person {
	r.t.Helper()
	p := r.stranger()
	nonce := media.NewClipID().String()
	answer := p.do("POST", "/api/guest/"+nonce, map[string]string{"secret": secret})
	if answer.StatusCode != 200 {
		r.t.Fatalf("visit: %s %s", answer.Status, bodyOf(r.t, answer))
	}
	var in struct {
		Nonce, Scope, Guest string
		Expires             moment
		Clip                guestClipView
	}
	decode(r.t, answer, &in)
	cookies := answer.Cookies()
	if in.Nonce != nonce || len(in.Scope) != 32 || len(cookies) != 1 || !answer.Close || answer.Header.Get("Cache-Control") != "no-store" {
		r.t.Fatalf("visit: %+v %v %v", in, cookies, answer.Header)
	}
	c := cookies[0]
	if c.Name != guestCookieName || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 || c.MaxAge > 3600 {
		r.t.Errorf("cookie %s", c.Raw)
	}
	p.scope, p.guest, p.id = in.Scope, c.Value, in.Guest
	return p
}

// at is a path below the guest's own scope.
func (p *person) at(path string) string { return "/s/" + p.scope + "/guest" + path }

// TestGuestSeesTheClipAlone: it plays, and nothing that the guest is ever told
// names a camera, a person, or an id but its own.
func TestGuestSeesTheClipAlone(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	clip := alice.clip(cam)
	_, secret := alice.link(clip, 3)
	g := r.visitor(secret)
	mp4 := g.do("GET", g.at("/clip.mp4"), nil)
	if mp4.StatusCode != 200 {
		t.Fatal(mp4.Status)
	}
	checkMarks(t, bodyOf(t, mp4), "alice front")
	if part := g.do("GET", g.at("/clip.mp4"), nil, "Range: bytes=100-199"); part.StatusCode != 206 || !bytes.Equal(bodyOf(t, part), bodyOf(t, mp4)[100:200]) {
		t.Errorf("a range: %s", part.Status)
	}
	var info struct {
		Guest string
		Clip  guestClipView
	}
	decode(t, g.do("GET", g.at("/clip"), nil), &info)
	if info.Guest != g.id || info.Clip.Label != "for the insurance" || info.Clip.Fragments == 0 || len(info.Clip.Tracks) == 0 || info.Clip.Duration == 0 {
		t.Errorf("%+v", info)
	}
	for _, path := range []string{"/clip", "/clip.mp4", "/init", "/fragments/0", "/thumbnail"} {
		a := g.do("GET", g.at(path), nil)
		said := append(bodyOf(t, a), fmt.Sprint(a.Header)...)
		if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Etag") != "" {
			t.Errorf("%s: %s %v", path, a.Status, a.Header)
		}
		for _, name := range []string{"alice", alice.id, cam.String(), clip.String(), alice.scope} {
			if !strings.HasPrefix(a.Header.Get("Content-Type"), "video") && bytes.Contains(said, []byte(name)) {
				t.Errorf("%s tells %q", path, name)
			}
		}
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// TestGuestCookieAndScope: a guest is one only with both of its own, and nobody
// else is one (W2 for guests).
func TestGuestCookieAndScope(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	clip := alice.clip(cam)
	_, secret := alice.link(clip, 9)
	g, h := r.visitor(secret), r.visitor(secret)
	if g.scope == h.scope || g.guest == h.guest {
		t.Fatal("two visits share a scope or a cookie")
	}
	absent := shape(t, g.do("GET", "/nothing/here", nil))
	both := "Cookie: " + cookieName + "=" + alice.token + "; " + guestCookieName + "=" + g.guest
	for name, got := range map[string]*http.Response{
		"another guest's scope":            g.reconnected().do("GET", h.at("/clip"), nil),
		"a session's scope":                g.reconnected().do("GET", "/s/"+alice.scope+"/guest/clip", nil),
		"a session's cookie":               alice.reconnected().do("GET", g.at("/clip"), nil),
		"no cookie":                        r.stranger().do("GET", g.at("/clip"), nil),
		"the cookie's name of a session":   g.reconnected().do("GET", g.at("/clip"), nil, "Cookie: "+cookieName+"="+g.guest),
		"the interface with a guest":       g.reconnected().do("GET", "/s/"+g.scope+"/api/cameras", nil),
		"the same, as a session's cookie":  g.reconnected().do("GET", "/s/"+g.scope+"/api/me", nil, "Cookie: "+cookieName+"="+g.guest),
		"a session's interface":            g.reconnected().do("GET", alice.path("/clips/%s", clip), nil),
		"the link's secret as cookie":      g.reconnected().do("GET", g.at("/clip"), nil, "Cookie: "+guestCookieName+"="+secret),
		"an escaped spelling":              g.reconnected().do("GET", strings.Replace(g.at("/clip"), "/guest", "/%67uest", 1), nil),
		"both cookies, the interface":      g.reconnected().do("GET", "/s/"+g.scope+"/api/cameras", nil, both),
		"both cookies, the guest's routes": g.reconnected().do("GET", "/s/"+alice.scope+"/guest/clip", nil, both),
	} {
		if shape(t, got) != absent {
			t.Errorf("%s: %s %s", name, got.Status, bodyOf(t, got))
		}
	}
	// Somebody signed in follows a link in the same browser: two connections.
	if a := g.reconnected().do("GET", g.at("/clip"), nil, both); a.StatusCode != 200 {
		t.Errorf("both cookies, the guest's own scope: %s", a.Status)
	}
	if a := h.do("GET", h.at("/clip"), nil); a.StatusCode != 200 {
		t.Fatal(a.Status)
	}
	if a := g.on(h).do("GET", g.at("/clip"), nil); a.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a guest on another guest's connection: %s", a.Status)
	}
}

// TestGuestLinkBehindACache is W12 without the cache: what could be kept by its
// address is the same for all, and what is private has an address of its own.
func TestGuestLinkBehindACache(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	clip := alice.clip(cam)
	_, secret := alice.link(clip, 9)
	g := r.visitor(secret)
	page := shape(t, r.stranger().do("GET", "/guest", nil))
	if !strings.Contains(page, "200 OK") || page != shape(t, alice.do("GET", "/guest", nil)) || page != shape(t, g.do("GET", "/guest", nil)) {
		t.Errorf("the page differs by who asks:\n%s", page)
	}
	paths := map[string]bool{}
	for _, p := range []*person{g, r.visitor(secret), r.visitor(secret)} {
		if path := p.at("/clip.mp4"); paths[path] {
			t.Errorf("two guests ask for %s", path)
		} else {
			paths[path] = true
		}
	}
	if a := r.stranger().do("POST", "/api/guest/xyz", map[string]string{"secret": secret}); a.StatusCode != 400 {
		t.Errorf("without a nonce: %s", a.Status)
	}
	if a := r.stranger().do("POST", "/api/guest/"+media.NewClipID().String(), map[string]string{"secret": secret}, "Sec-Fetch-Site: cross-site"); a.StatusCode != 403 {
		t.Errorf("from a foreign page: %s", a.Status)
	}
	id := struct{ Links []linkView }{}
	decode(t, alice.do("GET", alice.path("/links"), nil), &id)
	if len(id.Links) != 1 || id.Links[0].ViewsLeft != 6 || bytes.Contains(bodyOf(t, alice.do("GET", alice.path("/links"), nil)), []byte(secret)) {
		t.Errorf("%+v", id)
	}
	// Revoked: whatever a cache has, no new visit gets in.
	if a := alice.do("DELETE", alice.path("/links/%s", id.Links[0].ID), nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	wantProblem(t, r.stranger().do("POST", "/api/guest/"+media.NewClipID().String(), map[string]string{"secret": secret}), 401)
	if a := g.do("GET", g.at("/clip"), nil); a.StatusCode != 404 {
		t.Errorf("a guest of a revoked link: %s", a.Status)
	}
}

// TestDeadLinksLookTheSame: wrong, used up, over and revoked are one answer, and
// after some of them the source has to wait, and nobody else.
func TestDeadLinksLookTheSame(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	clip := alice.clip(cam)
	_, used := alice.link(clip, 1)
	r.visitor(used)
	id, revoked := alice.link(clip, 1)
	alice.do("DELETE", alice.path("/links/%s", id), nil)
	_, good := alice.link(clip, 1)
	try := func(secret string) *http.Response {
		return r.stranger().do("POST", "/api/guest/"+media.NewClipID().String(), map[string]string{"secret": secret})
	}
	wrong := strings.Repeat("0", 64)
	one := shape(t, try(wrong))
	for name, secret := range map[string]string{"used up": used, "revoked": revoked, "malformed": "x"} {
		if got := shape(t, try(secret)); got != one || !strings.Contains(got, "401") || !strings.Contains(got, "problem:link") {
			t.Errorf("%s:\n%s\nnot\n%s", name, got, one)
		}
	}
	r.visitor(good) // a right one clears the count
	for n := 0; ; n++ {
		a := try(wrong)
		if a.StatusCode == 429 {
			if n < 5 || a.Header.Get("Retry-After") == "" {
				t.Errorf("after %d: %v", n, a.Header)
			}
			break
		}
		if n > 20 {
			t.Fatal("wrong secrets without end")
		}
	}
	if a := alice.do("GET", alice.path("/me"), nil); a.StatusCode != 200 {
		t.Errorf("somebody signed in: %s", a.Status)
	}
	r.signIn("alice") // a sign-in from there is another matter
}

// TestGuestStreamsEnd: a clip under way to a guest is cut within two seconds,
// with and without the hook that says so at once, when its link is revoked or
// its maker's grant.
func TestGuestStreamsEnd(t *testing.T) {
	t.Parallel()
	for _, deaf := range []bool{false, true} {
		for _, by := range []string{"grant", "link"} {
			t.Run(fmt.Sprintf("%s, deaf %v", by, deaf), func(t *testing.T) {
				r := newRig(t)
				r.deaf = deaf
				alice, bob := r.person("alice"), r.person("bob")
				cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
				clip := alice.clip(cam)
				r.grant(alice, cam, bob, gate.History, gate.GuestLinks)
				id, secret := bob.link(clip, 1)
				g := r.visitor(secret)
				slow := r.slowly(g, g.at("/clip.mp4"))
				from := time.Now()
				if by == "grant" {
					must(t, r.gate.Revoke(t.Context(), r.caller(alice), cam, r.caller(bob).Account))
				} else if a := alice.do("DELETE", alice.path("/links/%s", id), nil); a.StatusCode != 204 {
					t.Fatalf("the owner revokes a link that bob made: %s", a.Status)
				}
				wait(t, "the stream's end", func() bool { return r.openStreams() == 0 })
				if took := time.Since(from); took > cutSoon {
					t.Errorf("cut after %v", took)
				}
				slow()
			})
		}
	}
}

// TestLinksAreMadeByPeople: the action and the password are needed, and the
// form is strict.
func TestLinksAreMadeByPeople(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	clip := alice.clip(cam)
	r.grant(alice, cam, bob, gate.History, gate.Export, gate.Manage, gate.Live)
	ask := map[string]any{"views": 1, "hours": 1}
	if a := bob.do("POST", bob.once("/clips/%s/links/new", clip), ask); a.StatusCode != 404 {
		t.Errorf("without the action: %s", a.Status)
	}
	for _, bad := range []map[string]any{
		{"hours": 1}, {"views": 1}, {"views": 0, "hours": 1}, {"views": 1, "hours": 0}, {"views": 1001, "hours": 1}, {"views": 1, "hours": 721},
		{"views": 1.5, "hours": 1}, {"views": -1, "hours": 1}, {"views": "1", "hours": 1}, {"views": 1, "hours": 1, "label": strings.Repeat("x", 65)},
	} {
		if a := alice.do("POST", alice.once("/clips/%s/links/new", clip), bad); a.StatusCode != 400 {
			t.Errorf("%v: %s", bad, a.Status)
		}
	}
	later := newRig(t)
	later.server.cfg.Clock = lead{-account.ProofLife - time.Minute}
	alice = later.person("alice")
	a := alice.do("POST", alice.once("/clips/%s/links/new", clip), ask)
	wantProblem(t, a, 403)
	if !strings.Contains(string(bodyOf(t, a)), "password-again") {
		t.Errorf("%s", bodyOf(t, a))
	}
}
