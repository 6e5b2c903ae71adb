//go:build browser

package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestBrowserTimeline is what was recorded when, and playing it across files and over what is
// missing or gone, on the page.
func TestBrowserTimeline(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir())
	keeper := h.claim("Keeper")
	cam := startCamera(t, fakecam.Options{Name: "Front door", Source: fakecam.TestCard{FPS: 20}, Audio: true})
	id := keeper.addCamera(map[string]string{"name": "Front door", "main": cam.MainURL()})
	garden := keeper.addCamera(map[string]string{"name": "Garden", "main": startCamera(t, fakecam.Options{Name: "Garden", Source: fakecam.TestCard{FPS: 20}}).MainURL()})
	keeper.call(http.MethodPut, "cameras/"+garden+"/recording-plan", map[string]any{"mode": "both", "pre_roll_ms": 2000, "post_roll_ms": 2000}, http.StatusNoContent, nil)
	keeper.call(http.MethodPut, "cameras/"+id+"/recording-plan", map[string]any{"mode": "both", "sound": true, "pre_roll_ms": 2000, "post_roll_ms": 2000}, http.StatusNoContent, nil)
	waitLive(t, keeper, []string{id, garden})
	type recording struct{ Kind, State string }
	recordings := func(kind, state string) (n int) {
		var page struct{ Recordings []recording }
		now := time.Now().UTC()
		keeper.call(http.MethodGet, "cameras/"+id+"/recordings?from="+now.Add(-time.Hour).Format(time.RFC3339)+"&to="+now.Add(time.Hour).Format(time.RFC3339), nil, http.StatusOK, &page)
		for _, r := range page.Recordings {
			if r.Kind == kind && r.State == state {
				n++
			}
		}
		return n
	}
	until(t, patience, "a stretch", func() bool { return recordings("continuous", "open") == 1 })
	pause(t, 8*time.Second) // it is longer than the hub is away
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	gone, err := filepath.Glob(filepath.Join(h.data, "media", "clips", id, "*", "*.lar"))
	if err != nil || len(gone) != 1 || os.Remove(gone[0]) != nil {
		t.Fatal(gone, err)
	}
	h = startHub(t, h.data)
	keeper = h.signIn("Keeper")
	until(t, patience, "the file is missed", func() bool { return recordings("continuous", "damaged") == 1 })
	until(t, patience, "a stretch behind it", func() bool { return recordings("continuous", "open") == 1 })
	keeper.trigger(id)
	until(t, patience, "a stretch behind the event", func() bool { return recordings("event", "complete") == 1 && recordings("continuous", "open") == 1 })
	off := func(is bool) {
		keeper.call(http.MethodPut, "cameras/"+id+"/privacy", map[string]any{"off": is}, http.StatusNoContent, nil)
	}
	off(true)
	until(t, patience, "the end of the stretch", func() bool { return recordings("continuous", "open") == 0 })
	pause(t, 4*time.Second) // this is what is missing
	off(false)
	waitLive(t, keeper, []string{id})
	until(t, patience, "a stretch behind what is missing", func() bool { return recordings("continuous", "open") == 1 })
	keeper.trigger(id)
	until(t, patience, "another event", func() bool { return recordings("event", "complete") == 2 })
	browse(t, h, "e2e/timeline.mjs", "LARES_NAME=Keeper", "LARES_CAMERA=Front door", "LARES_OTHER=Garden", "LARES_PASSWORD="+password)
}
