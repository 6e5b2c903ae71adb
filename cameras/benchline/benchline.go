// Package benchline prints, in the tests of all rooms, what was measured beside what is asked
// of it, each figure on a line that looks the same.
package benchline

import (
	"fmt"
	"testing"
)

// Print prints a figure and its target, which it is at most (<=) or at least (>=), and says
// whether it keeps to that:
//
//	BENCH <name> <value> <unit> target <=|>= <value> <ok|short>
//
// A target of infinity asks nothing.
func Print(name string, value float64, unit, relation string, target float64) bool {
	text, ok := line(name, value, unit, relation, target)
	fmt.Println(text)
	return ok
}

// Check is Print, and fails the test where the figure is short of its target.
func Check(t testing.TB, name string, value float64, unit, relation string, target float64) {
	t.Helper()
	if !Print(name, value, unit, relation, target) {
		t.Errorf("%s is short: %.3f %s, want %s %v", name, value, unit, relation, target)
	}
}

// line is what Print prints. What is no number is short of every target.
func line(name string, value float64, unit, relation string, target float64) (text string, ok bool) {
	switch relation {
	case "<=":
		ok = value <= target
	case ">=":
		ok = value >= target
	default:
		panic("benchline: a figure is <= or >= its target, not " + relation)
	}
	verdict := "short"
	if ok {
		verdict = "ok"
	}
	return fmt.Sprintf("BENCH %s %.3f %s target %s %v %s", name, value, unit, relation, target, verdict), ok
}
