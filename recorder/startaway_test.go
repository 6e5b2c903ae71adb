package recorder

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

// TestFirstPoolAtStart: a start waits for the first pool as little as for any other. Whatever is
// wrong with it, the other one is recorded to, nothing is made in its place, and what a crash
// left open in it is ended, and recorded on behind that, when it is there.
func TestFirstPoolAtStart(t *testing.T) {
	held := make(chan struct{})
	for name, c := range map[string]struct {
		harm func(t *testing.T, w *two) (back func() error)
		is   PoolTrouble
	}{
		"no folder": {func(t *testing.T, w *two) func() error {
			aside := w.dir + ".aside"
			must(t, os.Rename(w.dir, aside))
			return func() error {
				if _, err := os.Stat(w.dir); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("made in its place: %v", err)
				}
				return os.Rename(aside, w.dir)
			}
		}, PoolMissing},
		"an empty folder": {func(t *testing.T, w *two) func() error {
			aside := w.dir + ".aside"
			must(t, errors.Join(os.Rename(w.dir, aside), os.Mkdir(w.dir, 0o700)))
			return func() error {
				if left, err := os.ReadDir(w.dir); err != nil || len(left) > 0 {
					t.Errorf("written to what is in its place: %v, %v", left, err)
				}
				return errors.Join(os.Remove(w.dir), os.Rename(aside, w.dir))
			}
		}, PoolMissing},
		"another disk": {func(t *testing.T, w *two) func() error {
			aside := w.dir + ".aside"
			must(t, errors.Join(os.Rename(w.dir, aside), os.Mkdir(w.dir, 0o700)))
			_, err := MarkPool(w.dir)
			must(t, err)
			return func() error {
				if left, err := os.ReadDir(filepath.Join(w.dir, "clips")); err != nil || len(left) != 1 {
					t.Errorf("written to what is in its place: %v, %v", left, err)
				}
				return errors.Join(os.RemoveAll(w.dir), os.Rename(aside, w.dir))
			}
		}, PoolMissing},
		"read-only": {func(t *testing.T, w *two) func() error {
			if err := unix.Mount(w.dir, w.dir, "", unix.MS_BIND, ""); err != nil {
				t.Skipf("mounting takes root: %v", err)
			}
			gone := func() error { return unix.Unmount(w.dir, unix.MNT_DETACH) }
			t.Cleanup(func() { gone() })
			must(t, unix.Mount("", w.dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
			return gone
		}, PoolReadOnly},
		"no answer": {func(*testing.T, *two) func() error {
			return func() error { close(held); return nil }
		}, PoolSlow},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := crashedTwo(t)
			open := w.of(w.cam)[0]
			back := c.harm(t, w)
			w.begin(func(_ *Config, r *Recorder) {
				if r != nil && c.is == PoolSlow {
					r.disks[0].space = func(s pool.Space) pool.Space { <-held; return s }
				}
			})
			w.r.Plan(w.other.id, Plan{Mode: media.ModeContinuous})
			w.r.Plan(w.cam.id, Plan{Mode: media.ModeContinuous})
			if c.is == PoolSlow {
				wait(t, "what a crash left to be ended", func() bool { return w.index.row(open.Clip).State == StateRecovered })
				w.r.tidy.Lock()
				w.r.retain(t.Context())
				w.r.tidy.Unlock()
				if len(w.of(w.cam)) == 0 {
					t.Fatal("a clip went for want of room, though nobody knows how much there is")
				}
				w.clock.Advance(2 * slowDisk) // no time goes by for it
			}
			wait(t, "the trouble to be seen", func() bool { return w.r.Pools()[0].Trouble == c.is })
			wait(t, "somebody to read", w.other.watched)
			for range 2*gop + 30 {
				w.other.picture()
				wait(t, "the other camera to be read", w.other.taken)
			}
			wait(t, "the other pool's camera to be recorded", func() bool {
				s, _ := w.r.Status(w.other.id)
				return s.Recording && s.Problem == ""
			})
			if s, _ := w.r.Status(w.cam.id); s.Recording {
				t.Errorf("its own camera: %+v", s)
			}
			if row := w.index.row(open.Clip); c.is == PoolMissing && row.State != StateOpen {
				t.Errorf("what a crash left open in it is %s", row.State)
			}
			must(t, back())
			wait(t, "it to be well", func() bool { return w.r.Pools()[0].Trouble == "" })
			wait(t, "what a crash left to be ended", func() bool { return w.index.row(open.Clip).State == StateRecovered })
			w.open(w.index.row(open.Clip), w.vault.store)
			wait(t, "somebody to read", w.cam.watched)
			for w.cam.n%gop != 0 {
				w.cam.picture()
			}
			for range gop {
				w.cam.picture()
			}
			wait(t, "its camera to be recorded", func() bool { s, _ := w.r.Status(w.cam.id); return s.Recording && s.Problem == "" })
			w.stops()
			for _, row := range w.index.all() {
				if row.State != StateComplete && row.Clip != open.Clip {
					t.Errorf("%+v", row)
				}
			}
			wait(t, "the look around", w.scanned)
			if h := w.r.Health(); h.Damaged+h.Unknown+h.Foreign > 0 || h.Problem != "" {
				t.Errorf("%+v", h)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// crashedTwo is what a power cut left of a house that recorded to the first of two pools.
func crashedTwo(t *testing.T) *two {
	t.Helper()
	w := newTwo(t)
	w.begin()
	w.records()
	w.r.Plan(w.other.id, Plan{Mode: media.ModeOff})
	w.both(50)
	w.listed()
	crashed := newTwo(t)
	crashed.house = w.image()
	crashed.other = crashed.camera(w.other.id)
	crashed.pools()
	for _, row := range w.of(w.cam) {
		crashed.index.clips[row.Clip] = row
	}
	w.halt()
	if rows := crashed.of(crashed.cam); len(rows) != 1 || rows[0].State != StateOpen {
		t.Fatalf("%+v", rows)
	}
	return crashed
}
