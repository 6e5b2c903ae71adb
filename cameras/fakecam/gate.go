package fakecam

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"lares/cameras/clock"
)

type gateMode int

const (
	gateOpen   gateMode = iota
	gateShut            // nothing listens, nothing is connected
	gateSilent          // connections exist, but no byte passes
)

// gate is a listener that can fail like a cable or a power supply.
type gate struct {
	mu      sync.Mutex // guards following
	addr    *net.TCPAddr
	reserve int // a socket bound to the port, so that nobody takes it while the gate is shut
	mode    gateMode
	inner   net.Listener // nil while shut
	conns   map[*gateConn]struct{}
	changed chan struct{} // closed and renewed when mode or closed change
	closed  bool
}

// listen opens a gate on a TCP address.
func listen(addr string) (*gate, error) {
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("fakecam: listening: %w", err)
	}
	if a.IP == nil {
		a.IP = net.IPv4zero
	}
	g := &gate{conns: map[*gateConn]struct{}{}, changed: make(chan struct{})}
	if g.reserve, g.addr, err = reservePort(a); err != nil {
		return nil, fmt.Errorf("fakecam: reserving %s: %w", addr, err)
	}
	if g.inner, err = net.Listen("tcp", g.addr.String()); err != nil {
		syscall.Close(g.reserve)
		return nil, fmt.Errorf("fakecam: listening: %w", err)
	}
	return g, nil
}

// reservePort binds a socket that never listens. With SO_REUSEADDR on both,
// Linux lets one other socket bind and listen there, any number of times.
func reservePort(a *net.TCPAddr) (int, *net.TCPAddr, error) {
	family, sa := syscall.AF_INET6, syscall.Sockaddr(&syscall.SockaddrInet6{Port: a.Port, Addr: [16]byte(a.IP.To16())})
	if a.IP.To4() != nil {
		v4 := &syscall.SockaddrInet4{Port: a.Port}
		copy(v4.Addr[:], a.IP.To4())
		family, sa = syscall.AF_INET, v4
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, err
	}
	err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(fd, sa)
	}
	var bound syscall.Sockaddr
	if err == nil {
		bound, err = syscall.Getsockname(fd)
	}
	if err != nil {
		syscall.Close(fd)
		return 0, nil, err
	}
	out := &net.TCPAddr{IP: a.IP, Zone: a.Zone}
	switch b := bound.(type) {
	case *syscall.SockaddrInet4:
		out.Port = b.Port
	case *syscall.SockaddrInet6:
		out.Port = b.Port
	}
	return fd, out, nil
}

func (g *gate) connections() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.conns)
}

// Accept waits for a connection while the gate is open; while it is silent,
// connections are kept from the server.
func (g *gate) Accept() (net.Conn, error) {
	for {
		g.mu.Lock()
		inner, changed, closed := g.inner, g.changed, g.closed
		g.mu.Unlock()
		if closed {
			return nil, net.ErrClosed
		}
		if inner == nil {
			<-changed
			continue
		}
		c, err := inner.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				continue // shut or closed; changed tells
			}
			return nil, err
		}
		if conn := g.admit(c); conn != nil {
			return conn, nil
		}
	}
}

func (g *gate) admit(c net.Conn) *gateConn {
	conn := &gateConn{Conn: c, gate: g, done: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	if a, ok := c.LocalAddr().(*net.TCPAddr); g.closed || g.mode == gateShut || ok && a.Port != g.addr.Port {
		c.Close() // the last: accepted before a swap
		return nil
	}
	g.conns[conn] = struct{}{}
	if g.mode == gateSilent {
		return nil
	}
	return conn
}

// set changes the mode. Leaving or entering a broken mode resets the
// connections that cannot survive it.
func (g *gate) set(mode gateMode) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.mode == mode {
		return nil
	}
	if g.mode == gateSilent || mode == gateShut {
		g.resetLocked()
	}
	if mode == gateShut {
		g.inner.Close()
		g.inner = nil
	}
	g.mode = mode
	return g.renewLocked()
}

// relisten listens where a listener was closed just now: between fork and exec,
// a process that this one starts holds a copy of it.
func relisten(addr string) (l net.Listener, err error) {
	const tries, apart = 100, 10 * time.Millisecond
	for range tries {
		if l, err = net.Listen("tcp", addr); !errors.Is(err, syscall.EADDRINUSE) {
			return l, err
		}
		clock.Pause(context.Background(), apart)
	}
	return nil, err
}

// renewLocked listens if the mode wants it, and tells Accept.
func (g *gate) renewLocked() error {
	var err error
	if g.mode != gateShut && g.inner == nil {
		if g.inner, err = relisten(g.addr.String()); err != nil {
			g.inner, g.mode = nil, gateShut
		}
	}
	close(g.changed)
	g.changed = make(chan struct{})
	return err
}

// reset ends all connections as a reboot does.
func (g *gate) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resetLocked()
}

func (g *gate) resetLocked() {
	for conn := range g.conns {
		if tcp, ok := conn.Conn.(*net.TCPConn); ok {
			tcp.SetLinger(0) // RST instead of FIN
		}
		conn.Conn.Close()
		conn.finish()
	}
	clear(g.conns)
}

// Close ends the listener and all connections; twice is fine.
func (g *gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil
	}
	g.closed = true
	g.resetLocked()
	if g.inner != nil {
		g.inner.Close()
	}
	close(g.changed)
	return syscall.Close(g.reserve)
}

// Addr is the address, with the port that was chosen.
func (g *gate) Addr() net.Addr { return g.at() }

func (g *gate) at() *net.TCPAddr {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.addr
}

// gateConn is a connection through a gate.
type gateConn struct {
	net.Conn
	gate *gate
	once sync.Once
	done chan struct{} // closed when the connection is closed on this side
}

func (c *gateConn) finish() { c.once.Do(func() { close(c.done) }) }

func (c *gateConn) silent() bool {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	return c.gate.mode == gateSilent && !c.gate.closed
}

// Read reads; what arrives while the gate is silent is lost.
func (c *gateConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == nil && c.silent() {
		<-c.done
		return 0, net.ErrClosed
	}
	return n, err
}

// Write writes; while the gate is silent it only seems to.
func (c *gateConn) Write(p []byte) (int, error) {
	if c.silent() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// Close closes; while the gate is silent, the peer does not learn of it before
// the gate is healed.
func (c *gateConn) Close() error {
	c.finish()
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	if c.gate.mode == gateSilent && !c.gate.closed {
		return c.Conn.SetReadDeadline(time.Unix(1, 0)) // whoever reads ends
	}
	delete(c.gate.conns, c)
	return c.Conn.Close()
}
