package discover

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
)

// What the test binary is when started again.
const (
	workerEnv  = "LARES_TEST_DISCOVER" // a discovery worker
	finderEnv  = "LARES_TEST_FINDER"   // a hub that only searches, and prints its list
	cameraEnv  = "LARES_TEST_CAMERA"   // a fake camera with these arguments, separated by |
	pageEnv    = "LARES_TEST_PAGE"     // a camera that has a web page at this address, and nothing else
	hostileEnv = "LARES_TEST_HOSTILE"  // a worker that was taken over
)

func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var err error
	switch {
	case os.Getenv(workerEnv) != "":
		err = Main()
	case os.Getenv(finderEnv) != "":
		err = printFound(ctx)
	case os.Getenv(cameraEnv) != "":
		err = fakecam.Main(ctx, strings.Split(os.Getenv(cameraEnv), "|"), os.Stdout)
	case os.Getenv(pageEnv) != "":
		err = servePage(ctx, os.Getenv(pageEnv))
	case os.Getenv(hostileEnv) != "":
		err = hostile(os.Getenv(hostileEnv))
	default:
		stop()
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// again starts this binary as something else.
func again(env string) func() *exec.Cmd {
	return func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = []string{env}
		return c
	}
}

// servePage is a web server that calls itself a camera's.
func servePage(ctx context.Context, at string) error {
	l, err := net.Listen("tcp", at)
	if err != nil {
		return err
	}
	fmt.Println("listening")
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	err = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<html><title>Vivotek</title></html>"))
	}))
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// snapshot is a line of a finder's output.
type snapshot struct {
	AfterMS    int64
	Searching  bool
	Worker     int
	Candidates []Candidate
	Unscanned  []Unscanned
}

// printFound runs a Finder and prints its list whenever it changes; "always"
// has no pause between rounds.
func printFound(ctx context.Context) error {
	f := New(Config{Command: again(workerEnv + "=1"), Clock: clock.System{}, Places: Places{LAN: true}, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	done := make(chan error, 1)
	began := time.Now()
	f.Look()
	if os.Getenv(finderEnv) == "scan" {
		if err := f.Scan(ctx); err != nil {
			return err
		}
	}
	if os.Getenv(finderEnv) == "always" {
		go func() {
			for ctx.Err() == nil {
				_ = f.attempt(ctx, f.cfg.Places.present(), false)
			}
			done <- nil
		}()
	} else {
		go func() { done <- f.Run(ctx) }()
	}
	out := json.NewEncoder(os.Stdout)
	for {
		changed := f.Changed()
		if err := out.Encode(snapshot{time.Since(began).Milliseconds(), f.Searching(), f.Worker(), f.Candidates(), f.Unscanned()}); err != nil {
			return err
		}
		select {
		case <-changed:
		case err := <-done:
			return err
		}
	}
}

// eventually waits for what happens by itself.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("%s did not come within %v", what, within)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// home is a network of tests; nothing of it exists.
func home() links {
	return links{
		{Name: "lan0", Index: 2, Prefixes: []netip.Prefix{netip.MustParsePrefix("192.168.1.1/24"), netip.MustParsePrefix("fe80::1/64"), netip.MustParsePrefix("fd00::1/64")}},
		{Name: "wifi", Index: 3, Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/22")}},
	}
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// collected is a round whose sightings are only kept.
func collected() (*round, func() []wire.Sighting) {
	r := newRound(wire.Search{Links: home()}, nil)
	return r, func() (out []wire.Sighting) {
		r.out.close()
		for turn := 0; ; turn++ {
			s, ok := r.out.next(turn)
			if !ok {
				return out
			}
			out = append(out, s)
		}
	}
}
