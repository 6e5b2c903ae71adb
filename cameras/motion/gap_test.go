package motion

import (
	"image"
	"slices"
	"testing"
	"time"
)

// every makes looks each 300 ms from a time on.
func every(from time.Duration, counts ...int) (out []look) {
	for i, c := range counts {
		out = append(out, look{at: from + time.Duration(i)*300*time.Millisecond, count: c, weight: 1})
	}
	return out
}

// TestGap: when there was motion between two stills.
func TestGap(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	closesAs(t, 12_000*ms, map[string]gapCase{
		"nothing":                       {counts: []int{0, 1, 0, 2, 0}},
		"all of it":                     {before: true, behind: true, counts: []int{0, 0, 0}, want: []span{{from: 10_000 * ms, to: 12_000 * ms}}},
		"the second half":               {behind: true, counts: []int{0, 0, 0, 20, 20, 20}, want: []span{{from: 10_900 * ms, to: 12_000 * ms}}},
		"just before the still":         {behind: true, counts: []int{0, 0, 0, 0, 0, 0}, want: []span{{from: 11_500 * ms, to: 12_000 * ms}}},
		"in small parts, from a still":  {scattered: true, before: true, counts: []int{20, 20, 20, 0, 0}, want: []span{{from: 10_000 * ms, to: 10_900 * ms}}},
		"the first third":               {before: true, counts: []int{20, 20, 20, 0, 0}, want: []span{{from: 10_000 * ms, to: 10_900 * ms}}},
		"just behind the still":         {before: true, counts: []int{0, 0, 0, 0}, want: []span{{from: 10_000 * ms, to: 10_500 * ms}}},
		"between them":                  {counts: []int{0, 20, 20, 20, 0}, want: []span{{from: 10_300 * ms, to: 11_200 * ms}}},
		"between them, too short":       {counts: []int{0, 20, 20, 0, 20}},
		"between them, in small parts":  {scattered: true, counts: []int{0, 20, 20, 20, 0}},
		"between them, not to believe":  {cold: true, counts: []int{0, 20, 20, 20, 0}},
		"a change of the whole picture": {counts: []int{-1, -1, -1, -1}},
	})
}

// TestUsualActivity: what is always active counts no more, and what is much more does.
func TestUsualActivity(t *testing.T) {
	t.Parallel()
	var g gap
	at := time.Duration(0)
	round := func(counts ...int) []span {
		for _, l := range every(at, counts...) {
			g.add(l)
		}
		at += 2 * time.Second
		return g.close(at, false, image.Rectangle{}, bounds{scale: 256, warm: true})
	}
	if len(round(12, 12, 12, 12, 12, 12)) == 0 {
		t.Error("new activity is not seen")
	}
	for range 30 {
		round(12, 12, 12, 12, 12, 12)
	}
	if got := round(12, 12, 14, 12, 12, 12); len(got) > 0 {
		t.Errorf("usual activity moves: %v", got)
	}
	if len(round(0, 80, 80, 80, 0, 0)) == 0 {
		t.Error("much more than usual is not seen")
	}
}

// TestGapBoxes: a time of motion has a box around what its stills and looks show.
func TestGapBoxes(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	box := func(x int) image.Rectangle { return image.Rect(x, 0, x+1, 1) }
	for name, c := range map[string]struct {
		before, behind bool
		counts         []int
		want           image.Rectangle
	}{
		"all of it":       {true, true, []int{0, 0, 0, 0, 0}, image.Rect(7, 0, 9, 1)},
		"the second half": {false, true, []int{0, 0, 0, 20, 20}, image.Rect(3, 0, 9, 1)},
		"the first half":  {true, false, []int{20, 20, 0, 0, 0}, image.Rect(0, 0, 8, 1)},
		"between them":    {false, false, []int{0, 20, 20, 20, 0}, image.Rect(1, 0, 4, 1)},
	} {
		g := gap{moving: c.before}
		if c.before {
			g.box = box(7)
		}
		for i, l := range every(0, c.counts...) {
			l.box = box(i)
			g.add(l)
		}
		after := image.Rectangle{}
		if c.behind {
			after = box(8)
		}
		if got := g.close(1500*ms, c.behind, after, bounds{scale: 256, warm: true}); len(got) != 1 || got[0].box != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// gapCase is a gap between stills that show motion or not, the looks in it, and what is told
// of it; cold if they are not to be believed yet.
type gapCase struct {
	before, behind, cold, scattered bool
	counts                          []int
	want                            []span
}

// closesAs closes gaps that begin at ten seconds.
func closesAs(t *testing.T, end time.Duration, cases map[string]gapCase) {
	t.Helper()
	for name, c := range cases {
		g := gap{from: 10 * time.Second, moving: c.before}
		for _, l := range every(10*time.Second, c.counts...) {
			l.scattered = c.scattered
			g.add(l)
		}
		if got := g.close(end, c.behind, image.Rectangle{}, bounds{scale: 256, warm: !c.cold}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
