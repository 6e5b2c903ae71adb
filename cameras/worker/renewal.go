package worker

import (
	"fmt"
	"sync"
	"time"

	"lares/cameras/internal/wire"
)

const (
	// wrongSource is what gortsplib says of a packet of another source than the
	// track's first (pkg/rtpreceiver, ProcessPacket).
	wrongSource = "received packet with wrong SSRC %d, expected %d"
	// renewedFor is how long a track brings packets of another source and none
	// of its own, and renewedPackets how many at least, before it counts as begun
	// anew. Single stray packets never do.
	renewedFor     = time.Second
	renewedPackets = 3
	// lastedFor is how long a connection must have lasted for the next one to
	// come at once: a camera that begins anew all the time is not asked faster
	// than others.
	lastedFor = 10 * time.Second
)

// renewal notices that the camera sends a track under another SSRC, as encoders
// do when their settings change: gortsplib goes by the first one and drops the
// packets of every other for ever. Those of strangers do not come this far, for
// gortsplib compares the address and port of datagrams before. It is safe for
// concurrent use.
type renewal struct {
	now  func() time.Duration
	seen chan struct{} // brings one value

	mu sync.Mutex // guards following
	// others are the packets refused in a row, by the SSRC that gortsplib goes
	// by: at most one entry for each track.
	others map[uint32]others
}

type others struct {
	ssrc    uint32
	packets int
	since   time.Duration
}

func newRenewal(now func() time.Duration) *renewal {
	return &renewal{now: now, seen: make(chan struct{}, 1), others: map[uint32]others{}}
}

// refused takes gortsplib's errors about packets.
func (r *renewal) refused(err error) {
	var got, want uint32
	if n, _ := fmt.Sscanf(err.Error(), wrongSource, &got, &want); n != 2 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.others[want]
	if o.packets == 0 || o.ssrc != got {
		o = others{ssrc: got, since: r.now()}
	}
	o.packets++
	r.others[want] = o
	if o.packets >= renewedPackets && r.now()-o.since >= renewedFor {
		select {
		case r.seen <- struct{}{}:
		default:
		}
	}
}

// accepted notes that a packet came as it should.
func (r *renewal) accepted(ssrc uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.others, ssrc)
}

// renewed is the failure of a session whose camera began anew.
func renewed() *failure {
	return failed(wire.Connecting, "The camera began its stream anew, as cameras do when their settings change. Lares connects again.")
}
