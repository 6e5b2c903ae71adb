//go:build soak

package app_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

const (
	// stalled is for how long TestSoakStall's disk takes nothing: four times what a hub keeps comes meanwhile.
	stalled = time.Minute
	// stallSpare is how much more than before a hub may hold then, in MiB: what may wait for all
	// cameras (fanout.MaxWaiting), and as much again, which is what a heap may grow by before it is collected.
	stallSpare = 2 * 64.0
	// stallApart is by how much cameras that send the same may differ in what they miss: whose most
	// waits loses all of it, an equal part of what may wait, which is 16 s of these.
	stallApart = 20 * time.Second
)

// TestSoakStall: a disk that takes nothing for a minute, while eight cameras of 4 Mbit/s record to
// it and one to another. What waits is bounded, over all and fairly; the hub answers and the ninth
// camera misses nothing; each of the eight has a gap of the disk and goes on by itself.
func TestSoakStall(t *testing.T) {
	needFFmpeg(t)
	if os.Geteuid() != 0 {
		t.Skip("mounting a disk takes root")
	}
	dir := t.TempDir()
	image, disk := diskImage(t, dir)
	run(t, "mount", "-o", "loop", image, disk)
	t.Cleanup(func() { exec.Command("umount", "-l", disk).Run() })
	data := filepath.Join(dir, "data")
	h := startHub(t, data, "--pool", "more="+disk)
	keeper := h.claim("keeper")
	video := quickVideo(t)
	add := func(name, pool string, source fakecam.Source) string {
		id := keeper.addCamera(map[string]string{"name": name, "main": startCamera(t, fakecam.Options{Name: name, Source: source}).MainURL()})
		keeper.overlooks(id)
		keeper.call(http.MethodPut, "cameras/"+id+"/pool", map[string]any{"pool": pool}, http.StatusNoContent, nil)
		keeper.plan(id, map[string]any{"mode": "continuous"})
		return id
	}
	other := add("other", "main", fakecam.TestCard{})
	var ids []string
	for i := range 8 {
		ids = append(ids, add(fmt.Sprint("quick ", i), "more", fakecam.File{Path: video}))
	}
	waitLive(t, keeper, append(ids, other))
	pause(t, 15*time.Second) // as it usually is
	before, _ := keeper.lowest(levelLook)

	freeze(t, disk)
	began, most, slowest := time.Now(), 0.0, time.Duration(0)
	func() {
		defer thaw(t, disk)
		for ; time.Since(began) < stalled; pause(t, 500*time.Millisecond) {
			most = max(most, vital(t, h)[0].pss)
			asked := time.Now()
			keeper.disks()
			slowest = max(slowest, time.Since(asked))
		}
	}()
	thawed := time.Now()
	for _, id := range ids {
		folder := filepath.Join(disk, "clips", id)
		until(t, 2*toldWithin, "it is recorded again", func() bool { return newest(folder).After(thawed) })
	}
	t.Logf("the hub held %.1f MiB, before %.1f; its slowest answer took %v; all are recorded again %v after the disk", most, before[0].pss, slowest, time.Since(thawed))
	if most > before[0].pss+stallSpare {
		t.Errorf("the hub held %.1f MiB, before %.1f", most, before[0].pss)
	}
	if slowest > 2*time.Second {
		t.Errorf("an answer took %v", slowest)
	}
	for i, w := range vital(t, h)[1:] {
		if i+1 < len(before) && w.pid != before[i+1].pid {
			t.Errorf("worker %d was replaced", i+1)
		}
	}
	var missing []time.Duration
	for _, id := range ids {
		var gaps []gapJSON
		until(t, 3*toldWithin, "what it misses is known", func() bool {
			gaps = keeper.gaps(id)
			return len(gaps) > 0 && !slices.ContainsFunc(gaps, func(g gapJSON) bool { return g.To.IsZero() })
		})
		keeper.plan(id, map[string]any{"mode": "off"})
		var lost time.Duration
		for _, g := range gaps {
			if g.Cause != "disk" {
				t.Errorf("a gap %+v", g)
			}
			lost += g.To.Sub(g.From)
		}
		missing = append(missing, lost)
	}
	t.Logf("the eight miss %v", missing)
	if least, greatest := slices.Min(missing), slices.Max(missing); least <= 0 || greatest > stalled+toldWithin || greatest-least > stallApart {
		t.Errorf("the eight miss %v", missing)
	}
	keeper.plan(other, map[string]any{"mode": "off"})
	if gaps := keeper.gaps(other); len(gaps) > 0 {
		t.Errorf("the other disk's camera misses %+v", gaps)
	}
	until(t, time.Minute, "all clips end", func() bool {
		return !slices.ContainsFunc(append(ids, other), func(id string) bool {
			return slices.ContainsFunc(keeper.recordings(id), func(r recordingJSON) bool { return r.State == "open" })
		})
	})
	if out, err := exec.Command(lares, "verify", "clips", "--data", data, "--pool", "more="+disk).CombinedOutput(); err != nil || !strings.Contains(string(out), "clips are as they were written") {
		t.Errorf("verify: %v\n%s", err, out)
	}
	if err := h.stop(); err != nil {
		t.Errorf("stopping: %v\n%s", err, h.stderr)
	}
}
