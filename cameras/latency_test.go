package cameras

import (
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestLatency: a camera that sends evenly what it took three seconds ago is three seconds
// late, whatever its clock says; where no clock is told that is not known, and how evenly it
// comes is.
func TestLatency(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	late := fakecam.Options{Username: "user", Password: "correct horse", Late: 3 * time.Second, Ahead: -90*time.Minute + 345*time.Millisecond}
	a := access(fake(t, late))
	id := h.add(a)
	late.Name = "silent"
	a = access(fake(t, late))
	a.ONVIF = ""
	silent := h.add(a)
	var now [2]StreamStatus
	eventually(t, 2*patience, "how late pictures are", func() bool {
		s, _ := h.fleet.Status(id)
		copy(now[:], s.Streams)
		return len(s.Streams) == 2 && now[0].Latency != 0 && now[1].Latency != 0
	})
	for _, s := range now {
		if s.Latency < 2800*time.Millisecond || s.Latency > 5*time.Second || s.Jitter > 2*time.Second {
			t.Errorf("%v: %v late, %v uneven", s.Stream, s.Latency, s.Jitter)
		}
	}
	if s := h.await(silent, patience, Live).Streams[0]; s.Latency != 0 || s.Jitter == 0 {
		t.Errorf("of a camera that tells no clock: %+v", s)
	}
	t.Logf("%v and %v", now[0].Latency, now[1].Latency)
	h.fleet.Remove(silent)
}
