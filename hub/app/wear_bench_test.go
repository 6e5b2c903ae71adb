//go:build bench

package app_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lares/cameras/benchline"
	"lares/cameras/fakecam"
)

// wearCameras record for wearFor in each way.
const (
	wearCameras = 4
	wearFor     = 4 * time.Minute
)

// wearFlushes is how many flushes a second a camera may ask of its disk: for one sync, of both
// its streams, ext4 flushes before and behind the record of its journal; a fifth of one is for
// files that begin and end.
const wearFlushes = 2.2

// loopDisk is a small disk of its own, whose writes the kernel counts: those of its file
// system too.
type loopDisk struct{ dir, stat string }

func newLoopDisk(t *testing.T, dir, size string) loopDisk {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "truncate", "-s", size, dir+".image")
	run(t, "mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", dir+".image")
	device := run(t, "losetup", "--show", "-f", dir+".image")
	t.Cleanup(func() { exec.Command("losetup", "-d", device).Run() })
	run(t, "mount", device, dir)
	t.Cleanup(func() { exec.Command("umount", "-l", dir).Run() })
	return loopDisk{dir, filepath.Join("/sys/block", filepath.Base(device), "stat")}
}

// written is how many bytes were written to the disk, and how many flushes asked of it.
func (d loopDisk) written(t *testing.T) (bytes, flushes int64) {
	t.Helper()
	f, err := os.Open(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(d.stat)
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(b)) // Documentation/block/stat.rst
	number := func(i int) int64 {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 512 * number(6), number(15)
}

// fillLog changes a camera's plan until the database's log is as long as it becomes: from then on it
// is written over, up to an hour later, which takes less than to have it grow.
func fillLog(t *testing.T, keeper *person, id, log string) {
	t.Helper()
	const still = 20 // changes
	longest, grew := int64(0), 0
	for n := 0; n < grew+still; n++ {
		keeper.plan(id, map[string]any{"mode": "off", "pre_roll_ms": 1000 + n})
		f, err := os.Stat(log)
		if err != nil {
			t.Fatal(err)
		}
		if f.Size() > longest {
			longest, grew = f.Size(), n
		}
	}
	t.Logf("the log has %d KiB after %d changes", longest>>10, grew)
}

// TestBenchWear says how much is written for the database beside the recordings, where both
// have a disk of their own, and how often these are synced: what an SD card bears.
func TestBenchWear(t *testing.T) {
	needFFmpeg(t)
	if os.Geteuid() != 0 {
		t.Skip("mounting a disk takes root")
	}
	dir := t.TempDir()
	video := filepath.Join(dir, "camera.mp4")
	encodeNoise(t, video)
	data, media := newLoopDisk(t, filepath.Join(dir, "data"), "512M"), newLoopDisk(t, filepath.Join(dir, "media"), "3G")
	h := startHub(t, filepath.Join(data.dir, "hub"), "--media", filepath.Join(media.dir, "media"))
	keeper := h.claim("keeper")
	var ids []string
	for i := range wearCameras {
		cam := startCamera(t, fakecam.Options{Name: fmt.Sprint("wear ", i), Source: fakecam.File{Path: video}})
		id := keeper.addCamera(map[string]string{"name": fmt.Sprint("wear ", i), "main": cam.MainURL(), "sub": cam.SubURL()})
		keeper.overlooks(id)
		ids = append(ids, id)
	}
	waitLive(t, keeper, ids)
	fillLog(t, keeper, ids[0], filepath.Join(data.dir, "hub", "lares.db-wal"))
	until(t, 2*time.Minute, "room is kept back, which is written once", func() bool {
		f, err := os.Stat(filepath.Join(data.dir, "hub", "lares.db-reserve"))
		var disk unix.Statfs_t
		return err == nil && unix.Statfs(data.dir, &disk) == nil && f.Size() == int64(disk.Blocks)*int64(disk.Bsize)/64
	})
	for _, way := range []struct {
		name, mode, streams string
		events              bool
	}{{"continuous", "continuous", "main", false}, {"streams", "continuous", "both", false}, {"both", "both", "main", true}, {"events", "events", "main", true}} {
		for _, id := range ids {
			keeper.plan(id, map[string]any{"mode": way.mode, "streams": way.streams})
		}
		pause(t, 10*time.Second)
		db, _ := data.written(t)
		clips, flushes := media.written(t)
		began := time.Now()
		for time.Since(began) < wearFor {
			if way.events { // one a minute at each camera
				for _, id := range ids {
					keeper.call(http.MethodPost, "cameras/"+id+"/trigger", nil, http.StatusAccepted, nil)
				}
			}
			pause(t, time.Minute)
		}
		took := time.Since(began)
		dbAfter, _ := data.written(t)
		clipsAfter, flushesAfter := media.written(t)
		benchline.Print("wear_"+way.name+"_clips", float64(clipsAfter-clips)/took.Seconds()/wearCameras/1024, "KiB/s/camera", ">=", 0)
		benchline.Print("wear_"+way.name+"_database", 100*float64(dbAfter-db)/float64(clipsAfter-clips), "%", "<=", 1)
		benchline.Print("wear_"+way.name+"_flushes", float64(flushesAfter-flushes)/took.Seconds()/wearCameras, "/s/camera", "<=", wearFlushes)
	}
}
