package episode

import (
	"bytes"
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
