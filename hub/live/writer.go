package live

import (
	"sync"

	"github.com/fasthttp/websocket"

	"lares/cameras/clock"
	"lares/hub/gate"
)

// writer is the one way out of a socket: one message at a time, through the
// wire that belongs to the viewer's session. Whoever finds the client slow
// waits here and holds what it has. A message that fails ends the socket.
type writer struct {
	mu   sync.Mutex // guards the message type and the order of messages
	to   *messages
	wire *gate.Wire
	fail func(error) // ends the socket
}

func newWriter(c clock.Clock, conn *websocket.Conn, v Viewer, fail func(error)) *writer {
	m := &messages{clock: c, conn: conn}
	return &writer{to: m, wire: v.Conn.Socket(v.Caller.Session, m), fail: fail}
}

// text sends a text message.
func (w *writer) text(a answer) error { return w.send(websocket.TextMessage, encode(a)) }

// binary sends a binary message; b stays the caller's.
func (w *writer) binary(b []byte) error { return w.send(websocket.BinaryMessage, b) }

func (w *writer) send(kind int, b []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to.kind = kind
	_, err := w.wire.Write(b)
	if err != nil {
		w.fail(errGone)
	}
	return err
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
