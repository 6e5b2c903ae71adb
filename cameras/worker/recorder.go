package worker

import (
	"context"

	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
)

// mostAsked bounds the profiles of a recorder that are asked for their address.
const mostAsked = 32

// ofAnother reports whether the recorder tells the address of a stream as that of
// another camera than the own one. A device that does not tell says nothing against it:
// where addresses are changed, the hub asks which channel they are of. One that both have
// but for the port is nobody's, so not the own one's.
func (h *hands) ofAnother(ctx context.Context, address string) bool {
	if h.client == nil || h.w.start.Source == "" {
		return false // alone, or no other camera of the device is somebody else's
	}
	ctx, cancel := context.WithTimeout(ctx, serialWithin)
	defer cancel()
	own, err := h.profiles(ctx)
	if err != nil {
		return false
	}
	h.mu.Lock()
	others := h.others
	h.mu.Unlock()
	told := func(list []onvif.Profile) (most likeness) {
		for _, p := range list {
			if at, err := h.client.StreamURI(ctx, p); err == nil {
				most = max(most, compare(at, address))
			}
			if most == samePlace {
				break
			}
		}
		return most
	}
	if len(others) == 0 {
		return false
	}
	mine := told(own)
	if mine == samePlace {
		return false
	}
	theirs := told(others[:min(len(others), mostAsked)])
	return theirs != otherPlace && theirs >= mine
}

func anotherChannel() *failure {
	return failed(wire.AnotherDevice, "The address is that of another camera of the recorder. Nothing of it is shown or recorded.")
}
