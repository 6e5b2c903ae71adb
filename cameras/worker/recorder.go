package worker

import (
	"context"
	"slices"

	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
)

// mostAsked bounds the profiles of a recorder that are asked for their address.
const mostAsked = 32

// ofAnother reports whether the recorder tells the address of a stream as that of
// another camera than the own one. A device that does not tell says nothing against it:
// where addresses are changed, the hub asks which channel they are of.
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
	told := func(p onvif.Profile) bool {
		at, err := h.client.StreamURI(ctx, p)
		return err == nil && samePlace(at, address)
	}
	return len(others) > 0 && !slices.ContainsFunc(own, told) && slices.ContainsFunc(others[:min(len(others), mostAsked)], told)
}

func anotherChannel() *failure {
	return failed(wire.AnotherDevice, "The address is that of another camera of the recorder. Nothing of it is shown or recorded.")
}
