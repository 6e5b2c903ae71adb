package discover

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
)

// links are the networks of one round.
type links []wire.Link

// neighbour reports whether an address is on one of the links, and names it as
// everybody here does: an IPv4 address as such, the zone of a link-local one by
// the interface's name. Sockets in the cage know interfaces by number only.
func (l links) neighbour(a netip.Addr) (netip.Addr, bool) {
	a = a.Unmap()
	zone := a.Zone()
	a = a.WithZone("")
	for _, link := range l {
		if a.Is6() && a.IsLinkLocalUnicast() {
			if zone == link.Name || zone == strconv.Itoa(link.Index) {
				return a.WithZone(link.Name), true
			}
			continue
		}
		for _, p := range link.Prefixes {
			if zone == "" && p.Contains(a) {
				return a, true
			}
		}
	}
	return netip.Addr{}, false
}

// dialable names an address as a socket in the cage needs it.
func (l links) dialable(a netip.Addr) netip.Addr {
	for _, link := range l {
		if a.Zone() == link.Name {
			return a.WithZone(strconv.Itoa(link.Index))
		}
	}
	return a
}

// own are the addresses of the links from which a question can be asked: all
// of IPv4, the link-local ones of IPv6.
func (l links) own(v6 bool) (out []netip.Addr) {
	for _, link := range l {
		for _, p := range link.Prefixes {
			a := p.Addr()
			switch {
			case a.Is4() && !v6:
				out = append(out, a)
			case a.Is6() && v6 && a.IsLinkLocalUnicast():
				out = append(out, a.WithZone(strconv.Itoa(link.Index)))
			}
		}
	}
	return out
}

// question is what goes out of one address of this machine.
type question struct {
	from netip.Addr
	to   []netip.AddrPort
	// say are sent in turn, at each moment of askedAt one.
	say [][]byte
}

// answered is called with each datagram that a neighbour sent; the bytes are
// its own until it returns.
type answered func(from netip.Addr, b []byte)

// maxDatagram is above what any of the protocols sends in one datagram; what
// is longer is cut, and does not parse.
const maxDatagram = 16 << 10

// ask asks and hears until the context ends. The socket is bound to an address
// of the link: by that Linux picks the way out, for multicast and broadcast too
// (ip_route_output_key, "special hack"), and the port is the kernel's choice:
// nobody is answered on a known one.
func (r *round) ask(ctx context.Context, q question, hear answered) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(q.from, 0)))
	if err != nil {
		return // the address went away
	}
	r.converse(ctx, conn, q, hear)
}

// converse is ask on a socket, which it closes.
func (r *round) converse(ctx context.Context, conn *net.UDPConn, q question, hear answered) {
	defer conn.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.hear(conn, hear)
	}()
	for i, at := range askedAt() {
		if len(q.say) == 0 || !clock.Pause(ctx, at-before(i)) {
			break
		}
		for _, to := range q.to {
			_, _ = conn.WriteToUDPAddrPort(q.say[i%len(q.say)], to) // a link without a route to it
		}
	}
	<-ctx.Done()
	conn.Close()
	<-done
}

// before is the moment before the i-th of askedAt.
func before(i int) time.Duration {
	if i == 0 {
		return 0
	}
	return askedAt()[i-1]
}

// hear reads datagrams of neighbours until the socket is closed.
func (r *round) hear(conn *net.UDPConn, hear answered) {
	b := make([]byte, maxDatagram)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		if a, ok := r.links.neighbour(from.Addr()); ok {
			hear(a, b[:n])
		}
	}
}
