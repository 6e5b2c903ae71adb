package httpapi

import (
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
)

// TestTriggerSays: who begins an event over the interface says what it is: it is listed, found,
// and told to who may look back.
func TestTriggerSays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	door, _ := alice.camera(fakecam.Options{Name: "alice door"})
	r.grant(alice, door, bob, gate.Live, gate.History)
	path := alice.path("/cameras/%s/trigger", door)
	for _, c := range []struct {
		body  map[string]any
		field string
	}{
		{map[string]any{"kind": "person"}, "kind"},
		{map[string]any{"kind": ""}, "kind"},
		{map[string]any{"kind": 1}, "kind"},
		{map[string]any{"class": strings.Repeat("é", maxClass+1)}, "class"},
		{map[string]any{"text": strings.Repeat("é", maxWords+1)}, "text"},
		{map[string]any{"text": "two\nlines"}, "text"},
		{map[string]any{"zone": "gate"}, "zone"},
	} {
		var p struct{ Field string }
		if a := alice.do("POST", path, c.body); a.StatusCode != 400 {
			t.Errorf("%v: %s", c.body, a.Status)
		} else if decode(t, a, &p); p.Field != c.field {
			t.Errorf("%v: field %q", c.body, p.Field)
		}
	}
	says := map[string]any{"kind": "doorbell", "class": " parcel ", "text": "The courier’s box is open"}
	answer := alice.do("POST", path, says)
	if answer.StatusCode != 202 {
		t.Fatalf("%s %s", answer.Status, bodyOf(t, answer))
	}
	var began struct{ Event media.EventID }
	decode(t, answer, &began)
	for _, who := range []*person{alice, bob} {
		for _, query := range []string{"", "&text=courier", "&class=parcel", "&kind=doorbell"} {
			wait(t, "the event by "+query, func() bool {
				var page struct{ Events []eventView }
				decode(t, who.do("GET", who.path("/events?camera=%s", door)+query, nil), &page)
				return len(page.Events) == 1 && page.Events[0].ID == began.Event && page.Events[0].Kind == media.KindDoorbell &&
					page.Events[0].Class == "parcel" && page.Events[0].Text == says["text"]
			})
		}
	}
	var none struct{ Events []eventView }
	if decode(t, alice.do("GET", alice.path("/events?camera=%s&text=window", door), nil), &none); len(none.Events) != 0 {
		t.Errorf("found by what nobody said: %+v", none.Events)
	}
}
