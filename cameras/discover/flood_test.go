package discover

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam/crowd"
)

// floodWeight is what a flood may cost in memory, in bytes.
const floodWeight = 32 << 20

// memoryOf is the resident memory of a process and its children, in bytes.
func memoryOf(pid int) int {
	sum := 0
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid)); err == nil {
		if f := strings.Fields(string(b)); len(f) > 1 {
			n, _ := strconv.Atoi(f[1])
			sum = n * os.Getpagesize()
		}
	}
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		for _, child := range strings.Fields(string(b)) {
			if n, err := strconv.Atoi(child); err == nil {
				sum += memoryOf(n)
			}
		}
	}
	return sum
}

// TestFlood: ten thousand devices in ten seconds, in all ways at once, cost at
// most 32 MiB in hub and worker together, and hide no real camera: neither those
// that were there nor those that come in the middle.
func TestFlood(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "/15")
	cameras := map[string]string{}
	for i, maker := range []string{"lares", "axis", "hikvision"} {
		cameras[s.camera(fmt.Sprintf("Camera %d", i), maker)] = maker
	}
	space, address := s.House("")
	c := crowd.Gather(t, s.Hub, space, address)

	next, pid := s.find("always")
	until(t, next, patience, "the cameras", func(n *snapshot) bool { return len(missing(n, cameras)) == 0 })
	quiet, loud := 0, 0
	watch := func(into *int, n int) { *into = max(*into, n) }
	for range 2 { // quiet rounds
		for _, busy := range []bool{true, false} {
			until(t, next, patience, "a round", func(n *snapshot) bool { watch(&quiet, memoryOf(pid)); return n.Searching == busy })
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); c.Speak(t.Context()) }()
	t.Cleanup(func() { <-done })
	over := time.After(crowd.Within + 5*patience) // on a machine that does much else
	most := 0
	late := false
	for flooding := true; flooding; {
		n := next()
		if n == nil {
			t.Fatal("the finder ended")
		}
		most = max(most, len(n.Candidates))
		watch(&loud, memoryOf(pid))
		if gone := missing(n, cameras); !late && len(gone) > 0 {
			t.Fatalf("in the flood there is no %v", gone)
		}
		if most > MaxCandidates/2 && !late {
			cameras[s.camera("Late", "dahua")], late = "dahua", true
		}
		select {
		case <-done:
			flooding = false
		case <-over:
			t.Fatal("the flood did not end")
		default:
		}
	}
	n := until(t, next, patience, "the camera that came late", func(n *snapshot) bool { watch(&loud, memoryOf(pid)); return len(missing(n, cameras)) == 0 })
	t.Logf("%v; %d candidates at most; %d MiB quiet, %d MiB in the flood; all real ones after %d ms", c.Sent(), most, quiet>>20, loud>>20, n.AfterMS)
	if c.Least() < crowd.Devices {
		t.Errorf("not all spoke in all ways: %v", c.Sent())
	}
	if most > MaxCandidates || most < MaxCandidates/2 || !late {
		t.Errorf("%d candidates at most: that was no flood, or no bound", most)
	}
	if grown := loud - quiet; grown > floodWeight && !raced {
		t.Errorf("the flood costs %d MiB", grown>>20)
	}
}
