package gate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/recorder"
)

// TestStandIn: what was recorded beside the main stream is in an export where nothing of that
// is, and nowhere else, in order.
func TestStandIn(t *testing.T) {
	span := Span{From: t0, To: t0.Add(time.Hour)}
	row := func(from, to int, beside bool) recorder.ClipRow {
		return recorder.ClipRow{Start: t0.Add(time.Duration(from) * time.Second), Duration: time.Duration(to-from) * time.Second, State: recorder.StateComplete, Beside: beside}
	}
	for name, c := range map[string]struct {
		main, beside [][2]int
		want         string
	}{
		"nothing beside":       {[][2]int{{0, 60}, {60, 120}}, nil, "0-60 60-120"},
		"nothing of the main":  {nil, [][2]int{{0, 300}, {300, 600}}, "(0-300) (300-600)"},
		"all of the main":      {[][2]int{{0, 300}, {302, 600}}, [][2]int{{0, 310}, {310, 600}}, "0-300 302-600"},
		"a hole in it":         {[][2]int{{0, 100}, {200, 300}}, [][2]int{{0, 150}, {150, 300}}, "0-100 (100-150) (150-200) 200-300"},
		"an event in it":       {[][2]int{{100, 130}}, [][2]int{{0, 300}}, "(0-100) 100-130 (130-300)"},
		"from before the span": {[][2]int{{-50, 30}}, [][2]int{{-100, 300}}, "0-30 (30-300)"},
	} {
		var main []slice
		for _, m := range c.main {
			main = append(main, cutTo(row(m[0], m[1], false), span))
		}
		var beside []recorder.ClipRow
		for _, b := range c.beside {
			beside = append(beside, row(b[0], b[1], true))
		}
		var got []string
		for _, s := range standIn(main, beside, span) {
			text := fmt.Sprintf("%.0f-%.0f", s.begin().Sub(t0).Seconds(), s.end().Sub(t0).Seconds())
			if s.Beside {
				text = "(" + text + ")"
			}
			got = append(got, text)
		}
		if !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%s: %q, want %s", name, got, c.want)
		}
	}
}
