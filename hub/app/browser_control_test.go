//go:build browser

package app_test

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestBrowserControl turns, sets, switches and restarts a camera in Chromium,
// and looks at what the camera was told. Three more are found and added at once,
// and two channels of a recorder.
func TestBrowserControl(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir(), "--discover", "here")
	keeper := h.claim("Keeper")
	cam := startCamera(t, fakecam.Options{Name: "Door", Username: "viewer", Password: "camera secret"})
	fixed := startCamera(t, fakecam.Options{Name: "Yard", Username: "viewer", Password: "camera secret", Without: []string{fakecam.ServicePTZ, fakecam.ServiceImaging}})
	add := func(name string, c *fakecam.Camera) string {
		return keeper.addCamera(map[string]string{
			"name": name, "main": c.MainURL(), "sub": c.SubURL(), "onvif": c.ONVIFURL(), "username": "viewer", "password": "camera secret",
		})
	}
	slow := fakecam.Encoding{Codec: "H264", Width: 1920, Height: 1080, FPS: 25, Kbps: 4096, GOP: 250}
	found := func(o fakecam.Options) *fakecam.Camera {
		o.Maker, o.Username = "tapo", "viewer"
		return startCamera(t, o)
	}
	hall := found(fakecam.Options{Name: "Batch hall", Password: "camera secret", Main: slow, Ahead: -49 * time.Hour})
	stairs := found(fakecam.Options{Name: "Batch stairs", Password: "camera secret", Main: slow})
	found(fakecam.Options{Name: "Batch cellar", Password: "another secret"})
	startCamera(t, fakecam.Options{Name: "Attic recorder", Maker: "dahua", Username: "viewer", Password: "camera secret", Channels: 3})
	turns, stands := add("Door", cam), add("Yard", fixed)
	browse(t, h, "e2e/control.mjs", "LARES_NAME=Keeper", "LARES_PASSWORD="+password, "LARES_CAMERA="+turns, "LARES_FIXED="+stands)
	d := cam.Device()
	if d.Pan != 0 || d.Tilt != 0 || d.Zoom != 0 || d.Moves < 4 || d.Preset != "Gate & drive" {
		t.Errorf("it was turned otherwise: %+v", d)
	}
	if d.IrCut != "OFF" || d.Brightness != 51 || !slices.Contains(d.Outputs, "tt:Siren") || d.Reboots != 1 {
		t.Errorf("it was told otherwise: %+v", d)
	}
	if hall.Device().Main.GOP != slow.GOP {
		t.Error("a setting was changed that nobody agreed to")
	}
	if stairs.Device().Main.GOP == slow.GOP {
		t.Error("a setting of one that was added beside it was not changed")
	}
	if d := fixed.Device(); d.Moves != 0 || d.Reboots != 0 {
		t.Errorf("the other camera was told: %+v", d)
	}
}
