package discover

import (
	"iter"
	"net/netip"
	"slices"

	"lares/cameras/internal/wire"
)

const (
	// widest is the largest network of which each address is visited: a home's, not
	// a company's. Of a wider one it is the part around this machine's own address.
	widest = 22
	// maxParts bounds the networks of a scan, so that it is over within scanFor: an
	// address at which nobody lives holds one of knocksAtOnce for twice knockWithin.
	maxParts = 8
)

// Unscanned is a network that a scan did not visit each address of.
type Unscanned struct {
	Network netip.Prefix
	// Tried is the part that was; not valid where it is none. Devices that the
	// kernel knew of besides were visited too.
	Tried netip.Prefix
}

// plan says which parts of the networks a scan visits, and what it leaves out.
// IPv6 is in neither: nobody can visit a network of it.
func (l links) plan() (parts []netip.Prefix, left []Unscanned) {
	for _, link := range l {
		for _, p := range link.Prefixes {
			if !p.Addr().Is4() || p.Addr().IsLoopback() || p.Bits() > 30 {
				continue
			}
			part := netip.PrefixFrom(p.Addr(), max(p.Bits(), widest)).Masked()
			switch {
			case slices.Contains(parts, part):
			case len(parts) == maxParts:
				part = netip.Prefix{}
			default:
				parts = append(parts, part)
			}
			if u := (Unscanned{p.Masked(), part}); u.Network != part && !slices.Contains(left, u) {
				left = append(left, u)
			}
		}
	}
	return parts, left
}

// beyond are those of the addresses, at most wire.MaxKnown, that are on the links
// and in none of the parts that a scan visits anyway.
func (l links) beyond(known []netip.Addr) (out []netip.Addr) {
	parts, _ := l.plan()
	for _, a := range slices.SortedFunc(slices.Values(known), netip.Addr.Compare) {
		near, ok := l.neighbour(a)
		inside := slices.ContainsFunc(parts, func(p netip.Prefix) bool { return p.Contains(near) })
		if ok && near.Is4() && !inside && len(out) < wire.MaxKnown {
			out = append(out, near)
		}
	}
	return out
}

// hosts are the addresses of a network, but for its own, for its broadcast and
// for this machine's.
func hosts(p netip.Prefix, own []netip.Addr) iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for a := p.Addr().Next(); p.Contains(a) && p.Contains(a.Next()); a = a.Next() {
			if !slices.Contains(own, a) && !yield(a) {
				return
			}
		}
	}
}
