package httpapi

import (
	"testing"

	"lares/cameras/fakecam"
	"lares/hub/gate"
)

// TestEventRule: when events begin is said and told to who manages the camera; what
// cannot be meant is refused by its field.
func TestEventRule(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, carol := r.person("alice"), r.person("carol")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	r.grant(alice, id, carol, gate.Live, gate.History)
	shown := func(who *person) *eventRuleView {
		t.Helper()
		var one struct{ Camera cameraView }
		decode(t, who.do("GET", who.path("/cameras/%s", id), nil), &one)
		return one.Camera.EventRule
	}
	if v := shown(alice); v == nil || v.When != "always" || !v.Armed || *v.Away || len(v.Times) != 0 || v.Unreadable {
		t.Errorf("at first shown as %+v", v)
	}
	put := func(body map[string]any) int {
		t.Helper()
		return alice.do("PUT", alice.path("/cameras/%s/event-rule", id), body).StatusCode
	}
	if got := put(map[string]any{"when": "away"}); got != 204 {
		t.Fatal(got)
	}
	if v := shown(alice); v.When != "away" || v.Armed || *v.Away || !v.Until.IsZero() {
		t.Errorf("at home shown as %+v", v)
	}
	if a := alice.do("PUT", alice.path("/away"), map[string]any{"away": true}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	if v := shown(alice); !v.Armed || !*v.Away {
		t.Errorf("away shown as %+v", v)
	}
	if v := shown(carol); v != nil {
		t.Errorf("who only looks is told %+v", v)
	}
	r.grant(alice, id, carol, gate.Live, gate.Manage)
	if v := shown(carol); v == nil || !v.Armed || v.Away != nil {
		t.Errorf("who manages it is told %+v", v)
	}
	week := []any{map[string]any{"days": []string{"friday", "saturday"}, "from": "22:00", "to": "06:30"}}
	if got := put(map[string]any{"when": "weekly", "times": week}); got != 204 {
		t.Fatal(got)
	}
	if v := shown(alice); v.When != "weekly" || len(v.Times) != 1 || v.Times[0].From != "22:00" || v.Times[0].To != "06:30" || v.Until.IsZero() || len(v.Clock) != len("21:05") {
		t.Errorf("by the week shown as %+v", v)
	}
	for field, body := range map[string]map[string]any{
		"when":  {"when": "never"},
		"times": {"when": "weekly", "times": []any{}},
		"from":  {"when": "away", "times": []any{map[string]any{"days": []string{"monday"}, "from": "24:00", "to": "06:00"}}},
	} {
		var p struct{ Type, Field string }
		answer := alice.do("PUT", alice.path("/cameras/%s/event-rule", id), body)
		if decode(t, answer, &p); answer.StatusCode != 400 || p.Field != field {
			t.Errorf("%v: %s, field %q", body, answer.Status, p.Field)
		}
	}
}

// TestAwayOfTokens: a program that was made for it says whether its maker is away, and
// sees nothing of cameras; each account's word is its own.
func TestAwayOfTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	cam, _ := alice.camera(fakecam.Options{Name: "front"})
	home, id := alice.programOf(map[string]any{"name": "home", "cameras": []any{}, "away": true})
	is := func(who *person, want bool) {
		t.Helper()
		var told struct {
			Account string
			Away    bool
			Since   moment
		}
		answer := who.do("GET", who.path("/away"), nil)
		if decode(t, answer, &told); answer.StatusCode != 200 || told.Account != who.id || told.Away != want || told.Since.IsZero() == want {
			t.Errorf("%s is told %s, %+v", who.name, answer.Status, told)
		}
	}
	for _, away := range []bool{true, false, true} {
		if a := home.do("PUT", home.path("/away"), map[string]any{"away": away}, "Sec-Fetch-Site: "); a.StatusCode != 204 {
			t.Fatal(a.Status)
		}
		is(home, away)
		is(alice, away)
		is(bob, false)
	}
	if a := home.do("GET", home.path("/cameras/%s", cam), nil); a.StatusCode != 404 {
		t.Errorf("it asks for a camera: %s", a.Status)
	}
	var list struct{ Tokens []tokenView }
	decode(t, alice.do("GET", alice.path("/tokens"), nil), &list)
	if len(list.Tokens) != 1 || !list.Tokens[0].Away || len(list.Tokens[0].Cameras) != 0 {
		t.Errorf("%+v", list.Tokens)
	}
	if a := alice.do("DELETE", alice.path("/tokens/%s", id), nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	if a := home.do("PUT", home.path("/away"), map[string]any{"away": false}, "Sec-Fetch-Site: "); a.StatusCode != 404 {
		t.Errorf("a token that was ended: %s", a.Status)
	}
	is(alice, true)
}
