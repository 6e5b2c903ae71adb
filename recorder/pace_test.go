package recorder

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// change gives the camera another configuration; its next picture is an IDR.
func (c *cam) change() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sound = !c.sound
	c.configure()
	c.since = 0
}

const tooOften = "The camera changes its picture format too often"

// problem is what the camera's status says now.
func (h *house) problem() string {
	s, _ := h.r.Status(h.cam.id)
	return s.Problem
}

// TestFormatChangesAllTheTime: a camera with a new format for each picture gets
// no more files than one every two seconds (HAZARDS §6.1) after the first few,
// however many come at once, still has an event that is recorded in part, and
// is told of.
func TestFormatChangesAllTheTime(t *testing.T) {
	h := newHouse(t)
	h.start()
	event := h.motion(40)
	began := h.clock.Now()
	for range 30 { // at once, as out of a ring
		h.cam.change()
		h.cam.picture()
		h.clock.Advance(-interval)
	}
	for range 200 {
		h.cam.change()
		h.cam.picture()
		h.drained()
	}
	wait(t, "the problem to be told", func() bool { return strings.Contains(h.problem(), tooOften) })
	h.halt() // ends the event here
	rows := h.index.all()
	elapsed := h.clock.Now().Sub(began)
	if most := 5 + int(elapsed/(1900*time.Millisecond)); len(rows) > most {
		t.Errorf("%d files in %v, want at most %d", len(rows), elapsed, most)
	}
	if least := int(elapsed / (3 * time.Second)); len(rows) < least {
		t.Errorf("%d files in %v, want at least %d", len(rows), elapsed, least)
	}
	h.start()
	slices.SortFunc(rows, func(a, b ClipRow) int { return a.Part - b.Part }) // some started at one moment
	last := -1
	for i, row := range rows {
		if row.Event != event || row.Part != i || row.State != StateComplete {
			t.Errorf("part %d: %+v", i, row)
		}
		_, to := h.open(row, h.vault.store).contiguous(t)
		if int(to) <= last {
			t.Errorf("part %d ends with picture %d, the one before with %d", i, to, last)
		}
		last = int(to)
	}
}

// TestTooManyEndsAreForgotten: what is told about files that come too fast holds
// for a while after the last of them, and another trouble goes before it.
func TestTooManyEndsAreForgotten(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	for range 30 {
		h.cam.change()
		h.cam.picture()
	}
	h.drained()
	wait(t, "the problem to be told", func() bool { return strings.Contains(h.problem(), tooOften) })
	h.cam.pictures(40) // recorded again
	h.recording()
	h.drained()
	if p := h.problem(); !strings.Contains(p, tooOften) {
		t.Errorf("a moment later: %q", p)
	}
	for range 12 {
		h.cam.pictures(60)
		h.drained()
	}
	if p := h.problem(); p != "" {
		t.Errorf("a minute later: %q", p)
	}
}

// TestFormatChangesEveryTwoSeconds is the change that a camera may make: every
// picture is recorded.
func TestFormatChangesEveryTwoSeconds(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	h.cam.pictures(20)
	for range 20 {
		h.cam.change()
		h.cam.pictures(gop)
		h.drained()
	}
	h.still()
	rows := h.clips(21)
	var next uint64
	for i, row := range rows {
		first, last := h.open(row, h.vault.store).contiguous(t)
		if i > 0 && first != next {
			t.Errorf("part %d starts with picture %d, want %d", i, first, next)
		}
		next = last + 1
	}
	if p := h.problem(); p != "" {
		t.Errorf("problem %q", p)
	}
}

// TestEndsThatMayComeTogether: a rekey, another format and a lost source at
// nearly one moment are no trouble.
func TestEndsThatMayComeTogether(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	h.vault.bump(t)
	h.cam.newRun(h.r)
	h.cam.change()
	h.cam.picture()
	h.recording()
	h.cam.change()
	h.cam.picture()
	h.cam.drop()
	wait(t, "another reader", func() bool { h.cam.mu.Lock(); defer h.cam.mu.Unlock(); return h.cam.reads == 2 })
	h.cam.pictures(gop)
	h.recording()
	if p := h.problem(); p != "" {
		t.Errorf("problem %q", p)
	}
}
