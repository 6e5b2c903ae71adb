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
)

var faultNames = [...]string{"none", "drop", "freeze", "wrong-password", "half-open", "garbage"}

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
		if f == WrongPassword {
			g.reset()
		}
	}
}

func (c *Camera) faulty(f Fault) bool { return Fault(c.fault.Load()) == f }
