package httpapi

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

// TestRecordingPlan: what is recorded is said and told to who manages the camera; what
// cannot be meant is refused by its field.
func TestRecordingPlan(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, carol := r.person("alice"), r.person("carol")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	r.grant(alice, id, carol, gate.Live, gate.History)
	shown := func(who *person) *recordingPlanView {
		t.Helper()
		var one struct{ Camera cameraView }
		decode(t, who.do("GET", who.path("/cameras/%s", id), nil), &one)
		return one.Camera.Plan
	}
	if v := shown(alice); v == nil || v.Mode != media.ModeEvents || v.Now != media.ModeEvents || v.Streams != media.StreamsMain || v.Sound || v.Pre != 5000 || v.Post != 10_000 || len(v.Kinds)+len(v.Times) != 0 || v.Unreadable {
		t.Errorf("at first shown as %+v", v)
	}
	path := alice.path("/cameras/%s/recording-plan", id)
	weekly := func(mode string) map[string]any {
		return map[string]any{"days": []string{"friday"}, "from": "22:00", "to": "06:30", "mode": mode}
	}
	body := map[string]any{
		"mode": "both", "times": []any{weekly("off")}, "streams": "both", "sound": true, "pre_roll_ms": 0, "post_roll_ms": 120_000,
		"kinds": []any{map[string]any{"kind": "doorbell", "pre_roll_ms": 8000}},
	}
	if a := alice.do("PUT", path, body); a.StatusCode != 204 {
		t.Fatal(a.Status, bodyOf(t, a))
	}
	v := shown(alice)
	if v.Mode != media.ModeBoth || len(v.Times) != 1 || v.Times[0].Mode != media.ModeOff || v.Times[0].To != "06:30" || v.Streams != media.StreamsBoth || !v.Sound || v.Pre != 0 || v.Post != 120_000 ||
		v.Until.IsZero() || len(v.Clock) != len("21:05") || len(v.Kinds) != 1 || v.Kinds[0].Kind != media.KindDoorbell || v.Kinds[0].Pre != 8000 || v.Kinds[0].Post != 10_000 {
		t.Errorf("shown as %+v", v)
	}
	if v := shown(carol); v != nil {
		t.Errorf("who only looks is told %+v", v)
	}
	bell := map[string]any{"kind": "doorbell"}
	for _, c := range []struct {
		field string
		body  map[string]any
	}{
		{"mode", map[string]any{"mode": "some"}},
		{"mode", map[string]any{"mode": "off", "times": []any{weekly("")}}},
		{"mode", map[string]any{"mode": "off", "times": []any{weekly("always")}}},
		{"streams", map[string]any{"mode": "events", "streams": "all"}},
		{"pre_roll_ms", map[string]any{"mode": "events", "pre_roll_ms": 8001}},
		{"post_roll_ms", map[string]any{"mode": "events", "kinds": []any{map[string]any{"kind": "motion", "post_roll_ms": 120_001}}}},
		{"kind", map[string]any{"mode": "events", "kinds": []any{bell, bell}}},
		{"kind", map[string]any{"mode": "events", "kinds": []any{map[string]any{"kind": "person"}}}},
	} {
		var p struct{ Type, Field string }
		answer := alice.do("PUT", path, c.body)
		if decode(t, answer, &p); answer.StatusCode != 400 || p.Field != c.field {
			t.Errorf("%v: %s, field %q", c.body, answer.Status, p.Field)
		}
	}
}

// TestRecordings: clips of a camera by their time are told to who may look back, those of events and
// those between; a stretch plays as any clip does, is no event, and can be shown by a link.
func TestRecordings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, carol, dan := r.person("alice"), r.person("carol"), r.person("dan")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	r.grant(alice, id, carol, gate.Live, gate.History)
	begin := time.Now()
	r.recorder.Plan(id, recorder.Plan{Mode: media.ModeContinuous})
	if a := alice.do("POST", alice.path("/cameras/%s/trigger", id), nil); a.StatusCode != 409 {
		t.Errorf("a trigger without events: %s", a.Status)
	}
	var page struct {
		Recordings []recordingView
		Next       string
	}
	span := func(who *person, from, to time.Time) string {
		q := url.Values{"from": {from.UTC().Format(time.RFC3339Nano)}, "to": {to.UTC().Format(time.RFC3339Nano)}}
		return who.path("/cameras/%s/recordings", id) + "?" + q.Encode()
	}
	asks := func(who *person, from, to time.Time) []recordingView {
		t.Helper()
		page.Recordings = nil
		if a := who.do("GET", span(who, from, to), nil); a.StatusCode != 200 {
			t.Fatal(a.Status, bodyOf(t, a))
		} else {
			decode(t, a, &page)
		}
		return page.Recordings
	}
	hour := time.Hour
	wait(t, "a stretch", func() bool { return len(asks(alice, begin.Add(-hour), begin.Add(hour))) == 1 })
	if one := page.Recordings[0]; one.State != recorder.StateOpen || one.Kind != "continuous" || !one.Event.IsZero() {
		t.Errorf("while it is written: %+v", one)
	}
	r.recorder.Plan(id, recorder.Plan{Mode: media.ModeBoth})
	if a := alice.do("POST", alice.path("/cameras/%s/trigger", id), nil); a.StatusCode != 202 {
		t.Errorf("a trigger: %s", a.Status)
	}
	wait(t, "an event", func() bool { return len(asks(carol, begin.Add(-hour), begin.Add(hour))) == 2 })
	// An event whose pre-roll goes back to where the stretch began may stand before it.
	ofKind := func(kind string) recordingView {
		t.Helper()
		for _, one := range page.Recordings {
			if one.Kind == kind {
				return one
			}
		}
		t.Fatalf("nothing %s: %+v", kind, page.Recordings)
		return recordingView{}
	}
	stretch, event := ofKind("continuous"), ofKind("event")
	if event.Event.IsZero() {
		t.Fatalf("%+v", event)
	}
	wait(t, "the end of the stretch", func() bool {
		asks(carol, begin.Add(-hour), begin.Add(hour))
		stretch = ofKind("continuous")
		return stretch.State == recorder.StateComplete
	})
	if list := asks(alice, begin.Add(-2*hour), time.Time(stretch.Start)); len(list) != 0 {
		t.Errorf("before it are %+v", list)
	}
	if list := asks(alice, time.Time(stretch.Start).Add(time.Millisecond), time.Time(stretch.Start).Add(2*time.Millisecond)); !slices.ContainsFunc(list, func(one recordingView) bool { return one.Clip == stretch.Clip }) {
		t.Errorf("within it are %+v", list)
	}
	for _, path := range []string{"", "/clip.mp4", "/init", "/fragments/0"} {
		for who, want := range map[*person]int{alice: 200, carol: 200, dan: 404} {
			if a := who.do("GET", who.path("/clips/%s", stretch.Clip)+path, nil); a.StatusCode != want {
				t.Errorf("%s gets %q: %s", who.name, path, a.Status)
			}
		}
	}
	var one struct{ Clip map[string]any }
	decode(t, alice.do("GET", alice.path("/clips/%s", stretch.Clip), nil), &one)
	if _, named := one.Clip["event"]; named {
		t.Errorf("an event is named: %v", one.Clip)
	}
	var events struct{ Events []eventView }
	decode(t, alice.do("GET", alice.path("/events"), nil), &events)
	if len(events.Events) != 1 || events.Events[0].ID != event.Event {
		t.Errorf("events: %+v", events.Events)
	}
	if a := alice.do("POST", alice.once("/clips/%s/links/new", stretch.Clip), map[string]any{"views": 1, "hours": 1}); a.StatusCode != 201 {
		t.Errorf("a link: %s %s", a.Status, bodyOf(t, a))
	}
	for name, path := range map[string]string{
		"backwards": span(alice, begin, begin.Add(-hour)), "too long": span(alice, begin, begin.Add(33*24*hour)), "no end": alice.path("/cameras/%s/recordings?from=2026-01-01T00:00:00Z", id),
		"another word": span(alice, begin, begin.Add(hour)) + "&kind=event", "no page": span(alice, begin, begin.Add(hour)) + "&after=x",
	} {
		if a := alice.do("GET", path, nil); a.StatusCode != 400 {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	if a := dan.do("GET", span(dan, begin, begin.Add(hour)), nil); a.StatusCode != 404 {
		t.Errorf("who may not look back: %s", a.Status)
	}
	gap := recorder.GapRow{Camera: id, From: begin.Add(-hour), To: begin.Add(-hour / 2), Cause: recorder.GapHub, Count: 2}
	if err := errors.Join(r.store.GapPut(t.Context(), gap), r.store.GapPut(t.Context(), recorder.GapRow{Camera: id, From: begin.Add(hour), Cause: recorder.GapCamera, Event: event.Event, Count: 1})); err != nil {
		t.Fatal(err)
	}
	gaps := strings.Replace(span(alice, begin.Add(-2*hour), begin.Add(2*hour)), "/recordings?", "/gaps?", 1)
	var missing struct{ Gaps []map[string]any }
	decode(t, alice.do("GET", gaps, nil), &missing)
	if n := len(missing.Gaps); n != 2 || missing.Gaps[0]["cause"] != "hub" || missing.Gaps[0]["count"] != 2.0 || missing.Gaps[0]["event"] != nil || missing.Gaps[0]["to"] == nil ||
		missing.Gaps[1]["to"] != nil || missing.Gaps[1]["event"] != event.Event.String() {
		t.Errorf("gaps: %v", missing.Gaps)
	}
	for _, path := range []string{strings.Replace(gaps, "to=", "until=", 1), gaps + "&after=x"} {
		if a := alice.do("GET", path, nil); a.StatusCode != 400 {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}
