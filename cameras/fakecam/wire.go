package fakecam

import (
	"cmp"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"github.com/pion/rtp"
)

// wire is what faults do to the times and packets of one stream. Only
// stream.run uses it.
type wire struct {
	fault Fault // as of the last sample
	dice  *mathrand.Rand
	held  []heldPacket // by Reorder, earliest first
	// slip is how far the pictures lag behind the time they were due at, from
	// Drift; told is the part of it that their timestamps show.
	slip, told time.Duration
	// since is when the last picture was due, and before what slip was then.
	since, before time.Duration
	offset        int // of EndlessFragment in its JPEG picture
	begun         bool
	group         group // of Repeat
}

type heldPacket struct {
	track  *outTrack
	packet *rtp.Packet
	until  time.Duration // since the start
}

// newWire rolls the same dice for the same path each time.
func newWire(path string) wire {
	return wire{dice: mathrand.New(mathrand.NewPCG(uint64(len(path)), 1))}
}

// jump is what JumpForward and JumpBack move the RTP time by.
const jump = time.Hour

// wrapAfter is how long after it began Wrap lets the RTP time pass 2³².
const wrapAfter = 1500 * time.Millisecond

// enter begins a fault, and ends the one before, at a time since the start.
func (s *stream) enter(f Fault, now time.Duration) {
	was := s.wire.fault
	if f == was {
		return
	}
	s.wire.fault = f
	switch was {
	case JumpForward:
		s.step(-jump)
	case JumpBack:
		s.step(jump)
	case Drift:
		// A camera whose clock is put right: its pictures are late, and say so.
		s.video.shift += uint32(ticks(s.wire.slip-s.wire.told, s.video.rate))
		s.wire.told = s.wire.slip
	case Reorder:
		s.release(never)
	case EndlessFragment:
		s.wire.begun = false
	case Repeat:
		s.wire.group, s.broken = group{}, true
	}
	switch f {
	case JumpForward:
		s.step(jump)
	case JumpBack:
		s.step(-jump)
	case Wrap: // and stays there: to go back would be a jump
		for _, t := range s.tracks {
			t.shift += -s.stamp(t, now) - uint32(ticks(wrapAfter, t.rate))
		}
	}
}

// step moves the RTP time of all tracks.
func (s *stream) step(by time.Duration) {
	for _, t := range s.tracks {
		t.shift += uint32(ticks(by, t.rate))
	}
}

// stamp is the RTP time of a track at a time since the start.
func (s *stream) stamp(t *outTrack, now time.Duration) uint32 {
	if t == s.video {
		now -= s.wire.lag(now)
	}
	return t.first + t.shift + uint32(ticks(now, t.rate))
}

// driftSent of driftSaid pictures are sent in the time that Drift says
// driftSaid take.
const (
	driftSent = 21
	driftSaid = 25
)

// drift delays the pictures after one of now that another follows so much
// later.
func (w *wire) drift(now, gap time.Duration) {
	w.since, w.before = now, w.slip
	if w.fault == Drift {
		w.slip += gap * (driftSaid - driftSent) / driftSent
	}
}

// lag is how far the pictures are behind at a time, also between two of them.
func (w *wire) lag(now time.Duration) time.Duration {
	if w.fault != Drift {
		return w.slip
	}
	return w.before + (now-w.since)*(driftSaid-driftSent)/driftSaid
}

// lossPercent is how many of a hundred packets a fault loses.
func lossPercent(f Fault) int {
	switch f {
	case Loss1:
		return 1
	case Loss5:
		return 5
	case Loss20:
		return 20
	}
	return 0
}

const (
	reorderOneIn = 8                     // packets, one of which is held back
	reorderMost  = 50 * time.Millisecond // for at most this long
	emptyOneIn   = 4                     // packets, in front of one of which a broken one goes
)

// carry sends a packet, unless a fault does something to it.
func (s *stream) carry(t *outTrack, p *rtp.Packet, now time.Duration) {
	switch f := s.wire.fault; f {
	case Loss1, Loss5, Loss20:
		if s.wire.dice.IntN(100) < lossPercent(f) {
			t.number(p)
			return
		}
	case Reorder:
		s.release(now)
		if s.wire.dice.IntN(reorderOneIn) == 0 {
			t.number(p)
			s.hold(heldPacket{t, p, now + 1 + time.Duration(s.wire.dice.Int64N(int64(reorderMost)))})
			return
		}
	case EmptyPayload:
		for range 2 {
			if s.wire.dice.IntN(emptyOneIn) == 0 {
				broken := t.packet(make([]byte, s.wire.dice.IntN(2)))
				if len(broken.Payload) > 0 {
					broken.Payload[0] = byte(s.wire.dice.Uint32())
				}
				broken.Timestamp = p.Timestamp
				t.number(broken)
				s.write(t, broken)
			}
		}
	}
	t.number(p)
	s.write(t, p)
}

// number gives a packet its place in the track, whether or not it is sent.
func (t *outTrack) number(p *rtp.Packet) {
	p.SequenceNumber = t.seq
	t.seq++
	t.packets++
	t.octets += uint32(len(p.Payload))
}

func (s *stream) write(t *outTrack, p *rtp.Packet) {
	// It only fails once the stream is closed, and run ends by ctx.
	_ = s.out.WritePacketRTP(t.media, p)
}

// hold keeps a packet back.
func (s *stream) hold(h heldPacket) {
	i, _ := slices.BinarySearchFunc(s.wire.held, h.until, func(a heldPacket, until time.Duration) int {
		return cmp.Compare(a.until, until)
	})
	s.wire.held = slices.Insert(s.wire.held, i, h)
}

// release sends the packets that were held back until now.
func (s *stream) release(now time.Duration) {
	for len(s.wire.held) > 0 && s.wire.held[0].until <= now {
		h := s.wire.held[0]
		s.wire.held = s.wire.held[1:]
		s.write(h.track, h.packet)
	}
}

// wakes is when the next packet is to be released.
func (w *wire) wakes() time.Duration {
	if len(w.held) == 0 {
		return never
	}
	return w.held[0].until
}

const (
	endlessRate   = 100_000_000 / 8 // bytes per second of EndlessFragment
	endlessPacket = 1400
	endlessBurst  = 1000 // packets in place of one picture at most
)

// sendEndless sends, in place of a picture that another follows so much later,
// a part of a fragmented unit that never ends (RFC 6184 §5.8, RFC 7798 §4.4.3,
// RFC 2435 §3.1).
func (s *stream) sendEndless(video videoCodec, gap, now time.Duration, pts int64) {
	n := int(gap.Seconds() * endlessRate / endlessPacket)
	packets := make([]*rtp.Packet, max(1, min(n, endlessBurst)))
	for i := range packets {
		payload := make([]byte, endlessPacket)
		s.noise.Read(payload)
		s.fragment(video, payload)
		packets[i] = s.video.packet(payload)
	}
	s.send(s.video, packets, pts, now)
}

// fragment writes the head of the next fragment.
func (s *stream) fragment(video videoCodec, payload []byte) {
	const begins = 0x80
	var start byte
	if !s.wire.begun {
		s.wire.begun, s.wire.offset, start = true, 0, begins
	}
	switch video {
	case codecH264:
		copy(payload, []byte{nalIDR&^nalTypeMask | 28, start | typeIDR})
	case codecH265:
		const fu, idr = 49, 19
		copy(payload, []byte{fu << 1, 1, start | idr})
	case codecJPEG:
		const kind, quality, side, head, most = 1, 50, 80, 8, 1 << 24
		at := s.wire.offset
		copy(payload, []byte{0, byte(at >> 16), byte(at >> 8), byte(at), kind, quality, side, side})
		// Where the offset has no more digits, the next picture begins.
		s.wire.offset = (at + len(payload) - head) % most
		s.wire.begun = s.wire.offset > at
	}
}
