package httpapi

import (
	"bytes"
	"strings"
	"testing"

	"lares/cameras/fakecam"
)

// tokenCells is what programs get of a route on their maker's camera and clip.
// The columns: a token for that camera with live, history, export and manage; a
// token of somebody else for a camera of theirs; one that was ended.
type tokenCells struct{ token, foreign, ended int }

// tokensWritten lists every route that lets programs in; all other scoped ones
// are 404 for them, and that is a promise too (HAZARDS A13).
var tokensWritten = map[string]tokenCells{
	"POST /api/resume/:nonce": {200, 200, 401},

	"GET /s/:scope/api/me":          {200, 200, 404},
	"GET /s/:scope/api/away":        {404, 404, 404}, // these tokens may not: TestAwayOfTokens
	"PUT /s/:scope/api/away":        {404, 404, 404},
	"GET /s/:scope/api/cameras":     {200, 200, 404},
	"GET /s/:scope/api/events":      {200, 200, 404},
	"GET /s/:scope/api/timeline":    {400, 400, 404}, // of no camera: TestTimeline
	"POST /s/:scope/api/thumbnails": {400, 400, 404}, // without a list
	"GET /s/:scope/api/live":        {426, 426, 404}, // without an upgrade

	"GET /s/:scope/api/events/:event":           {200, 404, 404},
	"GET /s/:scope/api/events/:event/ignoring":  {200, 404, 404},
	"POST /s/:scope/api/events/:event/evidence": {200, 404, 404},
	"DELETE /s/:scope/api/events/:event":        {404, 404, 404}, // these tokens may not
	"PUT /s/:scope/api/events/:event/star":      {404, 404, 404},
	"DELETE /s/:scope/api/events/:event/star":   {404, 404, 404},

	"GET /s/:scope/api/cameras/:camera":                  {200, 404, 404},
	"GET /s/:scope/api/cameras/:camera/talk":             {404, 404, 404}, // these tokens may not
	"POST /s/:scope/api/cameras/:camera/trigger":         {202, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/privacy":          {204, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/event-rule":       {204, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/recording-plan":   {204, 404, 404},
	"GET /s/:scope/api/cameras/:camera/retention":        {200, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/pool":             {204, 404, 404},
	"GET /s/:scope/api/cameras/:camera/motion":           {200, 404, 404},
	"GET /s/:scope/api/cameras/:camera/sound":            {200, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/motion":           {204, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/sound":            {204, 404, 404},
	"GET /s/:scope/api/cameras/:camera/motion/heat":      {200, 404, 404},
	"GET /s/:scope/api/cameras/:camera/ptz":              {404, 404, 404}, // these tokens may not
	"POST /s/:scope/api/cameras/:camera/ptz":             {404, 404, 404},
	"GET /s/:scope/api/cameras/:camera/imaging":          {200, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/imaging":          {400, 404, 404}, // nothing to change
	"GET /s/:scope/api/cameras/:camera/outputs":          {200, 404, 404},
	"POST /s/:scope/api/cameras/:camera/outputs/:output": {404, 404, 404}, // an output that never was

	"GET /s/:scope/api/cameras/:camera/recordings":      {400, 404, 404}, // of no span
	"GET /s/:scope/api/cameras/:camera/gaps":            {400, 404, 404}, // likewise
	"GET /s/:scope/api/cameras/:camera/seek":            {400, 404, 404}, // to no time
	"GET /s/:scope/api/cameras/:camera/export":          {400, 404, 404}, // without a time
	"POST /s/:scope/api/cameras/:camera/export":         {400, 404, 404}, // likewise
	"GET /s/:scope/api/clips/:clip":                     {200, 404, 404},
	"GET /s/:scope/api/clips/:clip/clip.mp4":            {200, 404, 404},
	"GET /s/:scope/api/clips/:clip/init":                {200, 404, 404},
	"GET /s/:scope/api/clips/:clip/fragments/:fragment": {200, 404, 404},
	"GET /s/:scope/api/clips/:clip/thumbnail":           {200, 404, 404},
	"GET /s/:scope/api/clips/:clip/thumbnail/small":     {200, 404, 404},
	"GET /s/:scope/api/clips/:clip/preview":             {200, 404, 404},
	"POST /s/:scope/api/clips/:clip/download":           {200, 404, 404},
	"GET /d/:download":                                  {200, 404, 404},
}

// TestMatrixOfTokensAndGuests asks every route as programs and as a guest.
// Together with TestMatrix it is the whole of who gets what.
func TestMatrixOfTokensAndGuests(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, other := r.person("alice"), r.person("bob")
	cam, _ := owner.camera(fakecam.Options{Name: "alice front", Audio: true})
	theirs, _ := other.camera(fakecam.Options{Name: "bob front"})
	clip := owner.filmed(cam)
	all := []string{"live", "audio", "history", "export", "manage"}
	token, _ := owner.program(asked{cam.String(), all, "all"})
	foreign, _ := other.program(asked{theirs.String(), all, "all"})
	ended, id := owner.program(asked{cam.String(), all, "all"})
	if a := owner.do("DELETE", owner.path("/tokens/%s", id), nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	_, secret := owner.link(clip, 1)
	visitor := r.visitor(secret)
	absent := shape(t, r.stranger().do("GET", "/nothing/here", nil))
	named := 0
	for _, x := range routes() {
		name := x.method + " " + x.path
		want, ok := tokensWritten[name]
		asGuest := 404
		switch {
		case ok:
			named++
			if x.policy == entrance {
				asGuest = 401
			}
		case x.policy == public, x.policy == entrance: // does not look at who asks
			n := written[name].nobody
			want, asGuest = tokenCells{n, n, n}, n
		case x.policy == guest:
			want, asGuest = tokenCells{404, 404, 404}, 200
		case x.rules&tokensToo != 0:
			t.Errorf("%s lets programs in and is not written", name)
			continue
		default:
			want = tokenCells{404, 404, 404}
		}
		for _, c := range []struct {
			role string
			who  *person
			want int
		}{{"a foreign token", foreign, want.foreign}, {"an ended token", ended, want.ended}, {"a guest", visitor, asGuest}, {"a token", token, want.token}} {
			answer := c.who.do(x.method, fillPath(t, x, c.who, token, cam, clip), orNil(bodies[name]))
			wantGuarded(t, name, butOwnTag(t, x, answer))
			if answer.StatusCode != c.want {
				t.Errorf("%s as %s: %s, want %d: %.200s", name, c.role, answer.Status, c.want, bodyOf(t, answer))
			}
			if answer.StatusCode == 404 && shape(t, answer) != absent {
				t.Errorf("%s as %s: the 404 differs from an unknown path's:\n%s\n%s", name, c.role, shape(t, answer), absent)
			}
			checkPrivate(t, x, c.role, c.who, answer)
			if x.policy == guest {
				checkGuests(t, name, c.who, answer.StatusCode, answer.Header.Get("Content-Type"), bodyOf(t, answer))
			}
			for _, secret := range []string{c.who.bearer, c.who.guest} {
				if secret != "" && bytes.Contains(bodyOf(t, answer), []byte(strings.TrimPrefix(secret, "lares_"))) {
					t.Errorf("%s as %s: the secret is in the body", name, c.role)
				}
			}
		}
	}
	if named != len(tokensWritten) {
		t.Errorf("%d routes are written and %d of them are there", len(tokensWritten), named)
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// TestMatrixOfTheOperator asks every route but the operators' own as an operator
// who owns nothing and was granted nothing: the answer is the one for anybody
// else. To run the hub is no right to see.
func TestMatrixOfTheOperator(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	operator := r.person("olga") // the first
	owner := r.person("alice")
	cam, _ := owner.camera(fakecam.Options{Name: "alice front", Audio: true})
	clip := owner.clip(cam)
	if !r.caller(operator).Operator || r.caller(owner).Operator {
		t.Fatal("the wrong operator")
	}
	absent := shape(t, operator.do("GET", "/nothing/here", nil))
	for _, x := range routes() {
		name := x.method + " " + x.path
		if x.rules&operators != 0 || x.policy == public || x.policy == entrance {
			continue
		}
		if a := operator.do("GET", operator.path("/me"), nil); a.StatusCode != 200 { // the route before ended the session
			operator = r.signIn("olga")
		}
		answer := operator.do(x.method, fillPath(t, x, operator, owner, cam, clip), orNil(bodies[name]))
		if want := written[name].other; answer.StatusCode != want {
			t.Errorf("%s as an operator: %s, want %d: %.200s", name, answer.Status, want, bodyOf(t, answer))
		}
		if answer.StatusCode == 404 && shape(t, answer) != absent {
			t.Errorf("%s as an operator: the 404 differs from an unknown path's:\n%s\n%s", name, shape(t, answer), absent)
		}
		for _, secret := range []string{"alice front", cam.String(), clip.String()} {
			if bytes.Contains(bodyOf(t, answer), []byte(secret)) {
				t.Errorf("%s tells an operator %q", name, secret)
			}
		}
	}
}

// checkGuests holds an answer to a guest against W6 and W8: whose it is.
func checkGuests(t *testing.T, name string, who *person, status int, contentType string, body []byte) {
	t.Helper()
	if status < 300 && strings.HasPrefix(contentType, "application/json") && !bytes.HasPrefix(body, []byte(`{"guest":"`+who.id+`"`)) {
		t.Errorf("%s: whose is %.80s", name, body)
	}
}
