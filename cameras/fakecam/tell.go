package fakecam

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"

	"github.com/grandcat/zeroconf"
)

// ear hears questions on a well-known port and answers each asker alone. Real
// cameras do the same; the hub itself never does.
type ear struct {
	port   int
	group  netip.Addr // the multicast group, none for broadcasts
	answer func(question []byte, at netip.Addr) []byte
	shouts bool // the answer goes to the group
}

// teller makes the camera be found.
type teller struct {
	cam   *Camera
	conns []*net.UDPConn
	mdns  []*zeroconf.Server
	wg    sync.WaitGroup
}

// newTeller begins to answer as the maker's cameras do; nil without a maker. A
// port that another program keeps for itself is one way less to be found.
func newTeller(c *Camera) *teller {
	if c.maker == nil {
		return nil
	}
	t := &teller{cam: c}
	m := c.maker
	group := netip.AddrFrom4([4]byte{239, 255, 255, 250})
	var ears []ear
	if m.scopes != nil {
		ears = append(ears, ear{port: 3702, group: group, answer: t.answerProbe}, ear{port: 3702, group: netip.MustParseAddr("ff02::c"), answer: t.answerProbe})
	}
	if m.upnp {
		ears = append(ears, ear{port: 1900, group: group, answer: t.answerSearch})
	}
	if m.dhip {
		ears = append(ears, ear{port: 37810, group: netip.AddrFrom4([4]byte{239, 255, 255, 251}), answer: t.answerDHIP})
	}
	if m.sadp {
		ears = append(ears, ear{port: 37020, group: group, answer: t.answerSADP, shouts: m.shouts})
	}
	if m.dvrip {
		ears = append(ears, ear{port: 34569, answer: t.answerDVRIP})
	}
	if m.tapo {
		ears = append(ears, ear{port: 20002, answer: t.answerTapo})
	}
	for _, e := range ears {
		if err := t.hear(e); err != nil {
			c.o.Log.Warn("not found by everybody", "error", err)
		}
	}
	if err := t.announce(); err != nil {
		c.o.Log.Warn("not found by everybody", "error", err)
	}
	return t
}

// close ends everything and waits; the library's own goroutine for probing may
// take five seconds more.
func (t *teller) close() {
	for _, c := range t.conns {
		c.Close()
	}
	t.wg.Wait()
	for _, s := range t.mdns {
		s.Shutdown()
	}
}

// hear opens the port, shared with other cameras of this machine.
func (t *teller) hear(e ear) error {
	network, at := "udp4", fmt.Sprintf("0.0.0.0:%d", e.port)
	if e.group.Is6() {
		network, at = "udp6", fmt.Sprintf("[::]:%d", e.port)
	}
	listen := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		return errors.Join(raw.Control(func(fd uintptr) { err = joinAll(int(fd), e.group) }), err)
	}}
	c, err := listen.ListenPacket(context.Background(), network, at)
	if err != nil {
		if e.group.Is6() {
			return nil // a machine without IPv6
		}
		return fmt.Errorf("fakecam: answering on port %d: %w", e.port, err)
	}
	conn := c.(*net.UDPConn)
	t.conns = append(t.conns, conn)
	t.wg.Go(func() { t.serve(conn, e) })
	return nil
}

// joinAll shares the port and joins the group on every interface that takes it.
func joinAll(fd int, group netip.Addr) error {
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return err
	}
	interfaces, err := net.Interfaces()
	if err != nil || !group.IsValid() {
		return err
	}
	for _, i := range interfaces {
		// An interface that cannot is none to be heard on.
		if group.Is4() {
			_ = syscall.SetsockoptIPMreqn(fd, syscall.IPPROTO_IP, syscall.IP_ADD_MEMBERSHIP, &syscall.IPMreqn{Multiaddr: group.As4(), Ifindex: int32(i.Index)})
		} else {
			_ = syscall.SetsockoptIPv6Mreq(fd, syscall.IPPROTO_IPV6, syscall.IPV6_JOIN_GROUP, &syscall.IPv6Mreq{Multiaddr: group.As16(), Interface: uint32(i.Index)})
		}
	}
	return nil
}

func (t *teller) serve(conn *net.UDPConn, e ear) {
	b := make([]byte, maxRequest)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		if at, ok := t.reached(from); ok {
			if answer := e.answer(b[:n], at); answer != nil {
				t.reply(conn, e, from, at, answer)
			}
		}
	}
}

// reply answers who asked, or all who listen where it asked, out of the address at.
func (t *teller) reply(conn *net.UDPConn, e ear, from netip.AddrPort, at netip.Addr, answer []byte) {
	if !e.shouts {
		_, _ = conn.WriteToUDPAddrPort(answer, from) // an asker that is gone
		return
	}
	c, err := net.DialUDP("udp", &net.UDPAddr{IP: at.AsSlice()}, net.UDPAddrFromAddrPort(netip.AddrPortFrom(e.group, uint16(e.port))))
	if err != nil {
		return // a network that has gone
	}
	defer c.Close()
	_, _ = c.Write(answer) // heard by whoever listens
}

// reached is the address by which the asker reaches this camera; ok is false
// where it cannot, because the camera listens elsewhere.
func (t *teller) reached(from netip.AddrPort) (netip.Addr, bool) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(from)) // sends nothing
	if err != nil {
		return netip.Addr{}, false
	}
	defer c.Close()
	at, own := c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), t.own()
	return at, own.IsUnspecified() && (own.Is6() || at.Is4()) || own == at
}

// own is the address on which the camera listens: 0.0.0.0 for all of IPv4, ::
// for all.
func (t *teller) own() netip.Addr {
	return t.cam.onvif.gate.at().AddrPort().Addr().Unmap()
}

// announce tells by mDNS, on the interfaces where the camera listens.
func (t *teller) announce() error {
	interfaces, addresses := places(t.own())
	if len(addresses) == 0 {
		return nil // not on IPv4
	}
	host := "cam-" + strings.ReplaceAll(t.cam.id.mac, ":", "")
	for _, s := range t.cam.maker.services {
		port := t.cam.onvif.gate.at().Port
		if s.rtsp {
			port = t.cam.rtsp.gate.at().Port
		}
		var txt []string
		for _, line := range s.txt {
			txt = append(txt, t.fill(line))
		}
		server, err := zeroconf.RegisterProxy(t.fill(s.instance), s.kind, "local.", port, host, addresses, txt, interfaces)
		if err != nil {
			return fmt.Errorf("fakecam: announcing %s: %w", s.kind, err)
		}
		t.mdns = append(t.mdns, server)
	}
	return nil
}

// places are the interfaces with an address of the camera, and those addresses.
func places(own netip.Addr) (interfaces []net.Interface, addresses []string) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, nil
	}
	for _, i := range all {
		list, err := i.Addrs()
		if err != nil || i.Flags&net.FlagUp == 0 {
			continue
		}
		for _, a := range list {
			n, ok := a.(*net.IPNet)
			if !ok || n.IP.To4() == nil || n.IP.String() != own.String() && (!own.IsUnspecified() || n.IP.IsLoopback()) {
				continue
			}
			interfaces, addresses = append(interfaces, i), append(addresses, n.IP.String())
		}
	}
	return interfaces, addresses
}

// fill puts this camera into a text of its maker's.
func (t *teller) fill(s string) string {
	mac := strings.ToUpper(t.cam.id.mac)
	bare := strings.ReplaceAll(mac, ":", "")
	return strings.NewReplacer("{name}", t.cam.o.Name, "{serial}", t.cam.o.Serial, "{uuid}", t.cam.id.uuid,
		"{mac}", bare, "{mac:}", mac, "{last}", bare[8:], "{main}", t.cam.o.MainPath).Replace(s)
}
