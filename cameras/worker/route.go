package worker

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/ready"
	"lares/cameras/internal/wire"
)

var errNoCertificate = errors.New("worker: the peer shows no certificate")

// route leads to one address and to no other. One goroutine dials; cut may be
// called by any.
type route struct {
	s  *stream
	to place

	pass *pass // to the sign-in that goes on; nil for none
	in   bool  // it is over

	answered atomic.Bool // whoever is there said something

	mu   sync.Mutex // guards following
	conn net.Conn   // the last one dialled
	over bool
}

// dial connects, over TLS where the address asks for it, and has whoever answers
// recognised before anything is said that only the camera may hear. The
// connection before it is closed.
func (r *route) dial(ctx context.Context) (net.Conn, error) {
	nd := net.Dialer{Timeout: dialTimeout}
	c, err := nd.DialContext(ctx, "tcp", r.to.dial)
	if err != nil {
		return nil, err
	}
	if !r.take(c) {
		c.Close()
		return nil, errStalled
	}
	c = &patientConn{Conn: &fairConn{ready.Conn(c), &share{}}, answered: &r.answered}
	key := ""
	if r.to.url.Scheme == "https" {
		if c, key, err = r.shake(ctx, c); err != nil {
			return nil, err
		}
	}
	r.pass.leave() // over the connection before, which ended: identify may have to sign in over ONVIF
	if err := r.s.identify(ctx, key); err != nil {
		return nil, err
	}
	r.s.w.met.Store(true)
	if !r.in {
		if r.pass, err = r.s.w.door.enter(ctx, wayOf(r.s.id)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// settle says how the way to the stream ended.
func (r *route) settle(err error) {
	var f *failure
	r.pass.end(err, errors.As(err, &f) && f.code == wire.WrongPassword && !f.kept)
	r.in = true
}

// take makes c the connection that cut closes; false if that has come before.
func (r *route) take(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return false
	}
	if r.conn != nil {
		r.conn.Close()
	}
	r.conn = c
	return true
}

// cut ends the connection and lets no other begin.
func (r *route) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	if r.conn != nil {
		r.conn.Close()
	}
}

// shake begins TLS and tells the key of whoever answers, which is compared with
// the pin instead of asking authorities: cameras sign their certificates
// themselves.
func (r *route) shake(ctx context.Context, c net.Conn) (secret net.Conn, key string, err error) {
	ctx, cancel := context.WithTimeout(ctx, shakeWithin)
	defer cancel()
	t := tls.Client(c, &tls.Config{
		InsecureSkipVerify: true, CipherSuites: suites(r.to.says),
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 {
				return errNoCertificate
			}
			cert, err := x509.ParseCertificate(raw[0])
			if err != nil {
				return err
			}
			sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
			key = hex.EncodeToString(sum[:])
			return nil
		},
	})
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, "", failed(wire.Unreachable, "Something accepts connections at %s but does not come to an encrypted connection (https). Check the port, or use http://.", r.to.name)
	}
	return t, key, nil
}

// suites are nil for Go's own choice. Kasa's cameras know none of it: theirs begin without
// a key exchange (github.com/AlexxIT/go2rtc, issue 1172), so whoever gets a camera's key
// later reads what he recorded. The others are named as well, for cameras that are newer.
func suites(says string) []uint16 {
	if says != "kasa" {
		return nil
	}
	own := []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384}
	for _, s := range tls.CipherSuites() {
		own = append(own, s.ID)
	}
	return own
}

// patientConn gives each read and each write answerWithin, and notes whether anything came.
type patientConn struct {
	net.Conn
	answered *atomic.Bool
}

func (c *patientConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(deadline(answerWithin)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.answered.Store(true)
	}
	return n, err
}

func (c *patientConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(deadline(answerWithin)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func deadline(in time.Duration) time.Time { return clock.System{}.Now().Add(in) }
