package discover

import (
	"net"
	"net/netip"

	"lares/cameras/internal/wire"
)

// present lists the networks that are worth a search now: interfaces that are
// up, reach more than one other machine and have an address of their own.
// Loopback counts where it is asked for.
func present(loopback bool) (out links) {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, i := range all {
		lo := i.Flags&net.FlagLoopback != 0
		if i.Flags&net.FlagUp == 0 || lo && !loopback || !lo && i.Flags&net.FlagMulticast == 0 || i.Flags&net.FlagPointToPoint != 0 {
			continue
		}
		l := wire.Link{Name: i.Name, Index: i.Index}
		own := false
		for _, p := range prefixesOf(i) {
			if len(l.Prefixes) < wire.MaxPrefixes {
				l.Prefixes = append(l.Prefixes, p)
				own = own || !p.Addr().IsLinkLocalUnicast() || p.Addr().Is4()
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
