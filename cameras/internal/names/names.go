// Package names finds the addresses of hosts for the caged children, which have no
// files and ask no name server.
package names

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

const within = 2 * time.Second

// Lookup finds the address of a host, which is one already or a name; named says that
// it is a name, ok that there is an address. It prefers IPv4: cameras' IPv6 is often
// announced and not served. The zone of an address is a number, for what an interface is
// called a caged child cannot ask.
func Lookup(ctx context.Context, host string) (ip netip.Addr, named, ok bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		ip, ok := numbered(ip)
		return ip, false, ok
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(found) == 0 {
		return ip, true, false
	}
	for _, f := range found {
		if f.Unmap().Is4() {
			return f.Unmap(), true, true
		}
	}
	ip, ok = numbered(found[0])
	return ip, true, ok
}

// numbered has the number of an interface for its name, in one spelling, and none where
// the kernel asks for none; false for what is no interface: the library would dial 2 for
// "2x".
func numbered(ip netip.Addr) (netip.Addr, bool) {
	if ip.Zone() == "" || !ip.IsLinkLocalUnicast() {
		return ip.WithZone(""), true
	}
	if link, err := net.InterfaceByName(ip.Zone()); err == nil {
		return ip.WithZone(strconv.Itoa(link.Index)), true
	}
	n, err := strconv.ParseUint(ip.Zone(), 10, 31)
	if err != nil || n == 0 {
		return netip.Addr{}, false
	}
	return ip.WithZone(strconv.FormatUint(n, 10)), true
}

// Here reports whether an address that a name leads to is of this machine, where pages
// for it alone are: they are no cameras (HAZARDS I4), and who answers for names may be
// anybody.
func Here(ip netip.Addr) bool { return ip.Unmap().IsLoopback() || ip.IsUnspecified() }

// Own reports whether an address leads to this machine: Here, or the address of one of its
// interfaces.
func Own(ip netip.Addr) (bool, error) {
	if Here(ip) {
		return true, nil
	}
	list, err := net.InterfaceAddrs()
	if err != nil {
		return false, fmt.Errorf("names: listing this machine's addresses: %w", err)
	}
	for _, a := range list {
		own, err := netip.ParsePrefix(a.String())
		if err == nil && own.Addr().Unmap().WithZone("") == ip.Unmap().WithZone("") {
			return true, nil
		}
	}
	return false, nil
}

// HereBy is Here for the host of a URL, as it is written: other names are looked at
// when they are resolved.
func HereBy(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && Here(ip) || strings.EqualFold(host, "localhost")
}
