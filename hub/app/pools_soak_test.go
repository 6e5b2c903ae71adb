//go:build soak

package app_test

import (
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lares/cameras/fakecam"
)

// toldWithin is how soon a trouble of a disk is shown and told, and that it is over; that it
// is well again is believed after another ten seconds.
const toldWithin = 10 * time.Second

// newest is when a file in a folder was last written to.
func newest(folder string) (at time.Time) {
	filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil && info.ModTime().After(at) {
				at = info.ModTime()
			}
		}
		return nil
	})
	return at
}

// diskImage makes a disk of half a gigabyte in a folder, and an empty folder to mount it at.
func diskImage(t *testing.T, dir string) (image, disk string) {
	t.Helper()
	image, disk = filepath.Join(dir, "image"), filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "truncate", "-s", "512M", image)
	run(t, "mkfs.ext4", "-q", image)
	return image, disk
}

// freeze has a disk take nothing until thaw: FIFREEZE and FITHAW of linux/fs.h.
func freeze(t *testing.T, disk string) { t.Helper(); tell(t, disk, 0xC0045877) }
func thaw(t *testing.T, disk string)   { t.Helper(); tell(t, disk, 0xC0045878) }

func tell(t *testing.T, disk string, what uint) {
	t.Helper()
	d, err := os.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := unix.IoctlSetInt(int(d.Fd()), what, 0); err != nil {
		t.Fatal(err)
	}
}

// TestSoakDisks: a disk that is taken away, can only be read, does not answer or is full, while
// two cameras record to two disks: that is told within ten seconds, costs the other disk's
// camera nothing, and is over by itself. Nothing goes to the folder under a disk that is not
// there, and what is on both is as it was written.
func TestSoakDisks(t *testing.T) {
	needFFmpeg(t)
	if os.Geteuid() != 0 {
		t.Skip("mounting a disk takes root")
	}
	dir := t.TempDir()
	image, disk := diskImage(t, dir)
	mount := func(how string) { run(t, "mount", "-o", "loop,"+how, image, disk) }
	unmount := func() { run(t, "umount", "-l", disk) }
	remount := func(how string) {
		t.Helper()
		unmount()
		until(t, toldWithin, "the hub lets go of the disk", func() bool {
			out, err := exec.Command("losetup", "-j", image).Output()
			return err == nil && len(out) == 0
		})
		mount(how)
	}
	mount("rw")
	t.Cleanup(func() { exec.Command("umount", "-l", disk).Run() })
	data := filepath.Join(dir, "data")
	h := startHub(t, data, "--pool", "more="+disk)
	keeper := h.claim("keeper")
	cams := map[string]string{} // by the disk they are recorded to
	for _, name := range []string{"main", "more"} {
		cam := startCamera(t, fakecam.Options{Name: name, Source: fakecam.TestCard{}})
		id := keeper.addCamera(map[string]string{"name": name, "main": cam.MainURL()})
		keeper.overlooks(id)
		keeper.call(http.MethodPut, "cameras/"+id+"/pool", map[string]any{"pool": name}, http.StatusNoContent, nil)
		keeper.plan(id, map[string]any{"mode": "continuous"})
		cams[name] = id
	}
	waitLive(t, keeper, []string{cams["main"], cams["more"]})
	recorded := func(limit time.Duration) {
		t.Helper()
		for name, id := range cams {
			folder := filepath.Join(map[string]string{"main": filepath.Join(data, "media"), "more": disk}[name], "clips", id)
			was := newest(folder)
			until(t, limit, name+" is recorded", func() bool { return newest(folder).After(was) })
		}
	}
	recorded(time.Minute)
	rest := filepath.Join(disk, "rest")
	fill := func() {
		exec.Command("dd", "if=/dev/zero", "of="+rest, "bs=1M").Run() // until it is full
	}
	for _, c := range []struct {
		state      string
		begin, end func()
	}{
		{"missing", unmount, func() {
			if left, err := os.ReadDir(disk); err != nil || len(left) > 0 {
				t.Errorf("under the disk there is %v, %v", left, err)
			}
			mount("rw")
		}},
		{"read-only", func() { remount("ro") }, func() { remount("rw") }},
		{"slow", func() { freeze(t, disk) }, func() { thaw(t, disk) }},
		{"full", fill, func() { os.Remove(rest) }},
	} {
		told, back, owner := keeper.toldOf("disk-trouble", c.state, "more"), keeper.toldOf("disk-back", "", "more"), keeper.toldOf("recording-stopped", "disk", "")
		c.begin()
		began := time.Now()
		until(t, toldWithin, "the disk is "+c.state, func() bool { return keeper.disks()["more"] == c.state })
		shown := time.Since(began)
		until(t, toldWithin-shown, c.state+" is told", func() bool { return keeper.toldOf("disk-trouble", c.state, "more") > told })
		t.Logf("%s is shown after %v, told after %v", c.state, shown, time.Since(began))
		if c.state != "slow" && c.state != "full" {
			until(t, toldWithin-shown, "the owner is told that it is "+c.state, func() bool { return keeper.toldOf("recording-stopped", "disk", "") > owner })
		}
		if trouble := keeper.disks()["main"]; trouble != "" {
			t.Errorf("while one is %s the other is %s", c.state, trouble)
		}
		pause(t, 5*time.Second) // what the pre-roll brings again is no gap
		c.end()
		began = time.Now()
		until(t, 2*toldWithin, c.state+" is over", func() bool { return keeper.disks()["more"] == "" })
		recorded(2 * toldWithin)
		t.Logf("%s is over, and recorded again, after %v", c.state, time.Since(began))
		until(t, 3*toldWithin, "that "+c.state+" is over is told", func() bool { return keeper.toldOf("disk-back", "", "more") > back })
		keeper.call(http.MethodPost, "notices/read", nil, http.StatusNoContent, nil)
	}
	for _, id := range cams {
		keeper.plan(id, map[string]any{"mode": "off"})
	}
	if gaps := keeper.gaps(cams["main"]); len(gaps) > 0 {
		t.Errorf("the other disk's camera misses %+v", gaps)
	}
	// Of a disk that is slow nothing is missing, for it waits, and of one that is full only what
	// the oldest clips made no room for.
	gaps := keeper.gaps(cams["more"])
	if len(gaps) < 2 || slices.ContainsFunc(gaps, func(g gapJSON) bool { return g.Cause != "disk" }) {
		t.Errorf("gaps %+v", gaps)
	}
	t.Logf("gaps %+v", gaps)
	until(t, time.Minute, "all clips end", func() bool {
		return !slices.ContainsFunc(slices.Concat(keeper.recordings(cams["main"]), keeper.recordings(cams["more"])), func(r recordingJSON) bool { return r.State == "open" })
	})
	out, err := exec.Command(lares, "verify", "clips", "--data", data, "--pool", "more="+disk).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "clips are as they were written") {
		t.Errorf("verify: %v\n%s", err, out)
	}
	t.Logf("%s", out)
	if err := h.stop(); err != nil {
		t.Errorf("stopping: %v\n%s", err, h.stderr)
	}
}
