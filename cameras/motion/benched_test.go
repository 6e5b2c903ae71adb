//go:build bench || score

package motion

import (
	"fmt"
	"testing"
)

// benched prints a figure beside its target.
func benched(t *testing.T, name string, value float64, unit, relation string, target float64) {
	t.Helper()
	verdict := "ok"
	if relation == "<=" && value > target || relation == ">=" && value < target {
		verdict = "short"
		t.Fail()
	}
	fmt.Printf("BENCH motion_%s %.3f %s target %s %v %s\n", name, value, unit, relation, target, verdict)
}
