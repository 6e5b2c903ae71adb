package httpapi

import (
	"net/url"
	"testing"

	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

// list asks for events with these parameters and says which came.
func (p *person) list(query string) (ids []media.EventID) {
	p.r.t.Helper()
	answer := p.do("GET", p.path("/events?%s", query), nil)
	if answer.StatusCode != 200 {
		p.r.t.Fatalf("%s: %s %s", query, answer.Status, bodyOf(p.r.t, answer))
	}
	var page struct{ Events []eventView }
	decode(p.r.t, answer, &page)
	for _, e := range page.Events {
		ids = append(ids, e.ID)
	}
	return ids
}

// TestEventFilters: the parameters of a list select, and what is none is refused
// by its name.
func TestEventFilters(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	door := r.quietCamera(alice, "door")
	first := r.notice(door, recorder.EventText{Class: "person", Zone: "path", Labels: []string{"red coat"}})
	second := r.notice(door, recorder.EventText{Class: "cat"})
	if a := alice.do("PUT", alice.path("/events/%s/star", first.Event), nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	since := url.QueryEscape(second.Start.Format("2006-01-02T15:04:05.999999999Z07:00"))
	for query, want := range map[string][]media.EventID{
		"":                         {second.Event, first.Event},
		"class=cat":                {second.Event},
		"zone=path":                {first.Event},
		"text=coat":                {first.Event},
		"star=true":                {first.Event},
		"star=false":               {second.Event, first.Event},
		"kind=motion&class=person": {first.Event},
		"kind=sound":               nil,
		"since=" + since:           {second.Event},
		"until=" + since:           {first.Event},
	} {
		got := alice.list(query)
		if len(got) != len(want) {
			t.Errorf("%s: %v", query, got)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %v", query, got)
			}
		}
	}
	for field, query := range map[string]string{
		"kind": "kind=ghost", "star": "star=yes", "since": "since=yesterday", "until": "until=0001-01-01T00:00:00Z",
		"text": "text=%ff", "clas": "clas=cat",
	} {
		answer := alice.do("GET", alice.path("/events?%s", query), nil)
		if got := wantProblem(t, answer, 400); got != field {
			t.Errorf("%s: the field is %q", query, got)
		}
	}
}

// TestStarAndDelete: an event is starred, kept, and deleted with its clip; other
// pages hear of the star.
func TestStarAndDelete(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	clip := alice.clip(cam)
	row, err := r.store.Clip(t.Context(), clip)
	must(t, err)
	r.grant(alice, cam, bob, gate.History, gate.Star, gate.Delete)
	v := alice.feed()
	do := func(p *person, method, path string, want int) {
		t.Helper()
		if a := p.do(method, p.path(path, row.Event), nil); a.StatusCode != want {
			t.Errorf("%s %s: %s, want %d", method, path, a.Status, want)
		}
	}
	do(bob, "PUT", "/events/%s/star", 204)
	if e := v.event(); e.ID != row.Event || !e.Star {
		t.Errorf("alice hears %+v", e)
	}
	answer := alice.do("DELETE", alice.path("/events/%s", row.Event), nil)
	wantProblem(t, answer, 409)
	do(alice, "DELETE", "/events/%s/star", 204)
	do(bob, "DELETE", "/events/%s", 204)
	do(alice, "GET", "/events/%s", 404)
	if a := alice.do("GET", alice.path("/clips/%s", clip), nil); a.StatusCode != 404 {
		t.Errorf("the clip: %s", a.Status)
	}
	if _, err := r.recorder.Clip(t.Context(), cam, clip); err != recorder.ErrNoClip {
		t.Errorf("the file: %v", err)
	}
	if len(alice.list("")) != 0 {
		t.Error("a deleted event is listed")
	}
}
