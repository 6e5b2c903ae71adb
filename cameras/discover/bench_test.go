//go:build bench

package discover

import (
	"fmt"
	"testing"

	"lares/cameras/benchline"
	"lares/cameras/fakecam"
)

// TestBenchStreet measures how soon twelve cameras of twelve makers are found on
// a network of their own, from nothing.
func TestBenchStreet(t *testing.T) {
	s := newStreet(t, "/24")
	cameras := map[string]string{}
	for i, maker := range fakecam.Makers()[:12] {
		cameras[s.camera(fmt.Sprintf("Camera %d", i), maker)] = maker
	}
	next, _ := s.find("look")
	n := until(t, next, patience, "the last camera", func(n *snapshot) bool { return len(missing(n, cameras)) == 0 })
	benchline.Check(t, "discover_twelve_cameras", float64(n.AfterMS)/1000, "s", "<=", 5)
}
