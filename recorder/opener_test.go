package recorder

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"lares/cameras/seal"
)

// TestPreRollOfManyRuns: runs that follow each other within the pre-roll are all
// recorded, wherever in a group they begin, in one file.
func TestPreRollOfManyRuns(t *testing.T) {
	h := newHouse(t)
	h.cam.keeps = true
	said := &lockedBuffer{}
	h.start(func(c *Config, _ *Recorder) { c.Log = slog.New(slog.NewTextHandler(said, nil)) })
	h.cam.pictures(40)
	for range 6 {
		h.cam.pictures(10)
		h.vault.bump(t)
		h.cam.newRun(h.r)
		h.r.Cut(h.cam.id)
	}
	event := h.motion(3)
	h.cam.pictures(30)
	h.still()
	row := h.clips(1)[0]
	if first, last := h.open(row, h.vault.store).contiguous(t); first != 40 || last < 132 || row.Event != event {
		t.Errorf("pictures %d to %d of %+v, want 40 to 132 at least", first, last, row)
	}
	said.mu.Lock()
	defer said.mu.Unlock()
	if text := said.b.String(); strings.Contains(text, "level=WARN") || strings.Contains(text, "level=ERROR") {
		t.Errorf("said: %s", text)
	}
}

// TestCutAtAnIDRLosesNothing: where each new run begins with an IDR, the linked
// parts hold every picture, and none of a run is sealed to the key before it,
// although Cut comes later than its first pictures.
func TestCutAtAnIDRLosesNothing(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	keys := []seal.PrivateKey{h.vault.store}
	for range 4 {
		h.cam.pictures(gop)
		h.vault.bump(t)
		h.cam.newRun(h.r)
		keys = append(keys, h.vault.store)
		h.cam.pictures(3)
		h.drained()
		h.r.Cut(h.cam.id)
		h.cam.pictures(gop - 3)
		h.drained() // before the key changes again
	}
	h.still()
	var next uint64
	for i, row := range h.clips(5) {
		first, last := h.open(row, keys[i]).contiguous(t)
		if first != next || i > 0 && first != uint64(2*i+1)*gop || row.Part != i {
			t.Errorf("part %d is %d and starts with picture %d, want %d", i, row.Part, first, next)
		}
		next = last + 1
	}
}

// TestAnotherWorkerEndsTheFile: a run whose times begin anew is no continuation.
func TestAnotherWorkerEndsTheFile(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	h.cam.pictures(25)
	h.drained()
	h.cam.mu.Lock()
	h.cam.n = 0
	h.cam.mu.Unlock()
	h.cam.newRun(h.r)
	h.cam.pictures(30)
	h.still()
	rows := h.clips(2)
	if _, last := h.open(rows[0], h.vault.store).contiguous(t); last != 64 {
		t.Errorf("the first ends with picture %d, want 64", last)
	}
	if first, _ := h.open(rows[1], h.vault.store).contiguous(t); first != 0 || rows[1].Part != 1 {
		t.Errorf("the second starts with picture %d: %+v", first, rows[1])
	}
}

// TestRunWithoutKeyIsPassedOver: the recording goes on with the next run.
func TestRunWithoutKeyIsPassedOver(t *testing.T) {
	h := newHouse(t)
	h.cam.keeps = true
	h.start()
	h.cam.pictures(20)
	c := h.r.camera(h.cam.id)
	c.mu.Lock()
	c.dropOpeners(1)
	c.mu.Unlock()
	h.cam.pictures(20)
	h.cam.newRun(h.r)
	h.cam.pictures(25)
	h.trigger(Trigger{Active: true})
	h.recording()
	h.still()
	if first, _ := h.open(h.clips(1)[0], h.vault.store).contiguous(t); first != 40 {
		t.Errorf("starts with picture %d, want 40", first)
	}
}

// TestOpenersGo: openers stay while units of their runs may come, and no longer;
// two stay in any case, and never more than sixteen.
func TestOpenersGo(t *testing.T) {
	h := newHouse(t)
	h.start()
	c := h.r.camera(h.cam.id)
	kept := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.openers) != len(c.since) {
			t.Fatal("openers without their time")
		}
		return len(c.openers)
	}
	for range 4 {
		h.cam.newRun(h.r)
	}
	h.clock.Advance(defaultPreRoll + drain)
	h.r.forget()
	if n := kept(); n != 5 {
		t.Errorf("%d openers, want 5", n)
	}
	h.clock.Advance(time.Second)
	wait(t, "old openers to go", func() bool { return kept() == 2 })
	if c.opener(h.cam.run.Run()) == nil {
		t.Error("the newest is gone")
	}
	for range 20 {
		h.cam.newRun(h.r)
	}
	if n := kept(); n != mostRuns || c.opener(h.cam.run.Run()) == nil {
		t.Errorf("%d openers, want %d and the newest among them", n, mostRuns)
	}
}
