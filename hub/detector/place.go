package detector

import (
	"context"
	"net"
	"net/netip"
	"net/url"

	"lares/cameras"
)

// A detector is in the house: nothing leaves it (DESIGN, invariant 8). Where its name
// leads is found out for each question, compared, and connected to as it is, so that a
// name which leads elsewhere by then changes nothing.

// locate is the address that a host has now, if a detector may be there; FaultNowhere or
// FaultOutside else. On this machine itself one is only if cameras are looked for there.
func locate(ctx context.Context, host string, here bool) (netip.Addr, error) {
	ip := cameras.Lookup(ctx, host)
	if !ip.IsValid() {
		return ip, FaultNowhere
	}
	own, err := cameras.OwnAddress(ip)
	if err != nil || own && !here || !inHouse(ip, here, networks()) {
		return ip, FaultOutside
	}
	return ip, nil
}

// Abroad says that a valid address names in numbers a place where no detector may be. Of one
// that is a name nobody knows that before each question.
func Abroad(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && !inHouse(ip, true, networks())
}

// inHouse reports whether an address is of this house: a private one (RFC 1918, RFC 4193),
// or on a network that this machine is on itself, or its loopback, if here.
func inHouse(ip netip.Addr, here bool, own []netip.Prefix) bool {
	ip = ip.Unmap()
	switch {
	case ip.IsLoopback():
		return here
	case ip.IsUnspecified(), ip.IsMulticast():
		return false
	case ip.IsPrivate(), ip.Is6() && ip.IsLinkLocalUnicast():
		return true
	}
	for _, p := range own {
		if p.Bits() > 0 && p.Contains(ip.WithZone("")) { // one of all addresses is a way out
			return true
		}
	}
	return false
}

// networks are those that this machine is on.
func networks() (own []netip.Prefix) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range list {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		ones, _ := n.Mask.Size()
		if ok {
			own = append(own, netip.PrefixFrom(ip.Unmap(), ones))
		}
	}
	return own
}
