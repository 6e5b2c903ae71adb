package cameras

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/cameras/worker"
)

const workerEnv = "LARES_TEST_WORKER"

// TestMain makes the test binary its own camera worker.
func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) != "" {
		if err := worker.Main(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if what := os.Getenv(hostileEnv); what != "" {
		hostile(what)
	}
	os.Exit(m.Run())
}

// house is a Fleet with a vault of its own: it keeps the openers that a
// recorder would get.
type house struct {
	t     *testing.T
	fleet *Fleet
	hub   media.HubID
	stop  func()

	mu      sync.Mutex // guards following
	live    map[media.CameraID]seal.PublicKey
	openers map[media.RunID]*seal.Opener
	runs    map[media.CameraID]int
	learned map[media.CameraID]Pin
	digests map[media.CameraID]Digest
	noticed chan Noticed
	broken  error  // of newRun, from now on
	drawn   func() // called where the next run is drawn
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = []string{workerEnv + "=1"}
		return c
	})
}

func newHouseWith(t *testing.T, command func() *exec.Cmd) *house {
	t.Helper()
	h := &house{
		t: t, hub: media.NewHubID(), live: map[media.CameraID]seal.PublicKey{}, openers: map[media.RunID]*seal.Opener{},
		runs: map[media.CameraID]int{}, learned: map[media.CameraID]Pin{}, digests: map[media.CameraID]Digest{}, noticed: make(chan Noticed, 100),
	}
	h.fleet = New(Config{
		Hub: h.hub, Clock: clock.System{}, NewRun: h.newRun,
		Command: command,
		RunStarted: func(_ seal.Run, opener func() *seal.Opener) {
			o := opener()
			h.mu.Lock()
			defer h.mu.Unlock()
			h.openers[o.Run()] = o
		},
		Learned: func(_ context.Context, id media.CameraID, p Pin) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.learned[id] = p
			return nil
		},
		DigestOffered: func(_ context.Context, id media.CameraID, s media.StreamID) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.digests[id] = h.digests[id].With(s)
			return nil
		},
		Noticed: func(n Noticed) { h.noticed <- n },
		Log:     slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.fleet.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(h.stop)
	return h
}

func (h *house) newRun(_ context.Context, id media.CameraID) (seal.Run, seal.RunKey, error) {
	h.mu.Lock()
	live, ok := h.live[id]
	if !ok {
		key, err := seal.GenerateKey()
		if err != nil {
			h.mu.Unlock()
			return seal.Run{}, seal.RunKey{}, err
		}
		live = key.Public()
		h.live[id] = live
	}
	h.runs[id]++
	h.mu.Unlock()
	return h.drawing(seal.NewRun(h.hub, id, live))
}

// open opens a unit as the camera's recorder would.
func (h *house) open(u media.Unit) media.AccessUnit {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.openers[u.Run]
	if o == nil {
		h.t.Fatal("a unit of a run that nobody was told of")
	}
	au, _, err := o.Open(nil, u)
	if err != nil {
		h.t.Fatalf("opening a %v unit: %v", u.Stream, err)
	}
	return au
}

func fake(t *testing.T, o fakecam.Options) *fakecam.Camera {
	t.Helper()
	if o.Name == "" {
		o.Name = t.Name()
	}
	c, err := fakecam.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func access(c *fakecam.Camera) Access {
	return Access{Main: c.MainURL(), Sub: c.SubURL(), ONVIF: c.ONVIFURL(), Username: "user", Password: "correct horse"}
}

func (h *house) add(a Access) media.CameraID {
	id := media.NewCameraID()
	h.fleet.Set(Camera{ID: id, Access: a, PreRoll: 5 * time.Second})
	return id
}

// eventually polls a real condition.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	end := time.Now().Add(within)
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (h *house) await(id media.CameraID, within time.Duration, want ...State) Status {
	h.t.Helper()
	return h.awaitIn(h.t, id, within, want...)
}

func (h *house) awaitIn(t *testing.T, id media.CameraID, within time.Duration, want ...State) Status {
	t.Helper()
	var s Status
	end := time.Now().Add(within)
	for {
		s, _ = h.fleet.Status(id)
		if slices.Contains(want, s.State) {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("camera is %q (%s) after %v, not %q", s.State, s.Message, within, want)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// watcher reads a stream and keeps what it saw.
type watcher struct {
	h      *house
	r      media.Reader
	config media.Config
	marks  []uint64
	last   media.Unit

	oneWorker bool // runs change by Rekey only: time goes on
	pts       map[uint8]int64
}

func (h *house) watch(id media.CameraID, s media.StreamID, preRoll time.Duration) *watcher {
	h.t.Helper()
	r, err := h.fleet.Read(id, s, preRoll)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(r.Close)
	return &watcher{h: h, r: r, pts: map[uint8]int64{}}
}

// next reads one unit, which must come within the time.
func (w *watcher) next(within time.Duration) media.AccessUnit {
	w.h.t.Helper()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		u, err := w.r.Next(ctx)
		cancel()
		if errors.Is(err, media.ErrLagging) {
			continue
		}
		if err != nil {
			w.h.t.Fatalf("no unit within %v: %v", within, err)
		}
		if u.Run != w.last.Run && !w.oneWorker {
			clear(w.pts) // a worker's time begins with it
		}
		w.last = u
		au := w.h.open(u)
		switch au.Type {
		case media.UnitConfig:
			c, err := media.ParseConfig(au.Data)
			if err != nil {
				w.h.t.Fatal(err)
			}
			w.config = c
		case media.UnitVideo, media.UnitAudio:
			if len(w.config.Tracks) == 0 {
				w.h.t.Fatal("media before its configuration")
			}
			if before, ok := w.pts[au.Track]; ok && au.DTS <= before {
				w.h.t.Fatalf("track %d: time %d after %d", au.Track, au.DTS, before)
			}
			w.pts[au.Track] = au.DTS
		}
		return au
	}
}

// picture reads up to the next picture and keeps its mark.
func (w *watcher) picture(within time.Duration) (media.AccessUnit, fakecam.Mark) {
	w.h.t.Helper()
	for {
		au := w.next(within)
		if au.Type != media.UnitVideo {
			continue
		}
		m, ok := fakecam.FindMark(au.Data)
		if !ok {
			w.h.t.Fatal("a picture without its mark")
		}
		w.marks = append(w.marks, m.Frame)
		return au, m
	}
}

func (w *watcher) contiguous() {
	w.h.t.Helper()
	for i := 1; i < len(w.marks); i++ {
		if w.marks[i] != w.marks[i-1]+1 {
			w.h.t.Fatalf("picture %d after %d", w.marks[i], w.marks[i-1])
		}
	}
}

func TestLive(t *testing.T) {
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse", Audio: true, Serial: "SN-ABC123"})
	id := h.add(access(cam))
	main, sub := h.watch(id, media.StreamMain, 0), h.watch(id, media.StreamSub, 0)
	first, _ := main.picture(10 * time.Second)
	if !first.Sync {
		t.Fatal("the first picture is no IDR")
	}
	for range 40 {
		if _, m := main.picture(3 * time.Second); m.Name != fakecam.MarkName(t.Name()) {
			t.Fatal("the picture of another camera")
		}
		sub.picture(3 * time.Second)
	}
	main.contiguous()
	sub.contiguous()
	v, ok := main.config.Video()
	if !ok || v.Width != 640 || v.Height != 360 || v.Codec != media.H264 || v.ClockRate != 90_000 || v.Config[0] != 1 || len(v.MIME) != len("avc1.42c01f") {
		t.Fatalf("main is configured as %+v", v)
	}
	if a, ok := main.config.Track(2); !ok || a.Codec != media.AAC || a.MIME != "mp4a.40.2" || a.SampleRate == 0 {
		t.Fatalf("sound is configured as %+v", a)
	}
	if main.pts[2] == 0 {
		t.Fatal("no sound came")
	}
	if d := time.Duration(main.pts[1])*time.Second/90_000 - time.Duration(main.pts[2])*time.Second/time.Duration(main.config.Tracks[1].ClockRate); d.Abs() > 500*time.Millisecond {
		t.Fatalf("sound and picture are %v apart", d)
	}
	if v, _ := sub.config.Video(); v.Width != 320 {
		t.Fatalf("sub is configured as %+v", v)
	}
	s := h.await(id, time.Second, Live)
	if s.Message != "" || s.Worker == 0 || s.Warning != "" || time.Since(s.LastVideo) > time.Second || !s.NextTry.IsZero() {
		t.Fatalf("status %+v", s)
	}
	if m := s.Streams[0]; !m.Connected || m.FPS < 5 || m.FPS > 20 || m.Bitrate < 1000 || m.Codec != "H.264 + AAC" || m.Width != 640 || m.Reconnects != 0 {
		t.Fatalf("main status %+v", m)
	}
	if h.learned[id] != serialPin("Lares", t.Name(), "SN-ABC123") {
		t.Fatalf("learned %+v", h.learned[id])
	}
	t.Logf("the cage lacks: %q", s.Cage)
}
