//go:build browser

package app_test

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestBrowserWhy: somebody walks before a camera; the event's page says why it was recorded,
// and changes what counts when the owner says that it was nothing.
func TestBrowserWhy(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir())
	keeper := h.claim("Keeper")
	cam := startCamera(t, fakecam.Options{Name: "Gate"})
	id := keeper.addCamera(map[string]string{"name": "Gate", "main": cam.MainURL(), "sub": cam.SubURL()})
	until(t, time.Minute, "the camera is live", func() bool { return keeper.camera(id).Status.State == "live" })
	pass := func(pictures uint64) {
		t.Helper()
		from := cam.LastMark().Frame
		until(t, time.Duration(pictures)*time.Second, "pictures go by", func() bool { return cam.LastMark().Frame >= from+pictures })
	}
	pass(80) // until what the card shows is known
	cam.Visit(true)
	until(t, time.Minute, "an event", func() bool { return len(keeper.events()) > 0 })
	pass(30)
	cam.Visit(false)
	until(t, 2*time.Minute, "its end", func() bool {
		return !slices.ContainsFunc(keeper.events(), func(e eventJSON) bool { return e.Recording || e.End.IsZero() })
	})
	browse(t, h, "e2e/why.mjs", "LARES_NAME=Keeper", "LARES_PASSWORD="+password, "LARES_CAMERA=Gate")
}
