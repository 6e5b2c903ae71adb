package httpapi

import (
	"net/url"
	"strings"
	"testing"

	"lares/cameras"
	"lares/cameras/fakecam"
)

// TestCameraOfAnother: another owner's camera is neither shown nor recorded under its bare
// address, nor as a sub stream beside a camera of one's own, and its owner reads of it.
func TestCameraOfAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	start := func(o fakecam.Options) *fakecam.Camera {
		cam, err := fakecam.Start(t.Context(), o)
		must(t, err)
		t.Cleanup(cam.Close)
		return cam
	}
	own, his := start(fakecam.Options{Name: "own"}), start(fakecam.Options{Name: "his", Addr: "127.0.0.2:0", HTTPAddr: "127.0.0.2:0"})
	var a, b cameraAnswer
	decode(t, bob.do("POST", bob.path("/cameras"), map[string]string{"name": "his", "main": his.MainURL(), "onvif": his.ONVIFURL()}), &b)
	wait(t, "live", func() bool { s, ok := r.fleet.Status(b.Camera.ID); return ok && s.State == cameras.Live })

	decode(t, alice.do("POST", alice.path("/cameras"), map[string]string{"name": "bare", "main": his.MainURL()}), &a)
	wait(t, "it is refused", func() bool {
		s, ok := r.fleet.Status(a.Camera.ID)
		return ok && s.State == cameras.AnotherDevice && strings.Contains(s.Message, "a camera of this hub already")
	})
	if got := r.gate.Refused()["camera identity"]; got == 0 {
		t.Error("it is not counted")
	}
	before := r.gate.Refused()["camera identity"]
	beside := map[string]string{"name": "beside", "main": own.MainURL(), "sub": his.SubURL(), "onvif": own.ONVIFURL()}
	if field := wantProblem(t, alice.do("POST", alice.path("/cameras"), beside), 400); field != "sub" {
		t.Errorf("beside one's own: %q", field)
	}
	delete(beside, "sub")
	decode(t, alice.do("POST", alice.path("/cameras"), beside), &a)
	if field := wantProblem(t, alice.do("PUT", alice.path("/cameras/%s/access", a.Camera.ID), map[string]any{"main": own.MainURL(), "sub": his.SubURL(), "onvif": own.ONVIFURL()}), 400); field != "sub" {
		t.Errorf("changed to be beside one's own: %q", field)
	}
	if got := r.gate.Refused()["camera identity"] - before; got < 2 {
		t.Errorf("%d of both counted", got)
	}
	wait(t, "bob reads of it", func() bool {
		return strings.Contains(string(bodyOf(t, bob.do("GET", bob.path("/notices"), nil))), b.Camera.ID.String())
	})
}

// TestSpelledOtherwise: another owner's camera that nothing tells apart is not shown because
// its address is written in another way, by any number or name of the machine it is on.
func TestSpelledOtherwise(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	his, err := fakecam.Start(t.Context(), fakecam.Options{Name: "his", Addr: "0.0.0.0:0"})
	must(t, err)
	t.Cleanup(his.Close)
	u, err := url.Parse(his.MainURL())
	must(t, err)
	var a, b cameraAnswer
	decode(t, bob.do("POST", bob.path("/cameras"), map[string]string{"name": "his", "main": his.MainURL()}), &b)
	wait(t, "live", func() bool { s, ok := r.fleet.Status(b.Camera.ID); return ok && s.State == cameras.Live })
	for _, spelled := range []string{"127.0.0.1:0" + u.Port(), "[::ffff:127.0.0.1]:" + u.Port(), "LocalHost.:" + u.Port(), "127.0.0.9:" + u.Port()} {
		decode(t, alice.do("POST", alice.path("/cameras"), map[string]string{"name": "spelled", "main": "rtsp://" + spelled + "/main"}), &a)
		wait(t, spelled+" is refused", func() bool { s, ok := r.fleet.Status(a.Camera.ID); return ok && s.State == cameras.AnotherDevice })
	}
	for _, host := range []string{"0.0.0.0", "[::]", "127.1", "0x7f000001", "0177.0.0.1"} {
		n := map[string]string{"name": "none", "main": "rtsp://" + host + ":" + u.Port() + "/main"}
		if field := wantProblem(t, alice.do("POST", alice.path("/cameras"), n), 400); field != "main" {
			t.Errorf("%s: %q", host, field)
		}
	}
}
