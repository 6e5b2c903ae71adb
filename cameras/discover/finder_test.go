package discover

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
	"lares/cameras/internal/cage"
	"lares/cameras/internal/wire"
)

// finding runs a Finder on loopback until the test ends.
func finding(t *testing.T, command func() *exec.Cmd) (*Finder, *strings.Builder) {
	t.Helper()
	var mu sync.Mutex
	said := &strings.Builder{}
	f := New(Config{Command: command, Clock: clock.System{}, Places: Places{Here: true}, Log: slog.New(slog.NewTextHandler(writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return said.Write(b)
	}), nil))})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return f, said
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(b []byte) (int, error) { return w(b) }

// camera starts a fake camera of a maker on loopback.
func camera(t *testing.T, name, maker string) *fakecam.Camera {
	t.Helper()
	c, err := fakecam.Start(t.Context(), fakecam.Options{Name: name, Maker: maker})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// mine are the candidates with the addresses of these cameras' services: other
// tests and programs of this machine may show theirs.
func mine(f *Finder, cams ...*fakecam.Camera) (out []Candidate) {
	for _, c := range f.Candidates() {
		if slices.ContainsFunc(c.Speaks, func(p Protocol) bool {
			return slices.ContainsFunc(cams, func(cam *fakecam.Camera) bool { return p.URL == cam.ONVIFURL() || p.URL == cam.MainURL() })
		}) {
			out = append(out, c)
		}
	}
	return out
}

// TestFinder finds two cameras behind one address in several ways each, forgets
// one that is gone, and leaves neither goroutine nor process behind.
func TestFinder(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("finds", func(t *testing.T) {
		front, yard := camera(t, "Front door", "lares"), camera(t, "Yard", "dahua")
		f, _ := finding(t, again(workerEnv+"=1"))
		f.Look()
		var got []Candidate
		whole := func(c Candidate) bool { return len(c.Speaks) >= 2 && c.Vendor != "" && c.UUID != "" }
		eventually(t, patience, "both cameras with both languages, and what they say of themselves", func() bool {
			got = mine(f, front, yard)
			return len(got) == 2 && whole(got[0]) && whole(got[1])
		})
		for _, c := range got {
			want := map[string]string{"Front door": "Lares", "Yard": "Dahua"}[c.Name]
			if want == "" || c.Vendor != want || c.UUID == "" || c.Addresses[0] != netip.MustParseAddr("127.0.0.1") {
				t.Errorf("%+v", c)
			}
		}
		if one, ok := f.Candidate(got[0].ID); !ok || one.ID != got[0].ID {
			t.Error("a candidate of the list is not found by its name")
		}
		if _, ok := f.Candidate("nobody"); ok {
			t.Error("a candidate that is none")
		}
	})
	eventually(t, 10*time.Second, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= before })
}

// hostile is a worker that was taken over.
func hostile(what string) error {
	conn, err := cage.Hub()
	if err != nil {
		return err
	}
	hello := func() error { return wire.Send(conn, wire.TypeHello, wire.Hello{Version: wire.Version}) }
	saw := func(s wire.Sighting) error { return wire.Send(conn, wire.TypeSighting, s) }
	lo := netip.MustParseAddr("127.0.0.1")
	good := wire.Sighting{By: wire.ByWSD, Address: lo, Speaks: []wire.Protocol{{Name: wire.SpeaksONVIF, Port: 1}}}
	switch what {
	case "dies":
		panic("a datagram that hurts")
	case "no hello":
		return saw(good)
	case "version":
		return wire.Send(conn, wire.TypeHello, wire.Hello{Version: 77})
	}
	if err := hello(); err != nil {
		return err
	}
	switch what {
	case "elsewhere":
		good.Address = netip.MustParseAddr("203.0.113.7")
	case "way":
		good.By = "rumour"
	case "path":
		good.Speaks[0].Path = "x@evil.example/"
	case "mac":
		good.MAC = "not one"
	case "long":
		good.Name = strings.Repeat("x", 20<<10)
	case "unit":
		saw = func(s wire.Sighting) error { return wire.Send(conn, wire.TypeUnit, s) }
	case "tells": // no lies: what it was asked
		_, body, err := wire.NewReader(conn).Next()
		if err != nil {
			return err
		}
		search, err := wire.Parse[wire.Search](body)
		if err != nil {
			return err
		}
		good.Name = fmt.Sprintf("scan: %v", search.Scan)
		if err := saw(good); err != nil {
			return err
		}
		return wire.Send(conn, wire.TypeSearched, wire.Searched{})
	case "endless":
		for i := 0; ; i++ {
			good.UUID = fmt.Sprintf("uuid-%08d", i)
			good.Speaks[0].Port = uint16(1 + i%60000)
			if err := saw(good); err != nil {
				return nil
			}
		}
	}
	if err := saw(good); err != nil {
		return nil
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

// TestHostileWorker: whatever a worker that was taken over says, the hub keeps
// nothing of it, names the reason, and tries again with a new one.
func TestHostileWorker(t *testing.T) {
	for what, reason := range map[string]string{
		"dies": "a datagram that hurts", "no hello": "begins with a frame", "version": "another version", "elsewhere": "not on these networks",
		"way": "unknown way", "path": "path that is none", "mac": "link layer address", "long": "protocol violated", "unit": "frame of type 19",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := New(Config{Command: again(hostileEnv + "=" + what), Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)})
			err := f.attempt(t.Context(), Places{Here: true}.present(), false)
			if err == nil || !strings.Contains(err.Error(), reason) {
				t.Errorf("the reason is %v", err)
			}
			if list := f.Candidates(); len(list) != 0 || f.Worker() != 0 || f.Searching() {
				t.Errorf("%d candidates, worker %d", len(list), f.Worker())
			}
		})
	}
}

// TestEndlessWorker: one that never stops talking is bounded in what it fills
// and ended when its time is over, or at once with the hub.
func TestEndlessWorker(t *testing.T) {
	t.Parallel()
	f := New(Config{Command: again(hostileEnv + "=endless"), Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.attempt(ctx, Places{Here: true}.present(), false) }()
	eventually(t, patience, "candidates", func() bool { return len(f.Candidates()) == perAddress })
	pid := f.Worker()
	stop()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("it did not end with the hub")
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil || pid == 0 {
		t.Errorf("the worker %d is still there", pid)
	}
	if n := len(f.Candidates()); n != perAddress {
		t.Errorf("%d candidates at one address", n)
	}
}

// TestDue: rounds are seldom while nobody looks, often while somebody does, and
// a scan is asked for once.
func TestDue(t *testing.T) {
	now := clock.NewManual(at(0))
	f := New(Config{Clock: now})
	every := func(want time.Duration, failed int) {
		t.Helper()
		for past, due := range map[time.Duration]bool{want: true, want - time.Second: false} {
			if f.due(now.Now(), now.Now().Add(-past), failed) != due {
				t.Errorf("after %d rounds that failed, and %v: not %v", failed, past, due)
			}
		}
	}
	every(seldom, 0)
	if !f.due(now.Now(), time.Time{}, 0) {
		t.Error("the first round is not due")
	}
	f.Look()
	now.Advance(time.Minute)
	every(often, 0)
	every(8*often, 3)
	every(seldom, 99)
	if err := f.Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.Scan(t.Context()); err != ErrScanning {
		t.Error(err)
	}
	if !f.due(now.Now(), now.Now(), 0) {
		t.Error("the scan does not begin at once")
	}
	every(2*lookAgain, 1)
	if !f.takeScan() || f.takeScan() {
		t.Error("the scan is not due once")
	}
	if err := f.Scan(t.Context()); err != ErrScanning {
		t.Error(err)
	}
	f.keepScan(true) // the round failed
	every(8*lookAgain, 3)
	now.Advance(scanFor)
	every(seldom, 0)
	if f.takeScan() {
		t.Error("a scan of long ago is still due")
	}
	if err := f.Scan(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestScanOutlivesAFailure: a scan that was asked for is made in the next round,
// if the worker of the first one dies.
func TestScanOutlivesAFailure(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(at(0))
	var started atomic.Int32
	f := New(Config{Clock: now, Places: Places{Here: true}, Log: slog.New(slog.DiscardHandler), Command: func() *exec.Cmd {
		if started.Add(1) == 1 {
			return again(hostileEnv + "=dies")()
		}
		return again(hostileEnv + "=tells")()
	}})
	if err := f.Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	eventually(t, patience, "the end of the first round", func() bool { return started.Load() == 1 && !f.Searching() })
	now.Advance(2 * lookAgain)
	f.nudge()
	eventually(t, patience, "the second round", func() bool { return len(f.Candidates()) == 1 && !f.Searching() })
	if c := f.Candidates()[0]; c.Name != "scan: true" {
		t.Errorf("the second round has %q", c.Name)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestChanged: whoever waits is told, and not for each of a thousand.
func TestChanged(t *testing.T) {
	now := clock.NewManual(at(0))
	f := New(Config{Clock: now})
	told := 0
	for i := range 1000 {
		changed := f.Changed()
		f.set(func() bool { return i%2 == 0 })
		select {
		case <-changed:
			told++
		default:
		}
		now.Advance(time.Millisecond)
	}
	if told != 4 {
		t.Errorf("told %d times in a second", told)
	}
	if here := (Places{Here: true}).present(); len(here) != 1 || here[0].Name != "lo" {
		t.Errorf("here is %v", here)
	}
	for _, l := range (Places{LAN: true}).present() {
		if l.Name == "lo" {
			t.Error("loopback counts where it is not asked for")
		}
	}
}
