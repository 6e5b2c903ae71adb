package recorder

import (
	"os"
	"sync/atomic"
	"testing"

	"lares/cameras/media"
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

// TestLostDamagedFile: a file that was damaged before it was lost takes nothing either, of which nobody is
// told again; nor does one that was being written.
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
	h.start(func(c *Config, _ *Recorder) {
		c.Damaged = func(media.CameraID, media.ClipID) { t.Error("told") }
	})
	wait(t, "the look around", h.scanned)
	for _, row := range rows {
		wait(t, "a row that takes nothing", func() bool { got := h.index.row(row.Clip); return got.State == StateDamaged && got.Bytes == 0 })
	}
	if health := h.r.Health(); health.Bytes != 0 || health.Damaged != 1 {
		t.Errorf("%d bytes, %d damaged", health.Bytes, health.Damaged)
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
