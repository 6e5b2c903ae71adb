package app_test

import (
	"fmt"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestPartsOutliveAKill ends the hub in the middle of an event that has several
// parts already: all of them are listed afterwards, with what was saved of the
// last one, and each of them plays.
func TestPartsOutliveAKill(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	cam := startCamera(t, fakecam.Options{Name: "parts", Source: fakecam.TestCard{}})
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	id := keeper.addCamera(map[string]string{"name": "parts", "main": cam.MainURL()})
	waitLive(t, keeper, []string{id})
	cam.SetFault(fakecam.Resolution)
	keeper.trigger(id)
	var before eventJSON
	until(t, 15*time.Second, "three parts", func() bool {
		if list := keeper.events(); len(list) > 0 {
			before = list[0]
		}
		return len(before.Clips) >= 3 && before.Recording
	})
	pause(t, 1500*time.Millisecond) // so that there is something of the last part to save
	h.kill()
	h = startHub(t, data)
	keeper = h.signIn("keeper")
	var after eventJSON
	until(t, 10*time.Second, "the event is over", func() bool {
		after = keeper.events()[0]
		return !after.Recording && !after.End.IsZero()
	})
	if after.ID != before.ID || len(after.Clips) < len(before.Clips) {
		t.Fatalf("before the kill\n%+v\nafter it\n%+v", before, after)
	}
	var sum int64
	for i, c := range after.Clips {
		if i < len(before.Clips) && c.ID != before.Clips[i].ID || c.Recording || c.DurationMS == 0 {
			t.Errorf("part %d: %+v", i, c)
		}
		sum += c.DurationMS
		decodes(t, writeFile(t, fmt.Sprintf("part-%d.mp4", i), keeper.get("clips/"+c.ID+"/clip.mp4")))
	}
	if off := sum - after.DurationMS; off > int64(len(after.Clips)) || -off > int64(len(after.Clips)) {
		t.Errorf("the event says %d ms, its parts are %d ms", after.DurationMS, sum)
	}
	t.Logf("%d parts before the kill, %d after it, %d ms", len(before.Clips), len(after.Clips), sum)
}
