package cameras

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// TestRekeyThatFails: a worker that goes on under a run whose time is over is
// ended, whether it does not take the new one or there is none to give.
func TestRekeyThatFails(t *testing.T) {
	for _, cause := range []string{"deaf", "no key"} {
		t.Run(cause, func(t *testing.T) {
			t.Parallel()
			h := newHouseWith(t, func() *exec.Cmd {
				c := exec.Command(os.Args[0])
				c.Env = []string{hostileEnv + "=deaf"}
				return c
			})
			id := h.add(Access{Main: "rtsp://127.0.0.1:1/x"})
			var first *child
			eventually(t, 30*time.Second, "a worker that has its start", func() bool {
				first = h.fleet.minder(id).currentChild()
				return first != nil && isClosed(first.started)
			})
			broken := errors.New("the database is locked")
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			want := context.DeadlineExceeded
			if cause == "no key" {
				h.mu.Lock()
				h.broken = broken
				h.mu.Unlock()
				ctx, want = t.Context(), broken
			}
			if err := h.fleet.Rekey(ctx, id); !errors.Is(err, want) {
				t.Fatalf("%v, want %v", err, want)
			}
			eventually(t, 30*time.Second, "the worker's end, told", func() bool {
				s, _ := h.fleet.Status(id)
				return isClosed(first.exited) && s.Restarts >= 1
			})
			if cause == "no key" { // nothing seals until there is one
				if s, _ := h.fleet.Status(id); s.Worker != 0 || s.State != Connecting || s.Message == "" {
					t.Errorf("%+v", s)
				}
			}
			h.mu.Lock()
			h.broken = nil
			h.mu.Unlock()
			eventually(t, 30*time.Second, "another worker", func() bool {
				c := h.fleet.minder(id).currentChild()
				return c != nil && c != first
			})
		})
	}
}

// TestRekeyThatFailsIsTold: the camera's state says why its worker was ended.
func TestRekeyThatFailsIsTold(t *testing.T) {
	f := New(Config{Clock: clock.System{}})
	m := newMinder(f, Camera{ID: media.NewCameraID()})
	m.restarting(time.Second, errOutlived)
	if s := m.statusNow(f.cfg.Clock.Now()); s.State != Connecting || !strings.Contains(s.Message, "keys changed") || s.Restarts != 1 {
		t.Errorf("%+v", s)
	}
	m.restarting(time.Second, errors.New("another"))
	if s := m.statusNow(f.cfg.Clock.Now()); strings.Contains(s.Message, "keys changed") {
		t.Errorf("%+v", s)
	}
}

// TestRekeyWhileStarting: a worker whose run was drawn before the rekey, and that
// is not there yet, does not live under it.
func TestRekeyWhileStarting(t *testing.T) {
	t.Parallel()
	drawn, goOn := make(chan struct{}), make(chan struct{})
	h := newHouse(t)
	h.mu.Lock()
	h.drawn = func() {
		close(drawn)
		<-goOn
	}
	h.mu.Unlock()
	id := h.add(Access{Main: "rtsp://127.0.0.1:1/x"})
	<-drawn
	if err := h.fleet.Rekey(t.Context(), id); !errors.Is(err, ErrNotRunning) {
		t.Error(err)
	}
	close(goOn)
	eventually(t, 30*time.Second, "a worker with a run of after the rekey", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.runs[id] >= 2
	})
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// drawing is what the test has happen where a run is drawn.
func (h *house) drawing(run seal.Run, key seal.RunKey, err error) (seal.Run, seal.RunKey, error) {
	h.mu.Lock()
	drawn, broken := h.drawn, h.broken
	h.drawn = nil
	h.mu.Unlock()
	if drawn != nil {
		drawn()
	}
	if broken != nil {
		return seal.Run{}, seal.RunKey{}, broken
	}
	return run, key, err
}
