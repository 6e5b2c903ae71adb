package discover

import (
	"net"
	"net/netip"

	"lares/cameras/internal/wire"
)

// Places say where to search.
type Places struct {
	LAN  bool // on the networks of this machine
	Here bool // on this machine itself, by loopback
}

// present lists the networks that are worth a search now: interfaces that are
// up, reach more than one other machine and have an address of their own, or
// are the loopback of this one.
func (p Places) present() (out links) {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, i := range all {
		lo := i.Flags&net.FlagLoopback != 0
		lan := !lo && i.Flags&net.FlagMulticast != 0 && i.Flags&net.FlagPointToPoint == 0
		if i.Flags&net.FlagUp == 0 || !(lo && p.Here || lan && p.LAN) {
			continue
		}
		l := wire.Link{Name: i.Name, Index: i.Index}
		own := false
		for _, prefix := range prefixesOf(i) {
			if len(l.Prefixes) < wire.MaxPrefixes {
				l.Prefixes = append(l.Prefixes, prefix)
				own = own || !prefix.Addr().IsLinkLocalUnicast() || prefix.Addr().Is4()
			}
		}
		if own && len(out) < wire.MaxLinks {
			out = append(out, l)
		}
	}
	return out
}

func prefixesOf(i net.Interface) (out []netip.Prefix) {
	list, err := i.Addrs()
	if err != nil {
		return nil
	}
	for _, a := range list {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		if !ok {
			continue
		}
		ones, _ := n.Mask.Size()
		out = append(out, netip.PrefixFrom(ip.Unmap(), ones))
	}
	return out
}
