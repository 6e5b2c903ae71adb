package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestExchangedAtRestarts is what `make test` pays for; `make soak` restarts a
// hundred times.
func TestExchangedAtRestarts(t *testing.T) {
	t.Parallel()
	exchangeAtRestarts(t, 2)
}

// exchangeAtRestarts is VAULT §8 test 7: while the hub is down, two cameras with
// equal passwords exchange their addresses, and back at the next restart. No
// camera ever shows or records the other, and each says why it shows nothing.
func exchangeAtRestarts(t *testing.T, rounds int) {
	needFFmpeg(t)
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	var cams []*fakecam.Camera
	var ids []string
	name := func(i int) string { return fmt.Sprint("exchanged ", i) }
	for i := range 2 {
		c := startCamera(t, fakecam.Options{Name: name(i), Username: "admin", Password: "the same"})
		cams = append(cams, c)
		ids = append(ids, keeper.addCamera(map[string]string{
			"name": name(i), "main": c.MainURL(), "onvif": c.ONVIFURL(), "username": "admin", "password": "the same",
		}))
	}
	waitLive(t, keeper, ids)
	for round := range rounds {
		h.kill()
		if err := fakecam.Swap(cams[0], cams[1]); err != nil {
			t.Fatal(err)
		}
		h = startHub(t, data)
		keeper = h.signIn("keeper")
		exchanged := round%2 == 0
		for _, id := range ids {
			keeper.trigger(id)
		}
		for i, id := range ids {
			if !exchanged {
				continue
			}
			until(t, noticeLimit, "another device answers for camera "+id, func() bool { return keeper.camera(id).Status.State == "another device" })
			if s := keeper.camera(id).Status; !strings.Contains(s.Message, "nother device") || strings.Contains(s.Message, name(1-i)) {
				t.Errorf("round %d: camera %d is told %q", round, i, s.Message)
			}
		}
		if !exchanged {
			waitLive(t, keeper, ids)
			waitRecording(t, keeper, len(ids))
			pause(t, 2*time.Second)
		}
	}
	h.kill()
	h = startHub(t, data)
	keeper = h.signIn("keeper")
	for i, id := range ids {
		films := keeper.films(id)
		if n := len(marksOf(t, name(i), films)); n == 0 { // fails at a foreign mark
			t.Errorf("camera %d recorded nothing", i)
		}
	}
}
