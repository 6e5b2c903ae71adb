package gate

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/vault"
)

// Listen wraps a listener so that each connection it accepts is a *Conn. Wrap
// the plain listener and put TLS on top of it.
func (g *Gate) Listen(l net.Listener) net.Listener {
	return listener{l, g.cfg.Vault.Refusals()}
}

type listener struct {
	net.Listener
	refused *vault.Refusals
}

// Accept waits for a connection, which nobody owns yet.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: c, refused: l.refused}, nil
}

// Conn is a TCP connection that belongs to the first login session it carries.
type Conn struct {
	net.Conn
	refused *vault.Refusals

	mu     sync.Mutex // guards following
	owner  account.SessionID
	turn   uint64 // counts requests; a wire of an earlier one is dead
	pins   uint64 // counts pins; a socket of an earlier one is dead
	closed bool
}

// ConnOf finds the Conn below what a server calls its connection (TLS, a
// hijacked connection). ok is false for a connection that Listen did not make:
// nothing private may be written to it.
func ConnOf(c net.Conn) (conn *Conn, ok bool) {
	const deepest = 8 // layers; TLS and a hijack are two
	for range deepest {
		switch x := c.(type) {
		case *Conn:
			return x, true
		case *tls.Conn:
			c = x.NetConn()
		case interface{ UnsafeConn() net.Conn }: // fasthttp's hijacked connection
			c = x.UnsafeConn()
		default:
			return nil, false
		}
	}
	return nil, false
}

// Read reads from the peer. A server reads only when the request before is
// answered, so reading ends the wires of that request, forgotten ones too.
func (c *Conn) Read(b []byte) (int, error) {
	c.mu.Lock()
	c.turn++
	c.mu.Unlock()
	return c.Conn.Read(b)
}

// Close closes the connection and ends its wires.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	return c.Conn.Close()
}

// Pin says that a request of the session came over the connection: call it
// once per request, after authentication. The first session owns the
// connection for good; for another one it returns ErrMisdirected (answer 421
// and close). It ends the wires of earlier requests.
func (c *Conn) Pin(s account.SessionID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case s.IsZero() || c.closed:
		return ErrMisdirected
	case c.owner.IsZero():
		c.owner = s
	case c.owner != s:
		c.refused.Count("connection")
		return ErrMisdirected
	}
	c.turn++
	c.pins++
	return nil
}

// Wire makes a writer of what one request of the session may see. It ends by
// itself when the server reads on for the next request, and when the
// connection closes; end it all the same.
func (c *Conn) Wire(s account.SessionID, to io.Writer) *Wire {
	return c.wire(s, to, fault.WireSession)
}

// wire makes the writer. On a connection of another session it is dead from the
// start, and counted once.
func (c *Conn) wire(s account.SessionID, to io.Writer, site fault.Site) *Wire {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.owner != s {
		c.refused.Count(site)
		return &Wire{session: s}
	}
	return &Wire{conn: c, session: s, turn: c.turn, pins: c.pins, to: to}
}

// Socket is Wire for a hijacked connection, such as a WebSocket: reading does
// not end it. End it before the hijack handler returns.
func (c *Conn) Socket(s account.SessionID, to io.Writer) *Wire {
	w := c.wire(s, to, fault.Wire)
	w.socket = true
	return w
}

// carries returns nil if the connection is that of the wire, and still where
// the wire was made; net.ErrClosed if the viewer of an answer merely went away.
// A socket must be ended before its connection: one that writes later was kept,
// and what it writes to may be another viewer's by now (HAZARDS F15).
func (c *Conn) carries(w *Wire) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case w.session.IsZero() || c.owner != w.session || c.pins != w.pins:
		return ErrCrossed
	case w.socket && c.closed, !w.socket && c.turn != w.turn:
		return ErrCrossed
	case c.closed:
		return net.ErrClosed
	}
	return nil
}

// Wire is the last door before a viewer: it lets bytes through only while its
// request or socket lives and the connection belongs to its session. The zero
// Wire lets nothing through.
type Wire struct {
	conn       *Conn
	session    account.SessionID
	turn, pins uint64
	socket     bool

	mu     sync.Mutex // guards following; held while writing
	to     io.Writer
	ended  bool
	camera media.CameraID // whose bytes it carries, if one camera's
	viewer account.ID     // to whom
}

// through is a wire of the same request to a writer that passes on what it gets by w.
func (w *Wire) through(to io.Writer) *Wire {
	return &Wire{conn: w.conn, session: w.session, turn: w.turn, pins: w.pins, socket: w.socket, to: to}
}

// of says whose bytes the wire carries from now on: their owner is told of a
// crossing here.
func (w *Wire) of(camera media.CameraID, viewer account.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.camera, w.viewer = camera, viewer
}

// Write passes b on, or returns ErrCrossed and counts it. net.ErrClosed says
// that the viewer went away in the middle, which is no crossing.
func (w *Wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn == nil {
		return 0, ErrCrossed
	}
	err := ErrCrossed
	if !w.ended {
		err = w.conn.carries(w)
	}
	if errors.Is(err, ErrCrossed) {
		w.conn.refused.Note(vault.Crossing{Site: fault.Wire, Camera: w.camera, Account: w.viewer})
	}
	if err != nil {
		return 0, err
	}
	return w.to.Write(b)
}

// End closes the door for good; twice is fine. It waits for a write under way.
func (w *Wire) End() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended, w.to = true, nil
}

// Session is the login session the wire belongs to.
func (w *Wire) Session() account.SessionID { return w.session }
