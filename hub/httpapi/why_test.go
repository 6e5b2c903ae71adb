package httpapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/motion"
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
	why := media.Why{Zone: "the gate of alice", Zones: []media.WhyZone{{Zone: "the gate of alice", Lasted: 4000, Shown: true}}, Settings: "a mark", Sensitivity: 40, MinArea: 0.004, MinDuration: 500, Size: 250, Area: 0.01, Lasted: 4000, Columns: 2, Rows: 1, Width: 0.5, Height: 1, Map: []byte{3, 255}, Curve: []byte{1, 200}}
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
	bare.Sensitivity, bare.MinArea, bare.MinDuration, bare.Size, bare.Settings = 0, 0, 0, 0, ""
	for p, want := range map[*person]media.Why{alice: why, emil: why, dora: bare} {
		answer := bodyOf(t, p.do("GET", p.path("/events/%s", row.Event), nil))
		var told struct{ Why *media.Why }
		if err := json.Unmarshal(answer, &told); err != nil || told.Why == nil || !reflect.DeepEqual(*told.Why, want) {
			t.Errorf("%s is told %+v, %v", p.name, told.Why, err)
		}
		if limits := regexp.MustCompile(`"(sensitivity|min_\w+|size|settings)"`).Match(answer); limits != (p != dora) {
			t.Errorf("%s is told limits: %s", p.name, answer)
		}
	}
	if list := bodyOf(t, alice.do("GET", alice.path("/events"), nil)); bytes.Contains([]byte(list), []byte("lasted_ms")) {
		t.Errorf("the list tells why: %s", list)
	}
}

// TestIgnoring: who may look back and manage is told what would have kept an event out, as
// settings that can be put, with the zones that they change; who may only one of the two is
// not, and nothing changes by it. Of an event from before zones were kept that is all of them,
// and nothing where it was more than the one time that is known.
func TestIgnoring(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, carol := r.person("alice"), r.person("bob"), r.person("carol")
	door := r.quietCamera(alice, "door")
	r.grant(alice, door, bob, gate.Live, gate.History)
	r.grant(alice, door, carol, gate.History, gate.Manage)
	zone := func(name string) map[string]any {
		return map[string]any{"name": name, "polygon": [][]float64{{0, 0}, {1, 0}, {1, 1}}}
	}
	settings := map[string]any{"zones": []any{zone("gate"), zone("path")}}
	if a := alice.do("PUT", alice.path("/cameras/%s/motion", door), map[string]any{"off": false, "settings": settings}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	at := motion.Polygon{{0, 0}, {1, 0}, {1, 1}}
	mark := motion.Settings{Zones: []motion.Zone{{Name: "gate", Polygon: at}, {Name: "path", Polygon: at}}}.Mark()
	of := func(zones ...media.WhyZone) *media.Why {
		return &media.Why{Zone: "gate", Zones: zones, Settings: mark, Sensitivity: 50, Size: 150, Area: 0.1, Lasted: 700}
	}
	row := r.notice(door, recorder.EventText{Zone: "gate", Why: of(media.WhyZone{Zone: "gate", Lasted: 700})})
	old := r.notice(door, recorder.EventText{Zone: "gate", Why: of()})
	longer := r.lasting(door, media.KindMotion, 5*time.Second, recorder.EventText{Zone: "gate", Why: of()})
	other := r.notice(door, recorder.EventText{Class: "person"})
	type change struct {
		By     string
		Zones  []string
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
		if status, told := ask(p, row.Event); status != 200 || told.By != "min_duration" || !slices.Equal(told.Zones, []string{"gate"}) ||
			told.Motion == nil || told.Motion.Settings.Zones[0].MinDuration != 1000 || told.Motion.Settings.Zones[1].MinDuration != 0 {
			t.Errorf("%d, %+v", status, told)
		}
	}
	if status, told := ask(alice, old.Event); status != 200 || !slices.Equal(told.Zones, []string{"gate", "path"}) || told.Motion.Settings.Zones[1].MinDuration != 1000 {
		t.Errorf("of before: %d, %+v", status, told)
	}
	for what, id := range map[string]media.EventID{"nothing is known": other.Event, "more was than is known": longer.Event} {
		if status, told := ask(alice, id); status != 200 || told.By != "" || told.Motion != nil {
			t.Errorf("where %s: %d, %+v", what, status, told)
		}
	}
	if status, _ := ask(bob, row.Event); status != 404 {
		t.Errorf("who may not manage: %d", status)
	}
	if m, err := r.gate.WorkerCamera(t.Context(), door); err != nil || m.Motion.Settings.Zones[0].MinDuration != 0 {
		t.Errorf("it was changed already: %+v, %v", m.Motion, err)
	}
}
