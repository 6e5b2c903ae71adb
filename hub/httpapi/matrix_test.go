package httpapi

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

// cells is what each role gets of a route on the owner's camera and clip. The
// columns: owner; a member with live and history; one whose grant was revoked;
// another account; somebody signed out, with the old cookie and scope; nobody,
// who knows the owner's scope.
type cells struct{ owner, granted, revoked, other, signedOut, nobody int }

// written is the list of VAULT's and DESIGN's promises: what is not 404 here is
// a promise, and what is 404 is one too (HAZARDS Z1). Each noun adds its own, beside its tests.
var written = joined(map[string]cells{
	"GET /api/health":          {200, 200, 200, 200, 200, 200},
	"GET /api/hub":             {200, 200, 200, 200, 200, 200},
	"GET /":                    {200, 200, 200, 200, 200, 200},
	"GET /assets/:asset":       {200, 200, 200, 200, 200, 200},
	"POST /api/claim/:nonce":   {409, 409, 409, 409, 409, 409},
	"POST /api/sign-in/:nonce": {401, 401, 401, 401, 401, 401}, // with a wrong password
	"POST /api/resume/:nonce":  {200, 200, 200, 200, 401, 401},

	"POST /s/:scope/api/hub/confirm-rollback": {404, 404, 404, 404, 404, 404}, // nobody here is an operator, and nothing is to be confirmed

	"GET /s/:scope/api/me":          {200, 200, 200, 200, 404, 404},
	"POST /s/:scope/api/password":   {401, 401, 401, 401, 404, 404}, // with a wrong old one
	"GET /s/:scope/api/away":        {200, 200, 200, 200, 404, 404}, // each of themselves
	"PUT /s/:scope/api/away":        {204, 204, 204, 204, 404, 404},
	"GET /s/:scope/api/cameras":     {200, 200, 200, 200, 404, 404},
	"POST /s/:scope/api/cameras":    {400, 400, 400, 400, 404, 404}, // with a bad address
	"GET /s/:scope/api/events":      {200, 200, 200, 200, 404, 404},
	"GET /s/:scope/api/timeline":    {400, 400, 400, 400, 404, 404}, // of no camera: TestTimeline
	"POST /s/:scope/api/thumbnails": {400, 400, 400, 400, 404, 404}, // of no clip; what is on a page: TestThumbnails
	"GET /s/:scope/api/live":        {426, 426, 426, 426, 404, 404}, // without an upgrade

	"GET /s/:scope/api/candidates":       {200, 200, 200, 200, 404, 404},
	"POST /s/:scope/api/candidates/scan": {429, 429, 429, 204, 404, 404}, // the second in a row

	"POST /s/:scope/api/probes":                               {400, 400, 400, 400, 404, 404}, // of nothing
	"POST /s/:scope/api/probes/:probe/fix":                    {404, 404, 404, 404, 404, 404}, // a probe that never was
	"GET /s/:scope/api/probes/:probe/pictures/:channel/:role": {404, 404, 404, 404, 404, 404},

	"GET /s/:scope/api/cameras/:camera":                 {200, 200, 404, 404, 404, 404},
	"GET /s/:scope/api/cameras/:camera/talk":            {200, 404, 404, 404, 404, 404}, // without an upgrade
	"POST /s/:scope/api/cameras/:camera/trigger":        {202, 404, 404, 404, 404, 404},
	"GET /s/:scope/api/cameras/:camera/recordings":      {400, 400, 404, 404, 404, 404}, // of no span: TestRecordings
	"GET /s/:scope/api/cameras/:camera/gaps":            {400, 400, 404, 404, 404, 404}, // likewise
	"GET /s/:scope/api/cameras/:camera/seek":            {400, 400, 404, 404, 404, 404}, // to no time: TestSeek
	"GET /s/:scope/api/cameras/:camera/export":          {400, 404, 404, 404, 404, 404}, // without a time
	"POST /s/:scope/api/cameras/:camera/export":         {400, 404, 404, 404, 404, 404}, // likewise
	"GET /s/:scope/api/clips/:clip":                     {200, 200, 404, 404, 404, 404},
	"GET /s/:scope/api/clips/:clip/clip.mp4":            {200, 200, 404, 404, 404, 404},
	"GET /s/:scope/api/clips/:clip/init":                {200, 200, 404, 404, 404, 404},
	"GET /s/:scope/api/clips/:clip/fragments/:fragment": {200, 200, 404, 404, 404, 404},
	"GET /s/:scope/api/clips/:clip/thumbnail":           {200, 200, 404, 404, 404, 404},
	"GET /s/:scope/api/clips/:clip/thumbnail/small":     {200, 200, 404, 404, 404, 404},
	"GET /s/:scope/api/clips/:clip/preview":             {200, 200, 404, 404, 404, 404},
	"POST /s/:scope/api/clips/:clip/download":           {200, 404, 404, 404, 404, 404},
	"GET /d/:download":                                  {200, 404, 404, 404, 404, 404},

	"GET /s/:scope/api/tokens":             {200, 200, 200, 200, 404, 404},
	"POST /s/:scope/api/tokens/new/:nonce": {400, 400, 400, 400, 404, 404}, // without a camera
	"DELETE /s/:scope/api/tokens/:token":   {404, 404, 404, 404, 404, 404}, // of a token that never was
	// Only the owner shares, in person; what the path names is the revoked one.
	"PUT /s/:scope/api/cameras/:camera/privacy":        {204, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/privacy/times":  {204, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/event-rule":     {204, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/recording-plan": {204, 404, 404, 404, 404, 404},
	"GET /s/:scope/api/cameras/:camera/motion":         {200, 404, 404, 404, 404, 404},
	"GET /s/:scope/api/cameras/:camera/sound":          {200, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/motion":         {204, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/sound":          {204, 404, 404, 404, 404, 404},
	"GET /s/:scope/api/cameras/:camera/motion/heat":    {200, 404, 404, 404, 404, 404},

	// Where pictures go is the owner's alone, in person.
	"GET /s/:scope/api/cameras/:camera/detector":      {200, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/detector":      {204, 404, 404, 404, 404, 404},
	"DELETE /s/:scope/api/cameras/:camera/detector":   {204, 404, 404, 404, 404, 404},
	"POST /s/:scope/api/cameras/:camera/detector/try": {200, 404, 404, 404, 404, 404},
	"GET /s/:scope/api/exits":                         {200, 200, 200, 200, 404, 404},

	"GET /s/:scope/api/cameras/:camera/ptz":              {200, 404, 404, 404, 404, 404},
	"POST /s/:scope/api/cameras/:camera/ptz":             {204, 404, 404, 404, 404, 404},
	"GET /s/:scope/api/cameras/:camera/imaging":          {200, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/imaging":          {400, 404, 404, 404, 404, 404}, // nothing to change
	"GET /s/:scope/api/cameras/:camera/outputs":          {200, 404, 404, 404, 404, 404},
	"POST /s/:scope/api/cameras/:camera/outputs/:output": {404, 404, 404, 404, 404, 404}, // an output that never was
	"POST /s/:scope/api/cameras/:camera/reboot":          {400, 404, 404, 404, 404, 404}, // with what it does not take
	"GET /s/:scope/api/cameras/:camera/access":           {200, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/access":           {400, 404, 404, 404, 404, 404}, // to what is no camera
	"PUT /s/:scope/api/cameras/:camera/device":           {404, 404, 404, 404, 404, 404}, // none but the camera is there
	"PUT /s/:scope/api/cameras/:camera/name":             {204, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/elsewhere":        {404, 404, 404, 404, 404, 404}, // nothing claims to be it

	"GET /s/:scope/api/cameras/:camera/grants":                   {200, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/cameras/:camera/grants/:account":          {400, 404, 404, 404, 404, 404}, // with no action
	"DELETE /s/:scope/api/cameras/:camera/grants/:account":       {204, 404, 404, 404, 404, 404},
	"POST /s/:scope/api/cameras/:camera/grants/:account/confirm": {404, 404, 404, 404, 404, 404}, // no grant

	"POST /s/:scope/api/clips/:clip/links/new/:nonce": {400, 404, 404, 404, 404, 404}, // without a number of views
	"GET /s/:scope/api/links":                         {200, 200, 200, 200, 404, 404},
	"DELETE /s/:scope/api/links/:link":                {404, 404, 404, 404, 404, 404}, // of a link that never was

	"GET /guest":                              {200, 200, 200, 200, 200, 200},
	"POST /api/guest/:nonce":                  {401, 401, 401, 401, 401, 401}, // with a wrong secret
	"GET /s/:scope/guest/clip":                {404, 404, 404, 404, 404, 404}, // for guests alone
	"GET /s/:scope/guest/clip.mp4":            {404, 404, 404, 404, 404, 404},
	"GET /s/:scope/guest/init":                {404, 404, 404, 404, 404, 404},
	"GET /s/:scope/guest/fragments/:fragment": {404, 404, 404, 404, 404, 404},
	"GET /s/:scope/guest/thumbnail":           {404, 404, 404, 404, 404, 404},

	"POST /s/:scope/api/cameras/:camera/transfer":   {400, 404, 404, 404, 404, 404}, // to nobody
	"GET /s/:scope/api/transfers":                   {200, 200, 200, 200, 404, 404},
	"POST /s/:scope/api/transfers/:transfer/accept": {404, 404, 404, 404, 404, 404}, // an offer that never was
	"DELETE /s/:scope/api/transfers/:transfer":      {404, 404, 404, 404, 404, 404},

	"GET /s/:scope/api/events/:event":           {200, 200, 404, 404, 404, 404},
	"GET /s/:scope/api/events/:event/ignoring":  {200, 404, 404, 404, 404, 404}, // needs manage as well
	"POST /s/:scope/api/events/:event/evidence": {200, 404, 404, 404, 404, 404},
	"PUT /s/:scope/api/events/:event/star":      {204, 404, 404, 404, 404, 404},
	"DELETE /s/:scope/api/events/:event/star":   {204, 404, 404, 404, 404, 404},
	"DELETE /s/:scope/api/events/:event":        {204, 404, 404, 404, 404, 404},

	"DELETE /s/:scope/api/cameras/:camera": {204, 404, 404, 404, 404, 404},
	"POST /s/:scope/api/sign-out":          {204, 204, 204, 204, 404, 404},
}, writtenPeople, writtenJournal, writtenRetention)

var bodies = joined(map[string]map[string]any{
	"POST /api/claim/:nonce":               {"code": "x", "name": "eve", "password": testPassword},
	"POST /api/sign-in/:nonce":             {"name": "nobody of this name", "password": testPassword},
	"POST /s/:scope/api/password":          {"old": "not this one at all", "new": testPassword},
	"POST /s/:scope/api/cameras":           {"name": "x", "main": "exec:ls"},
	"POST /s/:scope/api/tokens/new/:nonce": {"name": "x"},
	"POST /api/guest/:nonce":               {"secret": "x"},

	"POST /s/:scope/api/probes/:probe/fix":               {"fixes": []string{"clock"}},
	"PUT /s/:scope/api/cameras/:camera/privacy":          {"off": false},
	"PUT /s/:scope/api/cameras/:camera/privacy/times":    {"times": []any{}},
	"PUT /s/:scope/api/cameras/:camera/event-rule":       {"when": "always"},
	"PUT /s/:scope/api/cameras/:camera/recording-plan":   {"mode": "events"},
	"PUT /s/:scope/api/away":                             {"away": false},
	"PUT /s/:scope/api/cameras/:camera/motion":           {"off": true, "settings": map[string]any{}},
	"PUT /s/:scope/api/cameras/:camera/sound":            {"on": false, "settings": map[string]any{}},
	"PUT /s/:scope/api/cameras/:camera/detector":         {"address": "http://192.168.1.20:32168"},
	"POST /s/:scope/api/cameras/:camera/detector/try":    {"address": "http://192.168.1.20:32168"},
	"POST /s/:scope/api/cameras/:camera/ptz":             {"stop": true},
	"POST /s/:scope/api/cameras/:camera/outputs/:output": {"on": true},
	"POST /s/:scope/api/cameras/:camera/reboot":          {"hard": true},
	"PUT /s/:scope/api/cameras/:camera/access":           {"main": "exec:ls"},
	"PUT /s/:scope/api/cameras/:camera/device":           {"device": "00112233445566778899aabbccddeeff"},
	"PUT /s/:scope/api/cameras/:camera/name":             {"name": "alice front"},
	"PUT /s/:scope/api/cameras/:camera/elsewhere":        {"address": "192.0.2.1", "mine": true},
	"PUT /s/:scope/api/cameras/:camera/grants/:account":  {"history": "now"},
}, peopleBodies, retentionBodies)

// joined is one map of several that have no key in common.
func joined[V any](all ...map[string]V) map[string]V {
	out := map[string]V{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// shape is an answer without what may differ: its date, and in a private 200
// everything.
func shape(t testing.TB, r *http.Response) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, r.Proto, r.Status, r.ContentLength, r.TransferEncoding, r.Close)
	names := make([]string, 0, len(r.Header))
	for k := range r.Header {
		if k != "Date" {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	for _, k := range names {
		fmt.Fprintln(&b, k, r.Header[k])
	}
	b.Write(bodyOf(t, r))
	return b.String()
}

// TestMatrix asks every route of the router as everybody and compares with the
// written list; every 404 is the same bytes, headers included.
func TestMatrix(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, other := r.person("alice"), r.person("bob")
	cam, _ := owner.camera(fakecam.Options{Name: "alice front", Audio: true})
	clip := owner.filmed(cam)
	granted, revoked := r.person("carol"), r.person("dave")
	r.grant(owner, cam, granted, gate.Live, gate.History)
	r.grant(owner, cam, revoked, gate.Live, gate.History, gate.Export, gate.Manage)
	if a := revoked.do("GET", revoked.path("/clips/%s", clip), nil); a.StatusCode != 200 {
		t.Fatalf("the grant to be revoked never worked: %s", a.Status)
	}
	must(t, r.gate.Revoke(t.Context(), r.caller(owner), cam, r.caller(revoked).Account))
	signedOut := r.signIn("alice")
	if a := signedOut.do("POST", signedOut.path("/sign-out"), nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	nobody := r.stranger()
	nobody.scope = owner.scope

	for _, x := range r.server.app.GetRoutes(true) {
		if _, ok := written[x.Method+" "+x.Path]; !ok && x.Method != "HEAD" && x.Path != "/" {
			t.Errorf("the router answers %s %s, which is not written", x.Method, x.Path)
		}
	}
	table := routes()
	last := func(a route) int { // what ends clips, cameras and sessions comes last
		return slices.Index([]string{"DELETE " + eventPath, "DELETE " + cameraPath, "POST " + scopePath + "/sign-out"}, a.method+" "+a.path)
	}
	slices.SortStableFunc(table, func(a, b route) int { return last(a) - last(b) })
	absent := shape(t, other.do("GET", "/nothing/here", nil))
	for _, x := range table {
		name := x.method + " " + x.path
		want, ok := written[name]
		if !ok {
			t.Errorf("%s is not written", name)
			continue
		}
		for _, c := range []struct {
			role string
			who  *person
			want int
		}{
			{"nobody", nobody, want.nobody}, {"signed out", signedOut, want.signedOut}, {"other", other, want.other},
			{"revoked", revoked, want.revoked}, {"granted", granted, want.granted}, {"owner", owner, want.owner},
		} {
			answer := c.who.do(x.method, fillPath(t, x, c.who, owner, cam, clip), orNil(bodies[name]))
			wantGuarded(t, name, butOwnTag(t, x, answer))
			if answer.StatusCode != c.want {
				t.Errorf("%s as %s: %s, want %d: %.200s", name, c.role, answer.Status, c.want, bodyOf(t, answer))
			}
			if answer.StatusCode == 404 && shape(t, answer) != absent {
				t.Errorf("%s as %s: the 404 differs from an unknown path's:\n%s\n%s", name, c.role, shape(t, answer), absent)
			}
			checkPrivate(t, x, c.role, c.who, answer)
			if x.policy == public && shape(t, answer) != shape(t, nobody.do(x.method, fillPath(t, x, nobody, owner, cam, clip), nil)) {
				t.Errorf("%s differs for %s (W3)", name, c.role)
			}
		}
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// checkPrivate holds a private answer against W6 and W8: nothing a cache could
// keep, and whose it is.
func checkPrivate(t *testing.T, x route, role string, who *person, answer *http.Response) {
	t.Helper()
	if x.policy == public || answer.StatusCode >= 300 {
		return
	}
	if got := answer.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("%s %s as %s: Cache-Control %q", x.method, x.path, role, got)
	}
	if x.policy == scoped && strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") &&
		!bytes.HasPrefix(bodyOf(t, answer), []byte(`{"account":"`+who.id+`"`)) {
		t.Errorf("%s %s as %s: whose is %.80s", x.method, x.path, role, bodyOf(t, answer))
	}
	if bytes.Contains(bodyOf(t, answer), []byte(who.token)) && who.token != "" {
		t.Errorf("%s %s as %s: the token is in the body", x.method, x.path, role)
	}
}

func orNil(m map[string]any) any {
	if m == nil {
		return nil
	}
	return m
}

// butOwnTag is the headers of an answer without the one validator that there is: of what a download's
// own address sends.
func butOwnTag(t testing.TB, x route, answer *http.Response) http.Header {
	t.Helper()
	h := answer.Header.Clone()
	if x.policy == download && answer.StatusCode == http.StatusOK {
		if len(h.Get("ETag")) < 20 {
			t.Errorf("a download has the ETag %q", h.Get("ETag"))
		}
		h.Del("ETag")
	}
	return h
}

// fillPath names the owner's things in the asker's own scope.
func fillPath(t testing.TB, x route, who, owner *person, cam media.CameraID, clip media.ClipID) string {
	t.Helper()
	ticket := "0"
	if strings.Contains(x.path, ":download") {
		var made struct{ URL string }
		decode(t, owner.do("POST", owner.path("/clips/%s/download", clip), nil), &made)
		ticket = strings.TrimPrefix(made.URL, "/d/")
	}
	if strings.Contains(x.path, ":event") {
		row, err := who.r.store.Clip(t.Context(), clip)
		must(t, err)
		x.path = strings.ReplaceAll(x.path, ":event", row.Event.String())
	}
	return strings.NewReplacer(":scope", who.scope, ":camera", cam.String(), ":clip", clip.String(), ":nonce", media.NewClipID().String(),
		":fragment", strconv.Itoa(0), ":asset", "index-1a2b.js", ":download", ticket, ":token", media.NewClipID().String(), ":link", media.NewClipID().String(), ":account", strings.Repeat("0a", 16),
		":transfer", media.NewClipID().String(), ":probe", media.NewProbeID().String(), ":channel", "1", ":role", "main", ":output", strings.Repeat("0", 16)).Replace(fillPeople(t, x.path, owner))
}

// caller is the person as the gate sees them.
func (r *rig) caller(p *person) account.Caller {
	r.t.Helper()
	c, err := r.accounts.Authenticate(r.t.Context(), p.token, p.scope)
	must(r.t, err)
	return c
}

func (r *rig) grant(owner *person, cam media.CameraID, to *person, actions ...gate.Action) {
	r.t.Helper()
	must(r.t, r.gate.Grant(r.t.Context(), r.caller(owner), gate.GrantRequest{
		Camera: cam, Account: r.caller(to).Account, Actions: actions, History: gate.FromStart,
	}))
}

// TestForeignAndAbsentLookTheSame compares, for every route that names
// something, another account's thing with one that never was, and with ids that
// are none (HAZARDS W2, Z1).
func TestForeignAndAbsentLookTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, other := r.person("alice"), r.person("bob")
	cam, _ := owner.camera(fakecam.Options{Name: "alice front"})
	clip := owner.clip(cam)
	absent := shape(t, other.do("GET", "/nothing/here", nil))
	for _, x := range routes() {
		if x.policy != scoped && x.policy != download {
			continue
		}
		path := fillPath(t, x, other, owner, cam, clip)
		scope := strings.NewReplacer(other.scope, owner.scope)
		tries := map[string]string{
			"another session's scope": scope.Replace(path),
			"no scope":                strings.Replace(path, other.scope, strings.Repeat("0", 32), 1),
			"upper case scope":        strings.Replace(path, other.scope, strings.ToUpper(other.scope), 1),
			"trailing slash":          path + "/",
			"escaped":                 strings.Replace(path, "/api", "/%61pi", 1),
		}
		if x.object != none {
			tries["foreign"] = path
			row, err := r.store.Clip(t.Context(), clip)
			must(t, err)
			event := row.Event.String()
			swap := strings.NewReplacer(cam.String(), media.NewCameraID().String(), clip.String(), media.NewClipID().String(), event, media.NewEventID().String())
			tries["absent"] = swap.Replace(path)
			for _, bad := range []string{"0", "..%2f..%2fetc", strings.Repeat("g", 32), strings.ToUpper(cam.String()), cam.String() + "%00"} {
				tries["id "+bad] = strings.NewReplacer(cam.String(), bad, clip.String(), bad, event, bad).Replace(path)
			}
		}
		if x.policy == download {
			tries = map[string]string{"foreign": path, "absent": "/d/" + media.NewClipID().String(), "none": "/d/x"}
		}
		for name, try := range tries {
			if got := shape(t, other.do(x.method, try, nil)); got != absent {
				t.Errorf("%s %s, %s:\n%s\nnot\n%s", x.method, x.path, name, got, absent)
			}
		}
	}
}

// TestConnectionBelongsToItsSession: another session on a kept connection is
// refused and the connection closed (VAULT §4).
func TestConnectionBelongsToItsSession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	if a := alice.do("GET", alice.path("/me"), nil); a.StatusCode != 200 {
		t.Fatal(a.Status)
	}
	crossed := *bob
	crossed.client = alice.client // a pooling proxy, as it were
	for range 2 {
		answer := crossed.do("GET", crossed.path("/me"), nil)
		if answer.StatusCode == 200 {
			continue // the pool made a connection after the refusal
		}
		wantProblem(t, answer, http.StatusMisdirectedRequest)
		if !answer.Close || bytes.Contains(bodyOf(t, answer), []byte(bob.id)) {
			t.Errorf("close %v: %s", answer.Close, bodyOf(t, answer))
		}
		return
	}
	t.Error("one connection served two sessions")
}
