package discover

import (
	"context"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grandcat/zeroconf"

	"lares/cameras/internal/wire"
)

// sockets counts those of this process.
func sockets(t *testing.T) (n int) {
	t.Helper()
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// responder answers questions by mDNS on an island, as a camera's does.
func (i *island) responder(t *testing.T, name string) {
	t.Helper()
	var server *zeroconf.Server
	var err error
	i.do(func() {
		lo := []net.Interface{{Index: 1, Name: "lo", Flags: net.FlagUp | net.FlagMulticast}}
		server, err = zeroconf.RegisterProxy(name, "_rtsp._tcp", "local.", 554, name, []string{"127.0.0.1"}, []string{"path=/live"}, lo)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
}

// ip changes the interfaces of an island.
func (i *island) ip(t *testing.T, lines ...string) {
	t.Helper()
	var out []byte
	var err error
	i.do(func() { // of this thread, a child has its network
		c := exec.Command("ip", "-batch", "-")
		c.Stdin = strings.NewReader(strings.Join(lines, "\n"))
		out, err = c.CombinedOutput()
	})
	if err != nil {
		t.Fatalf("ip %q: %v\n%s", lines, err, out)
	}
}

// passing is an interface of an island that comes and goes, with the number that it has
// each time.
func passing() wire.Link {
	return wire.Link{Name: "passing", Index: 100_000, Prefixes: []netip.Prefix{netip.MustParsePrefix("198.19.7.1/24")}}
}

// TestBrowses: a thousand browses by mDNS where a camera answers, half of them
// broken off at once and half when the answer has come, with an interface that is added
// before one and removed before the next, which is told of it all the same, leave neither a
// goroutine nor a socket behind (HAZARDS 4.4).
func TestBrowses(t *testing.T) {
	i := newIsland(t)
	i.responder(t, "Answering")
	browse := func(rounds int) {
		for n := range rounds {
			if n%2 == 0 {
				i.ip(t, "link add passing index 100000 type veth peer name far", "addr add 198.19.7.1/24 dev passing", "link set passing up", "link set far up")
			} else {
				i.ip(t, "link del passing")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
			r := newRound(wire.Search{Links: append(onLoopback(), passing())}, nil)
			heard := make(chan struct{})
			if n%2 == 0 {
				cancel()
				ctx, cancel = context.WithTimeout(t.Context(), patience)
				go func() {
					defer close(heard)
					for ctx.Err() == nil && len(r.out.sightings()) == 0 {
						time.Sleep(time.Millisecond)
					}
					cancel()
				}()
			} else {
				close(heard)
			}
			i.do(func() { r.mdns(ctx) })
			cancel()
			<-heard
			if n%2 == 0 && !slices.ContainsFunc(r.out.sightings(), func(s wire.Sighting) bool { return s.Name == "Answering" }) {
				t.Fatalf("browse %d heard %+v", n, r.out.sightings())
			}
		}
	}
	browse(2) // what the runtime opens once
	goroutines, open := runtime.NumGoroutine(), sockets(t)
	browse(1000 / len(services()))
	eventually(t, patience, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(t, patience, "the end of all sockets", func() bool { return sockets(t) <= open })
}
