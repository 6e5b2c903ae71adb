//go:build bench

package discover

import (
	"fmt"
	"testing"

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
	const target = 5.0
	found, verdict := float64(n.AfterMS)/1000, "ok"
	if found > target {
		verdict = "short"
	}
	if verdict != "ok" {
		t.Errorf("the last of twelve cameras was found after %.2f s", found)
	}
	fmt.Printf("BENCH discover_twelve_cameras %.2f s target <= %.0f %s\n", found, target, verdict)
}
