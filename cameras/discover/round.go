package discover

import (
	"context"
	"io"
	"net/netip"
	"sync"
	"time"

	"lares/cameras/internal/wire"
)

const (
	// listenFor is how long a round hears answers; devices spread theirs over
	// a second or two (SSDP: MX).
	listenFor = 5 * time.Second
	// scanFor ends a scan whatever the networks are.
	scanFor = 5 * time.Minute
)

// askedAt are the moments of a round at which a question goes out: datagrams
// are lost, and some devices sleep through the first.
func askedAt() []time.Duration {
	return []time.Duration{0, 400 * time.Millisecond, 1500 * time.Millisecond}
}

// round is one search on all links at once.
type round struct {
	links links
	scan  bool
	known []netip.Addr // to visit in a scan, besides its plan
	out   *outbox
}

func newRound(s wire.Search, hub io.Writer) *round {
	return &round{links: s.Links, scan: s.Scan, known: s.Known, out: newOutbox(hub)}
}

// run returns when the round is told and all its goroutines have ended.
func (r *round) run(ctx context.Context) {
	told := make(chan struct{})
	go func() { defer close(told); r.out.run() }()
	var wg sync.WaitGroup
	heard, cancel := context.WithTimeout(ctx, listenFor)
	defer cancel()
	for _, source := range []func(context.Context){r.mdns, r.wsd, r.ssdp, r.dvrip, r.dhip, r.sadp, r.tplink} {
		wg.Go(func() { source(heard) })
	}
	if r.scan {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, scanFor)
			defer cancel()
			r.knock(ctx)
		})
	}
	wg.Wait()
	r.out.close()
	<-told
}
