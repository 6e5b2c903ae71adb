package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestDiscovery: the program finds cameras with a child of its own, and nothing
// is wrong with it; with --discover off it finds none, and looks at nothing of itself.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	const name = "To be found"
	startCamera(t, fakecam.Options{Name: name, Maker: "uniview"})
	h := startHub(t, t.TempDir(), "--discover", "here")
	keeper := h.claim("keeper")
	type list struct {
		Candidates []struct{ Name, Vendor, Model, Address string }
		Searching  bool
	}
	ask := func() (v list) {
		if err := json.Unmarshal(keeper.get("candidates"), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	until(t, 20*time.Second, "the camera in the list", func() bool {
		for _, c := range ask().Candidates {
			if c.Name == name && c.Vendor == "Uniview" && c.Model == "IPC322SR3" && c.Address == "127.0.0.1" {
				return true
			}
		}
		return false
	})
	until(t, 20*time.Second, "the end of the round", func() bool { return !ask().Searching })
	if err := h.stop(); err != nil {
		t.Errorf("the hub ended: %v: %s", err, h.stderr)
	}
	if strings.Contains(h.stderr.String(), "discovery failed") {
		t.Errorf("%s", h.stderr)
	}
	off := startHub(t, t.TempDir())
	keeper = off.claim("keeper")
	if v := ask(); len(v.Candidates) != 0 || v.Searching {
		t.Errorf("switched off, it found %+v", v)
	}
	var refused struct{ Field, Detail string }
	keeper.call(http.MethodPost, "probes", map[string]string{"address": "127.0.0.1:" + off.port}, http.StatusBadRequest, &refused)
	if refused.Field != "address" || !strings.Contains(refused.Detail, "the hub itself") {
		t.Errorf("a look at itself: %+v", refused)
	}
}
