package live

import (
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/hub/gate"
)

// writer is the one way out of a socket: one message at a time, through the
// wire that belongs to the viewer's session. Whoever finds the client slow
// waits here and holds what it has. A message that fails ends the socket.
type writer struct {
	turn chan struct{} // full while somebody sends; guards following
	to   *messages
	wire *gate.Wire

	over atomic.Bool // nothing is sent any more
	fail func(error) // ends the socket
}

func newWriter(c clock.Clock, conn *websocket.Conn, v Viewer, fail func(error)) *writer {
	m, below := &messages{clock: c, conn: conn}, v.Conn
	if fault.On {
		below = fault.Swap(fault.Wire, v.Caller.Account.String(), below)
	}
	return &writer{turn: make(chan struct{}, 1), to: m, wire: below.Socket(v.Caller.Session, m), fail: fail}
}

// text sends a text message.
func (w *writer) text(a answer) error { return w.send(websocket.TextMessage, encode(a)) }

// binary sends a binary message; b stays the caller's.
func (w *writer) binary(b []byte) error { return w.send(websocket.BinaryMessage, b) }

func (w *writer) send(kind int, b []byte) error {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	if w.over.Load() {
		return errGone
	}
	w.to.kind = kind
	_, err := w.wire.Write(b)
	if err != nil {
		w.fail(errGone)
	}
	return err
}

// finish says goodbye and closes the connection; nothing is sent after it. It
// waits for a message under way, but not long: closing ends that one too.
func (w *writer) finish(code int) {
	w.over.Store(true)
	late := time.NewTimer(closeTimeout)
	defer late.Stop()
	select {
	case w.turn <- struct{}{}:
		// A client that does not listen misses it; nothing depends on it.
		_ = w.to.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), w.to.clock.Now().Add(closeTimeout))
		_ = w.to.conn.Close()
		<-w.turn
	case <-late.C:
		_ = w.to.conn.Close()
	}
}

// messages makes each Write one WebSocket message.
type messages struct {
	clock clock.Clock
	conn  *websocket.Conn
	kind  int
}

// Write sends b as a message of the kind set before, within writeTimeout.
func (m *messages) Write(b []byte) (int, error) {
	if err := m.conn.SetWriteDeadline(m.clock.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	if err := m.conn.WriteMessage(m.kind, b); err != nil {
		return 0, err
	}
	return len(b), nil
}
