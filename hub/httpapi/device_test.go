package httpapi

import (
	"testing"

	"lares/cameras"
	"lares/cameras/fakecam"
	"lares/hub/gate"
)

// TestAnotherDeviceIsTheCamera: the owner sees who answers where a camera was, and
// says with the password given lately that it is the camera; somebody else's camera
// is told of to nobody.
func TestAnotherDeviceIsTheCamera(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	id, _ := alice.camera(fakecam.Options{Name: "front", Serial: "SN-A1B2C3"})
	r.grant(alice, id, bob, gate.Live, gate.Manage)
	bobs, hall := bob.camera(fakecam.Options{Name: "hall", Serial: "SN-B0B0B0"})
	next, err := fakecam.Start(t.Context(), fakecam.Options{Name: "front", Serial: "SN-D4E5F6"})
	must(t, err)
	t.Cleanup(next.Close)
	reach := func(c *fakecam.Camera) {
		t.Helper()
		body := map[string]any{"main": c.MainURL(), "onvif": c.ONVIFURL(), "username": "", "password": ""}
		if c == hall { // bob's camera is not even tried
			wantProblem(t, alice.do("PUT", alice.path("/cameras/%s/access", id), body), 409)
			body["untried"] = true
		}
		a := alice.do("PUT", alice.path("/cameras/%s/access", id), body)
		if a.StatusCode != 204 {
			t.Fatalf("%s %s", a.Status, bodyOf(t, a))
		}
	}
	status := func(p *person) cameraView { return p.cameraView(id) }

	reach(hall)
	wait(t, "bob's camera", func() bool { s, _ := r.fleet.Status(id); return s.Stranger.Names("SN-B0B0B0") })
	if v := status(alice); v.Stranger != nil {
		t.Errorf("alice is told of bob's camera: %+v", v.Stranger)
	}
	s, _ := r.fleet.Status(id)
	if a := alice.do("PUT", alice.path("/cameras/%s/device", id), map[string]any{"device": s.Stranger.ID()}); a.StatusCode != 409 {
		t.Errorf("bob's camera: %s", a.Status)
	}

	reach(next)
	var v cameraView
	wait(t, "another device", func() bool { v = status(alice); return v.Stranger != nil && v.Stranger.Number == "SN-D4E5F6" })
	if v.Status.State != cameras.AnotherDevice || v.Stranger.By != cameras.PinSerial || v.Stranger.Model == "" {
		t.Errorf("%+v of %+v", v.Stranger, v.Status)
	}
	if v := status(bob); v.Stranger != nil {
		t.Errorf("bob is told %+v", v.Stranger)
	}
	body := map[string]any{"device": v.Stranger.ID}
	put := func(p *person, body map[string]any) int {
		return p.do("PUT", p.path("/cameras/%s/device", id), body).StatusCode
	}
	if got := put(bob, body); got != 404 {
		t.Errorf("bob says so: %d", got)
	}
	if got := put(alice, map[string]any{"device": "00112233445566778899aabbccddeeff"}); got != 404 {
		t.Errorf("a device that is not there: %d", got)
	}
	alice.aged()
	if got := put(alice, body); got != 403 {
		t.Errorf("without the password: %d", got)
	}
	alice = r.signIn("alice")
	if got := put(alice, body); got != 204 {
		t.Fatalf("%d", got)
	}
	wait(t, "the camera", func() bool {
		v = status(alice)
		return v.Status.State == cameras.Live && v.Stranger == nil
	})
	if v := bob.cameraView(bobs); v.Status.State != cameras.Live {
		t.Errorf("bob's is %s", v.Status.State)
	}
	if n := r.gate.Refused(); n["camera identity"] != 2 || len(n) != 1 {
		t.Errorf("refused %v", n)
	}
}
