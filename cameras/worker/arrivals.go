package worker

import (
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"
)

// keptArrivals is above the 64 packets that gortsplib holds back over UDP while
// one before them is missing (pkg/rtpreceiver/receiver.go): long enough, on a
// quiet stream, to make a good clock look wrong.
const keptArrivals = 256

// arrivals remembers when the latest packets of one track came in. One
// goroutine uses it: the one that reads the track's socket.
type arrivals struct {
	now  func() time.Duration
	kept [keptArrivals]arrival // by the low bits of the sequence number
	last time.Duration
}

type arrival struct {
	held bool // not given out yet
	seq  uint16
	ssrc uint32
	at   time.Duration
}

// note takes a packet that came in this moment. Of copies the first counts.
func (a *arrivals) note(p *rtp.Packet) {
	k := &a.kept[p.SequenceNumber%keptArrivals]
	if k.held && k.seq == p.SequenceNumber && k.ssrc == p.SSRC {
		return
	}
	*k = arrival{true, p.SequenceNumber, p.SSRC, a.now()}
}

// of is when everything up to this packet was there: it never goes back, also
// where packets overtook each other.
func (a *arrivals) of(p *rtp.Packet) time.Duration {
	at := a.now()
	k := &a.kept[p.SequenceNumber%keptArrivals]
	if k.held && k.seq == p.SequenceNumber && k.ssrc == p.SSRC {
		at, k.held = k.at, false
	}
	a.last = max(a.last, at)
	return a.last
}

// noted is a format whose packets are noted as they come in: gortsplib asks it
// about each packet right before it puts them in order (client_format.go,
// readPacketRTP), and nothing else before. It insists on sockets of its own kind.
type noted struct {
	format.Format
	arrivals *arrivals
}

// PTSEqualsDTS implements format.Format.
func (n noted) PTSEqualsDTS(p *rtp.Packet) bool {
	n.arrivals.note(p)
	return n.Format.PTSEqualsDTS(p)
}

// noteArrivals has the packets of a track noted, which is not set up yet.
func (g *ingest) noteArrivals(m *description.Media) {
	a := &arrivals{now: g.s.w.now}
	m.Formats = []format.Format{noted{m.Formats[0], a}}
	if m == g.p.video {
		g.pictureCame = a
	} else {
		g.soundCame = a
	}
}

// came is when a packet came: now, where nothing holds packets back.
func (g *ingest) came(a *arrivals, p *rtp.Packet) time.Duration {
	if a == nil {
		return g.s.w.now()
	}
	return a.of(p)
}
