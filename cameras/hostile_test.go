package cameras

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// shipped builds this test binary, and so its worker, the way the product is
// built: without the race detector, whose memory would hide the worker's.
func shipped(t *testing.T) func() *exec.Cmd {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "cameras.test")
	c := exec.Command("go", "test", "-c", "-o", binary, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building without cgo: %v\n%s", err, out)
	}
	return func() *exec.Cmd {
		c := exec.Command(binary)
		c.Env = []string{workerEnv + "=1"}
		return c
	}
}

// scribe keeps what is logged.
type scribe struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *scribe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *scribe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// listening makes a house of a command whose log is kept.
func listening(t *testing.T, command func() *exec.Cmd) (*house, *scribe) {
	t.Helper()
	h, log := newHouseWith(t, command), &scribe{}
	h.fleet.cfg.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	return h, log
}

// spent is the processor time of a process.
func spent(pid int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest) // from the third field of proc(5) on
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	kernel, _ := strconv.Atoi(f[12])
	return time.Duration(user+kernel) * 10 * time.Millisecond
}

// ending is how a camera must look while it misbehaves.
type ending int

const (
	plays  ending = iota // its pictures come, every one
	limps                // pictures come, but some are lost
	refuse               // a state other than live, in words
	never                // not live, whatever else
	lives                // nothing is said of its pictures
)

// hostility is one way to attack a worker.
type hostility struct {
	end    ending
	begin  func() meddling
	fault  fakecam.Fault
	option fakecam.Options
	says   string // among the words, of ONVIF among the warning's
	udp    bool
	onvif  http.HandlerFunc // instead of none
	secure func(net.Conn)   // what answers an rtsps:// address
}

// TestHostileCameras is the list of HAZARDS 4.2, as far as it is about RTSP:
// each is a real worker in its cage, behind one Fleet, next to a good camera
// that must not lose a picture.
func TestHostileCameras(t *testing.T) {
	command := shipped(t)
	h, log := listening(t, command)
	check := h.neighbour(t)
	// Most of the time nothing happens: more of them at once than -parallel.
	few := make(chan struct{}, 10)
	var wg sync.WaitGroup
	for name, what := range hostilities() {
		wg.Go(func() {
			few <- struct{}{}
			defer func() { <-few }()
			t.Run(name, func(t *testing.T) { h.suffer(t, what) })
		})
	}
	wg.Wait()
	check()
	said := log.String()
	for _, secret := range []string{"correct horse", "correct%20horse", "user:"} {
		if strings.Contains(said, secret) {
			t.Errorf("%q in the log", secret)
		}
	}
	if strings.Contains(said, "panic") || strings.Contains(said, "goroutine") || strings.Contains(said, "worker ended") {
		t.Errorf("a worker ended:\n%s", said)
	}
}

// neighbour is a good camera next to the bad ones, whose pictures are read all
// the time. What it returns ends that and says whether any was lost.
func (h *house) neighbour(t *testing.T) (check func()) {
	t.Helper()
	good := fake(t, fakecam.Options{Name: "good", Username: "user", Password: "correct horse"})
	id := h.add(access(good))
	w := h.watch(id, media.StreamMain, 0)
	w.picture(10 * time.Second)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				w.picture(10 * time.Second)
			}
		}
	})
	return func() {
		close(stop)
		wg.Wait()
		w.contiguous()
		if len(w.marks) < 50 {
			t.Errorf("the good camera sent only %d pictures", len(w.marks))
		}
		if s, _ := h.fleet.Status(id); s.State != Live || s.Restarts != 0 || s.Streams[0].Reconnects != 0 {
			t.Errorf("the good camera is %+v", s)
		}
	}
}

// suffer adds the camera and holds it to what must be true.
func (h *house) suffer(t *testing.T, what hostility) {
	o := what.option
	o.Name, o.Username, o.Password = t.Name(), "user", "correct horse"
	cam := fake(t, o)
	a := Access{Main: cam.MainURL(), Username: "user", Password: "correct horse"}
	if what.begin != nil {
		_, a = between(t, cam, what.begin)
	}
	if what.udp {
		a.Transport = "udp"
	}
	if what.onvif != nil {
		server := httptest.NewServer(what.onvif)
		defer server.Close()
		defer server.CloseClientConnections()
		a.ONVIF = server.URL + "/onvif/device_service"
	}
	if what.secure != nil {
		a.Main = "rtsps://" + accepting(t, "127.0.0.1", what.secure) + "/main"
	}
	cam.SetFault(what.fault)
	id := h.add(a)
	defer h.fleet.Remove(id)
	seen := &witness{h: h, r: h.watch(id, media.StreamMain, 0).r}
	defer seen.r.Close()
	var s Status
	most, began, burnt := 0, time.Now(), time.Duration(0)
	look := func() {
		now, ok := h.fleet.Status(id)
		if !ok {
			t.Fatal("the Fleet does not know its camera")
		}
		s = now
		if s.Worker != 0 {
			most, burnt = max(most, weigh(s.Worker)), max(burnt, spent(s.Worker))
		}
	}
	switch what.end {
	case plays, limps:
		for range 25 {
			look()
			if err := seen.mark(what.end == plays); err != nil {
				t.Fatalf("%v; it is %q (%s)", err, s.State, s.Message)
			}
		}
		look()
		if s.State != Live && (s.State != Degraded || what.end == plays) {
			t.Errorf("it plays, but is %q (%s)", s.State, s.Message)
		}
		if what.onvif != nil && what.says != "" {
			eventually(t, 15*time.Second, "a complaint", func() bool {
				look()
				return strings.Contains(s.Warning, what.says)
			})
		}
	case refuse:
		eventually(t, 20*time.Second, "words for it", func() bool {
			look()
			return s.State != Connecting && s.State != Live && s.Message != ""
		})
	case never, lives:
		for time.Since(began) < 6*time.Second {
			look()
			if (s.State == Live || s.State == Degraded) && what.end == never {
				t.Fatal("it is live")
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	if what.onvif == nil && !strings.Contains(s.Message, what.says) {
		t.Errorf("it says %q", s.Message)
	}
	if s.Restarts != 0 {
		t.Errorf("the worker ended %d times", s.Restarts)
	}
	if most > 64<<20 {
		t.Errorf("the worker held %d MiB", most>>20)
	}
	if d := time.Since(began); burnt > d/2+2*time.Second {
		t.Errorf("the worker computed for %v in %v", burnt, d)
	}
	t.Logf("%s (%s); %d MiB, %v of processor time in %v", s.State, s.Message, most>>20, burnt, time.Since(began).Round(time.Millisecond))
}

// witness reads the pictures of a hostile camera.
type witness struct {
	h     *house
	r     media.Reader
	begun bool
	last  uint64
}

// mark reads up to the next picture that carries a mark: the next number, if
// each is wanted.
func (w *witness) mark(each bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), 12*time.Second)
	defer cancel()
	for {
		u, err := w.r.Next(ctx)
		if err != nil {
			return fmt.Errorf("waiting for a picture: %w", err)
		}
		au := w.h.open(u)
		if au.Type != media.UnitVideo {
			continue
		}
		m, ok := fakecam.FindMark(au.Data)
		if each && (!ok || w.begun && m.Frame != w.last+1) {
			return fmt.Errorf("picture %d after %d", m.Frame, w.last)
		}
		if ok {
			w.begun, w.last = true, m.Frame
			return nil
		}
	}
}

// noise is random bytes, the same ones each time.
func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
