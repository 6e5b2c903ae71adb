package discover

import (
	"context"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"

	"lares/cameras/internal/wire"
)

// island is a thread with a network of its own, which has a loopback and nobody
// else: what is said there reaches no other test of this machine.
type island struct{ jobs chan func() }

// newIsland skips where no namespace can be made.
func newIsland(t testing.TB) *island {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("not root: no network namespace, datagrams of mDNS are not tried")
	}
	i := &island{make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		ready <- raiseLoopback()
		for job := range i.jobs {
			job()
		}
	}()
	if err := <-ready; err != nil {
		t.Skipf("no network namespace can be made here, datagrams of mDNS are not tried: %v", err)
	}
	t.Cleanup(func() { close(i.jobs) })
	return i
}

// raiseLoopback leaves the network of the process for a new one.
func raiseLoopback() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}

// do has the thread do it, and waits.
func (i *island) do(job func()) {
	done := make(chan struct{})
	i.jobs <- func() { defer close(done); job() }
	<-done
}

// announcement is a camera's, as it comes over mDNS.
func announcement(t testing.TB, name string) []byte {
	t.Helper()
	const service = "_rtsp._tcp.local."
	head := func(of string, typ uint16) dns.RR_Header {
		return dns.RR_Header{Name: of, Rrtype: typ, Class: dns.ClassINET, Ttl: 120}
	}
	m := &dns.Msg{Answer: []dns.RR{
		&dns.PTR{Hdr: head(service, dns.TypePTR), Ptr: name + "." + service},
		&dns.SRV{Hdr: head(name+"."+service, dns.TypeSRV), Port: 554, Target: name + ".local."},
		&dns.TXT{Hdr: head(name+"."+service, dns.TypeTXT), Txt: []string{"path=/live", "model=M1"}},
		&dns.A{Hdr: head(name+".local.", dns.TypeA), A: net.IPv4(127, 0, 0, 1)},
	}}
	m.Response = true
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// crier says things to the group of mDNS on an island.
func (i *island) crier(t testing.TB) (cry func([]byte)) {
	t.Helper()
	var conn *net.UDPConn
	var err error
	i.do(func() {
		conn, err = net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return func(b []byte) { _, _ = conn.Write(b) } // too long for one, or nobody listens yet
}

// onLoopback is the network of an island.
func onLoopback() links {
	return links{{Name: "lo", Index: 1, Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}}}
}

// sightings are those that wait in an outbox.
func (o *outbox) sightings() (out []wire.Sighting) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, w := range o.ways {
		out = append(out, w.queue...)
	}
	return out
}

// browsed is what a browse by mDNS makes of a datagram, between two announcements
// that it has to hear: it listens, and it goes on listening.
func (i *island) browsed(t testing.TB, cry func([]byte), datagram []byte) []wire.Sighting {
	t.Helper()
	r := newRound(wire.Search{Links: onLoopback()}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); i.do(func() { r.mdns(ctx) }) }()
	defer func() { cancel(); <-ended }()
	for _, name := range []string{"first", "second"} {
		said := announcement(t, name)
		heard := func() bool {
			return slices.ContainsFunc(r.out.sightings(), func(s wire.Sighting) bool { return s.Name == name && s.Model == "M1" })
		}
		for end := time.Now().Add(patience); !heard(); {
			if time.Now().After(end) {
				t.Fatalf("the %s announcement is not heard", name)
			}
			cry(said)
			time.Sleep(time.Millisecond)
		}
		if name == "first" {
			cry(datagram)
		}
	}
	return r.out.sightings()
}

// FuzzDatagrams sends datagrams to a browse by mDNS, through the library that
// reads them.
func FuzzDatagrams(f *testing.F) {
	i := newIsland(f)
	cry := i.crier(f)
	f.Add(announcement(f, "seed"))
	f.Add(announcement(f, `a\.b\\c\000`))
	f.Add([]byte("\x00\x00\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00\xc0\x0c\x00\x0c\x00\x01\x00\x00\x00\x78\x00\x02\xc0\x0c"))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		for _, s := range i.browsed(t, cry, datagram) {
			if s.Check() != nil || !s.Address.IsLoopback() {
				t.Fatalf("%+v", s)
			}
		}
	})
}

// TestBrowseHears: announcements bring sightings, before and after others.
func TestBrowseHears(t *testing.T) {
	i := newIsland(t)
	list := i.browsed(t, i.crier(t), announcement(t, "between"))
	speaks := []wire.Protocol{{Name: wire.SpeaksRTSP, Port: 554, Path: "/live"}}
	for _, name := range []string{"first", "between", "second"} {
		if !slices.ContainsFunc(list, func(s wire.Sighting) bool {
			return s.Name == name && s.By == wire.ByMDNS && slices.Equal(s.Speaks, speaks)
		}) {
			t.Errorf("%s is not among %+v", name, list)
		}
	}
}
