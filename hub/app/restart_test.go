package app_test

import (
	"fmt"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// restartHub starts a hub anew on a folder with so many cameras, which somebody
// wants recorded at once, and returns how long it took from the start of the
// program until something of each was on the disk.
func restartHub(t *testing.T, many int) time.Duration {
	needFFmpeg(t)
	h := startHub(t, t.TempDir())
	keeper := h.claim("keeper")
	var ids []string
	for i := range many {
		cam := startCamera(t, fakecam.Options{Name: fmt.Sprint("camera ", i), Username: "user", Password: "correct horse"})
		ids = append(ids, keeper.addCamera(map[string]string{
			"name": fmt.Sprint("camera ", i), "main": cam.MainURL(), "sub": cam.SubURL(), "onvif": cam.ONVIFURL(), "username": "user", "password": "correct horse",
		}))
	}
	waitLive(t, keeper, ids)
	end := keeper.holdRecording(ids)
	until(t, 30*time.Second, "all are recorded", func() bool { return allRecorded(h, ids, nil) })
	end()
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	h = startHub(t, h.data)
	before := map[string]int{}
	for _, id := range ids {
		before[id] = h.recorded(id)
	}
	keeper = h.signIn("keeper")
	end = keeper.holdRecording(ids)
	until(t, time.Minute, "all are recorded again", func() bool { return allRecorded(h, ids, before) })
	took := time.Since(h.started)
	end()
	return took
}

// allRecorded reports whether each camera has more on the disk than before.
func allRecorded(h *hub, ids []string, before map[string]int) bool {
	for _, id := range ids {
		if h.recorded(id) <= before[id] {
			return false
		}
	}
	return true
}

// TestRestart is what `make test` pays for; `make soak` restarts with sixteen
// cameras, in their time.
func TestRestart(t *testing.T) {
	t.Parallel()
	t.Logf("four cameras are recorded %v after the hub began again", restartHub(t, 4).Round(time.Millisecond))
}
