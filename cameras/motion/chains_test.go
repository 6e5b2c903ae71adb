package motion

import (
	"image"
	"testing"
	"time"

	"lares/cameras/h264"
)

// TestRareGap: when there was motion between two stills that are far apart.
func TestRareGap(t *testing.T) {
	t.Parallel()
	const ms, blind = time.Millisecond, -1
	at := func(from, to time.Duration) span { return span{from: from * ms, to: to * ms} }
	closesAs(t, 15_000*ms, map[string]gapCase{
		"nothing":                                 {counts: []int{0, 1, 0, 2, 0}},
		"all of it, which looks do not see":       {before: true, behind: true, counts: []int{0, 0, 0}, want: []span{at(10_000, 15_000)}},
		"it goes on over looks that miss it":      {before: true, counts: []int{20, 20, 0, 0, 20, 20, 0, 0}, want: []span{at(10_000, 11_800)}},
		"it ends before what is long behind it":   {before: true, counts: []int{20, 20, 0, 0, 0, 0, 20, 20}, want: []span{at(10_000, 10_600)}},
		"it goes on through blind looks":          {before: true, counts: []int{20, blind, blind, blind, blind, blind, 20, 0, 0}, want: []span{at(10_000, 12_100)}},
		"blind looks alone are no motion":         {before: true, counts: []int{20, blind, blind, blind, blind, blind, 0, 0}, want: []span{at(10_000, 10_500)}},
		"it began before blind looks":             {behind: true, counts: []int{0, 0, 0, 0, 20, 20, blind, blind, blind, blind, blind, blind, blind, blind, blind, blind, blind}, want: []span{at(11_200, 15_000)}},
		"it began over looks that miss it":        {behind: true, counts: []int{0, 0, 0, 0, 20, 20, 0, 0, 20, 20, 0, 0, 20, 0, 0, 20}, want: []span{at(11_200, 15_000)}},
		"just before the still":                   {behind: true, counts: []int{0, 20, 20, 0, 0, 0}, want: []span{at(14_500, 15_000)}},
		"one that goes and one that comes":        {before: true, behind: true, counts: []int{20, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 20, 20}, want: []span{at(10_000, 10_600), at(13_900, 15_000)}},
		"one that rests for a moment":             {before: true, behind: true, counts: []int{20, 20, 20, 20, 20, 0, 0, 0, 0, 0, 0, 20, 20, 20, 20, 20}, want: []span{at(10_000, 15_000)}},
		"between them, with less around it":       {counts: []int{0, 7, 20, 20, 20, 7, 0, 7, 0}, want: []span{at(10_300, 12_400)}},
		"between them, not one behind the other":  {counts: []int{0, 20, 0, 20, 0, 20, 0}},
		"between them, in small parts":            {scattered: true, counts: []int{0, 20, 20, 20, 0}},
		"in small parts, from a still":            {scattered: true, before: true, counts: []int{20, 20, 0, 0, 0, 0}, want: []span{at(10_000, 10_600)}},
		"between them, not to believe":            {cold: true, counts: []int{0, 20, 20, 20, 0}},
		"between them, and another at the still":  {behind: true, counts: []int{0, 20, 20, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 20}, want: []span{at(10_300, 11_200), at(14_200, 15_000)}},
		"between them, and another at the first":  {before: true, counts: []int{0, 0, 0, 0, 0, 20, 20, 20, 0}, want: []span{at(10_000, 10_500), at(11_500, 12_400)}},
		"a change of the whole picture":           {counts: []int{blind, blind, blind, blind}},
		"less than usual for long, then the same": {counts: []int{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}},
	})
}

// TestRareGapBoxes: each time of motion between stills that are far apart has a box around
// what shows it.
func TestRareGapBoxes(t *testing.T) {
	t.Parallel()
	box := func(x int) image.Rectangle { return image.Rect(x, 0, x+1, 1) }
	g := gap{moving: true, box: box(20)}
	for i, l := range every(0, 20, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 20, 20) {
		l.box = box(i)
		g.add(l)
	}
	got := g.close(5*time.Second, true, box(21), bounds{scale: 256, warm: true})
	if len(got) != 2 || got[0].box != box(0).Union(box(20)) || got[1].box != box(13).Union(box(21)) {
		t.Errorf("%v", got)
	}
}

// TestSecondVisit: what was told as motion without a still does not hide what comes behind
// it, though more becomes usual.
func TestSecondVisit(t *testing.T) {
	t.Parallel()
	var g gap
	for visit := range 3 {
		at := g.from
		for _, l := range every(at, 0, 0, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 0, 0) {
			g.add(l)
		}
		if got := g.close(at+5*time.Second, false, image.Rectangle{}, bounds{scale: 256, warm: true}); len(got) != 1 {
			t.Errorf("visit %d: %v", visit, got)
		}
	}
	if g.usual == 0 {
		t.Error("nothing was learnt")
	}
}

// TestDazzled: little stands out from a picture all of which became more, until that is
// usual; a look that shows what moves all the same is not blind.
func TestDazzled(t *testing.T) {
	t.Parallel()
	var none Settings
	picture := func(all uint16, block bool) *h264.Picture {
		p := &h264.Picture{SPS: &h264.SPS{Columns: 10, Rows: 10, Width: 160, Height: 160}, Columns: 10, Rows: 10, Energy: make([]uint16, 100)}
		for i := range p.Energy {
			p.Energy[i] = all
		}
		for _, i := range []int{44, 45, 54, 55} {
			if block {
				p.Energy[i] = 5000
			}
		}
		return p
	}
	var l looks
	const limit = 3
	see := func(all uint16, block bool) look {
		l.take(picture(all, block), 0, &none, 1)
		return l.found[0]
	}
	for range warmLooks {
		if n := see(16, false); n.count != 0 || n.blind(limit) {
			t.Fatalf("nothing: %+v", n)
		}
	}
	see(16, true)
	if n := see(16, true); n.count != 4 || n.blind(limit) {
		t.Errorf("what moves: %+v", n)
	}
	for range 5 {
		if n := see(220, false); !n.blind(limit) {
			t.Errorf("all becomes lighter: %+v", n)
		}
	}
	see(220, true)
	if n := see(220, true); n.count != 4 || !n.dazzled || n.blind(limit) {
		t.Errorf("what moves in other light: %+v", n)
	}
	pictures := 0
	for see(220, false).blind(limit) {
		if pictures++; pictures > 100 {
			t.Fatal("looks stay blind")
		}
	}
	if pictures < 5 {
		t.Errorf("%d pictures make it usual", pictures)
	}
}
