package recorder

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"testing"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/sealed"
)

// TestListedFileIsGone: a start finds that the files of listed clips are gone: they are damaged, which is
// counted and told once of their camera, and they take nothing any more. Where one is back at the next start
// it is as it was.
func TestListedFileIsGone(t *testing.T) {
	h := newHouse(t)
	h.start()
	for range 3 {
		h.moment(40)
	}
	h.listed()
	rows := h.clips(3)
	h.halt()
	aside := h.file(rows[0].Clip) + ".aside"
	must(t, os.Rename(h.file(rows[0].Clip), aside))
	must(t, os.Remove(h.file(rows[1].Clip)))
	must(t, os.Symlink(aside, h.file(rows[1].Clip))) // is no file
	looks := func(damaged, told int, states ...ClipState) {
		t.Helper()
		var heard atomic.Int32
		h.start(func(c *Config, _ *Recorder) {
			c.Damaged = func(camera media.CameraID, _ media.ClipID) {
				if camera != h.cam.id {
					t.Errorf("told of camera %v", camera)
				}
				heard.Add(1)
			}
		})
		wait(t, "the look around", h.scanned)
		takes := int64(0)
		for i, want := range states {
			bytes := rows[i].Bytes
			if want == StateDamaged {
				bytes = 0
			}
			if got := h.index.row(rows[i].Clip); got.State != want || got.Duration != rows[i].Duration || got.Bytes != bytes {
				t.Errorf("clip %d is %+v, and not %s of %d bytes", i, got, want, bytes)
			}
			takes += bytes
		}
		if got := h.r.Health().Bytes; got != takes {
			t.Errorf("all take %d bytes, and not %d", got, takes)
		}
		if health := h.r.Health(); health.Damaged != damaged || int(heard.Load()) != told {
			t.Errorf("%d damaged, told %d times, want %d and %d", health.Damaged, heard.Load(), damaged, told)
		}
		h.halt()
	}
	looks(2, 1, StateDamaged, StateDamaged, StateComplete)
	must(t, os.Rename(aside, h.file(rows[0].Clip)))
	looks(0, 0, StateComplete, StateDamaged, StateComplete)
	must(t, os.Remove(h.file(rows[0].Clip)))
	must(t, os.Remove(h.file(rows[2].Clip)))
	looks(2, 1, StateDamaged, StateDamaged, StateDamaged)
}

// TestChangedRecord: a record that the disk changed does not make its clip another's: its reader is told that
// it is damaged, its row says so, also behind a restart, and that is told once, whoever reads it again. So it
// is with a head; the other records are read as before.
func TestChangedRecord(t *testing.T) {
	for what, at := range map[string]int{"a byte": firstRecord, "its CRC": firstRecord - 1, "its number": sealed.HeaderSize + 5} {
		h := newHouse(t)
		var told, crossed atomic.Int32
		listens := func(c *Config, _ *Recorder) {
			c.Damaged = func(media.CameraID, media.ClipID) { told.Add(1) }
			c.Crossed = func(fault.Site, media.CameraID) { crossed.Add(1) }
		}
		h.start(listens)
		for range 2 {
			h.moment(40)
		}
		h.listed()
		rows := h.clips(2)
		edit(t, h.file(rows[0].Clip), func(b []byte) []byte { b[at] ^= 1; return b })
		reads := func(want error) {
			t.Helper()
			c := h.clip(rows[0])
			defer c.Close()
			if _, err := c.Records(); err != nil {
				t.Errorf("%s: its heads: %v", what, err)
			}
			for range 2 {
				if _, _, err := c.ReadRecord(0, nil); !errors.Is(err, want) || errors.Is(err, seal.ErrCrossed) {
					t.Errorf("%s: read: %v", what, err)
				}
			}
			if _, _, err := c.ReadRecord(1, nil); err != nil && what != "its number" {
				t.Errorf("%s: the next one: %v", what, err)
			}
		}
		looks := func(when string, damaged int) {
			t.Helper()
			want := rows[0]
			want.State = StateDamaged
			if got := h.index.row(want.Clip); got != want || h.index.row(rows[1].Clip) != rows[1] {
				t.Errorf("%s, %s: %+v", what, when, got)
			}
			if health := h.r.Health(); health.Damaged != damaged || health.Bytes != rows[0].Bytes+rows[1].Bytes || told.Load() != 1 || crossed.Load() != 0 {
				t.Errorf("%s, %s: %d damaged, %d bytes, told %d times, crossed %d times", what, when, health.Damaged, health.Bytes, told.Load(), crossed.Load())
			}
		}
		wait(t, "the look around", h.scanned)
		reads(sealed.ErrFormat)
		looks("when it is read", 1)
		reads(sealed.ErrFormat)
		looks("when it is read again", 1)
		h.halt()
		h.start(listens)
		wait(t, "the look around", h.scanned)
		looks("behind a restart", 0)
		reads(sealed.ErrFormat)
		looks("when it is read behind that", 0)
		h.halt()
	}
}

// counts has what is told of damaged clips counted.
func counts(told *atomic.Int32) func(*Config, *Recorder) {
	return func(c *Config, _ *Recorder) {
		c.Damaged = func(media.CameraID, media.ClipID) { told.Add(1) }
	}
}

// twoClips is a house with the rows of two clips, which counts how often it is told of damage.
func twoClips(t *testing.T) (h *house, rows []ClipRow, told *atomic.Int32) {
	h, told = newHouse(t), new(atomic.Int32)
	h.start(counts(told))
	for range 2 {
		h.moment(40)
	}
	h.listed()
	wait(t, "the look around", h.scanned)
	return h, h.clips(2), told
}

// TestOpenedFileIsGone: who opens a clip whose file is gone, whatever is in its place, finds none, and its row says so from then on, which
// is told once; but for one that is being removed, or another camera's.
func TestOpenedFileIsGone(t *testing.T) {
	for what, leaves := range map[string]func(file string) error{
		"nothing": func(string) error { return nil },
		"a link":  func(file string) error { return os.Symlink("elsewhere", file) },
		"a pipe":  func(file string) error { return syscall.Mkfifo(file, 0o600) },
	} {
		h, rows, told := twoClips(t)
		for _, row := range rows {
			must(t, errors.Join(os.Remove(h.file(row.Clip)), leaves(h.file(row.Clip))))
		}
		opens := func(camera media.CameraID, row ClipRow) {
			t.Helper()
			if _, err := h.r.Clip(t.Context(), camera, row.Clip); !errors.Is(err, ErrNoClip) {
				t.Errorf("%s: opened: %v", what, err)
			}
		}
		removing := rows[1]
		removing.State = StateRemoving
		h.setState(removing.Clip, StateRemoving)
		opens(h.cam.id, removing)
		opens(media.NewCameraID(), rows[0])
		if got := h.index.all(); got[0] != rows[0] || got[1] != removing || told.Load() != 0 {
			t.Errorf("%s: told %d times: %+v", what, told.Load(), got)
		}
		lost := rows[0]
		lost.State, lost.Bytes = StateDamaged, 0
		for range 2 {
			opens(h.cam.id, rows[0])
			if got := h.index.row(lost.Clip); got != lost || told.Load() != 1 {
				t.Errorf("%s: told %d times: %+v", what, told.Load(), got)
			}
		}
		if health := h.r.Health(); health.Damaged != 1 || health.Bytes != removing.Bytes {
			t.Errorf("%s: %d damaged, %d bytes", what, health.Damaged, health.Bytes)
		}
		h.halt()
	}
}

// TestOpenedFileIsNotAsItWas: who opens a clip whose file was cut, emptied, or changed at its end or in its
// header since it ended has it marked as damaged, which is told once; so it is of what a start finds.
func TestOpenedFileIsNotAsItWas(t *testing.T) {
	for what, c := range map[string]struct {
		change func([]byte) []byte
		plays  bool
	}{
		"cut":                {func(b []byte) []byte { return b[:len(b)/2] }, true},
		"emptied":            {func([]byte) []byte { return nil }, false},
		"changed at its end": {func(b []byte) []byte { b[len(b)-5] ^= 1; return b }, true},
		"longer":             {func(b []byte) []byte { return append(b, make([]byte, 300)...) }, true},
		"changed at first":   {func(b []byte) []byte { b[40] ^= 1; return b }, false},
	} {
		h, rows, told := twoClips(t)
		for _, row := range rows {
			edit(t, h.file(row.Clip), c.change)
		}
		for range 2 {
			clip, err := h.r.Clip(t.Context(), h.cam.id, rows[0].Clip)
			if (err == nil) != c.plays {
				t.Errorf("%s: opened: %v", what, err)
			}
			if err == nil {
				clip.Close()
			}
		}
		if states := [2]ClipState{h.index.row(rows[0].Clip).State, h.index.row(rows[1].Clip).State}; states != [2]ClipState{StateDamaged, StateComplete} || told.Load() != 1 || h.r.Health().Damaged != 1 {
			t.Errorf("%s: they are %v, told %d times", what, states, told.Load())
		}
		h.halt()
		h.start(counts(told))
		wait(t, "the look around", h.scanned)
		if is := h.index.row(rows[1].Clip).State; is != StateDamaged || told.Load() != 2 {
			t.Errorf("%s: a start finds it %s, told %d times", what, is, told.Load())
		}
		h.halt()
	}
}

// TestLostDamagedFile: a file that was damaged before it was lost takes nothing either, of which nobody is
// told again; nor does one that was being written, which is told.
func TestLostDamagedFile(t *testing.T) {
	h := newHouse(t)
	h.start()
	for range 2 {
		h.moment(40)
	}
	h.listed()
	rows := h.clips(2)
	h.halt()
	for i, state := range []ClipState{StateDamaged, StateOpen} {
		must(t, os.Remove(h.file(rows[i].Clip)))
		h.setState(rows[i].Clip, state)
	}
	var told atomic.Int32
	h.start(func(c *Config, _ *Recorder) {
		c.Damaged = func(_ media.CameraID, clip media.ClipID) {
			if told.Add(1); clip != rows[1].Clip {
				t.Errorf("told of %v", clip)
			}
		}
	})
	wait(t, "the look around", h.scanned)
	h.listed()
	for _, row := range rows {
		wait(t, "a row that takes nothing", func() bool { got := h.index.row(row.Clip); return got.State == StateDamaged && got.Bytes == 0 })
	}
	if health := h.r.Health(); health.Bytes != 0 || health.Damaged != 1 || told.Load() != 1 {
		t.Errorf("%d bytes, %d damaged, told %d times", health.Bytes, health.Damaged, told.Load())
	}
}

// TestListedFileMayBeAway: what is not where its row says may lie in a pool that is away, and is no damage;
// nor is what lies in another pool, or was removed meanwhile.
func TestListedFileMayBeAway(t *testing.T) {
	w := newTwo(t)
	w.begin()
	w.moment(40)
	w.listed()
	row := w.clips(1)[0]
	file := w.file(row.Clip)
	must(t, os.Rename(file, file+".aside"))
	back := w.away()
	first := w.r.disks[0]
	gone := func() bool {
		_, there := first.inspect(t.Context(), row)
		return !there && w.r.gone(t.Context(), row)
	}
	is := func(trouble PoolTrouble) {
		t.Helper()
		wait(t, "the second pool to be "+string(trouble), func() bool { return w.r.Pools()[1].Trouble == trouble })
	}
	is(PoolMissing)
	if gone() || w.index.row(row.Clip).State != StateComplete {
		t.Error("gone, though a pool is away")
	}
	back()
	is("")
	must(t, w.index.ClipRemoved(t.Context(), row.Clip))
	if gone() || w.index.row(row.Clip).Clip == row.Clip {
		t.Error("a row is back that was removed")
	}
	must(t, w.index.ClipClosed(t.Context(), row))
	must(t, os.CopyFS(w.more+"/clips/"+row.Camera.String(), os.DirFS(w.dir+"/clips/"+row.Camera.String())))
	other := w.more + file[len(w.dir):]
	must(t, os.Rename(other+".aside", other))
	if gone() || w.index.row(row.Clip).State != StateComplete {
		t.Error("gone, though it is in another pool")
	}
	must(t, os.Remove(other))
	if !gone() || w.index.row(row.Clip).State != StateDamaged {
		t.Error("not gone")
	}
}
