package httpapi

import (
	"testing"

	"lares/cameras/control"
	"lares/cameras/fakecam"
	"lares/hub/gate"
)

// TestControl turns a real fake camera over HTTP, and says plainly why it does
// not.
func TestControl(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	id, cam := alice.camera(fakecam.Options{Name: "front"})
	r.grant(alice, id, bob, gate.Live, gate.PTZ)
	var can ptzView
	decode(t, bob.do("GET", bob.path("/cameras/%s/ptz", id), nil), &can)
	if !can.Continuous || !can.Zoom || !can.Home || len(can.Presets) != 2 {
		t.Fatalf("%+v", can)
	}
	asks := func(who *person, method, what string, body any, want int, kind string) {
		t.Helper()
		answer := who.do(method, who.path("/cameras/%s/%s", id, what), body)
		var p struct{ Type string }
		if answer.StatusCode >= 400 {
			decode(t, answer, &p)
		}
		if answer.StatusCode != want || kind != "" && p.Type != "urn:lares:problem:"+kind {
			t.Errorf("%s %s %v: %s %s, not %d %s", method, what, body, answer.Status, p.Type, want, kind)
		}
	}
	type m = map[string]any
	asks(bob, "POST", "ptz", m{"pan": -0.5, "ms": 10_000}, 204, "")
	if cam.Device().Pan != -0.5 {
		t.Errorf("%+v", cam.Device())
	}
	asks(bob, "POST", "ptz", m{"stop": true}, 204, "")
	asks(bob, "POST", "ptz", m{"preset": can.Presets[0].ID}, 204, "")
	if d := cam.Device(); d.Pan != 0 || d.Preset != "Door" {
		t.Errorf("%+v", d)
	}
	for _, bad := range []m{{}, {"pan": 1}, {"pan": 1.1, "ms": 5}, {"pan": 1, "ms": 10_001}, {"pan": "1", "ms": 5}, {"ms": 5}, {"home": true, "stop": true}, {"stop": false}, {"tilt": nil, "ms": 5}} {
		asks(bob, "POST", "ptz", bad, 400, "bad-input")
	}
	asks(bob, "POST", "ptz", m{"preset": "preset_1"}, 404, "not-found")
	for _, what := range []string{"imaging", "outputs"} {
		asks(bob, "GET", what, nil, 404, "not-found")
	}
	asks(bob, "POST", "reboot", nil, 404, "not-found")
	var look struct{ Imaging imagingView }
	decode(t, alice.do("PUT", alice.path("/cameras/%s/imaging", id), m{"brightness": 70, "day_night": "night"}), &look)
	if look.Imaging.Brightness == nil || look.Imaging.Brightness.Value != 70 || cam.Device().IrCut != "OFF" {
		t.Errorf("%+v", look)
	}
	asks(alice, "PUT", "imaging", m{"day_night": "dusk"}, 400, "bad-input")
	asks(alice, "PUT", "imaging", m{"contrast": 101}, 409, "camera-refuses")
	var all struct{ Outputs []control.Output }
	decode(t, alice.do("GET", alice.path("/cameras/%s/outputs", id), nil), &all)
	if len(all.Outputs) != 4 {
		t.Fatalf("%+v", all)
	}
	asks(alice, "POST", "outputs/"+all.Outputs[0].ID, m{"on": true}, 204, "")
	if on := cam.Device().Outputs; len(on) != 1 {
		t.Errorf("on are %v", on)
	}
	cam.SetONVIFFault(fakecam.ONVIFBomb)
	asks(alice, "POST", "reboot", nil, 409, "camera-garbled")
	cam.SetONVIFFault(fakecam.ONVIFNone)
	asks(alice, "PUT", "privacy", m{"off": true}, 204, "")
	asks(bob, "POST", "ptz", m{"home": true}, 409, "private")
}
