package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lares/cameras/fakecam"
)

// TestFullDiskEases: what a hub has, its database and its recordings, is on one disk, the oldest
// of which go for the newest, and another program takes every byte that is left there, and keeps
// them. The hub makes room for itself by what it kept back: recordings go, it records on, who
// runs it is told, and people sign in. Once the other program is gone it keeps room back again.
func TestFullDiskEases(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	disk := t.TempDir()
	if err := unix.Mount("small", disk, "tmpfs", 0, "size=48m"); err != nil {
		t.Skipf("mounting a tmpfs takes root: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(disk, unix.MNT_DETACH) })
	film := filepath.Join(t.TempDir(), "noise.mp4")
	ffmpeg(t, "-f", "lavfi", "-i", "color=gray:size=640x360:rate=25,noise=alls=60:allf=t", "-t", "2", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast",
		"-b:v", "40M", "-maxrate", "40M", "-bufsize", "4M", "-g", "25", film)
	data := filepath.Join(disk, "data")
	h := startHub(t, data)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(h.stderr)
		}
	})
	keeper := h.claim("keeper")
	cam := startCamera(t, fakecam.Options{Name: "hall", Source: fakecam.File{Path: film}})
	id := keeper.addCamera(map[string]string{"name": "hall", "main": cam.MainURL()})
	waitLive(t, keeper, []string{id})
	keeper.plan(id, map[string]any{"mode": "events", "pre_roll_ms": 1000, "post_roll_ms": 1000})
	kept := func() bool {
		info, err := os.Stat(filepath.Join(data, "lares.db-reserve"))
		return err == nil && info.Size() == 48<<20/64
	}
	record := func() (clip string) {
		t.Helper()
		since := time.Now()
		keeper.trigger(id)
		until(t, 30*time.Second, "it is recorded", func() bool {
			list := keeper.recordedSince(id, since)
			if len(list) > 0 {
				clip = list[len(list)-1].Clip
			}
			return len(list) > 0 && list[len(list)-1].State != "open"
		})
		return clip
	}
	first := record()
	there := func(clip string) bool {
		return slices.ContainsFunc(h.clipFiles(id), func(f string) bool { return clipID(f) == clip })
	}
	oldest := ""
	for next := record(); there(first); next = record() {
		oldest = next
	}
	until(t, patience, "room is kept back", kept)

	rest := filepath.Join(disk, "rest")
	if taken := takeAll(t, rest); taken < 1<<20 {
		t.Fatalf("%d bytes were left to take", taken)
	}
	full := time.Now()
	until(t, 30*time.Second, "who runs the hub is told", func() bool { return keeper.toldOf("database-trouble", "full", "") > 0 })
	h.signIn("keeper")
	until(t, 30*time.Second, "recordings go for it", func() bool { return !there(oldest) })
	record()
	t.Logf("it took %v", time.Since(full))

	if err := os.Remove(rest); err != nil {
		t.Fatal(err)
	}
	until(t, patience, "room is kept back again", kept)
	until(t, patience, "who runs the hub is told that it is over", func() bool { return keeper.toldOf("database-back", "", "") > 0 })
}

// takeAll lengthens a file until its disk has not a byte left.
func takeAll(t *testing.T, name string) (taken int) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err != nil {
		return 0
	}
	defer f.Close()
	for piece := make([]byte, 1<<20); len(piece) > 0; {
		n, err := f.Write(piece)
		taken += n
		if errors.Is(err, syscall.ENOSPC) {
			piece = piece[:len(piece)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return taken
}
