//go:build browser

package app_test

import (
	"testing"

	"lares/cameras/fakecam"
)

// TestBrowserTalk speaks through a camera in Chromium, whose own microphone
// beeps, and looks at what the camera hears.
func TestBrowserTalk(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir())
	keeper := h.claim("Keeper")
	cam := startCamera(t, fakecam.Options{Name: "Door", Username: "viewer", Password: "camera secret"})
	deaf := startCamera(t, fakecam.Options{Name: "Yard", Username: "viewer", Password: "camera secret", NoTalk: true})
	add := func(name string, c *fakecam.Camera) string {
		return keeper.addCamera(map[string]string{
			"name": name, "main": c.MainURL(), "sub": c.SubURL(), "onvif": c.ONVIFURL(), "username": "viewer", "password": "camera secret",
		})
	}
	listens, never := add("Door", cam), add("Yard", deaf)
	browse(t, h, "e2e/talk.mjs", "LARES_NAME=Keeper", "LARES_PASSWORD="+password, "LARES_CAMERA="+listens, "LARES_DEAF="+never)
	heard := cam.Heard()
	loudest := int16(0)
	for _, s := range heard.Samples {
		loudest = max(loudest, s)
	}
	t.Logf("%d samples heard in %d packets and %d spurts, %d samples of gaps; the loudest is %d", len(heard.Samples), heard.Packets, heard.Spurts, heard.Gaps, loudest)
	if len(heard.Samples) < 4000 || loudest < 1000 {
		t.Errorf("%d samples heard, the loudest is %d", len(heard.Samples), loudest)
	}
	if n := len(deaf.Heard().Samples); n != 0 {
		t.Errorf("a camera without a back channel hears %d samples", n)
	}
}
