//go:build browser

package app_test

import (
	"testing"

	"lares/cameras/fakecam"
)

// TestBrowserRetention is how long recordings are kept, and what they take, on the pages.
func TestBrowserRetention(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir())
	keeper := h.claim("Keeper")
	recordCamera(t, keeper, fakecam.Options{Name: "Garden", Source: fakecam.TestCard{}})
	browse(t, h, "e2e/retention.mjs", "LARES_NAME=Keeper", "LARES_CAMERA=Garden", "LARES_PASSWORD="+password)
}
