package fakecam

import (
	"errors"
	"sync"
)

// Swap exchanges the addresses of two running cameras, as a router does that
// gives out new ones: all connections end, and behind each address answers the
// other camera. MainURL, SubURL and ONVIFURL follow.
func Swap(a, b *Camera) error {
	return errors.Join(swapGates(a.rtsp.gate, b.rtsp.gate), swapGates(a.onvif.gate, b.onvif.gate))
}

// swapping is held by whoever locks two gates.
var swapping sync.Mutex

func swapGates(a, b *gate) error {
	if a == b {
		return nil
	}
	swapping.Lock()
	defer swapping.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.closed || b.closed {
		return errors.New("fakecam: swapping with a camera that is closed")
	}
	for _, g := range []*gate{a, b} {
		g.resetLocked()
		if g.inner != nil {
			g.inner.Close()
			g.inner = nil
		}
	}
	a.addr, b.addr = b.addr, a.addr
	a.reserve, b.reserve = b.reserve, a.reserve
	return errors.Join(a.renewLocked(), b.renewLocked())
}
