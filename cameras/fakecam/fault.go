package fakecam

import (
	"fmt"
	"strings"
)

// Fault is something that is wrong with a camera.
type Fault int32

const (
	// None is a healthy camera; setting it heals.
	None Fault = iota
	// Drop is a camera that lost power: connections are reset, new ones refused.
	Drop
	// Freeze is a camera that sends no pictures while sound, RTCP and RTSP
	// requests go on.
	Freeze
	// WrongPassword is a camera whose password was changed: connections are
	// reset and no password is right.
	WrongPassword
	// HalfOpen is a camera whose cable was cut: connections stay, but nothing
	// comes and nothing is read. Healing resets them, as a camera does that
	// has forgotten them.
	HalfOpen
	// Garbage is a camera that sends random bytes as NAL units and RTP
	// payloads instead of pictures.
	Garbage

	// Loss1, Loss5 and Loss20 lose that percentage of the RTP packets.
	Loss1
	Loss5
	Loss20
	// Reorder holds one RTP packet of eight back, for at most 50 ms.
	Reorder
	// Drift sends 21 pictures in the time of 25; their timestamps say that all
	// is well, sound and sender reports are right. Healed, the timestamps step
	// to where they belong.
	Drift
	// JumpForward and JumpBack move the RTP time by an hour, and back when
	// they end.
	JumpForward
	JumpBack
	// Wrap steps the RTP time of all tracks to 1.5 s before 2³², and leaves it
	// there.
	Wrap
	// Resolution changes the picture's size every two seconds; only a TestCard
	// can.
	Resolution
	// EmptyPayload sends RTP packets with no byte or one between the others.
	EmptyPayload
	// EndlessFragment sends 100 Mbit/s of one fragmented picture that never
	// ends.
	EndlessFragment

	// Slow sends answers and media at slowRate.
	Slow
	// Redirect answers DESCRIBE with 302 to Options.RedirectTo.
	Redirect
	// NegativeLength answers with a Content-Length below zero.
	NegativeLength
	// HugeLength answers with a Content-Length of up to 10¹⁸ and goes on
	// sending.
	HugeLength
	// Junk sends bytes that begin no frame between the interleaved frames.
	Junk
	// EndlessJunk sends nothing else any more, as fast as it is read.
	EndlessJunk
	// BadSDP describes the streams by one text of Options.BadSDP after the
	// other.
	BadSDP
	// Downgrade lets people sign in with nothing but a password in clear text,
	// whatever was offered before; it begins with a reset of all connections.
	Downgrade
	// Repeat is a camera whose sensor or encoder hangs: it sends one group of
	// pictures, without B pictures, again and again, bit by bit, with new
	// timestamps and marks.
	Repeat
)

var faultNames = [...]string{
	"none", "drop", "freeze", "wrong-password", "half-open", "garbage",
	"loss1", "loss5", "loss20", "reorder", "drift", "jump-forward", "jump-back", "wrap", "resolution", "empty-payload", "endless-fragment",
	"slow", "redirect", "negative-length", "huge-length", "junk", "endless-junk", "bad-sdp", "downgrade", "repeat",
}

// Faults are the names of all faults, in order.
func Faults() []string { return append([]string{}, faultNames[:]...) }

// String is the fault's name on the command line.
func (f Fault) String() string {
	if f < 0 || int(f) >= len(faultNames) {
		return "unknown"
	}
	return faultNames[f]
}

// ParseFault reads a fault's name.
func ParseFault(s string) (Fault, error) {
	for i, name := range faultNames {
		if s == name {
			return Fault(i), nil
		}
	}
	return None, fmt.Errorf("fakecam: fault %q is none of %s", s, strings.Join(faultNames[:], ", "))
}

// SetFault makes the camera faulty, or healthy again with None. There is one
// fault at a time. It has taken effect on return.
func (c *Camera) SetFault(f Fault) {
	c.fault.Store(int32(f))
	mode := gateOpen
	switch f {
	case Drop:
		mode = gateShut
	case HalfOpen:
		mode = gateSilent
	}
	for _, g := range []*gate{c.rtsp.gate, c.onvif.gate} {
		if err := g.set(mode); err != nil {
			c.o.Log.Error("listening again failed", "error", err)
		}
		if f == WrongPassword || f == Downgrade {
			g.reset()
		}
	}
	if f == Drop || f == HalfOpen || f == WrongPassword {
		c.rtsp.endUDP()
	}
}

func (c *Camera) faulty(f Fault) bool { return Fault(c.fault.Load()) == f }
