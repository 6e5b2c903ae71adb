package motion

import (
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestFinishInBetween: where some of a stream is left out, what moved before does not go on
// through it, and motion behind it is found at once by what was learnt.
func TestFinishInBetween(t *testing.T) {
	t.Parallel()
	const out = 30 * time.Second
	var d Detector
	var spans []Motion
	d.Moved = func(m Motion) { spans = append(spans, m) }
	var shift, left, back, last time.Duration
	if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 10, func(at time.Duration, units [][]byte) error {
		if shift == 0 && at >= 6*time.Second && intra(units) {
			d.Finish(last)
			left, shift, back = last, out, at+out
		}
		last = at + shift
		return d.Take(units, last)
	}); err != nil {
		t.Fatal(err)
	}
	d.Finish(last)
	var before, behind time.Duration
	for _, m := range spans {
		if m.From < back-half && m.To > left {
			t.Errorf("from %v to %v, though nothing was seen from %v to %v", m.From, m.To, left, back)
		}
		if m.To <= left {
			before += m.To - m.From
		} else {
			behind += m.To - m.From
		}
	}
	if before < 3*time.Second || behind < 3*time.Second {
		t.Errorf("%v before and %v behind: %v", before, behind, spans)
	}
}
