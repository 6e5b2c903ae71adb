package gate

import (
	"io"
	"net"

	"lares/hub/account"
)

// Listen wraps a listener so that each connection it accepts is a *Conn. Wrap
// the plain listener and put TLS on top of it.
func Listen(l net.Listener) net.Listener { return l }

// Conn is a TCP connection that belongs to the first login session it carries.
type Conn struct{ net.Conn }

// ConnOf finds the Conn below what a server calls its connection (TLS, a
// hijacked connection). ok is false for a connection that Listen did not make:
// nothing private may be written to it.
func ConnOf(c net.Conn) (conn *Conn, ok bool) { return nil, false }

// Pin says that a request of the session came over the connection: call it
// once per request, after authentication. The first session owns the
// connection for good; for another one it returns ErrMisdirected (answer 421
// and close). It ends the wires of earlier requests.
func (c *Conn) Pin(s account.SessionID) error { return nil }

// Wire makes a writer of what one request of the session may see. It ends by
// itself when the server reads on for the next request, and when the
// connection closes; end it all the same.
func (c *Conn) Wire(s account.SessionID, to io.Writer) *Wire { return &Wire{} }

// Socket is Wire for a hijacked connection, such as a WebSocket: reading does
// not end it. End it before the hijack handler returns.
func (c *Conn) Socket(s account.SessionID, to io.Writer) *Wire { return &Wire{} }

// Wire is the last door before a viewer: it lets bytes through only while its
// request or socket lives and the connection belongs to its session.
type Wire struct{}

// Write passes b on, or returns ErrCrossed and counts it.
func (w *Wire) Write(b []byte) (int, error) { return 0, ErrCrossed }

// End closes the door for good; twice is fine. It waits for a write under way.
func (w *Wire) End() {}

// Session is the session the wire belongs to.
func (w *Wire) Session() account.SessionID { return account.SessionID{} }
