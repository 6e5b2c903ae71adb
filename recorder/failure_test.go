package recorder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

// failure is what becomes of a step of a house's recorder.
type failure func(h *house, s pool.Step, take func() error) error

// failures are the ways in which a disk fails.
var failures = map[string]failure{
	"refused": func(*house, pool.Step, func() error) error { return syscall.EIO },
	"done and denied": func(_ *house, _ pool.Step, take func() error) error {
		return errors.Join(take(), syscall.EIO)
	},
	"full": func(h *house, s pool.Step, take func() error) error {
		switch s.Op {
		case pool.OpWrite:
			return errors.Join(appendHalf(filepath.Join(h.dir, s.Name), s.Data), syscall.ENOSPC)
		case pool.OpCreate, pool.OpMakeDir, pool.OpSync, pool.OpSyncDir:
			return syscall.ENOSPC
		}
		return take()
	},
}

// TestFailures makes each step of a recorder's life fail that it asks of the disk, the
// first, the second and so on, alone or with all those of the next three seconds.
// Whatever fails: no row speaks of what is not on the disk, what it spoke of stays, the next
// start finds nothing damaged and nothing forgotten, and what is lost is lost around the
// failure.
func TestFailures(t *testing.T) {
	for name, lasts := range map[string]time.Duration{"done and denied": 0, "refused": 3 * time.Second} {
		t.Run(name, func(t *testing.T) { t.Parallel(); eachFails(t, failures[name], lasts) })
	}
}

func eachFails(t *testing.T, fail failure, lasts time.Duration) {
	ruin := newRuin(t)
	failed, k := true, 0
	for failed && !t.Failed() {
		k++
		synctest.Test(t, func(t *testing.T) { failed = ruin.fails(t, k, lasts, fail) })
	}
	t.Logf("each of %d steps failed", k-1)
	if k < 90 {
		t.Errorf("a life of %d steps", k-1)
	}
}

// ruin is what a crash left, for many houses to begin with.
type ruin struct {
	*house
	open, going ClipRow // was being written, was being removed
}

// newRuin leaves three clips, one of which was being removed, and one that was being written.
func newRuin(t *testing.T) *ruin {
	h := newHouse(t)
	h.start()
	for range 3 {
		h.moment(40)
	}
	h.motion(40)
	h.cam.pictures(15)
	h.drained()
	wait(t, "the row", func() bool { return len(h.index.all()) == 4 })
	r := &ruin{house: h.image()}
	h.setState(h.index.all()[0].Clip, StateRemoving)
	rows := h.index.all()
	r.going, r.open = rows[0], rows[3]
	h.index.mu.Lock()
	defer h.index.mu.Unlock()
	for _, row := range rows {
		r.index.clips[row.Clip] = row
		r.index.events[row.Event] = h.index.events[row.Event]
	}
	r.cam.n, r.clock = h.cam.n, h.clock
	return r
}

// house is one that begins with the ruin.
func (r *ruin) begin(t *testing.T) *house {
	r.house.t = t
	h := r.image()
	h.clock.Advance(r.clock.Now().Sub(h.clock.Now()))
	for clip, row := range r.index.clips {
		h.index.clips[clip] = row
	}
	for event, row := range r.index.events {
		h.index.events[event] = row
	}
	return h
}

// fails lives with a disk whose k-th step fails, and says whether there was one.
func (r *ruin) fails(t *testing.T, k int, lasts time.Duration, fail failure) bool {
	h := r.begin(t)
	w := newWitness(h)
	var mu sync.Mutex
	steps, what, until := 0, "", time.Time{}
	h.live(w, func(s pool.Step, take func() error) error {
		mu.Lock()
		steps++
		if steps == k {
			until, what = time.Now().Add(lasts), fmt.Sprint(s.Op, " ", s.Name)
		}
		now := steps == k || time.Now().Before(until)
		mu.Unlock()
		if now {
			return fail(h, s, take)
		}
		return take()
	})
	defer func() {
		if t.Failed() {
			t.Logf("step %d, %s", k, what)
		}
	}()
	allowed := 2*gop + int(lasts/interval)
	if what == "" {
		allowed = 0
	}
	if lost := w.judge(); lost > allowed {
		t.Errorf("%d pictures are in no clip", lost)
	}
	return what != ""
}

// live is the life of a recorder, from a crash to a stop, with one event.
func (h *house) live(w *witness, disk func(pool.Step, func() error) error) {
	h.start(func(c *Config, r *Recorder) {
		c.Index, c.PostRoll, c.LimitBytes = w, 2*time.Second, w.limit
		if r != nil {
			r.disks[0].pool.Intercept(disk)
		}
	})
	h.r.Plan(h.cam.id, Plan{Mode: media.ModeBoth})
	w.from = h.cam.n
	h.steady(25)
	h.trigger(Trigger{Kind: media.KindMotion, Active: true})
	h.steady(25)
	h.trigger(Trigger{Kind: media.KindMotion})
	h.steady(80)
	h.r.Plan(h.cam.id, Plan{Mode: media.ModeOff})
	h.steady(5)
	h.halt()
	w.until = h.cam.n - 6 // the newest may be in hand, and were not wanted any more
}

// steady lets the camera send pictures at their times, each of which is taken at once.
func (h *house) steady(pictures int) {
	for range pictures {
		h.cam.picture()
		time.Sleep(interval)
		synctest.Wait()
	}
}

// scanned says that the start-up scan is done.
func (h *house) scanned() bool {
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	return h.r.born == nil
}

// witness is an index that compares with the disk what it is told.
type witness struct {
	*index
	h     *house
	limit int64

	from, until uint64 // the pictures that are to be there

	told map[media.ClipID]ClipRow // what was said last of what is not to go
}

func newWitness(h *house) *witness {
	w := &witness{index: h.index, h: h, told: map[media.ClipID]ClipRow{}}
	for _, row := range h.index.all() {
		if row.State == StateComplete {
			w.told[row.Clip] = row
		}
		w.limit += row.Bytes
	}
	return w
}

func (w *witness) Together(_ context.Context, put func(RowIndex) error) error { return put(w) }

func (w *witness) ClipClosed(ctx context.Context, row ClipRow) error {
	switch row.State {
	case StateComplete, StateCut, StateRecovered:
		if err := w.h.holds(row); err != nil {
			w.h.t.Errorf("a row is no truth: %v", err)
		}
		w.note(row)
	case StateRemoving:
		w.forget(row.Clip)
	default:
		w.h.t.Errorf("a clip is called %s", row.State)
	}
	return w.index.ClipClosed(ctx, row)
}

func (w *witness) ClipRemoving(ctx context.Context, clip media.ClipID) (bool, error) {
	ok, err := w.index.ClipRemoving(ctx, clip)
	if ok {
		w.forget(clip)
	}
	return ok, err
}

func (w *witness) note(row ClipRow) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[row.Clip] = row
}

func (w *witness) forget(clip media.ClipID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.told, clip)
}

// holds says whether a row speaks of what is on the disk.
func (h *house) holds(row ClipRow) error {
	f, err := os.Open(h.file(row.Clip))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	report, err := sealed.Check(f, info.Size(), h.vault.Signers())
	if err != nil || endState(report.State) != row.State || info.Size() != row.Bytes {
		return fmt.Errorf("%+v is a file of %d bytes, %+v, %w", row, info.Size(), report, err)
	}
	return nil
}

// judge starts again on a disk without a fault, and returns how many pictures are in no clip.
func (w *witness) judge() (lost int) {
	h := w.h
	h.t.Helper()
	have := h.recovers(w)
	if got := h.r.Health(); got.Problem != "" || got.Damaged > 0 || got.Unknown > 0 || got.Foreign > 0 {
		h.t.Errorf("health %+v", got)
	}
	for _, row := range w.told {
		if h.index.row(row.Clip) != row {
			h.t.Errorf("lost: %+v", row)
		}
	}
	for n := w.from; n < w.until; n++ {
		if !have[n] {
			lost++
		}
	}
	h.halt()
	return lost
}

// recovers starts a recorder, which repairs what it finds, and returns the pictures of all
// clips: each ended, whole, and counted.
func (h *house) recovers(x Index) (pictures map[uint64]bool) {
	h.t.Helper()
	h.start(func(c *Config, _ *Recorder) { c.Index = x })
	wait(h.t, "the look around", func() bool { return h.scanned() && !h.pending() })
	pictures = map[uint64]bool{}
	var bytes int64
	for _, row := range h.index.all() {
		bytes += row.Bytes
		if !slices.Contains([]ClipState{StateComplete, StateCut, StateRecovered}, row.State) {
			h.t.Errorf("after a start there is %+v", row)
			continue
		}
		if err := h.holds(row); err != nil {
			h.t.Errorf("after a start: %v", err)
			continue
		}
		o := h.open(row, h.vault.store)
		o.contiguous(h.t)
		for _, n := range o.numbers {
			pictures[n] = true
		}
		if e := h.index.event(row.Event); !row.Stretch && e.End.IsZero() {
			h.t.Errorf("an event has no end: %+v", e)
		}
	}
	if got := h.r.Health().Bytes; got != bytes {
		h.t.Errorf("%d bytes are counted of %d", got, bytes)
	}
	return pictures
}
