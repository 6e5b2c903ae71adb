package recorder

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/media"
)

// TestSpotCheck: a clip is read whole, and one that is not as it was written, or not there, is
// told, whatever its row says; one that is removed meanwhile is not, and behind what is written
// it is read slowly.
func TestSpotCheck(t *testing.T) {
	h := newHouse(t)
	var told []media.ClipID
	h.start(func(c *Config, _ *Recorder) {
		c.Damaged = func(camera media.CameraID, clip media.ClipID) {
			if camera != h.cam.id {
				t.Errorf("told of camera %v", camera)
			}
			told = append(told, clip)
		}
	})
	<-h.r.counted
	known := map[media.ClipID]struct{}{}
	if again := h.r.spotOnce(t.Context(), known); again != spotAgain || h.r.Health().Spot != (Spot{}) {
		t.Errorf("without a clip: again in %v, %+v", again, h.r.Health().Spot)
	}
	h.moment(40)
	h.moment(40)
	rows := h.clips(2)
	once := func(when string, want FileFault) {
		t.Helper()
		h.clock.Advance(2 * busyAfter) // its writes may have seemed long
		if again := h.r.spotOnce(t.Context(), known); again != spotEvery || h.r.Health().Spot != (Spot{h.clock.Now(), want}) {
			t.Errorf("%s: again in %v, %+v, want %q", when, again, h.r.Health().Spot, want)
		}
	}
	once("well", "")
	load := h.r.disks[0].load
	busy := func(until time.Time) {
		load.mu.Lock()
		load.until = until
		load.mu.Unlock()
	}
	before := h.r.Health().Spot
	busy(h.clock.Now().Add(time.Hour))
	if again := h.r.spotOnce(t.Context(), known); again != spotAgain || h.r.Health().Spot != before {
		t.Errorf("a busy disk: again in %v, %+v", again, h.r.Health().Spot)
	}
	load.turn <- struct{}{}
	began := time.Now()
	if v, ok := h.r.checkSpot(t.Context(), rows[0]); !ok || v.Fault != "" || time.Since(began) < yieldMost {
		t.Errorf("while others read of a busy disk: %+v after %v", v, time.Since(began))
	}
	<-load.turn
	busy(time.Time{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := h.r.checkSpot(ended, rows[0]); ok {
		t.Error("it is read on at the end")
	}
	for _, row := range rows {
		edit(t, h.file(row.Clip), func(b []byte) []byte { b[firstRecord] ^= 1; return b })
	}
	for range rows { // each has its turn: what is marked is not read again
		once("a changed byte", FaultChanged)
	}
	marked := func(when string, bytes int64) {
		t.Helper()
		for _, row := range rows {
			if got := h.index.row(row.Clip); got.State != StateDamaged || got.Bytes != min(row.Bytes, bytes) {
				t.Errorf("%s: %+v", when, got)
			}
		}
		if len(told) != 2 || told[0] == told[1] || h.r.Health().Damaged != 2 || len(known) > 0 {
			t.Errorf("%s: told %v, %+v", when, told, h.r.Health())
		}
	}
	marked("a changed byte", math.MaxInt64)
	if again := h.r.spotOnce(t.Context(), known); again != spotAgain {
		t.Errorf("when all are damaged: again in %v", again)
	}
	for _, row := range rows {
		must(t, os.Remove(h.file(row.Clip)))
		must(t, h.index.ClipClosed(t.Context(), row))
	}
	told, h.r.found.Damaged = nil, 0
	for range rows {
		once("a file that is gone", FaultMissing)
	}
	marked("a file that is gone", 0)
	month := filepath.Dir(h.file(rows[0].Clip)) // whose files the pool does not reach
	must(t, errors.Join(os.Rename(month, month+".aside"), os.Symlink(t.TempDir(), month)))
	must(t, h.index.ClipClosed(t.Context(), rows[0]))
	h.r.bytes.add(rows[0].place(), rows[0].Bytes)
	told = nil
	for range 2 {
		once("what cannot be read", FaultUnreadable)
	}
	if len(told) != 1 || h.index.row(rows[0].Clip) != rows[0] {
		t.Errorf("of what cannot be read: told %v, %+v", told, h.index.row(rows[0].Clip))
	}
	h.setState(rows[0].Clip, StateRemoving)
	if v, ok := h.r.checkSpot(t.Context(), rows[0]); ok {
		t.Errorf("one that was removed meanwhile: %+v", v)
	}
}

// TestSpotIsAny: each clip of the last week is as likely to be read, of whatever camera and
// stream, also where there is a day of them alone; and the newest is where there is no other.
func TestSpotIsAny(t *testing.T) {
	h := newHouse(t)
	const day, each = 24 * time.Hour, 15 * time.Minute
	other := media.NewCameraID()
	shelve := func(camera media.CameraID, ago time.Duration, beside bool) {
		row := ClipRow{Clip: media.NewClipID(), Camera: camera, Start: h.clock.Now().Add(-ago), Duration: each, State: StateComplete, Stretch: true, Beside: beside, Bytes: 1}
		h.index.clips[row.Clip] = row
		h.place(row)
	}
	for ago := day; ago > 0; ago -= each { // the other one's begin with them, a moment later
		shelve(h.cam.id, ago, false)
		shelve(h.cam.id, ago-time.Second, true)
		shelve(other, ago-time.Millisecond, false)
	}
	for ago := 20 * day; ago > 8*day; ago -= day {
		shelve(h.cam.id, ago, false)
	}
	rows := h.index.all()
	h.start()
	wait(t, "the look around", h.scanned)
	for _, row := range rows { // there is nothing in their files, which that saw
		h.setState(row.Clip, StateComplete)
	}
	const draws = 2000
	drawn, of, beside := map[media.ClipID]int{}, map[media.CameraID]int{}, 0
	for range draws {
		row, ok := h.r.spot(t.Context())
		if !ok || row.Start.Before(h.clock.Now().Add(-spotBack)) {
			t.Fatalf("drawn %+v, %v", row, ok)
		}
		drawn[row.Clip]++
		of[row.Camera]++
		if row.Beside {
			beside++
		}
	}
	most := 0
	for _, n := range drawn {
		most = max(most, n)
	}
	// of 288 clips one is drawn 5 times of one camera, 10 of the other, in the mean
	if len(drawn) < 270 || most > 45 || of[other] < draws/3 || of[h.cam.id] < draws/3 || beside < draws/6 || beside > draws/3 {
		t.Errorf("%d of %d clips, one %d times; by camera %v, %d of a sub stream", len(drawn), len(h.index.clips), most, of, beside)
	}
}
