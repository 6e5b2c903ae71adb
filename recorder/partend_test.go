package recorder

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

// TestRemovedWhileWritten: a file that somebody removes or renames while it is written is lost, which is noticed with the
// next sync and told, and recording goes on in another one.
func TestRemovedWhileWritten(t *testing.T) {
	for what, take := range map[string]func(file string) error{
		"removed": os.Remove,
		"renamed": func(file string) error { return os.Rename(file, file+".aside") },
	} {
		h := newHouse(t)
		var told atomic.Int32
		h.start(counts(&told))
		event := h.motion(40)
		h.listed()
		first := h.clips(1)[0]
		must(t, take(h.file(first.Clip)))
		taken := h.clock.Now()
		wait(t, "another file", func() bool {
			h.cam.picture()
			h.drained()
			return len(h.index.all()) > 1
		})
		h.still()
		h.listed()
		rows := h.clips(2)
		if lost := rows[0]; lost.Clip != first.Clip || lost.State != StateDamaged || lost.Bytes != 0 || lost.Duration <= 0 {
			t.Errorf("%s: the file that was: %+v", what, lost)
		}
		if late := rows[1].Start.Sub(taken); late > 5*time.Second {
			t.Errorf("%s: it was noticed after %v", what, late)
		}
		if rows[1].Event != event || rows[1].State != StateComplete || rows[1].Bytes == 0 {
			t.Errorf("%s: the one behind it: %+v", what, rows[1])
		}
		if health := h.r.Health(); health.Damaged != 1 || told.Load() != 1 || health.Bytes != rows[1].Bytes {
			t.Errorf("%s: %d damaged, told %d times, %d bytes", what, health.Damaged, told.Load(), health.Bytes)
		}
		h.halt()
	}
}

// TestChangedWhileWritten: a file that somebody cuts, or puts another one or a link in the place of while it is
// written does not end as if nothing were: it is damaged, takes what lies in its place, and that is told once.
func TestChangedWhileWritten(t *testing.T) {
	for what, change := range map[string]func(file string) (takes int64, err error){
		"replaced": func(file string) (int64, error) {
			return 4, errors.Join(os.Rename(file, file+".aside"), os.WriteFile(file, []byte("more"), 0o600))
		},
		"a link": func(file string) (int64, error) {
			return 1, errors.Join(os.Rename(file, file+".aside"), os.Symlink("/", file))
		},
		"cut":     func(file string) (int64, error) { return -1, os.Truncate(file, firstRecord) },
		"emptied": func(file string) (int64, error) { return -1, os.Truncate(file, 0) },
	} {
		h := newHouse(t)
		var told atomic.Int32
		h.start(counts(&told))
		wait(t, "the look around", h.scanned)
		h.motion(40)
		h.listed()
		file := h.file(h.clips(1)[0].Clip)
		takes, err := change(file)
		must(t, err)
		h.still()
		h.listed()
		if takes < 0 {
			is, err := os.Stat(file)
			must(t, err)
			takes = is.Size()
		}
		if row := h.clips(1)[0]; row.State != StateDamaged || row.Bytes != takes || row.Duration <= 0 {
			t.Errorf("%s: %+v, and not damaged, of %d bytes", what, row, takes)
		}
		if health := h.r.Health(); health.Damaged != 1 || told.Load() != 1 || health.Bytes != takes {
			t.Errorf("%s: %d damaged, told %d times, %d bytes of %d", what, health.Damaged, told.Load(), health.Bytes, takes)
		}
		h.halt()
	}
}

// TestFileOfAnotherNumber: a file that is as it was written ends so, though its file system numbers it anew while it
// is open, as some of a network do; one that is as long and not the same does not.
func TestFileOfAnotherNumber(t *testing.T) {
	for want, change := range map[ClipState]func([]byte){
		StateComplete: func([]byte) {},
		StateDamaged:  func(b []byte) { b[len(b)-1] ^= 1 },
	} {
		h := newHouse(t)
		var told, others atomic.Int32
		var ended atomic.Bool // its end was written
		h.start(counts(&told), func(_ *Config, r *Recorder) {
			if r == nil {
				return
			}
			r.disks[0].pool.Intercept(func(s pool.Step, take func() error) error {
				if s.Op == pool.OpWrite {
					ended.Store(len(s.Data) == sealed.EndSize)
				}
				if name := filepath.Join(h.dir, s.Name); s.Op == pool.OpStat && ended.Load() {
					b, err := os.ReadFile(name)
					if others.Add(1) == 1 {
						change(b)
					}
					if err := errors.Join(err, os.WriteFile(name+".copy", b, 0o600), os.Rename(name+".copy", name)); err != nil {
						t.Error(err)
					}
				}
				return take()
			})
		})
		wait(t, "the look around", h.scanned)
		h.moment(40)
		h.listed()
		tales := int32(0)
		if want == StateDamaged {
			tales = 1
		}
		if row := h.clips(1)[0]; row.State != want || told.Load() != tales || others.Load() == 0 {
			t.Errorf("%+v, and not %s, told %d times, numbered anew %d times", row, want, told.Load(), others.Load())
		}
		h.halt()
	}
}
