package recorder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

func TestLimitTakesTheOldest(t *testing.T) {
	h := newHouse(t)
	h.cam.pad = 2000
	var limit int64
	h.start(func(c *Config, r *Recorder) {
		c.LimitBytes = 1 << 40
		if r != nil {
			limit = c.LimitBytes
		}
	})
	for range 3 {
		h.moment(40)
	}
	rows := h.index.all()
	if len(rows) != 3 || limit == 0 {
		t.Fatalf("%d clips", len(rows))
	}
	h.halt()
	// room for one and a half of them: the two oldest go, the marked one at once
	h.setState(rows[0].Clip, StateRemoving)
	h.start(func(c *Config, _ *Recorder) { c.LimitBytes = rows[2].Bytes + rows[1].Bytes/2 })
	wait(t, "the oldest to go", func() bool { return len(h.index.all()) == 1 })
	if left := h.index.all()[0]; left.Clip != rows[2].Clip {
		t.Errorf("left %+v", left)
	}
	for i, row := range rows {
		if _, err := os.Stat(h.file(row.Clip)); errors.Is(err, fs.ErrNotExist) != (i < 2) {
			t.Errorf("file %d: %v", i, err)
		}
	}
	wait(t, "the count", func() bool { return h.r.Health().Bytes == rows[2].Bytes })
}

func TestEraseLeavesNothing(t *testing.T) {
	h := newHouse(t)
	h.one()
	h.start()
	h.motion(40)
	h.cam.pictures(30)
	if err := h.r.Erase(t.Context(), h.cam.id); err != nil {
		t.Fatal(err)
	}
	h.gone()
	if _, err := h.r.Trigger(h.cam.id, Trigger{Kind: media.KindMotion, Hold: true}); !errors.Is(err, ErrNotWatched) {
		t.Errorf("trigger: %v", err)
	}
}

// steps writes down what reaches the disk and the index, in order.
type steps struct {
	*index
	mu   sync.Mutex
	list []string
}

func (s *steps) add(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, what)
}

func (s *steps) Together(_ context.Context, put func(RowIndex) error) error { return put(s) }

func (s *steps) ClipOpened(ctx context.Context, c ClipRow) error {
	s.add("row opened")
	return s.index.ClipOpened(ctx, c)
}

func (s *steps) ClipClosed(ctx context.Context, c ClipRow) error {
	s.add("row " + string(c.State))
	return s.index.ClipClosed(ctx, c)
}

func (s *steps) ClipRemoving(ctx context.Context, clip media.ClipID) (bool, error) {
	s.add("row removing")
	return s.index.ClipRemoving(ctx, clip)
}

func (s *steps) ClipRemoved(ctx context.Context, clip media.ClipID) error {
	s.add("row removed")
	return s.index.ClipRemoved(ctx, clip)
}

// TestOrderOfSteps: no row speaks of what is not on the disk yet, and no file
// goes before its row says so.
func TestOrderOfSteps(t *testing.T) {
	h := newHouse(t)
	s := &steps{index: h.index}
	h.start(func(c *Config, r *Recorder) {
		c.Index = s
		if r != nil {
			r.disks[0].pool.Intercept(func(step pool.Step, take func() error) error {
				if step.Op == pool.OpWrite || step.Op == pool.OpSync {
					s.add(string(step.Op))
				}
				return take()
			})
		}
	})
	h.motion(1)
	wait(t, "the row", func() bool { return len(h.index.all()) == 1 })
	h.cam.pictures(30)
	h.drained()
	h.still()
	row := h.index.all()[0]
	var err error
	h.tidily(func(*disk) { err = h.r.remove(t.Context(), row) })
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.list)
	if n < 10 || !slices.Equal(s.list[:2], []string{"write", "sync"}) || slices.Index(s.list, "row opened") < 2 ||
		!slices.Equal(s.list[n-5:], []string{"write", "sync", "row complete", "row removing", "row removed"}) {
		t.Errorf("steps %q", s.list)
	}
}

// TestEraseWaitsForRows: the rows of a camera that is erased have not reached
// the index yet.
func TestEraseWaitsForRows(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	wait(t, "the row", func() bool { return !h.pending() })
	h.cam.pictures(30)
	h.index.setBroken(true)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := h.r.Erase(short, h.cam.id); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("erased without an index: %v", err)
	}
	h.index.setBroken(false)
	if err := h.r.Erase(t.Context(), h.cam.id); err != nil {
		t.Fatal(err)
	}
	h.gone()
}

// gone checks that nothing of the camera is left.
func (h *house) gone() {
	h.t.Helper()
	wait(h.t, "the rows", func() bool { return !h.pending() })
	if _, err := os.Stat(filepath.Join(h.dir, "clips", h.cam.id.String())); !errors.Is(err, fs.ErrNotExist) {
		h.t.Errorf("the folder: %v", err)
	}
	if rows := h.index.all(); len(rows) != 0 || h.r.Health().Bytes != 0 {
		h.t.Errorf("rows %+v, %d bytes", rows, h.r.Health().Bytes)
	}
}

// TestEraseOnAFullDisk: a torn clip that waits for space goes too.
func TestEraseOnAFullDisk(t *testing.T) {
	h := newHouse(t)
	full := h.startOnFullDisk()
	h.motion(40)
	h.cam.pictures(30)
	h.drained()
	full.Store(true)
	h.cam.pictures(12)
	wait(t, "the clip to tear", h.r.disks[0].waits)
	if err := h.r.Erase(t.Context(), h.cam.id); err != nil {
		t.Fatal(err)
	}
	full.Store(false)
	h.tidily((*disk).mendTorn)
	h.gone()
}

// stubborn is an index that does not let rows go while the switch is on.
type stubborn struct {
	*index
	on atomic.Bool
}

func (x *stubborn) ClipRemoved(ctx context.Context, clip media.ClipID) error {
	if x.on.Load() {
		return errBroken
	}
	return x.index.ClipRemoved(ctx, clip)
}

// TestRemovalGoesOn: a removal that failed half way costs no younger clip.
func TestRemovalGoesOn(t *testing.T) {
	h := newHouse(t)
	h.cam.pad = 2000
	x := &stubborn{index: h.index}
	x.on.Store(true)
	h.start(func(c *Config, _ *Recorder) { c.Index = x })
	for range 3 {
		h.moment(40)
	}
	rows := h.index.all()
	h.halt()
	h.start(func(c *Config, _ *Recorder) { c.Index, c.LimitBytes = x, rows[1].Bytes+rows[2].Bytes+1 })
	for range 3 {
		h.retain()
	}
	left := h.index.all()
	if len(left) != 3 || left[0].State != StateRemoving || left[1].State != StateComplete {
		t.Errorf("left %+v", left)
	}
	x.on.Store(false)
	wait(t, "the oldest to go", func() bool { return len(h.index.all()) == 2 })
	h.counted()
	if got, want := h.r.Health().Bytes, rows[1].Bytes+rows[2].Bytes; got != want {
		t.Errorf("%d bytes counted, want %d", got, want)
	}
}

// startOnFullDisk starts on a disk that is full while the switch is on: a write
// stops half way, and nothing can be appended.
func (h *house) startOnFullDisk() *atomic.Bool {
	h.t.Helper()
	var full atomic.Bool
	h.start(func(_ *Config, r *Recorder) {
		if r != nil {
			r.disks[0].pool.Intercept(func(s pool.Step, take func() error) error {
				if s.Op == pool.OpWrite && full.Load() {
					return errors.Join(appendHalf(filepath.Join(h.dir, s.Name), s.Data), syscall.ENOSPC)
				}
				return take()
			})
		}
	})
	return &full
}

// appendHalf appends what a write that breaks off leaves.
func appendHalf(name string, b []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(b[:len(b)/2])
	return err
}

func TestFullDisk(t *testing.T) {
	h := newHouse(t)
	full := h.startOnFullDisk()
	event := h.motion(40)
	h.goOn(30) // one after the other: else a write seems to last as long as all of them
	full.Store(true)
	h.cam.pictures(12)
	wait(t, "the trouble to be told", func() bool {
		s, _ := h.r.Status(h.cam.id)
		return !s.Recording && s.Problem == problemFull && h.r.Health().Problem != "" && h.r.Pools()[0].Trouble == PoolFull
	})
	h.cam.pictures(20) // still full: files that cannot start leave nothing behind
	h.drained()
	full.Store(false)
	h.cam.pictures(40)
	h.recording()
	h.cam.pictures(20)
	h.still()
	wait(t, "the torn clip to be ended", func() bool { return h.index.all()[0].State == StateCut })
	rows := h.index.all()
	if len(rows) != 2 || rows[1].State != StateComplete || rows[1].Event != event {
		t.Fatalf("rows %+v", rows)
	}
	for _, row := range rows {
		h.open(row, h.vault.store).contiguous(t)
		if info, err := os.Stat(h.file(row.Clip)); err != nil || info.Size() != row.Bytes {
			t.Errorf("row says %d bytes: %v (%v)", row.Bytes, info, err)
		}
	}
	files, err := filepath.Glob(h.file(media.ClipID{})[:len(h.file(media.ClipID{}))-36] + "*")
	if err != nil || len(files) != 2 {
		t.Errorf("files %v (%v)", files, err)
	}
	if p := h.r.Health().Problem; p != "" {
		t.Errorf("problem %q", p)
	}
	h.halt()
	for _, row := range rows { // whole, each of them
		f, err := os.Open(h.file(row.Clip))
		if err != nil {
			t.Fatal(err)
		}
		report, err := sealed.Check(f, row.Bytes, h.vault.Signers())
		f.Close()
		if err != nil || endState(report.State) != row.State {
			t.Errorf("report %+v (%v) of %+v", report, err, row)
		}
	}
}

// TestLimitLeavesStars: what somebody wants kept stays, however old; younger
// clips go in its place, and when nothing else is left nothing goes.
func TestLimitLeavesStars(t *testing.T) {
	h := newHouse(t)
	h.cam.pad = 2000
	h.start()
	for range 4 {
		h.moment(40)
	}
	rows := h.index.all()
	h.halt()
	h.setStar(rows[0].Clip)
	h.setStar(rows[3].Clip)
	h.start(func(c *Config, _ *Recorder) { c.LimitBytes = rows[0].Bytes / 2 })
	wait(t, "all others to go", func() bool { return len(h.index.all()) == 2 })
	if left := h.index.all(); left[0].Clip != rows[0].Clip || left[1].Clip != rows[3].Clip {
		t.Errorf("left %+v", left)
	}
	h.retain()
	if left := h.index.all(); len(left) != 2 || h.r.Health().Bytes != rows[0].Bytes+rows[3].Bytes {
		t.Errorf("%d clips stay", len(left))
	}
}

// TestDiscard: the clips that are marked go, files and rows, and no others.
func TestDiscard(t *testing.T) {
	h := newHouse(t)
	h.start()
	for range 3 {
		h.moment(40)
	}
	rows := h.index.all()
	h.setState(rows[1].Clip, StateRemoving)
	if err := h.r.Discard(t.Context(), media.NewCameraID()); err != nil || len(h.index.all()) != 3 {
		t.Errorf("another camera's: %v, %d left", err, len(h.index.all()))
	}
	if err := h.r.Discard(t.Context(), rows[1].Camera); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if _, err := os.Stat(h.file(row.Clip)); errors.Is(err, fs.ErrNotExist) != (i == 1) {
			t.Errorf("file %d: %v", i, err)
		}
	}
	if left := h.index.all(); len(left) != 2 || h.r.Health().Bytes != rows[0].Bytes+rows[2].Bytes {
		t.Errorf("%d left, %d bytes", len(left), h.r.Health().Bytes)
	}
}

// retain looks at what is to stay, now.
func (h *house) retain() {
	h.r.disks[0].measure()
	h.r.tidy.Lock()
	defer h.r.tidy.Unlock()
	h.r.retain(h.t.Context())
}

// tidily does something while nobody else removes clips or mends torn ones.
func (h *house) tidily(do func(*disk)) {
	d := h.r.disks[0]
	if err := d.tidy.hold(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	defer d.tidy.release()
	do(d)
}

// counted waits until what goes is not counted any more, which is a moment after its row went.
func (h *house) counted() {
	for _, d := range h.r.disks {
		if err := d.tidy.hold(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		d.tidy.release()
	}
}

func (h *house) setStar(clip media.ClipID) {
	h.index.mu.Lock()
	defer h.index.mu.Unlock()
	row := h.index.clips[clip]
	row.Star = true
	h.index.clips[clip] = row
}

// TestLastRoom: a file ends, and is whole up to there, before it takes the last of what is free on
// its disk: the rows with which clips go may need that.
func TestLastRoom(t *testing.T) {
	h := newHouse(t)
	var d room
	h.start(d.on(3*startSpace, 1<<30))
	h.motion(40)
	for _, free := range []int64{3 * startSpace, leastSpace} {
		d.free.Store(free)
		h.cam.pictures(30)
		h.drained()
		if s, _ := h.r.Status(h.cam.id); !s.Recording {
			t.Fatalf("with %d bytes free it is not recorded: %+v", free, s)
		}
	}
	d.free.Store(leastSpace - 1)
	h.cam.pictures(30)
	wait(t, "the trouble to be told", func() bool {
		s, _ := h.r.Status(h.cam.id)
		return !s.Recording && s.Problem == problemFull
	})
	wait(t, "the clip to be ended", func() bool { return h.index.all()[0].State == StateCut })
	h.open(h.index.all()[0], h.vault.store).contiguous(t)
}
