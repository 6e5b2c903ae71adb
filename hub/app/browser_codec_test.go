//go:build browser

package app_test

import (
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestBrowserCodec: the owner of a camera that sends no H.264 has it send its small stream in
// H.264, from the camera's own page.
func TestBrowserCodec(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir(), "--discover", "here")
	keeper := h.claim("Keeper")
	secret := "only the camera knows"
	cam := startCamera(t, fakecam.Options{
		Name: "Drive", Username: "viewer", Password: secret, Source: fakecam.File{Path: h265File(t)}, Main: fakecam.Encoding{Width: 1920, Height: 1080},
	})
	id := keeper.addCamera(map[string]string{
		"name": "Drive", "main": cam.MainURL(), "sub": cam.SubURL(), "onvif": cam.ONVIFURL(), "username": "viewer", "password": secret,
	})
	until(t, time.Minute, "the camera is live", func() bool { return keeper.camera(id).Status.State == "live" })
	if codec := cam.Device().Sub.Codec; codec != "H265" {
		t.Fatalf("the small stream is %s before", codec)
	}
	browse(t, h, "e2e/codec.mjs", "LARES_NAME=Keeper", "LARES_PASSWORD="+password, "LARES_CAMERA=Drive", "LARES_CAMERA_PASSWORD="+secret)
	if d := cam.Device(); d.Sub.Codec != "H264" || d.Main.Codec != "H265" {
		t.Errorf("the streams are %s and %s", d.Main.Codec, d.Sub.Codec)
	}
}
