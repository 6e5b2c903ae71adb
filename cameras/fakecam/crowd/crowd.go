// Package crowd plays devices that do not exist, in a namespace of lan: ten thousand of them, who tell
// of themselves in every way in which a hub hears of devices. Only tests import it.
package crowd

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lares/cameras/fakecam/lan"
)

const (
	// Devices is how many there are.
	Devices = 10_000
	// Within is how long they take to speak once each, where the machine lets them.
	Within = 10 * time.Second
	// WSD6 is the name of WS-Discovery over IPv6, which not all kernels have.
	WSD6 = "wsd6"
)

// space4 holds the addresses of the crowd, which all networks of the town are to hold.
var space4 = netip.MustParsePrefix("198.18.128.0/17")

// device is the i-th of them.
type device struct {
	i  int
	v4 netip.Addr
	v6 netip.Addr // link-local, the zone by number
}

// way is one of those in which devices tell of themselves.
type way struct {
	name  string
	port  uint16     // where questions arrive; 0 where nobody waits for one
	group netip.Addr // of the questions, none for broadcasts
	v6    bool
	// to is where it is said to whoever listens; none where an asker alone is answered.
	to netip.AddrPort
	// home says that it is also said at the well-known port of who asked.
	home bool
	says func(device) []byte
}

// ways are all that the hub listens to (cameras/discover, hub/announce).
func ways() []way {
	group := netip.MustParseAddr("239.255.255.250")
	all := []way{
		{name: "mdns", to: netip.MustParseAddrPort("224.0.0.251:5353"), says: advert},
		{name: "wsd", port: 3702, group: group, says: probeMatch},
		{name: WSD6, port: 3702, group: netip.MustParseAddr("ff02::c"), v6: true, says: probeMatch6},
		{name: "ssdp", port: 1900, group: group, says: found},
		{name: "dvrip", port: 34569, home: true, says: dvrip},
		{name: "dhip", port: 37810, group: netip.MustParseAddr("239.255.255.251"), says: dhip},
		{name: "sadp", port: 37020, group: group, home: true, says: sadp},
		{name: "tapo", port: 20002, says: tapo},
		{name: "kasa", port: 9999, says: kasa},
	}
	if _, err := os.Stat("/proc/net/if_inet6"); err != nil {
		all = slices.DeleteFunc(all, func(w way) bool { return w.v6 })
	}
	return all
}

// Crowd listens for questions from Gather until its test ends, and speaks when told to.
type Crowd struct {
	t     testing.TB
	space string
	link  int        // the number of its interface
	host  netip.Addr // the namespace's own address
	ways  []way
	asked []atomic.Pointer[netip.AddrPort] // who did last, by way
	sent  []atomic.Int64                   // by way
}

// Gather brings the crowd into a house of a lan: all its addresses are that machine's. The network of
// the hub, whose namespace is told too, has to hold 198.18.128.0/17; it has all of the crowd behind one
// neighbour, because a kernel that is to know thousands (net.ipv4.neigh.default.gc_thresh3) sends
// nothing to anybody any more, and there is no hub to be tried.
func Gather(t testing.TB, hub, space, host string) *Crowd {
	t.Helper()
	lan.Need(t, "-n", hub, "route", "add", space4.String(), "via", host)
	lan.Need(t, "-n", space, "link", "set", "lo", "up")
	lan.Need(t, "-n", space, "route", "add", "local", space4.String(), "dev", "lo")
	c := &Crowd{t: t, space: space, host: netip.MustParseAddr(host), ways: ways()}
	c.asked, c.sent = make([]atomic.Pointer[netip.AddrPort], len(c.ways)), make([]atomic.Int64, len(c.ways))
	var open []interface{ Close() error }
	var wg sync.WaitGroup
	t.Cleanup(func() {
		for _, o := range open {
			_ = o.Close()
		}
		wg.Wait()
	})
	err := lan.Within(space, func() error {
		link, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		c.link = link.Index
		for n, w := range c.ways {
			if w.port == 0 {
				continue
			}
			conn, err := w.listen(link)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			open = append(open, conn)
			wg.Go(func() { c.hear(n, conn) })
		}
		server, err := serveDescriptions(&wg)
		if err == nil {
			open = append(open, server)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// listen opens the port at which questions arrive.
func (w way) listen(link *net.Interface) (*net.UDPConn, error) {
	network := "udp4"
	if w.v6 {
		network = "udp6"
	}
	if !w.group.IsValid() {
		return net.ListenUDP(network, &net.UDPAddr{Port: int(w.port)})
	}
	return net.ListenMulticastUDP(network, link, &net.UDPAddr{IP: w.group.AsSlice(), Port: int(w.port)})
}

// hear remembers who asked last. A link-local asker is known by the number of the interface: its
// name is looked up where the goroutine is, which is not in the namespace.
func (c *Crowd) hear(n int, conn *net.UDPConn) {
	b := make([]byte, 4096)
	for {
		_, from, err := conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		if c.ways[n].v6 {
			from = netip.AddrPortFrom(from.Addr().WithZone(strconv.Itoa(c.link)), from.Port())
		}
		c.asked[n].Store(&from)
	}
}

// Speak has each of the crowd tell of itself once, in all ways in which it was asked. It returns
// when all have, or when the context ends.
func (c *Crowd) Speak(ctx context.Context) {
	pace := time.NewTicker(Within / Devices)
	defer pace.Stop()
	err := lan.Within(c.space, func() error {
		loud, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(c.host, 0)))
		if err != nil {
			return err
		}
		defer loud.Close()
		for i := range Devices {
			c.speak(c.device(i), loud)
			select {
			case <-pace.C:
			case <-ctx.Done():
				return nil
			}
		}
		return nil
	})
	if err != nil {
		c.t.Error(err)
	}
}

func (c *Crowd) device(i int) device {
	v6 := netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 8: 0xfa, 9: 0xce, 14: byte(i >> 8), 15: byte(i)})
	return device{i: i, v4: netip.AddrFrom4([4]byte{198, 18, byte(128 + i>>8), byte(i)}), v6: v6.WithZone(strconv.Itoa(c.link))}
}

// speak says all that one device says, out of its own addresses; to everybody out of loud.
func (c *Crowd) speak(d device, loud *net.UDPConn) {
	for n, w := range c.ways {
		say := w.says(d)
		if d.garbles() {
			say = garbled(d, say)
		}
		if w.to.IsValid() {
			if _, err := loud.WriteToUDPAddrPort(say, w.to); err == nil {
				c.sent[n].Add(1)
			}
			continue
		}
		asker := c.asked[n].Load()
		if asker == nil {
			continue
		}
		conn, err := d.out(w.v6)
		if err != nil {
			continue
		}
		if _, err := conn.WriteToUDPAddrPort(say, *asker); err == nil {
			c.sent[n].Add(1)
		}
		if w.home {
			_, _ = conn.WriteToUDPAddrPort(say, netip.AddrPortFrom(asker.Addr(), w.port))
		}
		conn.Close()
	}
}

// out is a socket at the device's address. Of IPv6 the machine does not have it (ipv6(7),
// IPV6_FREEBIND).
func (d device) out(v6 bool) (*net.UDPConn, error) {
	if !v6 {
		return net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(d.v4, 0)))
	}
	free := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		if e := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_IPV6, unix.IPV6_FREEBIND, 1) }); e != nil {
			return e
		}
		return err
	}}
	conn, err := free.ListenPacket(context.Background(), "udp6", netip.AddrPortFrom(d.v6, 0).String())
	if err != nil {
		return nil, err
	}
	return conn.(*net.UDPConn), nil
}

// Sent is how many have told of themselves so far, by the way.
func (c *Crowd) Sent() map[string]int {
	out := map[string]int{}
	for n, w := range c.ways {
		out[w.name] = int(c.sent[n].Load())
	}
	return out
}

// Least is how many have in the way in which the fewest did.
func (c *Crowd) Least() int { return slices.Min(slices.Collect(maps.Values(c.Sent()))) }
