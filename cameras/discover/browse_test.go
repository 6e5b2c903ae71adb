package discover

import (
	"context"
	"net"
	"os"
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

// TestBrowses: a thousand browses by mDNS where a camera answers, half of them
// broken off at once and half when the answer has come, leave neither a goroutine
// nor a socket behind.
func TestBrowses(t *testing.T) {
	i := newIsland(t)
	i.responder(t, "Answering")
	browse := func(rounds int) {
		for n := range rounds {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
			r := newRound(wire.Search{Links: onLoopback()}, nil)
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
