package episode

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/motion"
)

// TestReason: the map is of the stills of the episode alone, however many, in cells of a
// bounded number; the curve is of its seconds; the limits are those of its zone.
func TestReason(t *testing.T) {
	const s = time.Second
	r := reason{settings: motion.Settings{Sensitivity: 30, Zones: []motion.Zone{{Name: "a"}, {Name: "b", Sensitivity: 70, MinArea: 0.1, MinDuration: 1500}}}}
	still := func(at time.Duration, size int, cells ...byte) {
		r.seen(motion.Still{At: at, Size: size, Least: 0.01, Heat: motion.Heat{Columns: len(cells), Rows: 1, Wide: 1 << 14, High: 1 << 16, Cells: cells}}, &Episode{From: 10 * s})
	}
	still(5*s, 900, 255, 255)
	for i := range 20 {
		still(10*s+time.Duration(i)*s/2, 100+i, byte(i), byte(20-i))
	}
	still(40*s, 900, 255, 255)
	for at := 8 * s; at < 30*s; at += s / 2 {
		r.active(at, int(at/s)*20, nil)
	}
	w := r.of(Episode{From: 10 * s, To: 20 * s, Zones: []string{"b", "a"}})
	if w.Zone != "b" || w.Sensitivity != 70 || w.MinArea != 0.1 || w.MinDuration != 1500 || w.Lasted != 10_000 {
		t.Errorf("limits: %+v", w)
	}
	if w.Size != 119 || w.Area < 0.1189 || w.Area > 0.1191 || !bytes.Equal(w.Map, []byte{19, 20}) || w.Columns != 2 || w.Rows != 1 || w.Width != 0.25 || w.Height != 1 {
		t.Errorf("map: %+v", w)
	}
	if !bytes.Equal(w.Curve, []byte{200, 220, 240, 255, 255, 255, 255, 255, 255, 255}) || !w.Sound() {
		t.Errorf("curve: %v", w.Curve)
	}
	if next := r.of(Episode{From: 39 * s, To: 41 * s, Zones: []string{"a"}}); next.Size != 900 || next.Sensitivity != 30 || len(next.Curve) != 0 {
		t.Errorf("the next: %+v", next)
	}
	wide := motion.Heat{Columns: 48, Rows: 27, Wide: 1365, High: 2427, Cells: make([]byte, 48*27)}
	wide.Cells[26*48+47] = 7
	r.seen(motion.Still{At: 50 * s, Heat: wide}, nil)
	if w := r.of(Episode{From: 50 * s, To: 51 * s}); w.Columns != 24 || w.Rows != 14 || w.Map[14*24-1] != 7 || !w.Sound() {
		t.Errorf("a large picture: %+v", w)
	}
	for range 10 * mostScores {
		r.active(60*s, 1, nil)
	}
	if len(r.scores) > mostScores {
		t.Errorf("%d scores are kept", len(r.scores))
	}
	if w := r.of(Episode{From: 70 * s, To: 10 * time.Minute}); !w.Sound() || len(w.Map) != 0 {
		t.Errorf("without a still: %+v", w)
	}
	for what, bad := range map[string]media.Why{
		"no sensitivity": {}, "a map without cells": {Sensitivity: 1, Columns: 2, Rows: 1}, "too wide": {Sensitivity: 1, Columns: 25, Rows: 1, Map: make([]byte, 25)},
		"too long": {Sensitivity: 1, Curve: make([]byte, 61)}, "negative": {Sensitivity: 1, Size: -1},
	} {
		if bad.Sound() {
			t.Errorf("%s is sound", what)
		}
	}
}

// TestReasonZones: of each zone it is the longest time in it that counts, over pauses that
// divide none, and whether a still showed it there; by settings that changed meanwhile nothing
// of that is known.
func TestReasonZones(t *testing.T) {
	const s = time.Second
	settings := motion.Settings{Zones: []motion.Zone{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	r := reason{}
	r.set(settings, false)
	moved := func(zone string, from, to time.Duration) {
		r.moved(motion.Motion{Zone: zone, From: from, To: to})
	}
	moved("a", 10*s, 12*s)
	moved("a", 14*s, 15*s) // goes on
	moved("b", 11*s, 12*s)
	moved("b", 15*s, 18*s) // another time
	heat := motion.Heat{Columns: 1, Rows: 1, Wide: 1 << 16, High: 1 << 16, Cells: []byte{200}}
	r.seen(motion.Still{At: 12 * s, Size: 150, Zones: []string{"c", "b"}, Heat: heat}, nil)
	want := []media.WhyZone{{Zone: "a", Lasted: 5000}, {Zone: "b", Lasted: 3000, Shown: true}}
	if w := r.of(Episode{From: 10 * s, To: 18 * s, Zones: []string{"a", "b"}}); !slices.Equal(w.Zones, want) || w.Settings != settings.Mark() || !w.Sound() {
		t.Errorf("%+v", w)
	}
	moved("b", 19*s, 20*s) // goes on from before, though it is of the next
	want = []media.WhyZone{{Zone: "b", Lasted: 5000}}
	if w := r.of(Episode{From: 19 * s, To: 20 * s, Zones: []string{"b"}}); !slices.Equal(w.Zones, want) {
		t.Errorf("the next: %+v", w)
	}
	moved("a", 30*s, 31*s)
	r.set(motion.Settings{}, true)
	moved("", 32*s, 33*s)
	if w := r.of(Episode{From: 30 * s, To: 33 * s, Zones: []string{"a"}}); w.Settings != "" || w.Zones != nil {
		t.Errorf("by other settings: %+v", w)
	}
	r.known(30*s, 33*s) // before it
	moved("", 40*s, 41*s)
	r.seen(motion.Still{At: 40 * s, Size: 150, Heat: heat}, nil)
	want = []media.WhyZone{{Lasted: 1000, Shown: true}}
	if w := r.of(Episode{From: 40 * s, To: 41 * s}); !slices.Equal(w.Zones, want) || w.Settings != (motion.Settings{}).Mark() {
		t.Errorf("of the whole picture: %+v", w)
	}
	moved("", 50*s, 51*s)
	r.seen(motion.Still{At: 50 * s, Size: 150, Heat: heat}, nil)
	r.known(48*s, 51*s)
	if w := r.of(Episode{From: 50 * s, To: 51 * s}); w.Size == 0 || w.Zones[0].Shown {
		t.Errorf("where stills are rare: %+v", w)
	}
}
