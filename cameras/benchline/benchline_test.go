package benchline

import (
	"math"
	"testing"
)

// TestLine: figures that keep to their target, that do not, and that are none.
func TestLine(t *testing.T) {
	for _, c := range []struct {
		value    float64
		relation string
		target   float64
		want     string
	}{
		{2, "<=", 2, "BENCH x 2.000 s target <= 2 ok"},
		{2.0004, "<=", 2, "BENCH x 2.000 s target <= 2 short"},
		{2, ">=", 2.5, "BENCH x 2.000 s target >= 2.5 short"},
		{2.5, ">=", 2.5, "BENCH x 2.500 s target >= 2.5 ok"},
		{1e9, "<=", math.Inf(1), "BENCH x 1000000000.000 s target <= +Inf ok"},
		{math.NaN(), "<=", math.Inf(1), "BENCH x NaN s target <= +Inf short"},
	} {
		if text, ok := line("x", c.value, "s", c.relation, c.target); text != c.want || ok != (c.want[len(c.want)-2:] == "ok") {
			t.Errorf("%q %v, want %q", text, ok, c.want)
		}
	}
}
