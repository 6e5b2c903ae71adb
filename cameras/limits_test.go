package cameras

import (
	"os"
	"os/exec"
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
