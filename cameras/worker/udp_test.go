package worker

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// sprayer is a scripted camera that sends over UDP, from where its SETUP says
// or from elsewhere.
type sprayer struct {
	*scripted
	socket *net.UDPConn // the next port is for RTCP

	mu sync.Mutex // guards following
	to *net.UDPAddr
	// played is closed by PLAY.
	played chan struct{}
	once   sync.Once
}

// newSprayer answers SETUP with the transport, in which %d stands for the
// camera's port and the next one.
func newSprayer(t *testing.T, transport string) *sprayer {
	t.Helper()
	s := &sprayer{socket: udpSocket(t, "127.0.0.1"), played: make(chan struct{})}
	s.scripted = newScripted(t, func(method, request string) string {
		switch method {
		case "DESCRIBE":
			return described(oneTrack)
		case "SETUP":
			var a, b int
			_, ports, _ := strings.Cut(field(request, "Transport"), "client_port=")
			if _, err := fmt.Sscanf(ports, "%d-%d", &a, &b); err == nil {
				s.mu.Lock()
				s.to = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: a}
				s.mu.Unlock()
			}
			port := s.socket.LocalAddr().(*net.UDPAddr).Port
			return "RTSP/1.0 200 OK\r\nSession: 1;timeout=99999999999\r\nTransport: " + strings.ReplaceAll(transport, "%d", fmt.Sprintf("%d-%d", port, port+1)) + "\r\n\r\n"
		case "PLAY":
			s.once.Do(func() { close(s.played) })
		}
		return rtspOK
	})
	return s
}

func udpSocket(t *testing.T, ip string) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(ip)})
	if err != nil {
		t.Skipf("this machine has no address %s: %v", ip, err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func (s *sprayer) send(t *testing.T, from *net.UDPConn, ps ...*rtp.Packet) {
	t.Helper()
	s.mu.Lock()
	to := s.to
	s.mu.Unlock()
	for _, p := range ps {
		b, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := from.WriteTo(b, to); err != nil {
			t.Fatal(err)
		}
	}
}

// of gives the packets a sender.
func of(ssrc uint32, ps []*rtp.Packet) []*rtp.Packet {
	for _, p := range ps {
		p.SSRC = ssrc
	}
	return ps
}

const overUDP = "RTP/AVP;unicast;server_port=%d"

func (s *sprayer) start() wire.Start {
	return wire.Start{UDP: true, Main: wire.Target{URL: "rtsp://" + s.addr + "/x", Dial: s.addr}}
}

// TestForeignDatagrams has somebody else send first, and all the time: from
// another port of the camera's address and from another address. What sends
// first would be the stream; nothing of it comes through.
func TestForeignDatagrams(t *testing.T) {
	t.Parallel()
	for name, transport := range map[string]string{"plain": overUDP, "source named": overUDP + ";source=127.0.0.3;destination=127.0.0.3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cam := newSprayer(t, transport)
			e := employ(t, cam.start())
			<-cam.played
			strangers := []*net.UDPConn{udpSocket(t, "127.0.0.1"), udpSocket(t, "127.0.0.2"), udpSocket(t, "127.0.0.3")}
			idr, p := handMade(t)
			evil := append(append([][]byte{}, idr[:len(idr)-1]...), append(idr[len(idr)-1][:len(idr[len(idr)-1]):len(idr[len(idr)-1])], "evil"...))
			seq := uint16(10)
			for i := range uint32(30) {
				for _, from := range strangers {
					cam.send(t, from, of(99, packets(uint16(i)*5, i*3600, evil...))...)
				}
				if i < 5 {
					continue // the strangers were first
				}
				au := [][]byte{p}
				if i%10 == 5 {
					au = idr
				}
				ps := of(7, packets(seq, i*3600, au...))
				seq += uint16(len(ps))
				cam.send(t, cam.socket, ps...)
				time.Sleep(5 * time.Millisecond) // as a camera does
			}
			e.await(5*time.Second, "25 pictures", func() bool { return pictureCount(e.units) == 25 })
			e.mu.Lock()
			defer e.mu.Unlock()
			for _, u := range e.units {
				if strings.Contains(string(u.Data), "evil") {
					t.Fatal("a stranger's picture came through")
				}
			}
			if e.counts.Lost != 0 {
				t.Errorf("%d packets are called lost", e.counts.Lost)
			}
		})
	}
}

func pictureCount(units []media.AccessUnit) (n int) {
	for _, u := range units {
		if u.Type == media.UnitVideo {
			n++
		}
	}
	return n
}

// TestReorderedDatagrams mixes neighbours and doubles some: every picture comes,
// in its order.
func TestReorderedDatagrams(t *testing.T) {
	t.Parallel()
	cam := newSprayer(t, overUDP)
	e := employ(t, cam.start())
	<-cam.played
	idr, p := handMade(t)
	var all []*rtp.Packet
	for i := range uint32(60) {
		au := [][]byte{p}
		if i%10 == 0 {
			au = idr
		}
		all = append(all, packets(uint16(65_500+len(all)), i*3600, au...)...)
	}
	of(7, all)
	r := rand.New(rand.NewPCG(1, 2))
	for i := 1; i+4 < len(all); i += 4 {
		r.Shuffle(4, func(a, b int) { all[i+a], all[i+b] = all[i+b], all[i+a] })
	}
	for i, p := range all {
		cam.send(t, cam.socket, p)
		if i%3 == 0 {
			cam.send(t, cam.socket, p)
		}
		if i%10 == 0 {
			time.Sleep(time.Millisecond) // the receiving buffer is small
		}
	}
	e.await(5*time.Second, "60 pictures", func() bool { return pictureCount(e.units) == 60 })
	e.mu.Lock()
	defer e.mu.Unlock()
	last := int64(0)
	for _, u := range e.units {
		if u.Type != media.UnitVideo {
			continue
		}
		if u.DTS <= last {
			t.Fatalf("%d after %d", u.DTS, last)
		}
		last = u.DTS
	}
	if e.counts.Lost != 0 || e.counts.Pictures != 0 {
		t.Errorf("lost %+v", e.counts)
	}
}

// TestSilentUDP is a camera whose datagrams do not arrive.
func TestSilentUDP(t *testing.T) {
	t.Parallel()
	cam := newSprayer(t, overUDP)
	e := employ(t, cam.start())
	if m := e.awaitState(10*time.Second, wire.NoVideo); !strings.Contains(m, "UDP") {
		t.Errorf("it says %q", m)
	}
}

// TestOddTransports are answers to SETUP that do not fit; the second is HAZARDS
// G2. None ends the worker, and each is named.
func TestOddTransports(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ transport, code, says string }{
		"no ports":          {"RTP/AVP;unicast", wire.Incompatible, "does not say"},
		"TCP instead":       {"RTP/AVP/TCP;unicast;interleaved=0-1", wire.Incompatible, "Use TCP"},
		"multicast instead": {"RTP/AVP;multicast;destination=239.0.0.1;port=5000-5001;ttl=1", wire.Unreachable, ""},
		"nonsense":          {"xyzzy", wire.Unreachable, ""},
		"ports of zero":     {"RTP/AVP;unicast;server_port=0-0", wire.Incompatible, "does not say"},
		"huge ports":        {"RTP/AVP;unicast;server_port=99999-100000", wire.Unreachable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cam := newSprayer(t, c.transport)
			e := employ(t, cam.start())
			if m := e.awaitState(12*time.Second, c.code); !strings.Contains(m, c.says) || m == "" {
				t.Errorf("it says %q", m)
			}
		})
	}
	t.Run("ports at the second time only", func(t *testing.T) {
		t.Parallel()
		setups := 0
		var mu sync.Mutex
		two := strings.Replace(oneTrack, "a=control:one\r\n", "a=control:one\r\nm=audio 0 RTP/AVP 8\r\na=control:two\r\n", 1)
		cam := newScripted(t, func(method, _ string) string {
			mu.Lock()
			defer mu.Unlock()
			switch method {
			case "DESCRIBE":
				return described(two)
			case "SETUP":
				setups++
				if setups%2 == 1 {
					return "RTSP/1.0 200 OK\r\nSession: 1\r\nTransport: RTP/AVP;unicast\r\n\r\n"
				}
				return "RTSP/1.0 200 OK\r\nSession: 1\r\nTransport: RTP/AVP;unicast;server_port=5000-5001\r\n\r\n"
			}
			return rtspOK
		})
		e := employ(t, wire.Start{UDP: true, Main: wire.Target{URL: "rtsp://" + cam.addr + "/x", Dial: cam.addr}})
		e.awaitState(5*time.Second, wire.Incompatible)
	})
}
