//go:build browser

package app_test

import (
	"testing"

	"lares/cameras/fakecam"
)

// TestBrowserHealth is how the recording of cameras does, on their pages: of one that is
// recorded, and of one that is away.
func TestBrowserHealth(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir())
	keeper := h.claim("Keeper")
	var cams []*fakecam.Camera
	var ids []string
	for _, name := range []string{"Garden", "Shed"} {
		cam := startCamera(t, fakecam.Options{Name: name, Source: fakecam.TestCard{}})
		id := keeper.addCamera(map[string]string{"name": name, "main": cam.MainURL()})
		keeper.plan(id, map[string]any{"mode": "continuous"})
		cams, ids = append(cams, cam), append(ids, id)
	}
	waitLive(t, keeper, ids)
	until(t, patience, "both are recorded", func() bool { return len(keeper.recordings(ids[0])) == 1 && len(keeper.recordings(ids[1])) == 1 })
	cams[1].Close()
	browse(t, h, "e2e/health.mjs", "LARES_NAME=Keeper", "LARES_CAMERA=Garden", "LARES_GONE=Shed", "LARES_PASSWORD="+password)
}
