package fakecam_test

import (
	"bytes"
	"testing"

	"lares/cameras/fakecam"
)

// TestRepeat: one group of pictures comes again and again, bit by bit, while times and
// marks go on; a healthy camera shows others.
func TestRepeat(t *testing.T) {
	const name = "Hall"
	c := start(t, fakecam.Options{Name: name, Source: fakecam.TestCard{GOP: 500_000_000}})
	w, err := watch(t, c.MainURL(), password)
	if err != nil {
		t.Fatal(err)
	}
	pics := w.take(t, 12)
	if first, again := starts(t, pics); bytes.Equal(slice(pics[first]), slice(pics[again])) {
		t.Fatal("the control failed: a healthy camera repeats itself")
	}
	c.SetFault(fakecam.Repeat)
	pics = w.take(t, 30)
	consecutive(t, pics, name)
	first, again := starts(t, pics)
	for i := again; i < len(pics); i++ {
		before := i - (again - first)
		if !bytes.Equal(slice(pics[i]), slice(pics[before])) || pics[i].sync != pics[before].sync {
			t.Errorf("picture %d is not the one a group before", i)
		}
		if d := pics[i].pts - pics[i-1].pts; d != 9000 {
			t.Errorf("picture %d comes %d after the one before", i, d)
		}
	}
	decode(t, annexB(pics))
	heals(t, c, name)
}

// slice is a picture's last NAL unit.
func slice(p picture) []byte { return p.units[len(p.units)-1] }

// starts are the last two pictures that decoding can start with of which others follow.
func starts(t *testing.T, pics []picture) (before, last int) {
	t.Helper()
	before, last = -1, -1
	for i, p := range pics[:len(pics)-1] {
		if p.sync {
			before, last = last, i
		}
	}
	if before < 0 {
		t.Fatal("there are no two groups")
	}
	return before, last
}
