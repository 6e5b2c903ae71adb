package recorder

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

// TestPoolAway: a pool that goes away costs its cameras what comes until it is back, and the
// others nothing. Nothing is written to what is in its place, its cameras say why they are not
// recorded, and go on by themselves.
func TestPoolAway(t *testing.T) {
	w := newTwo(t)
	w.begin()
	w.records()
	w.both(50)
	w.stops()
	before, first := w.of(w.other)[0], len(w.of(w.cam))
	w.records()
	began := w.cam.n - 1
	w.both(50)
	w.listed()
	back := w.away()
	w.is(PoolMissing)
	w.both(150)
	wait(t, "a reason", func() bool { s, _ := w.r.Status(w.other.id); return s.Problem == problemAway && !s.Recording })
	if s, _ := w.r.Status(w.cam.id); !s.Recording || s.Problem != "" {
		t.Errorf("the other camera meanwhile: %+v", s)
	}
	if _, err := w.r.Clip(t.Context(), w.other.id, before.Clip); !errors.Is(err, ErrAway) {
		t.Errorf("a clip of that pool: %v", err)
	}
	w.setState(before.Clip, StateRemoving)
	if err := w.r.Discard(t.Context(), w.other.id); err != nil {
		t.Errorf("removing what is there: %v", err)
	}
	if err := w.r.Erase(t.Context(), media.NewCameraID()); !errors.Is(err, ErrAway) {
		t.Errorf("all of a camera is removed while a pool is away: %v", err)
	}
	if len(w.of(w.other)) != 2 {
		t.Errorf("%d rows", len(w.of(w.other)))
	}
	back()
	w.is("")
	wait(t, "what was to go to go", func() bool { return !slices.Contains(w.left(), before.Clip) })
	w.both(2 * gop)
	wait(t, "it to go on", func() bool { s, _ := w.r.Status(w.other.id); return s.Recording && s.Problem == "" })
	w.both(30)
	w.stops()
	mine := w.of(w.cam)[first:]
	if first, last := w.whole(mine); first != began || last+2 < w.cam.n || len(mine) != 1 {
		t.Errorf("the camera of the other pool has pictures %d to %d of %d", first, last, w.cam.n)
	}
	rows := w.of(w.other)
	if _, last := w.open(rows[1], w.vault.store).contiguous(t); last+2 < w.other.n || len(rows) != 2 || rows[1].Pool != 1 || rows[1].State != StateComplete {
		t.Errorf("behind it: %+v up to picture %d of %d", rows, last, w.other.n)
	}
	if gaps := w.index.allGaps(); len(gaps) != 1 || gaps[0].Camera != w.other.id || gaps[0].Cause != GapDisk || gaps[0].To.Sub(gaps[0].From) < 80*interval {
		t.Errorf("gaps %+v", gaps)
	}
}

// TestPoolEndsItsFiles: what was being written when a pool went is whole when it is back, as
// far as the disk took it.
func TestPoolEndsItsFiles(t *testing.T) {
	for name, dies := range map[string]bool{"taken away": false, "pulled out": true} {
		t.Run(name, func(t *testing.T) {
			w := newTwo(t)
			var mu sync.Mutex
			dead := false
			w.begin(func(_ *Config, r *Recorder) {
				if r != nil {
					r.disks[1].pool.Intercept(func(s pool.Step, take func() error) error {
						mu.Lock()
						gone := dead && (s.Op == pool.OpWrite || s.Op == pool.OpSync || s.Op == pool.OpTruncate)
						mu.Unlock()
						if gone {
							return errDead
						}
						return take()
					})
				}
			})
			w.records()
			w.both(50)
			mu.Lock()
			dead = dies
			mu.Unlock()
			back := w.away()
			w.is(PoolMissing)
			w.both(30)
			wait(t, "the file to end", func() bool { s, _ := w.r.Status(w.other.id); return !s.Recording })
			mu.Lock()
			dead = false
			mu.Unlock()
			back()
			w.is("")
			w.both(2 * gop)
			wait(t, "it to go on", func() bool { s, _ := w.r.Status(w.other.id); return s.Recording })
			w.both(30)
			w.stops()
			rows := w.of(w.other)
			if len(rows) != 2 || rows[0].State == StateOpen || rows[0].State == StateDamaged {
				t.Fatalf("%+v", rows)
			}
			_, last := w.open(rows[0], w.vault.store).contiguous(t)
			if _, end := w.open(rows[1], w.vault.store).contiguous(t); last < 30 || end+2 < w.other.n {
				t.Errorf("up to pictures %d, and %d of %d", last, end, w.other.n)
			}
			if h := w.r.Health(); h.Damaged > 0 || h.Problem != "" {
				t.Errorf("%+v", h)
			}
		})
	}
}

var errDead = &os.PathError{Op: "write", Path: "clip", Err: errors.New("no such device")}

// TestPoolAwayAtStart: a start waits for no pool but the first. What a crash left open in
// another is ended, and what was to go goes, when that is there.
func TestPoolAwayAtStart(t *testing.T) {
	w := newTwo(t)
	w.begin()
	w.records()
	w.both(50)
	w.stops()
	w.records()
	w.both(50)
	w.listed()
	crashed := newTwo(t)
	crashed.house = w.image()
	if err := errors.Join(os.RemoveAll(crashed.more), os.CopyFS(crashed.more, os.DirFS(w.more))); err != nil {
		t.Fatal(err)
	}
	crashed.pool.ID = w.pool.ID
	crashed.other = crashed.camera(w.other.id)
	for _, row := range w.index.all() {
		crashed.index.clips[row.Clip] = row
	}
	w.halt()
	rows := crashed.of(crashed.other)
	if len(rows) != 2 || rows[1].State != StateOpen {
		t.Fatalf("%+v", rows)
	}
	crashed.setState(rows[0].Clip, StateRemoving)
	back := crashed.away()
	crashed.begin()
	<-crashed.r.Ready()
	crashed.is(PoolMissing)
	wait(t, "the other pool's clip to be ended", func() bool { list := crashed.of(crashed.cam); return list[len(list)-1].State == StateRecovered })
	if now := crashed.of(crashed.other); len(now) != 2 || now[0].State != StateRemoving || now[1].State != StateOpen {
		t.Errorf("without its pool: %+v", now)
	}
	back()
	crashed.is("")
	wait(t, "the pool to be put in order", func() bool {
		now := crashed.of(crashed.other)
		return len(now) == 1 && now[0].Clip == rows[1].Clip && now[0].State == StateRecovered
	})
	wait(t, "the look around", crashed.scanned)
	if h := crashed.r.Health(); h.Damaged+h.Unknown+h.Foreign > 0 || h.Problem != "" {
		t.Errorf("%+v", h)
	}
}

// TestOtherPool: another disk in a pool's place is not recorded to, and the log says which one
// is missing.
func TestOtherPool(t *testing.T) {
	w := newTwo(t)
	w.pool.ID[0]++
	log := &lockedBuffer{}
	w.begin(func(c *Config, r *Recorder) {
		if r == nil {
			c.Log = slog.New(slog.NewTextHandler(log, nil))
		}
	})
	w.is(PoolMissing)
	wait(t, "the log to say so", func() bool {
		log.mu.Lock()
		defer log.mu.Unlock()
		return strings.Contains(log.b.String(), w.pool.ID.String())
	})
	w.halt()
	w.pool.ID[0]--
	w.begin()
	w.is("")
}

// TestConfiguredPools: each pool has a folder and a marker, each further one a number, too.
func TestConfiguredPools(t *testing.T) {
	w := newTwo(t)
	w.begin()
	first := w.pools()[0]
	for _, bad := range [][]Pool{nil, {{}}, {{Dir: w.dir}}, {{Number: 1, Dir: w.dir, ID: first.ID}}, {first, {Number: 1, Dir: w.more}}, {first, {Dir: w.more, ID: w.pool.ID}}} {
		c := w.r.config
		c.Pools = bad
		if _, err := New(c); err == nil {
			t.Errorf("taken: %+v", bad)
		}
	}
}

// TestRecordTo: a camera goes over to another pool with the next picture that stands alone,
// loses nothing, and what it has in both is found, counted and erased.
func TestRecordTo(t *testing.T) {
	w := newTwo(t)
	w.begin()
	w.records()
	w.both(30)
	w.r.RecordTo(w.cam.id, 1)
	w.both(2 * gop)
	w.r.RecordTo(w.cam.id, 7) // that there is not
	w.both(2 * gop)
	w.stops()
	rows := w.of(w.cam)
	if first, last := w.whole(rows); first != 0 || last+2 < w.cam.n || len(rows) != 3 || rows[0].Pool != 0 || rows[1].Pool != 1 || rows[2].Pool != 0 {
		t.Errorf("%+v, pictures %d to %d of %d", rows, first, last, w.cam.n)
	}
	all, err := w.r.Recorded()
	if by := all.ByCamera(); err != nil || by[w.cam.id] != rows[0].Bytes+rows[1].Bytes+rows[2].Bytes {
		t.Errorf("counted %v, %v", by, err)
	}
	if all.Pools[0].Used != rows[0].Bytes+rows[2].Bytes || all.Pools[1].Used != rows[1].Bytes+w.of(w.other)[0].Bytes {
		t.Errorf("pools %+v", all.Pools)
	}
	var found []ClipRow
	if n, err := Survey(t.Context(), append(w.pools(), w.pool), w.vault.Signers(), func(row ClipRow) error { found = append(found, row); return nil }); n > 0 || err != nil || len(found) != 4 {
		t.Errorf("a survey finds %d, %d foreign, %v", len(found), n, err)
	}
	for _, f := range found {
		if f.Pool != w.index.row(f.Clip).Pool {
			t.Errorf("a survey finds %v in pool %d", f.Clip, f.Pool)
		}
	}
	verified, files := 0, w.house.files(w.index, w.clock.Now())
	each := func(v Verified) error {
		if verified++; v.Fault != "" || v.Pool == "" {
			t.Errorf("%+v", v)
		}
		return nil
	}
	if n, err := Verify(t.Context(), files, each); err != nil || len(n) != 1 || n[1] != 2 || verified != 2 {
		t.Errorf("of the first pool: %d, %v elsewhere, %v", verified, n, err)
	}
	verified, files.Pools = 0, append(files.Pools, w.pool)
	if n, err := Verify(t.Context(), files, each); err != nil || len(n) != 0 || verified != 4 {
		t.Errorf("of both: %d, %v elsewhere, %v", verified, n, err)
	}
	if err := w.r.Erase(t.Context(), w.cam.id); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{w.dir, w.more} {
		if _, err := os.Stat(filepath.Join(dir, "clips", w.cam.id.String())); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("of an erased camera there is %s: %v", dir, err)
		}
	}
	if len(w.of(w.cam)) > 0 || len(w.of(w.other)) != 1 {
		t.Errorf("left %+v", w.index.all())
	}
}

// TestPassOfDisks: what stays in a pool is that pool's, and one that lets nothing be removed
// holds up no other.
func TestPassOfDisks(t *testing.T) {
	w := newTwo(t)
	const mega = 1 << 20
	hers := w.shelve(w.cam.id, media.KindMotion, 30*mega, 9, 8, 7)
	his := w.shelve(w.other.id, media.KindMotion, 30*mega, 6, 5, 4)
	gone := w.shelve(w.other.id, media.KindMotion, 900*mega, 99)
	for i, id := range slices.Concat(his, gone) {
		row := w.index.clips[id]
		row.Pool = 1 + i/3*6 // the last one in a pool that there is no more
		w.index.clips[id] = row
	}
	var gate sync.Mutex
	var first, second room
	w.begin(first.on(500*mega, 2000*mega), func(_ *Config, r *Recorder) {
		if r == nil {
			return
		}
		second.free.Store(500 * mega)
		second.total.Store(2000 * mega)
		r.disks[1].space = func(s pool.Space) pool.Space {
			s = second.of(s)
			s.Device++
			return s
		}
		r.disks[1].pool.Intercept(func(s pool.Step, take func() error) error {
			if s.Op == pool.OpList { // looking for a file to remove
				gate.Lock()
				defer gate.Unlock()
			}
			return take()
		})
	})
	w.is("")
	wait(t, "the look around", w.scanned)
	gate.Lock()
	second.free.Store(90 * mega) // 100 are to be free
	wait(t, "that pool to be asked", func() bool {
		w.retain()
		return len(w.r.disks[1].busy) > 0
	})
	first.free.Store(90 * mega)
	wait(t, "the other one's oldest to go", func() bool {
		w.retain()
		return !slices.Contains(w.left(), hers[0])
	})
	if left := w.left(); !slices.Contains(left, his[0]) || len(left) != 6 {
		t.Errorf("left %v", left)
	}
	gate.Unlock()
	wait(t, "its own to go", func() bool { return !slices.Contains(w.left(), his[0]) })
	w.counted()
	if left := w.left(); !slices.Contains(left, gone[0]) || !slices.Contains(left, his[1]) {
		t.Errorf("left %v", left)
	}
	if s, err := w.r.Recorded(); err != nil || s.Pools[0].Used != 60*mega || s.Pools[1].Used != 60*mega {
		t.Errorf("counted %+v, %v", s, err)
	}
}

// TestPoolsOnOneDisk: pools that are two folders of one disk share what is free there. When that
// runs short the oldest of either goes, and no more than what is short, which a part of the room of
// both and of none alone.
func TestPoolsOnOneDisk(t *testing.T) {
	w := newTwo(t)
	const mega = 1 << 20
	hers := w.shelve(w.cam.id, media.KindMotion, 30*mega, 9, 8, 7)
	his := w.shelve(w.other.id, media.KindMotion, 30*mega, 6, 5, 4)
	for _, id := range his {
		row := w.index.clips[id]
		row.Pool = 1
		w.index.clips[id] = row
	}
	var disk room
	w.begin(disk.on(500*mega, 2000*mega), func(_ *Config, r *Recorder) {
		if r == nil {
			return
		}
		r.disks[1].space = disk.of
		for _, d := range r.disks {
			d.pool.Intercept(func(s pool.Step, take func() error) error {
				if s.Op == pool.OpList && disk.free.Load() < 100*mega { // looking for a file to remove
					disk.free.Add(30 * mega)
				}
				return take()
			})
		}
	})
	w.is("")
	wait(t, "the look around", w.scanned)
	s, err := w.r.Recorded()
	if err != nil {
		t.Fatal(err)
	}
	if rooms := s.Rooms(); len(rooms) != 1 || !slices.Equal(rooms[0].Pools, []int{0, 1}) || rooms[0].Bytes != (180+400)*mega {
		t.Errorf("rooms %+v of pools %+v", rooms, s.Pools)
	}
	if got := w.r.largest(w.r.disks[1]); got != max(largestLeast, 580*mega/largestPart) {
		t.Errorf("a file may take %d", got)
	}
	disk.free.Store(80 * mega) // 100 are to be free
	wait(t, "the oldest to go", func() bool {
		w.retain()
		return !slices.Contains(w.left(), hers[0])
	})
	for range 5 {
		w.clock.Advance(freedWithin)
		w.retain()
	}
	if left := w.left(); !slices.Equal(left, slices.Concat(hers[1:], his)) {
		t.Errorf("left are %d: %v, of %v and %v", len(left), left, hers, his)
	}
}

// TestForgetOnAHungDisk: whoever takes a camera away does not wait for a disk that does not
// answer; its recordings are erased when that does.
func TestForgetOnAHungDisk(t *testing.T) {
	w := newTwo(t)
	var gate sync.RWMutex
	w.begin(func(_ *Config, r *Recorder) {
		if r != nil {
			r.disks[1].pool.Intercept(func(s pool.Step, take func() error) error {
				if s.Op == pool.OpWrite {
					gate.RLock()
					defer gate.RUnlock()
				}
				return take()
			})
		}
	})
	w.records()
	w.both(30)
	gate.Lock()
	for range gop {
		w.other.picture()
	}
	wait(t, "a write to hang", func() bool { w.clock.Advance(interval); return w.r.Pools()[1].Trouble == PoolSlow })
	began := time.Now()
	w.r.Rest(w.other.id)
	if took := time.Since(began); took > 2*endWaits {
		t.Errorf("it took %v", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := w.r.Erase(ctx, w.other.id); !errors.Is(err, context.DeadlineExceeded) || len(w.of(w.other)) != 1 {
		t.Errorf("erased while it hangs: %v, %+v", err, w.of(w.other))
	}
	gate.Unlock()
	if err := w.r.Erase(t.Context(), w.other.id); err != nil {
		t.Error(err)
	}
	w.listed()
	if len(w.of(w.other)) != 0 {
		t.Errorf("left %+v", w.of(w.other))
	}
}

// TestOneErrandAfterTheOther: what was done on a disk is over once that is known, so that what
// follows does not find it busy.
func TestOneErrandAfterTheOther(t *testing.T) {
	h := newHouse(t)
	h.start()
	d := h.r.disks[0]
	for n := range 5000 {
		if err := d.within(t.Context(), func(context.Context) error { return nil }); err != nil {
			t.Fatalf("the %d. one: %v", n, err)
		}
	}
}
