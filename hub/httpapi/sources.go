package httpapi

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"lares/hub/account"
)

// sourceShare is how many of maxConnections one source may hold: whoever opens
// them all, and says nothing, is in nobody else's way. This machine itself is
// exempt, for a proxy on it brings everybody's.
const sourceShare = maxConnections / 4

// sources counts the connections of each source.
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
		l.sources.log.Debug("a source holds its share of the connections", "source", source)
		_ = c.Close() // it is nobody's yet
	}
}

// sourceOf is what a peer's connections are counted by; exempt is this machine.
func sourceOf(a net.Addr) (source string, exempt bool) {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return a.String(), false
	}
	return account.Source(p.Addr().String()).Network(), p.Addr().Unmap().IsLoopback()
}

func (s *sources) enter(source string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[source] >= sourceShare {
		return false
	}
	s.open[source]++
	return true
}

func (s *sources) leave(source string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[source]--; s.open[source] == 0 {
		delete(s.open, source)
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
