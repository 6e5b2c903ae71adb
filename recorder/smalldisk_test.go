package recorder

import (
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/recorder/retention"
)

// tmpfs mounts a small disk in memory until the test ends.
func tmpfs(t *testing.T, size string) (dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root mounts a disk")
	}
	dir = t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "small", dir).CombinedOutput(); err != nil {
		t.Fatalf("mounting: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", dir).Run() })
	return dir
}

// TestSmallDisk is four minutes of TestSoakSmallDisk.
func TestSmallDisk(t *testing.T) { fillSmallDisk(t, 4*time.Minute) }

// fillSmallDisk records four cameras of two people on a disk of 64 MiB, 2 MiB each second, for a
// while that goes by as fast as they are written. There is always room for a new file, nobody
// waits for it, the quota holds, the newest are there, and all that is there opens.
func fillSmallDisk(t *testing.T, lasts time.Duration) {
	dir := tmpfs(t, "64m")
	synctest.Test(t, func(t *testing.T) { smallDisk(t, dir, int(lasts/interval)) })
}

func smallDisk(t *testing.T, dir string, steps int) {
	const (
		quota   = 6 << 20
		open    = 6 << 20          // bytes of a file that is being written, at most
		picture = 2 << 20 / 10 / 4 // bytes of one
	)
	h := newHouse(t)
	h.dir = dir
	all := cams{h.cam.id: h.cam}
	list := []*cam{h.cam}
	for range 3 {
		c := h.camera(media.NewCameraID())
		c.clock = clock.NewManual(h.clock.Now())
		all[c.id], list = c, append(list, c)
	}
	loud, quiet := retention.Group{1}, retention.Group{2}
	var p atomic.Pointer[retention.Policy]
	p.Store(&retention.Policy{
		Cameras: map[media.CameraID]retention.Camera{
			list[0].id: {Group: loud}, list[1].id: {Group: loud}, list[2].id: {Group: loud}, list[3].id: {Group: quiet},
		},
		Quotas: map[retention.Group]int64{quiet: quota},
	})
	h.start(policy(&p), func(c *Config, _ *Recorder) { c.Source = all })
	for i, c := range list {
		c.pad = picture
		if i > 0 {
			h.r.Watch(c.id)
			c.newRun(h.r)
		}
		h.r.Plan(c.id, Plan{Mode: media.ModeBoth})
	}
	var recorded [4]int // when each was last
	for step := range steps {
		for _, c := range list {
			c.picture()
		}
		time.Sleep(interval)
		synctest.Wait()
		if step%300 == 150 { // an event of each in turn
			if _, err := h.r.Trigger(list[step/300%4].id, Trigger{Kind: media.KindMotion, Hold: true}); err != nil {
				t.Fatal(err)
			}
		}
		if step < 600 || step%10 > 0 {
			continue
		}
		now, err := h.r.Recorded()
		if err != nil {
			t.Fatal(err)
		}
		room, used := now.Pools[0], now.ByCamera()
		if health := h.r.Health(); health.Problem != "" || room.Free < startSpace || used[list[3].id] > quota+2*open {
			t.Fatalf("after %v: %d bytes free of a floor of %d, %d of a quota of %d, %q", time.Duration(step)*interval, room.Free, room.Floor, used[list[3].id], quota, health.Problem)
		}
		for i, c := range list {
			s, _ := h.r.Status(c.id)
			if s.Recording {
				recorded[i] = step
			}
			if s.Problem != "" || step-recorded[i] > 30 {
				t.Fatalf("after %v camera %d is not recorded: %+v", time.Duration(step)*interval, i, s)
			}
		}
	}
	for _, c := range list {
		h.r.Plan(c.id, Plan{Mode: media.ModeOff})
	}
	time.Sleep(2 * time.Second)
	synctest.Wait()
	newest := map[media.CameraID]time.Time{}
	oldest := map[media.CameraID]time.Time{}
	for _, row := range h.index.all() {
		if row.State != StateComplete {
			t.Errorf("a clip is %s", row.State)
		}
		o := h.open(row, h.vault.store)
		o.contiguous(t)
		newest[row.Camera] = row.Start.Add(row.Duration)
		if oldest[row.Camera].IsZero() {
			oldest[row.Camera] = row.Start
		}
	}
	for i, c := range list {
		t.Logf("camera %d: %v up to %v before the end", i, newest[c.id].Sub(oldest[c.id]), h.clock.Now().Sub(newest[c.id]))
		if h.clock.Now().Sub(newest[c.id]) > 2*time.Second {
			t.Errorf("camera %d has nothing after %v", i, newest[c.id])
		}
	}
	h.halt()
	h.start(policy(&p), func(c *Config, _ *Recorder) { c.Source = all })
	wait(t, "the look around", func() bool { return h.scanned() && !h.pending() })
	if got := h.r.Health(); got.Damaged+got.Unknown+got.Foreign > 0 || got.Problem != "" {
		t.Errorf("health %+v", got)
	}
}
