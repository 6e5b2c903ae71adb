package prove

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"time"
)

// door is where clients find the hub: its own address, or a proxy in front.
type door struct {
	address string
	tls     *tls.Config
	proxied bool
}

// conn is one kept connection. One goroutine at a time uses it.
type conn struct {
	door   *door
	net    net.Conn
	in     *bufio.Reader
	dialed atomic.Int64 // when somebody was there the last time, in Unix nanoseconds
	owner  *session     // whose requests it carried; another session needs another connection
	out    []byte
	body   []byte // of the answer read last
}

// answer is one answer; its body lasts until the next request.
type answer struct {
	status  int
	body    []byte
	json    bool
	close   bool
	hit     bool   // the proxy had it
	cached  bool   // the proxy said whether it had it
	cookie  string // set by it
	problem bool
}

const (
	dialLimit   = 5 * time.Second
	answerLimit = 20 * time.Second
)

var errAnswer = errors.New("not an answer of HTTP/1.1")

// open dials unless the connection is there and belongs to the session.
func (c *conn) open(d *door, s *session) error {
	if c.net != nil && (c.door != d || c.owner != s) {
		c.shut()
	}
	if c.net != nil {
		return nil
	}
	dialer := tls.Dialer{NetDialer: &net.Dialer{Timeout: dialLimit}, Config: d.tls}
	plain, err := dialer.NetDialer.Dial("tcp", d.address)
	if err != nil {
		return err
	}
	c.dialed.Store(time.Now().UnixNano())
	secure := tls.Client(plain, d.tls)
	plain.SetDeadline(time.Now().Add(answerLimit))
	if err := secure.Handshake(); err != nil {
		plain.Close()
		return err
	}
	c.net, c.door, c.owner = secure, d, s
	if c.in == nil {
		c.in = bufio.NewReaderSize(secure, 4<<10)
	} else {
		c.in.Reset(secure)
	}
	return nil
}

func (c *conn) shut() {
	if c.net != nil {
		c.net.Close()
		c.net = nil
	}
}

// request is what to ask. Path begins with a slash.
type request struct {
	method, path string
	cookie       string // __Host-lares
	guest        string // __Host-lares-guest
	bearer       string
	span         string // Range
	body         []byte
}

// ask sends one request and reads the answer whole. After an error the
// connection is shut.
func (c *conn) ask(d *door, s *session, r request) (a answer, err error) {
	defer func() {
		if err != nil || a.close {
			c.shut()
		}
	}()
	if err := c.open(d, s); err != nil {
		return a, err
	}
	c.net.SetDeadline(time.Now().Add(answerLimit))
	if err := c.send(r); err != nil {
		return a, err
	}
	return c.read(r.method)
}

func (c *conn) send(r request) error {
	b := c.out[:0]
	b = append(append(append(b, r.method...), ' '), r.path...)
	b = append(append(append(b, " HTTP/1.1\r\nHost: "...), c.door.address...), "\r\n"...)
	b = appendCookies(b, r)
	if r.bearer != "" {
		b = append(append(append(b, "Authorization: Bearer "...), r.bearer...), "\r\n"...)
	}
	if r.span != "" {
		b = append(append(append(b, "Range: "...), r.span...), "\r\n"...)
	}
	if r.method != "GET" && r.method != "HEAD" {
		b = append(b, "Sec-Fetch-Site: same-origin\r\n"...)
		if len(r.body) > 0 {
			b = append(b, "Content-Type: application/json\r\n"...)
		}
		b = append(append(append(b, "Content-Length: "...), strconv.Itoa(len(r.body))...), "\r\n"...)
	}
	b = append(append(b, "\r\n"...), r.body...)
	c.out = b
	_, err := c.net.Write(b)
	return err
}

func appendCookies(b []byte, r request) []byte {
	if r.cookie == "" && r.guest == "" {
		return b
	}
	b = append(b, "Cookie: "...)
	if r.cookie != "" {
		b = append(append(b, cookieName+"="...), r.cookie...)
	}
	if r.guest != "" {
		if r.cookie != "" {
			b = append(b, "; "...)
		}
		b = append(append(b, guestCookie+"="...), r.guest...)
	}
	return append(b, "\r\n"...)
}

const (
	cookieName  = "__Host-lares"
	guestCookie = "__Host-lares-guest"
)

func (c *conn) line() ([]byte, error) {
	b, err := c.in.ReadSlice('\n')
	return bytes.TrimRight(b, "\r\n"), err
}

// read reads an answer: status line, headers, body (RFC 9112).
func (c *conn) read(method string) (a answer, err error) {
	b, err := c.line()
	if err != nil {
		return a, err
	}
	if len(b) < 12 || !bytes.HasPrefix(b, []byte("HTTP/1.1 ")) {
		return a, errAnswer
	}
	if a.status, err = strconv.Atoi(string(b[9:12])); err != nil {
		return a, errAnswer
	}
	length, chunked := int64(-1), false
	for {
		if b, err = c.line(); err != nil {
			return a, err
		}
		if len(b) == 0 {
			break
		}
		name, value, ok := bytes.Cut(b, []byte(":"))
		if !ok {
			return a, errAnswer
		}
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil || length < 0 {
				return a, errAnswer
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		default:
			a.header(name, value)
		}
	}
	switch {
	case a.status == 204 || a.status == 304 || a.status < 200 || method == "HEAD":
		a.body = nil
		return a, nil
	case chunked:
		err = c.chunks()
	case length >= 0:
		err = c.take(int(length))
	default:
		return a, fmt.Errorf("%w: no length", errAnswer)
	}
	a.body = c.body
	return a, err
}

func (a *answer) header(name, value []byte) {
	switch {
	case bytes.EqualFold(name, []byte("Connection")):
		a.close = bytes.EqualFold(value, []byte("close"))
	case bytes.EqualFold(name, []byte("Content-Type")):
		a.json = bytes.HasPrefix(value, []byte("application/json"))
		a.problem = bytes.HasPrefix(value, []byte("application/problem+json"))
	case bytes.EqualFold(name, []byte("X-Proxy-Cache")):
		a.cached, a.hit = true, bytes.Equal(value, []byte("HIT"))
	case bytes.EqualFold(name, []byte("Set-Cookie")):
		pair, _, _ := bytes.Cut(value, []byte(";"))
		_, token, _ := bytes.Cut(pair, []byte("="))
		a.cookie = string(token)
	}
}

const maxAnswer = 64 << 20

func (c *conn) take(n int) error {
	if n > maxAnswer {
		return errAnswer
	}
	if cap(c.body) < n {
		c.body = make([]byte, n, n+n/2)
	}
	c.body = c.body[:n]
	_, err := io.ReadFull(c.in, c.body)
	return err
}

func (c *conn) chunks() error {
	c.body = c.body[:0]
	for {
		b, err := c.line()
		if err != nil {
			return err
		}
		size, _, _ := bytes.Cut(b, []byte(";"))
		n, err := strconv.ParseUint(string(size), 16, 31)
		if err != nil || int(n)+len(c.body) > maxAnswer {
			return errAnswer
		}
		at := len(c.body)
		c.body = append(c.body, make([]byte, n)...)
		if _, err := io.ReadFull(c.in, c.body[at:]); err != nil {
			return err
		}
		if b, err = c.line(); err != nil || len(b) != 0 {
			return errAnswer
		}
		if n == 0 {
			return nil
		}
	}
}
