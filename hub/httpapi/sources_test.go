package httpapi

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"testing"
)

// crowd is a listener whose connections come from where the test says.
type crowd struct {
	net.Listener
	from chan string
	made chan net.Conn
}

func (c *crowd) Accept() (net.Conn, error) {
	addr, ok := <-c.from
	if !ok {
		return nil, net.ErrClosed
	}
	near, far := net.Pipe()
	c.made <- far
	return &distant{near, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))}, nil
}

type distant struct {
	net.Conn
	addr net.Addr
}

func (d *distant) RemoteAddr() net.Addr { return d.addr }

// TestSourceShare: one source holds at most its share of the connections, and all
// addresses of its network together theirs; it gets room again as it closes some; a
// neighbour of the network, another source, and this machine, are not in its way.
func TestSourceShare(t *testing.T) {
	c := &crowd{from: make(chan string, 1), made: make(chan net.Conn, 1)}
	s := newSources(slog.New(slog.DiscardHandler))
	l := s.listen(c)
	open := func(from string) net.Conn {
		t.Helper()
		c.from <- from
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		<-c.made
		return conn
	}
	var first net.Conn
	for range sourceShare {
		if conn := open("[2001:db8:1:2::5]:4000"); first == nil {
			first = conn
		}
	}
	refused := func(from string) {
		t.Helper()
		c.from <- from
		accepted := make(chan net.Conn, 1)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				t.Error(err)
			}
			accepted <- conn
		}()
		if _, err := (<-c.made).Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("one more of %s: %v", from, err)
		}
		c.from <- "192.0.2.7:4000" // another one is let in
		<-c.made
		if got := (<-accepted).RemoteAddr().String(); got != "192.0.2.7:4000" {
			t.Errorf("let in: %s", got)
		}
	}
	refused("[2001:db8:1:2::5]:4000")
	first.Close()
	first.Close() // twice is once
	open("[2001:db8:1:2::5]:4001")
	refused("[2001:db8:1:2::5]:4002")
	for i := range networkShare - sourceShare {
		conn := open(fmt.Sprintf("[2001:db8:1:2::%x]:4000", 0x100+i))
		if i == 0 {
			first = conn
		}
	}
	refused("[2001:db8:1:2::6]:4000")
	first.Close()
	open("[2001:db8:1:2::7]:4000")
	refused("[2001:db8:1:2::8]:4000")
	for range 2 * sourceShare {
		open("127.0.0.1:4000")
	}
	if n := len(s.open); n != 3+networkShare-sourceShare { // one, its network, its neighbours, and the one of IPv4
		t.Errorf("%d sources are remembered", n)
	}
}
