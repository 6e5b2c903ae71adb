package gate

import (
	"net/netip"
	"net/url"

	"lares/cameras"
)

// Pins of two kinds say nothing of each other: who leaves ONVIF out would have another
// owner's camera, known by its serial number, under its link layer address or none. Then
// what the kernel sees decides, and where it sees nothing, the network address.

// untold reports whether nothing tells two cameras, which do not have the same pin, from
// one device: not their pins, and they have one link layer address, or, where that of one
// is not known, one network address.
func (g *Gate) untold(a, o cameras.Access) bool {
	if oneKind(a, o) {
		return false
	}
	if mine, theirs := g.linkOf(a), g.linkOf(o); mine != "" && theirs != "" {
		return mine == theirs
	}
	return onePlace(a.Main, o.Main)
}

// oneKind reports whether the pins of two cameras are of one kind, so that one device
// would show one. Two ways into a device may have keys of their own.
func oneKind(a, o cameras.Access) bool {
	if a.Pin.IsZero() || a.Pin.Kind != o.Pin.Kind || a.Pin.Weak() || o.Pin.Weak() {
		return false
	}
	u, err := url.Parse(a.Main)
	v, err2 := url.Parse(o.Main)
	return a.Pin.Kind != cameras.PinTLS || err == nil && err2 == nil && u.Scheme == v.Scheme && portOf(u) == portOf(v)
}

// linkOf is the link layer address of a camera: when it was last recognised, else what
// the kernel sees at its address.
func (g *Gate) linkOf(a cameras.Access) string {
	if mac := macOf(a); mac != "" {
		return mac
	}
	if at := hostAddr(a.Main); at.IsValid() {
		return g.cfg.LinkAddress(at)
	}
	return ""
}

// onePlace reports whether two addresses of streams may be of one device by their host.
// The hub itself may pass on several, each at a port of its own.
func onePlace(a, b string) bool {
	u, err := url.Parse(a)
	v, err2 := url.Parse(b)
	if err != nil || err2 != nil || hostOf(a) != hostOf(b) {
		return false
	}
	ip, err := netip.ParseAddr(hostOf(a))
	if err == nil && ip.IsLoopback() || hostOf(a) == "localhost" {
		return portOf(u) == portOf(v)
	}
	return true
}
