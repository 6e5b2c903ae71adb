//go:build soak

package cameras

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestSoakKills is the hundred of HAZARDS 4.2.
func TestSoakKills(t *testing.T) { killWorkers(t, 100, 3*time.Second) }

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
