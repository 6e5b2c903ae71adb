package httpapi

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"lares/hub/account"
)

// sourceShare is how many of maxConnections one source may hold, and networkShare a
// network of IPv6, any of whose addresses a machine may take: whoever opens them all, and
// says nothing, leaves room for IPv4 and for other networks. This machine itself is
// exempt, for a proxy on it brings everybody's.
const (
	sourceShare  = maxConnections / 4
	networkShare = maxConnections / 2
)

// sources counts the connections of each source and each network.
type sources struct {
	log *slog.Logger

	mu   sync.Mutex // guards open
	open map[string]int
}

func newSources(log *slog.Logger) *sources {
	return &sources{log: log, open: map[string]int{}}
}

// listen wraps a plain listener: what a source opens beyond its share is closed at
// once, before it costs a handshake.
func (s *sources) listen(l net.Listener) net.Listener { return sharedListener{l, s} }

type sharedListener struct {
	net.Listener
	sources *sources
}

// Accept waits for a connection of a source that has room.
func (l sharedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		source, exempt := sourceOf(c.RemoteAddr())
		if exempt {
			return c, nil
		}
		if l.sources.enter(source) {
			return &sharedConn{Conn: c, leave: sync.OnceFunc(func() { l.sources.leave(source) })}, nil
		}
		l.sources.log.Debug("a source holds its share of the connections", "source", source.Single())
		_ = c.Close() // it is nobody's yet
	}
}

// sourceOf is whose connection it is; exempt is this machine.
func sourceOf(a net.Addr) (source account.Source, exempt bool) {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return account.Source(a.String()), false
	}
	return account.Source(p.Addr().String()), p.Addr().Unmap().IsLoopback()
}

func (s *sources) enter(source account.Source) bool {
	one, network := source.Single(), source.Network()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[one] >= sourceShare || s.open[network] >= networkShare {
		return false
	}
	s.open[one]++
	if network != one {
		s.open[network]++
	}
	return true
}

func (s *sources) leave(source account.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.less(source.Single())
	if source.Network() != source.Single() {
		s.less(source.Network())
	}
}

func (s *sources) less(counted string) {
	if s.open[counted]--; s.open[counted] == 0 {
		delete(s.open, counted)
	}
}

// sharedConn gives its place back when it is closed.
type sharedConn struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *sharedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
