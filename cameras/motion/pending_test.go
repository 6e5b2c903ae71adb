package motion

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/h264"
)

// TestPendingKeeps: what a picture said is there until it goes, also when it is carried over
// to the next gap, and is that of no other one.
func TestPendingKeeps(t *testing.T) {
	t.Parallel()
	var p pending
	slice := []byte{0x41, 1, 2, 3} // nal_unit_type of 1
	for i := range 3 {
		if !p.add([][]byte{slice}, time.Duration(i)*time.Second) {
			t.Fatal("no room")
		}
	}
	for i, e := range []uint16{7, 8, 9} {
		if p.parsed(i) != nil {
			t.Fatalf("picture %d said something before it was taken apart", i)
		}
		said := h264.Picture{Columns: 1, Rows: 1, Energy: []uint16{e}}
		p.keep(i, &said)
		said.Energy[0] = 0 // the parser's own
	}
	p.carry()
	p.add([][]byte{slice}, 3*time.Second)
	if got := p.parsed(0); got == nil || !slices.Equal(got.Energy, []uint16{9}) || !p.looks[0].old {
		t.Errorf("carried over: %+v", got)
	}
	if got := p.parsed(1); got != nil {
		t.Errorf("a new picture said %+v", got)
	}
	p.clear()
	p.add([][]byte{slice}, 4*time.Second)
	if got := p.parsed(0); got != nil {
		t.Errorf("a new picture said %+v", got)
	}
}
