package httpapi

import (
	"bytes"
	"testing"

	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

// TestWhy: who may look back is told why an event was recorded, with the event and not in
// lists; who may not learns nothing.
func TestWhy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, carol := r.person("alice"), r.person("bob"), r.person("carol")
	door := r.quietCamera(alice, "door")
	why := media.Why{Zone: "the gate of alice", Sensitivity: 40, Size: 250, Area: 0.01, Lasted: 4000, Columns: 2, Rows: 1, Width: 0.5, Height: 1, Map: []byte{3, 255}, Curve: []byte{1, 200}}
	row := r.notice(door, recorder.EventText{Zone: why.Zone, Why: &why})
	r.grant(alice, door, bob, gate.Live, gate.Manage)
	for _, p := range []*person{bob, carol} {
		if a := p.do("GET", p.path("/events/%s", row.Event), nil); a.StatusCode != 404 {
			t.Errorf("who may not look back: %s", a.Status)
		}
	}
	var told struct{ Why *media.Why }
	decode(t, alice.do("GET", alice.path("/events/%s", row.Event), nil), &told)
	if w := told.Why; w == nil || w.Zone != why.Zone || w.Size != 250 || !bytes.Equal(w.Map, why.Map) || !bytes.Equal(w.Curve, why.Curve) {
		t.Errorf("told %+v", told.Why)
	}
	if list := bodyOf(t, alice.do("GET", alice.path("/events"), nil)); bytes.Contains([]byte(list), []byte("lasted_ms")) {
		t.Errorf("the list tells why: %s", list)
	}
}
