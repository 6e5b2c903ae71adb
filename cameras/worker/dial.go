package worker

import (
	"bufio"
	"context"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/ready"
	"lares/cameras/internal/wire"
)

const (
	dialTimeout = 2 * time.Second // DESIGN §3

	// readAhead lets one system call fetch what a picture's packets brought.
	readAhead = 64 << 10

	// maxDials allows the first connection and three redirects to the same
	// address.
	maxDials = 4

	// narrowBuffer is below the least that Linux gives: a few packets.
	narrowBuffer = 1 << 10

	// shakeWithin bounds the TLS handshake up to the camera's certificate.
	shakeWithin = 5 * time.Second
)

// place is a Target taken apart.
type place struct {
	url  *url.URL // http or https for what is asked for over that
	says string   // what the address begins with
	name string   // host:port as the user gave it, for matching and showing
	dial string   // literal address and port
}

func newPlace(t wire.Target) (place, *failure) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.User != nil {
		return place{}, failed(wire.Unreachable, "The address of the camera is not a URL.")
	}
	port := u.Port()
	if port == "" {
		port = wire.StreamPort(u.Scheme)
	}
	p := place{url: u, says: u.Scheme, name: net.JoinHostPort(u.Hostname(), port), dial: t.Dial}
	if web := wire.Web(u.Scheme); web != "" && web != u.Scheme {
		u.Scheme, u.Host = web, p.name
	}
	return p, nil
}

// dialer connects to one place and refuses every other, so that a redirect
// takes the credentials nowhere. One goroutine dials.
type dialer struct {
	to      place
	narrow  bool // little may wait to be sent
	dials   int
	shaking atomic.Bool // a TLS handshake has begun and brought no certificate

	mu   sync.Mutex // guards following
	conn net.Conn   // the last one dialled
	over bool
}

func (d *dialer) dial(ctx context.Context, _, address string) (net.Conn, error) {
	d.dials++
	switch {
	case address != d.to.name:
		return nil, errRedirect
	case d.dials > maxDials:
		return nil, errCircle
	}
	nd := net.Dialer{Timeout: dialTimeout}
	c, err := nd.DialContext(ctx, "tcp", d.to.dial)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		c.Close()
		return nil, errStalled
	}
	d.conn = c
	if tcp, ok := c.(*net.TCPConn); ok && d.narrow {
		_ = tcp.SetWriteBuffer(narrowBuffer) // a larger one makes a slow network's voice late
	}
	if d.to.url.Scheme == "rtsps" {
		// gortsplib bounds its requests, but not the handshake before them.
		d.shaking.Store(true)
		if err := c.SetReadDeadline(clock.System{}.Now().Add(shakeWithin)); err != nil {
			c.Close()
			return nil, err
		}
	}
	return &bufferedConn{Conn: c, br: bufio.NewReaderSize(&fairConn{ready.Conn(c), &share{}}, readAhead), looked: d.to.url.Scheme != "rtsp"}, nil
}

// certified ends the bound of the handshake: the camera speaks TLS.
func (d *dialer) certified() error {
	d.shaking.Store(false)
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.conn.SetReadDeadline(time.Time{})
}

// cut closes the connection under gortsplib, whose own Close waits for what it
// is doing.
func (d *dialer) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	if d.conn != nil {
		d.conn.Close()
	}
}

// bufferedConn reads ahead and, while bare RTSP is expected, looks at the first
// bytes of the peer. One goroutine reads it.
type bufferedConn struct {
	net.Conn
	br     *bufio.Reader
	looked bool
}

func (c *bufferedConn) Read(b []byte) (int, error) {
	if !c.looked {
		c.looked = true
		const hello = "RTSP/"
		// A peer that says less than five bytes and waits is found by the
		// request's own timeout.
		if start, err := c.br.Peek(len(hello)); err == nil && string(start) != hello {
			return 0, errNotRTSP
		}
	}
	return c.br.Read(b)
}
