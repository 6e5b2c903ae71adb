//go:build browser

package app_test

import (
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestBrowserExport is the export of a camera's recordings, on the pages.
func TestBrowserExport(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir())
	keeper := h.claim("Keeper")
	recordCamera(t, keeper, fakecam.Options{Name: "Garden", Source: fakecam.TestCard{}})
	until(t, patience, "the clip lies back far enough", func() bool { return time.Since(keeper.events()[0].End) > 6*time.Second })
	browse(t, h, "e2e/export.mjs", "LARES_NAME=Keeper", "LARES_CAMERA=Garden", "LARES_PASSWORD="+password)
}
