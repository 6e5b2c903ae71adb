package cameras

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// lines counts what a log is told.
type lines struct {
	mu sync.Mutex // guards following
	n  int
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n += bytes.Count(b, []byte("\n"))
	return len(b), nil
}

func (l *lines) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

// TestFloodingWorker has a worker tell states and warnings as fast as it can:
// the hub listens at its own pace and notes a few.
func TestFloodingWorker(t *testing.T) {
	t.Parallel()
	h := &house{t: t, hub: media.NewHubID(), live: map[media.CameraID]seal.PublicKey{}, runs: map[media.CameraID]int{}}
	told := &lines{}
	f := New(Config{
		Hub: h.hub, Clock: clock.System{}, NewRun: h.newRun, Log: slog.New(slog.NewTextHandler(told, nil)),
		Command: func() *exec.Cmd {
			c := exec.Command(os.Args[0])
			c.Env = []string{hostileEnv + "=flood"}
			return c
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	id := media.NewCameraID()
	f.Set(Camera{ID: id, Access: Access{Main: "rtsp://127.0.0.1:1/x"}})
	eventually(t, 10*time.Second, "the flood", func() bool {
		s, _ := f.Status(id)
		return s.State == Frozen || s.State == Live
	})
	before := processorTime(t)
	time.Sleep(4 * time.Second) // what is measured
	if n := told.count(); n > logAtOnce+5 {
		t.Errorf("%d lines in the log", n)
	}
	t.Logf("%d lines in the log, %v of processor time of this process in 4 s", told.count(), processorTime(t)-before)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// processorTime is what this process has used.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
