package app_test

import (
	"fmt"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestSwappedAddresses is what `make test` pays for; `make soak` swaps more.
func TestSwappedAddresses(t *testing.T) {
	t.Parallel()
	swapCameras(t, 1)
}

// swapCameras exchanges the addresses of two cameras, as a router does: no clip
// shows the other one's pictures, both say what is wrong, and both are recorded
// again when all is back.
func swapCameras(t *testing.T, rounds int) {
	needFFmpeg(t)
	h := startHub(t, t.TempDir())
	keeper := h.claim("keeper")
	var cams []*fakecam.Camera
	var ids []string
	for i := range 2 {
		name := fmt.Sprint("swapped ", i)
		c := startCamera(t, fakecam.Options{Name: name})
		cams = append(cams, c)
		ids = append(ids, keeper.addCamera(map[string]string{"name": name, "main": c.MainURL(), "onvif": c.ONVIFURL()}))
	}
	swap := func() {
		if err := fakecam.Swap(cams[0], cams[1]); err != nil {
			t.Fatal(err)
		}
	}
	waitLive(t, keeper, ids)
	end := keeper.holdRecording(ids)
	waitRecording(t, keeper, len(ids))
	before := settled(t, h)
	turns := make([][]turn, len(cams))
	for round := range rounds {
		n := make([]turn, len(cams))
		for i, c := range cams {
			n[i] = turn{row: faultRow{back: backLimit}, round: round, began: c.LastMark().Frame}
		}
		began := time.Now()
		swap()
		for i, id := range ids {
			until(t, noticeLimit, "another device answers for camera "+id, func() bool { return keeper.camera(id).Status.State == "another device" })
			n[i].noticed = time.Since(began)
		}
		pause(t, faultHolds)
		swap()
		for i, c := range cams {
			n[i].healed = c.LastMark().Frame
			turns[i] = append(turns[i], n[i])
		}
		for _, id := range ids {
			keeper.steady(id, rareLimit+awayLimit)
		}
	}
	level(t, before, settled(t, h))
	end()
	for i, id := range ids {
		name := fmt.Sprint("swapped ", i)
		recordedAgain(t, marksOf(t, name, keeper.films(id)), turns[i])
	}
}
