//go:build soak

package cameras

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/fakecam/lan"
)

// TestSoakKills is the hundred of HAZARDS 4.2, beside three other cameras.
func TestSoakKills(t *testing.T) { killWorkers(t, 100, 3, 3*time.Second) }

// TestSoakONVIFDrops pulls four cables, each 25 times, for 1 s to 30 s: a camera that is back
// obeys and notices within backWithin.
func TestSoakONVIFDrops(t *testing.T) {
	for n := range 4 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			f, cable := &followed{house: newHouse(t)}, lan.NewCable(t)
			if err := lan.Within(cable.Space, func() error {
				f.start(t, cable.Host+":8554", cable.Host+":8580")
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			f.add(t)
			random := rand.New(rand.NewPCG(7, uint64(n))) // so that a failure can be had again
			for range 25 {
				away := time.Second + time.Duration(random.Int64N(int64(29*time.Second)))
				pull(t, cable, "down")
				<-time.After(away)
				pull(t, cable, "up")
				t.Logf("away for %v", away)
				f.back(t)
			}
		})
	}
}

func pull(t *testing.T, cable *lan.Cable, state string) {
	t.Helper()
	if err := cable.Set(state); err != nil {
		t.Fatal(err)
	}
}

// TestSoakDescriptions gives each description of a corpus of real cameras' to a
// worker of its own, and the same ones damaged: none may end it.
func TestSoakDescriptions(t *testing.T) {
	files, err := filepath.Glob("../../shared/data/protocol/sdp/*.sdp")
	if err != nil || len(files) == 0 {
		t.Skip("no descriptions of real cameras here: ../shared/data is absent")
	}
	h, log := listening(t, shipped(t))
	check := h.neighbour(t)
	few := make(chan struct{}, 8)
	t.Run("each", func(t *testing.T) {
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			sdp := string(text)
			for damage, change := range map[string]func(string) string{
				"whole":            func(s string) string { return s },
				"half":             func(s string) string { return s[:len(s)/2] },
				"without slashes":  func(s string) string { return strings.ReplaceAll(s, "/", "") },
				"without colons":   func(s string) string { return strings.ReplaceAll(s, ":", "") },
				"ones for numbers": func(s string) string { return strings.NewReplacer("0", "1", "9", "99999999999").Replace(s) },
			} {
				t.Run(filepath.Base(f)+" "+damage, func(t *testing.T) {
					t.Parallel()
					few <- struct{}{}
					defer func() { <-few }()
					cam := fake(t, fakecam.Options{Name: t.Name(), Username: "user", Password: "correct horse", SDP: change(sdp) + "\r\n"})
					id := h.add(Access{Main: cam.MainURL(), Username: "user", Password: "correct horse"})
					defer h.fleet.Remove(id)
					began := time.Now()
					var s Status
					eventually(t, 12*time.Second, "an end", func() bool {
						s, _ = h.fleet.Status(id)
						return s.Message != "" || s.State == Live || time.Since(began) > 3*time.Second
					})
					if s.Restarts != 0 {
						t.Errorf("the worker ended; it says %q", s.Message)
					}
				})
			}
		}
	})
	check()
	if said := log.String(); strings.Contains(said, "worker ended") {
		t.Errorf("a worker ended:\n%s", said)
	}
}
