// Package neighbour asks the kernel which link layer address is behind an IP
// address of the same network.
package neighbour

import (
	"encoding/binary"
	"net"
	"net/netip"
	"syscall"
)

// Lookup finds the link layer address behind an address of the same network in
// the kernel's neighbour table; "" where there is none: behind a router, or on
// this machine.
func Lookup(ip netip.Addr) string { return Table()[ip.WithZone("").Unmap()] }

// Table is the kernel's neighbour table (rtnetlink(7), RTM_GETNEIGH), as far as
// its entries hold; empty where it cannot be read. Addresses have no zone.
func Table() map[netip.Addr]string {
	b, err := syscall.NetlinkRIB(syscall.RTM_GETNEIGH, syscall.AF_UNSPEC)
	if err != nil {
		return nil
	}
	messages, err := syscall.ParseNetlinkMessage(b)
	if err != nil {
		return nil
	}
	table := map[netip.Addr]string{}
	for _, m := range messages {
		if ip, mac := entry(m); mac != "" {
			table[ip] = mac
		}
	}
	return table
}

// entry reads one entry; mac is "" where it does not hold.
func entry(m syscall.NetlinkMessage) (ip netip.Addr, mac string) {
	const (
		ndMsg    = 12 // struct ndmsg: family, pad, ifindex, state, flags, type
		attrHead = 4
		dst      = 1 // NDA_DST
		lladdr   = 2 // NDA_LLADDR
		usable   = 0x02 | 0x04 | 0x08 | 0x10 | 0x80
	)
	if m.Header.Type != syscall.RTM_NEWNEIGH || len(m.Data) < ndMsg {
		return ip, ""
	}
	if state := binary.NativeEndian.Uint16(m.Data[8:]); state&usable == 0 {
		return ip, ""
	}
	var hardware net.HardwareAddr
	for b := m.Data[ndMsg:]; len(b) >= attrHead; {
		n := int(binary.NativeEndian.Uint16(b))
		if n < attrHead || n > len(b) {
			break
		}
		switch value := b[attrHead:n]; binary.NativeEndian.Uint16(b[2:]) {
		case dst:
			ip, _ = netip.AddrFromSlice(value)
		case lladdr:
			hardware = value
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	if ip = ip.Unmap(); !ip.IsValid() || len(hardware) != 6 || hardware.String() == "00:00:00:00:00:00" {
		return ip, ""
	}
	return ip, hardware.String()
}
