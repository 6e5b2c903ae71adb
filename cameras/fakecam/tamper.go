package fakecam

import (
	"bytes"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"sync"
	"time"
)

const (
	// slowRate is what a slow camera sends, in bytes per second: less than a
	// test card.
	slowRate = 2 << 10
	slowStep = 100 * time.Millisecond

	// maxJunk is how many bytes of junk come before a frame at most.
	maxJunk = 300
	// junkAtOnce is one write of junk that never ends.
	junkAtOnce = 32 << 10
)

// tamperedConn is a connection of the RTSP server on which the camera breaks
// the protocol. The server writes one answer or one interleaved frame at a
// time (gortsplib conn.go), so that a write is a message.
type tamperedConn struct {
	net.Conn
	cam  *Camera
	over sync.Once
	done chan struct{} // closed with the connection

	mu    sync.Mutex // one message after the other; guards noise
	noise *mathrand.ChaCha8
}

func (c *Camera) tampered(conn net.Conn) *tamperedConn {
	var seed [32]byte
	rand.Read(seed[:])
	return &tamperedConn{Conn: conn, cam: c, done: make(chan struct{}), noise: mathrand.NewChaCha8(seed)}
}

// Write sends one message, or what the fault makes of it.
func (c *tamperedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	frame := len(p) > 0 && p[0] == '$' // RFC 2326 §10.12
	switch fault := Fault(c.cam.fault.Load()); {
	case fault == Slow:
		err = c.dribble(p)
	case fault == Junk && frame:
		if _, err = c.Conn.Write(c.junk(1 + int(c.noise.Uint64()%maxJunk))); err == nil {
			_, err = c.Conn.Write(p)
		}
	case fault == EndlessJunk && frame:
		err = c.flood()
	case fault == NegativeLength && hasBody(p):
		_, err = c.Conn.Write(withLength(p, "-1"))
	case fault == HugeLength && hasBody(p):
		if _, err = c.Conn.Write(withLength(p, c.cam.hugeLength())); err == nil {
			err = c.flood()
		}
	default:
		_, err = c.Conn.Write(p)
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// dribble writes at slowRate.
func (c *tamperedConn) dribble(p []byte) error {
	const step = int(slowRate * slowStep / time.Second)
	t := time.NewTicker(slowStep)
	defer t.Stop()
	for len(p) > 0 {
		n, err := c.Conn.Write(p[:min(step, len(p))])
		if err != nil {
			return err
		}
		p = p[n:]
		select {
		case <-t.C:
		case <-c.done:
			return net.ErrClosed
		}
	}
	return nil
}

// flood sends junk until the peer or the fault is gone.
func (c *tamperedConn) flood() error {
	junk := c.junk(junkAtOnce)
	for began := Fault(c.cam.fault.Load()); c.cam.faulty(began); {
		// The server's deadline is meant for one message.
		if err := c.Conn.SetWriteDeadline(time.Time{}); err != nil {
			return err
		}
		if _, err := c.Conn.Write(junk); err != nil {
			return err
		}
	}
	return net.ErrClosed // nothing sensible can follow
}

// junk is bytes with which neither a frame nor an answer begins.
func (c *tamperedConn) junk(n int) []byte {
	b := make([]byte, n)
	c.noise.Read(b)
	for i := range b {
		b[i] |= 0x80
	}
	return b
}

// Close ends the connection and whatever is being written.
func (c *tamperedConn) Close() error {
	c.over.Do(func() { close(c.done) })
	return c.Conn.Close()
}

var (
	lengthField = []byte("Content-Length: ")
	lineEnd     = []byte("\r\n")
)

func hasBody(answer []byte) bool { return bytes.Contains(answer, lengthField) }

// withLength is an answer that lies about the length of its body (RFC 2326
// §12.14).
func withLength(answer []byte, length string) []byte {
	before, after, _ := bytes.Cut(answer, lengthField)
	_, after, _ = bytes.Cut(after, lineEnd)
	return bytes.Join([][]byte{before, lengthField, []byte(length), lineEnd, after}, nil)
}

// hugeLength is a length that nobody should believe, another one each time.
func (c *Camera) hugeLength() string {
	lengths := []uint64{2_000_000_000, 1_000_000_000_000_000_000, 1<<32 - 1, 1<<64 - 1}
	return fmt.Sprint(lengths[(c.turn.Add(1)-1)%uint32(len(lengths))])
}
