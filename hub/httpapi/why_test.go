package httpapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"testing"

	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

// TestWhy: who may look back is told why an event was recorded, with the event and not in
// lists; by which of the owner's limits, only who may manage the camera as well, as with the
// limits themselves. Who may not look back learns nothing.
func TestWhy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, carol, dora, emil := r.person("alice"), r.person("bob"), r.person("carol"), r.person("dora"), r.person("emil")
	door := r.quietCamera(alice, "door")
	why := media.Why{Zone: "the gate of alice", Sensitivity: 40, MinArea: 0.004, MinDuration: 500, Size: 250, Area: 0.01, Lasted: 4000, Columns: 2, Rows: 1, Width: 0.5, Height: 1, Map: []byte{3, 255}, Curve: []byte{1, 200}}
	row := r.notice(door, recorder.EventText{Zone: why.Zone, Why: &why})
	r.grant(alice, door, bob, gate.Live, gate.Manage)
	for _, p := range []*person{bob, carol} {
		if a := p.do("GET", p.path("/events/%s", row.Event), nil); a.StatusCode != 404 {
			t.Errorf("who may not look back: %s", a.Status)
		}
	}
	r.grant(alice, door, dora, gate.History)
	r.grant(alice, door, emil, gate.History, gate.Manage)
	bare := why
	bare.Sensitivity, bare.MinArea, bare.MinDuration, bare.Size = 0, 0, 0, 0
	for p, want := range map[*person]media.Why{alice: why, emil: why, dora: bare} {
		answer := bodyOf(t, p.do("GET", p.path("/events/%s", row.Event), nil))
		var told struct{ Why *media.Why }
		if err := json.Unmarshal(answer, &told); err != nil || told.Why == nil || !reflect.DeepEqual(*told.Why, want) {
			t.Errorf("%s is told %+v, %v", p.name, told.Why, err)
		}
		if limits := regexp.MustCompile(`"(sensitivity|min_\w+|size)"`).Match(answer); limits != (p != dora) {
			t.Errorf("%s is told limits: %s", p.name, answer)
		}
	}
	if list := bodyOf(t, alice.do("GET", alice.path("/events"), nil)); bytes.Contains([]byte(list), []byte("lasted_ms")) {
		t.Errorf("the list tells why: %s", list)
	}
}

// TestIgnoring: who may look back and manage is told what would have kept an event out, as
// settings that can be put; who may only one of the two is not, and nothing changes by it.
func TestIgnoring(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, carol := r.person("alice"), r.person("bob"), r.person("carol")
	door := r.quietCamera(alice, "door")
	r.grant(alice, door, bob, gate.Live, gate.History)
	r.grant(alice, door, carol, gate.History, gate.Manage)
	settings := map[string]any{"zones": []any{map[string]any{"name": "gate", "polygon": [][]float64{{0, 0}, {1, 0}, {1, 1}}}}}
	if a := alice.do("PUT", alice.path("/cameras/%s/motion", door), map[string]any{"off": false, "settings": settings}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	row := r.notice(door, recorder.EventText{Zone: "gate", Why: &media.Why{Zone: "gate", Sensitivity: 50, Size: 150, Area: 0.1, Lasted: 700}})
	other := r.notice(door, recorder.EventText{Class: "person"})
	type change struct {
		By     string
		Motion *motionView
	}
	ask := func(p *person, id media.EventID) (status int, told change) {
		t.Helper()
		answer := p.do("GET", p.path("/events/%s/ignoring", id), nil)
		if status = answer.StatusCode; status == 200 {
			decode(t, answer, &told)
		}
		return status, told
	}
	for _, p := range []*person{alice, carol} {
		if status, told := ask(p, row.Event); status != 200 || told.By != "min_duration" || told.Motion == nil || told.Motion.Settings.Zones[0].MinDuration != 1000 {
			t.Errorf("%d, %+v", status, told)
		}
	}
	if status, told := ask(alice, other.Event); status != 200 || told.By != "" || told.Motion != nil {
		t.Errorf("where nothing is known: %d, %+v", status, told)
	}
	if status, _ := ask(bob, row.Event); status != 404 {
		t.Errorf("who may not manage: %d", status)
	}
	if m, err := r.gate.WorkerCamera(t.Context(), door); err != nil || m.Motion.Settings.Zones[0].MinDuration != 0 {
		t.Errorf("it was changed already: %+v, %v", m.Motion, err)
	}
}
