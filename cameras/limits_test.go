package cameras

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestSilentWorkerIsReplaced is a worker that hangs, as one does that a camera
// keeps busy for ever: what ends it is that it shows no sign of life.
func TestSilentWorkerIsReplaced(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = []string{hostileEnv + "=silent"}
		return c
	})
	began := time.Now()
	id := h.add(Access{Main: "rtsp://127.0.0.1:1/x"})
	eventually(t, silentFor+5*time.Second, "the end of a silent worker", func() bool {
		s, _ := h.fleet.Status(id)
		return s.Restarts >= 1
	})
	if d := time.Since(began); d < silentFor-time.Second {
		t.Errorf("ended after %v, by something else", d)
	}
}

// TestLastWordsHoldNoPassword is a worker that dies with the password on its
// lips, in each spelling that addresses and headers have.
func TestLastWordsHoldNoPassword(t *testing.T) {
	t.Parallel()
	h, log := listening(t, func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = []string{hostileEnv + "=loud"}
		return c
	})
	id := h.add(Access{Main: "rtsp://127.0.0.1:1/x", Username: "user", Password: "p@ss w+rd"})
	eventually(t, 10*time.Second, "the worker's end", func() bool {
		s, _ := h.fleet.Status(id)
		return s.Restarts >= 1 && strings.Contains(log.String(), "panic: ")
	})
	if said := log.String(); !strings.Contains(said, "rtsp://user:…@host … … …") {
		t.Errorf("the log says %s", said)
	}
}
