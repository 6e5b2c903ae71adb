package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
)

var writtenPeople = map[string]cells{
	"POST /api/invitation/:nonce": {400, 400, 400, 400, 400, 400}, // without a code
	"POST /api/accept/:nonce":     {401, 401, 401, 401, 401, 401}, // with a wrong one

	"POST /api/recover/:nonce":               {401, 401, 401, 401, 401, 401}, // with a wrong code
	"POST /s/:scope/api/rotate/:nonce":       {401, 401, 401, 401, 404, 404}, // with a wrong password
	"DELETE /s/:scope/api/accounts/:account": {409, 404, 404, 404, 404, 404}, // oneself
	"DELETE /s/:scope/api/me":                {400, 400, 400, 400, 404, 404}, // with a choice there is not
	"POST /s/:scope/api/recovery/new/:nonce": {200, 200, 200, 200, 404, 404},
	"POST /s/:scope/api/recovery/confirm":    {422, 422, 422, 422, 404, 404}, // with a wrong part
	"POST /s/:scope/api/totp/new/:nonce":     {200, 200, 200, 200, 404, 404},
	"POST /s/:scope/api/totp/confirm":        {401, 401, 401, 401, 404, 404}, // with a wrong code
	"DELETE /s/:scope/api/totp":              {204, 204, 204, 204, 404, 404},

	"POST /s/:scope/api/prove":                     {401, 401, 401, 401, 404, 404}, // with a wrong password
	"GET /s/:scope/api/sessions":                   {200, 200, 200, 200, 404, 404},
	"DELETE /s/:scope/api/sessions":                {204, 204, 204, 204, 404, 404},
	"DELETE /s/:scope/api/sessions/:session":       {204, 404, 404, 404, 404, 404},
	"GET /s/:scope/api/accounts":                   {200, 200, 200, 200, 404, 404},
	"PUT /s/:scope/api/accounts/:account/operator": {204, 404, 404, 404, 404, 404}, // the owner is the operator
	"GET /s/:scope/api/invitations":                {200, 404, 404, 404, 404, 404},
	"POST /s/:scope/api/invitations/new/:nonce":    {201, 404, 404, 404, 404, 404},
	"DELETE /s/:scope/api/invitations/:invitation": {204, 404, 404, 404, 404, 404},
}

var peopleBodies = map[string]map[string]any{
	"POST /api/accept/:nonce":             {"code": "x", "name": "eve", "password": testPassword},
	"POST /s/:scope/api/prove":            {"password": "not this one at all"},
	"POST /api/recover/:nonce":            {"name": "alice", "code": "x", "password": testPassword},
	"POST /s/:scope/api/recovery/confirm": {"part": "x"},
	"POST /s/:scope/api/totp/confirm":     {"code": "x"},
	"POST /s/:scope/api/rotate/:nonce":    {"password": "not this one at all"},
	"DELETE /s/:scope/api/me":             {"cameras": "sell"},

	"PUT /s/:scope/api/accounts/:account/operator": {"operator": true},
}

// fillPeople names the owner's other session, an invitation of the owner's and
// the owner in a path.
func fillPeople(t testing.TB, path string, owner *person) string {
	t.Helper()
	session, invitation := "0", "0"
	if strings.Contains(path, ":session") {
		session = owner.elsewhere()
	}
	if strings.Contains(path, ":invitation") {
		var made struct{ ID string }
		decode(t, owner.do("POST", owner.once("/invitations/new"), nil), &made)
		invitation = made.ID
	}
	return strings.NewReplacer(":session", session, ":invitation", invitation, "/accounts/:account", "/accounts/"+owner.id).Replace(path)
}

// elsewhere signs the person in once more and returns that session's id.
func (p *person) elsewhere() string {
	p.r.t.Helper()
	return p.r.caller(p.r.signIn(p.name)).Session.String()
}

// wantKind checks a problem's status and kind, and returns its detail.
func wantKind(t testing.TB, r *http.Response, status int, kind string) string {
	t.Helper()
	var p struct{ Type, Detail string }
	if err := json.Unmarshal(bodyOf(t, r), &p); err != nil || r.StatusCode != status || p.Type != "urn:lares:problem:"+kind {
		t.Errorf("%s %s, want %d %s", r.Status, bodyOf(t, r), status, kind)
	}
	return p.Detail
}

// aged moves the person's last proof into the past.
func (p *person) aged() {
	c := p.r.caller(p)
	must(p.r.t, p.r.store.Update(context.Background(), func(tx *store.Tx) error {
		return tx.ProveSession(context.Background(), c.Session, c.Account, time.Now().Add(-account.ProofLife-time.Minute))
	}))
}

func TestInvitationRoutes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	var made struct {
		Account, ID, Code string
		Expires           time.Time
	}
	ann.aged()
	wantKind(t, ann.do("POST", ann.once("/invitations/new"), nil), 403, "password-again")
	if a := ann.do("POST", ann.path("/prove"), map[string]string{"password": testPassword}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	decode(t, ann.do("POST", ann.once("/invitations/new"), map[string]string{"name": "Carol"}), &made)
	if left := time.Until(made.Expires); left < account.InvitationLife-time.Minute || left > account.InvitationLife {
		t.Errorf("expires in %v", left)
	}
	for _, x := range []struct{ method, path string }{
		{"GET", "/invitations"}, {"POST", "/invitations"}, {"DELETE", "/invitations/" + made.ID},
	} {
		if a := bob.do(x.method, bob.path("%s", x.path), nil); a.StatusCode != 404 {
			t.Errorf("%s %s for somebody who is no operator: %s", x.method, x.path, a.Status)
		}
	}
	carol := r.stranger()
	nonce := media.NewClipID().String()
	var seen struct {
		Nonce, Name string
		Expires     time.Time
	}
	decode(t, carol.do("POST", "/api/invitation/"+nonce, map[string]string{"code": made.Code}), &seen)
	if seen.Nonce != nonce || seen.Name != "Carol" || !seen.Expires.Equal(made.Expires) {
		t.Errorf("%+v", seen)
	}
	wantKind(t, carol.do("POST", "/api/accept/"+nonce, map[string]string{"code": made.Code, "name": "carol", "password": "password12"}), 422, "password")
	for name, kind := range map[string]string{"ANN": "name-taken", "AnN\ufe0f": "name-taken", "c\u0430rol": "name"} {
		a := carol.do("POST", "/api/accept/"+nonce, map[string]string{"code": made.Code, "name": name, "password": testPassword})
		if wantKind(t, a, 422, kind); !strings.Contains(string(bodyOf(t, a)), `"field":"name"`) || kind == "name-taken" && !strings.Contains(string(bodyOf(t, a)), "taken, or too like another") {
			t.Errorf("%s", bodyOf(t, a))
		}
	}
	carol.enter("accept", map[string]string{"code": made.Code, "name": "carol", "password": testPassword})
	if a := carol.do("GET", carol.path("/me"), nil); a.StatusCode != 200 {
		t.Error(a.Status)
	}
	details := map[string]bool{}
	for _, code := range []string{made.Code, "AAAAA-BBBBB-CCCCC-DDDDD"} {
		for _, way := range []string{"invitation", "accept"} {
			body := map[string]string{"code": code, "name": "dave", "password": testPassword}
			if way == "invitation" {
				body = map[string]string{"code": code}
			}
			details[wantKind(t, r.stranger().do("POST", "/api/"+way+"/"+nonce, body), 401, "invitation")] = true
		}
	}
	if len(details) != 2 {
		t.Errorf("a used code and a wrong one read the same: %v", details)
	}
	list := bodyOf(t, ann.do("GET", ann.path("/invitations"), nil))
	if !strings.Contains(string(list), `"used":"`) || strings.Contains(string(list), made.Code) {
		t.Errorf("%s", list)
	}
}

func TestAccountRoutes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	ann.camera(fakecam.Options{Name: "ann front"})
	for _, p := range []*person{ann, bob} {
		var list struct {
			Accounts []struct {
				ID, Name     string
				Operator, Me bool
				Created      *time.Time
				Seen         *time.Time
				Cameras      *int
			}
		}
		answer := p.do("GET", p.path("/accounts"), nil)
		decode(t, answer, &list)
		if len(list.Accounts) != 2 || strings.Contains(string(bodyOf(t, answer)), "front") {
			t.Fatalf("%s", bodyOf(t, answer))
		}
		for _, a := range list.Accounts {
			told := a.Created != nil && a.Seen != nil && a.Cameras != nil
			if a.Operator != (a.ID == ann.id) || a.Me != (a.ID == p.id) || told != (p == ann) || told && *a.Cameras != map[bool]int{true: 1}[a.ID == ann.id] {
				t.Errorf("%s is told %s", p.name, bodyOf(t, answer))
			}
		}
	}
	set := func(who *person, id string, operator bool) *http.Response {
		return who.do("PUT", who.path("/accounts/%s/operator", id), map[string]bool{"operator": operator})
	}
	wantKind(t, set(ann, ann.id, false), 409, "last-operator")
	if a := set(ann, store.NewAccountID().String(), true); a.StatusCode != 404 {
		t.Errorf("somebody who is not there: %s", a.Status)
	}
	if a := set(bob, bob.id, true); a.StatusCode != 404 {
		t.Errorf("somebody who is no operator: %s", a.Status)
	}
	if a := set(ann, bob.id, true); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	var me struct {
		Operator, TOTP, Recovery bool
		Created                  time.Time
	}
	decode(t, bob.do("GET", bob.path("/me"), nil), &me)
	if !me.Operator || me.TOTP || me.Recovery || time.Since(me.Created) > time.Minute {
		t.Errorf("%+v", me)
	}
	bob.aged()
	wantKind(t, set(bob, ann.id, false), 403, "password-again")
}

// TestSessionRoutes is HAZARDS A7: a session that is ended elsewhere is dead on
// its next request, and what it had open closes within two seconds.
func TestSessionRoutes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.person("ann"), r.person("bob")
	phone := r.signIn("ann")
	phone.do("GET", phone.path("/me"), nil, "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Safari/604.1")
	id := r.caller(phone).Session.String()
	var list struct{ Sessions []sessionView }
	decode(t, ann.do("GET", ann.path("/sessions"), nil), &list)
	if len(list.Sessions) != 2 || list.Sessions[0].Current == list.Sessions[1].Current || list.Sessions[0].Place != "127.0.0.1" || list.Sessions[0].Device == "" {
		t.Errorf("%+v", list.Sessions)
	}
	absent := shape(t, ann.do("GET", "/nothing/here", nil))
	for name, path := range map[string]string{"another account's": bob.path("/sessions/%s", id), "an absent one": ann.path("/sessions/%s", bob.id), "none": ann.path("/sessions/x")} {
		who := ann
		if strings.HasPrefix(path, bob.path("")) {
			who = bob
		}
		if got := shape(t, who.do("DELETE", path, nil)); got != absent {
			t.Errorf("%s: %s", name, got)
		}
	}
	if a := phone.do("GET", phone.path("/me"), nil); a.StatusCode != 200 {
		t.Fatalf("ended by somebody else: %s", a.Status)
	}
	ends := func(what string, victim *person, f func() *http.Response) {
		t.Helper()
		socket := victim.watchLive()
		victim.do("GET", victim.path("/me"), nil) // an open connection
		if a := f(); a.StatusCode != 204 {
			t.Fatalf("%s: %s %s", what, a.Status, bodyOf(t, a))
		}
		before := time.Now()
		for {
			if _, _, err := socket.conn.ReadMessage(); err != nil {
				break
			}
		}
		if took := time.Since(before); took > cutSoon {
			t.Errorf("%s: its socket lived for %v", what, took)
		}
		if a := victim.do("GET", victim.path("/me"), nil); a.StatusCode != 404 {
			t.Errorf("%s: its next request is answered with %s", what, a.Status)
		}
	}
	ends("one ended", phone, func() *http.Response { return ann.do("DELETE", ann.path("/sessions/%s", id), nil) })
	ends("all others ended", r.signIn("ann"), func() *http.Response { return ann.do("DELETE", ann.path("/sessions"), nil) })
	ends("password changed", r.signIn("ann"), func() *http.Response {
		return ann.do("POST", ann.path("/password"), map[string]string{"old": testPassword, "new": testPassword + "!"})
	})
	if a := ann.do("GET", ann.path("/me"), nil); a.StatusCode != 200 {
		t.Errorf("the one that stays: %s", a.Status)
	}
	own := r.caller(ann).Session.String()
	if a := ann.do("DELETE", ann.path("/sessions/%s", own), nil); a.StatusCode != 204 || !a.Close || len(a.Cookies()) != 1 || a.Cookies()[0].MaxAge >= 0 {
		t.Errorf("its own: %s %v", a.Status, a.Cookies())
	}
	if a := ann.do("GET", ann.path("/me"), nil); a.StatusCode != 404 {
		t.Errorf("after ending its own: %s", a.Status)
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

func TestDevices(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36":                   "Chrome on Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15":                   "Safari on macOS",
		"curl/8.14.1":                           "curl/8.14.1",
		"":                                      "",
		strings.Repeat("é", 300) + "\x00\u202e": strings.Repeat("é", maxDevice),
	} {
		if got := deviceOf(agent); got != want {
			t.Errorf("%.60q is %q, want %q", agent, got, want)
		}
	}
}

// TestRecoveryRoutes walks the way of somebody who lost a password and has an
// authenticator app (HAZARDS A12).
func TestRecoveryRoutes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.person("ann")
	ann.aged()
	wantKind(t, ann.do("POST", ann.once("/recovery/new"), nil), 403, "password-again")
	wantKind(t, ann.do("POST", ann.once("/totp/new"), nil), 403, "password-again")
	wantKind(t, ann.do("DELETE", ann.path("/totp"), nil), 403, "password-again")
	wantKind(t, ann.do("POST", ann.path("/prove"), map[string]string{"password": "not this one"}), 401, "credentials")
	if a := ann.do("POST", ann.path("/prove"), map[string]string{"password": testPassword}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	wantKind(t, ann.do("POST", ann.path("/recovery/confirm"), map[string]string{"part": "ABCDE"}), 409, "no-recovery-code")
	var made struct{ Code, Secret, URI string }
	decode(t, ann.do("POST", ann.once("/recovery/new"), nil), &made)
	wantKind(t, ann.do("POST", ann.path("/recovery/confirm"), map[string]string{"part": made.Code[:5]}), 422, "recovery-part")
	if a := ann.do("POST", ann.path("/recovery/confirm"), map[string]string{"part": made.Code[len(made.Code)-5:]}); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	decode(t, ann.do("POST", ann.once("/totp/new"), nil), &made)
	wantKind(t, ann.do("POST", ann.path("/totp/confirm"), map[string]string{"code": "12345"}), 401, "second-factor")
	var me struct{ TOTP, Recovery bool }
	decode(t, ann.do("GET", ann.path("/me"), nil), &me)
	if me.TOTP || !me.Recovery || !strings.HasPrefix(made.URI, "otpauth://totp/Lares:ann?secret="+made.Secret) {
		t.Errorf("%+v %+v", me, made)
	}
	lost := r.stranger()
	nonce := media.NewClipID().String()
	body := map[string]string{"name": "ann", "code": "x", "password": testPassword + "!"}
	wantKind(t, lost.do("POST", "/api/recover/"+nonce, body), 401, "recovery-code")
	body["code"] = made.Code
	var in signedInView
	answer := lost.do("POST", "/api/recover/"+nonce, body)
	decode(t, answer, &in)
	if answer.StatusCode != 200 || in.Nonce != nonce || len(in.Recovery) != len(made.Code) || in.Recovery == made.Code || len(answer.Cookies()) != 1 {
		t.Fatalf("%s %s", answer.Status, bodyOf(t, answer))
	}
	if a := ann.do("GET", ann.path("/me"), nil); a.StatusCode != 404 {
		t.Errorf("the session before the recovery: %s", a.Status)
	}
	wantKind(t, r.stranger().do("POST", "/api/recover/"+nonce, body), 401, "recovery-code")
}
