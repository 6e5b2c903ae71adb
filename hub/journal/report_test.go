package journal

import (
	"slices"
	"testing"
)

// TestLinesOfMissingRows: rows that are gone one after the other are named in one line;
// all others in one each.
func TestLinesOfMissingRows(t *testing.T) {
	var r Report
	r.fault(FaultDeleted, 1, 75)
	r.fault(FaultInserted, 76, 77)
	r.fault(FaultDeleted, 80, 80)
	r.fault(FaultDeleted, 82, 83)
	r.fault(FaultChanged, 84, 84)
	want := []string{"rows 1–75 are gone", "row 76: inserted", "row 77: inserted", "row 80: deleted", "rows 82–83 are gone", "row 84: changed"}
	if got := r.Lines(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	r.fault(FaultDeleted, 85, 85+maxFaults)
	if got := r.Lines(); len(got) != len(want)+2 || got[len(want)] != "rows 85–1003 are gone" || got[len(want)+1] != "and 82 more rows" {
		t.Errorf("%q", got)
	}
}
