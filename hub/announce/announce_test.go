package announce_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/grandcat/zeroconf"

	"lares/hub/announce"
)

// TestFoundOnTheLAN browses as any client would. The advert carries the port
// and the host name lares.local.
func TestFoundOnTheLAN(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := &announce.Announcer{Host: "lares-test", Instance: "Lares announce test", Port: 18443, Log: slog.New(slog.DiscardHandler)}
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()

	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		if e := browse(t); e != nil {
			if e.Port != 18443 || !strings.HasPrefix(e.HostName, "lares-test.local") || len(e.AddrIPv4) == 0 {
				t.Errorf("advert is %s:%d %v", e.HostName, e.Port, e.AddrIPv4)
			}
			return
		}
	}
	t.Fatal("the hub was not found by a browse within 20 s")
}

func browse(t *testing.T) *zeroconf.ServiceEntry {
	resolver, err := zeroconf.NewResolver(zeroconf.SelectIPTraffic(zeroconf.IPv4))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	entries := make(chan *zeroconf.ServiceEntry)
	if err := resolver.Browse(ctx, "_https._tcp", "local.", entries); err != nil {
		t.Fatal(err)
	}
	var found *zeroconf.ServiceEntry
	for e := range entries { // drained to the end: an abandoned browse leaks
		if strings.Contains(e.Instance, "announce") {
			found = e
			cancel()
		}
	}
	return found
}
