package httpapi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

// TestOperatorSeesNothing: whoever runs the hub gets, of every route that names
// a camera or a clip, the bytes of an unknown path.
func TestOperatorSeesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	operator, owner := r.person("olga"), r.person("alice")
	if !r.caller(operator).Operator || r.caller(owner).Operator {
		t.Fatal("not the operator")
	}
	cam, _ := owner.camera(fakecam.Options{Name: "alice front", Audio: true})
	clip := owner.clip(cam)
	absent := shape(t, operator.do("GET", "/nothing/here", nil))
	named := 0
	for _, x := range routes() {
		if x.object == none && x.policy != download {
			continue
		}
		named++
		answer := operator.do(x.method, fillPath(t, x, operator, owner, cam, clip), orNil(bodies[x.method+" "+x.path]))
		if got := shape(t, answer); got != absent {
			t.Errorf("%s %s as the operator:\n%s", x.method, x.path, got)
		}
	}
	if named < 12 {
		t.Fatalf("only %d routes name something", named)
	}
	for _, path := range []string{"/cameras", "/events"} {
		if b := bodyOf(t, operator.do("GET", operator.path("%s", path), nil)); strings.Contains(string(b), cam.String()) || strings.Contains(string(b), "alice") {
			t.Errorf("%s tells the operator of another's camera: %s", path, b)
		}
	}
	v := operator.watchLive()
	v.watch(1, cam, "main")
	if m := v.until("ended"); m.text.Reason != "not found" {
		t.Errorf("%+v", m.text)
	}
}

type grantsAnswer struct{ Grants []grantView }

func (p *person) grants(cam media.CameraID) []grantView {
	p.r.t.Helper()
	var list grantsAnswer
	answer := p.do("GET", p.path("/cameras/%s/grants", cam), nil)
	if answer.StatusCode != 200 {
		p.r.t.Fatalf("grants: %s", answer.Status)
	}
	decode(p.r.t, answer, &list)
	return list.Grants
}

func (p *person) cameraView(cam media.CameraID) cameraView {
	p.r.t.Helper()
	var one struct{ Camera cameraView }
	answer := p.do("GET", p.path("/cameras/%s", cam), nil)
	if answer.StatusCode != 200 {
		p.r.t.Fatalf("camera: %s", answer.Status)
	}
	decode(p.r.t, answer, &one)
	return one.Camera
}

// TestGrants is sharing over HTTP: given, seen by both, changed, taken back.
func TestGrants(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	before := alice.clip(cam)
	path := alice.path("/cameras/%s/grants/%s", cam, bob.id)
	put := func(body map[string]any) {
		t.Helper()
		if a := alice.do("PUT", path, body); a.StatusCode != 204 {
			t.Fatalf("%s %s", a.Status, bodyOf(t, a))
		}
	}
	asked := time.Now()
	put(map[string]any{"actions": []string{"live", "history"}, "history": "now", "expires": asked.Add(time.Hour)})
	list := alice.grants(cam)
	if len(list) != 1 || list[0].Account.String() != bob.id || list[0].Name != "bob" || list[0].History != gate.FromNow || list[0].Unconfirmed ||
		!slices.Equal(list[0].Actions, []gate.Action{gate.Live, gate.History}) || time.Time(list[0].Expires).IsZero() {
		t.Fatalf("%+v", list)
	}
	from := time.Time(list[0].HistoryFrom)
	if from.Before(asked.Truncate(time.Millisecond)) || from.After(time.Now()) {
		t.Errorf("history from %v", from)
	}
	if v := alice.cameraView(cam); v.Shared == nil || *v.Shared != 1 || v.Granted != nil || v.Retired {
		t.Errorf("the owner sees %+v", v)
	}
	if v := bob.cameraView(cam); v.Shared != nil || v.Granted == nil || !time.Time(v.Granted.HistoryFrom).Equal(from) || time.Time(v.Granted.Expires).IsZero() {
		t.Errorf("bob sees %+v", v)
	}
	if a := bob.do("GET", bob.path("/clips/%s", before), nil); a.StatusCode != 404 {
		t.Errorf("from now, a clip from before: %s", a.Status)
	}
	// A clip begins before what starts it, by the pre-roll and a distance of IDRs.
	wait(t, "what came before the grant to have passed", func() bool { return time.Since(from) > 3*time.Second })
	after := alice.clip(cam)
	// Another change keeps the day, the keys, and what was recorded since.
	put(map[string]any{"actions": []string{"live", "history", "manage"}, "history": "now"})
	list = alice.grants(cam)
	if len(list) != 1 || !time.Time(list[0].HistoryFrom).Equal(from) || !time.Time(list[0].Expires).IsZero() {
		t.Errorf("changed: %+v", list)
	}
	if a := bob.do("GET", bob.path("/clips/%s/init", after), nil); a.StatusCode != 200 {
		t.Errorf("a clip since the grant: %s", a.Status)
	}
	// Who manages does not share: neither lists, gives nor takes.
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		at, body := bob.path("/cameras/%s/grants", cam), any(nil)
		if method != "GET" {
			at += "/" + bob.id
		}
		if method == "PUT" {
			body = map[string]any{"actions": []string{"live"}, "history": "all"}
		}
		if a := bob.do(method, at, body); a.StatusCode != 404 {
			t.Errorf("%s by a grantee: %s", method, a.Status)
		}
	}
	put(map[string]any{"actions": []string{"history"}, "history": "all"})
	if a := bob.do("GET", bob.path("/clips/%s/init", before), nil); a.StatusCode != 200 {
		t.Errorf("all history: %s", a.Status)
	}
	put(map[string]any{"actions": []string{"history"}, "history": "now"}) // less than before
	if a := bob.do("GET", bob.path("/clips/%s/init", before), nil); a.StatusCode != 404 {
		t.Errorf("no longer all history: %s", a.Status)
	}
	if a := alice.do("DELETE", path, nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	if n := len(alice.grants(cam)); n != 0 {
		t.Errorf("%d grants after the revoke", n)
	}
	if a := bob.do("GET", bob.path("/cameras/%s", cam), nil); a.StatusCode != 404 {
		t.Errorf("after the revoke: %s", a.Status)
	}
}

// TestGrantRefused: what cannot be shared, and a password that was given too
// long ago.
func TestGrantRefused(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	for name, c := range map[string]struct {
		who    string
		body   map[string]any
		status int
		field  string
	}{
		"no action":      {bob.id, map[string]any{"history": "now"}, 400, "actions"},
		"unknown action": {bob.id, map[string]any{"history": "now", "actions": []string{"everything"}}, 400, "actions"},
		"no history":     {bob.id, map[string]any{"actions": []string{"live"}}, 400, "history"},
		"odd history":    {bob.id, map[string]any{"history": "yesterday", "actions": []string{"live"}}, 400, "history"},
		"past":           {bob.id, map[string]any{"history": "now", "actions": []string{"live"}, "expires": time.Now().Add(-time.Minute)}, 400, "expires"},
		"no time":        {bob.id, map[string]any{"history": "now", "actions": []string{"live"}, "expires": "tomorrow"}, 400, "expires"},
		"oneself":        {alice.id, map[string]any{"history": "now", "actions": []string{"live"}}, 400, ""},
		"nobody":         {media.NewCameraID().String(), map[string]any{"history": "now", "actions": []string{"live"}}, 400, ""},
		"no id":          {"bob", map[string]any{"history": "now", "actions": []string{"live"}}, 404, ""},
	} {
		a := alice.do("PUT", alice.path("/cameras/%s/grants/%s", cam, c.who), c.body)
		var p struct{ Field string }
		decode(t, a, &p)
		if a.StatusCode != c.status || p.Field != c.field {
			t.Errorf("%s: %s %s", name, a.Status, bodyOf(t, a))
		}
	}
	if n := len(alice.grants(cam)); n != 0 {
		t.Fatalf("%d grants", n)
	}
	r.ahead.by.Store(int64(account.ProofLife + time.Second))
	a := alice.do("PUT", alice.path("/cameras/%s/grants/%s", cam, bob.id), map[string]any{"history": "now", "actions": []string{"live"}})
	var p struct{ Type string }
	decode(t, a, &p)
	if a.StatusCode != 403 || p.Type != "urn:lares:problem:password-again" {
		t.Errorf("an old proof: %s %s", a.Status, bodyOf(t, a))
	}
}
