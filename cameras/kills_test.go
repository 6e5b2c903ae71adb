package cameras

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// level counts what a process must give back.
func level(t *testing.T) (goroutines, descriptors, children int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		b, err := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		if err == nil {
			children += len(strings.Fields(string(b)))
		}
	}
	return runtime.NumGoroutine(), len(fds), children
}

func TestKilledWorkers(t *testing.T) { killWorkers(t, 20, 1, patience) }

// killWorkers kills one camera's worker that often, which delivers again within some
// time: 3 s on a machine that does nothing else. The others must not lose a picture of
// either stream.
func killWorkers(t *testing.T, kills, others int, within time.Duration) {
	h := newHouse(t)
	victimCam := fake(t, fakecam.Options{Name: "victim", Username: "user", Password: "correct horse", Source: fakecam.TestCard{GOP: 500 * time.Millisecond}})
	victim := h.add(access(victimCam))
	all, kept := []media.CameraID{victim}, []*watcher{}
	for n := range others {
		id := h.add(access(fake(t, fakecam.Options{Name: fmt.Sprint("other ", n), Username: "user", Password: "correct horse"})))
		all = append(all, id)
		kept = append(kept, h.watch(id, media.StreamMain, 0), h.watch(id, media.StreamSub, 0))
	}
	seen := h.watch(victim, media.StreamMain, 0)
	for _, w := range append(kept, seen) {
		w.picture(10 * time.Second)
	}
	for _, id := range all {
		h.await(id, 5*time.Second, Live)
		eventually(t, 5*time.Second, "its event subscription", func() bool { return h.quiet(id) })
	}
	goroutines, descriptors, children := level(t)
	if children != len(all) {
		t.Fatalf("%d children for %d cameras", children, len(all))
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for _, w := range kept {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					w.picture(patience)
				}
			}
		})
	}
	var took []time.Duration
	for range kills {
		s := h.await(victim, 5*time.Second, Live)
		killed := time.Now()
		if err := syscall.Kill(s.Worker, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for {
			seen.picture(patience)
			now, _ := h.fleet.Status(victim)
			if seen.last.Received.After(killed) && now.Worker != 0 && now.Worker != s.Worker {
				break
			}
		}
		took = append(took, time.Since(killed))
	}
	close(stop)
	wg.Wait()
	for _, w := range kept {
		w.contiguous()
	}
	slices.Sort(took)
	t.Logf("delivering again after %v … %v", took[0], took[kills-1])
	if took[kills-1] > within {
		t.Errorf("delivering again after %v", took[kills-1])
	}
	if s := h.await(victim, 5*time.Second, Live); s.Restarts != kills {
		t.Errorf("%d restarts counted", s.Restarts)
	}
	for _, id := range all[1:] {
		if s, _ := h.fleet.Status(id); s.Restarts != 0 {
			t.Error("another camera's worker ended")
		}
	}
	var g, d, c int
	eventually(t, 10*time.Second, "back to level", func() bool {
		g, d, c = level(t)
		return g <= goroutines+5 && d <= descriptors+5 && c == children
	})
	t.Logf("goroutines %d → %d, descriptors %d → %d, children %d", goroutines, g, descriptors, d, c)
	h.stop()
	if _, _, c := level(t); c != 0 {
		t.Errorf("%d children outlive the Fleet", c)
	}
}

// quiet reports whether the camera's worker has nothing to complain about.
func (h *house) quiet(id media.CameraID) bool {
	s, _ := h.fleet.Status(id)
	return s.Warning == "" && s.Streams[0].Connected && s.Streams[1].Connected
}
