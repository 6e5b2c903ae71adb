package gate

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
)

// pair is a connection that Listen made, and its other end.
func pair(t *testing.T, g *Gate) (conn *Conn, peer net.Conn) {
	t.Helper()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := g.Listen(plain)
	defer ln.Close()
	peer, err = net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { peer.Close(); accepted.Close() })
	conn, ok := ConnOf(accepted)
	if !ok {
		t.Fatal("Listen's connection is not known")
	}
	return conn, peer
}

func wireGate() *Gate { return New(Config{Vault: &vault.Vault{}, Log: discard()}) }

// refuses makes a wire of a connection that is not the session's: it is dead,
// and counted once under the site however often it is written to.
func refuses(t *testing.T, g *Gate, what, site string, wire func() *Wire) {
	t.Helper()
	before := g.Refused()[site]
	w := wire()
	for range 2 {
		if n, err := w.Write([]byte("secret")); n != 0 || !errors.Is(err, ErrCrossed) {
			t.Errorf("%s: wrote %d bytes, %v", what, n, err)
		}
	}
	if g.Refused()[site] != before+1 {
		t.Errorf("%s: counted %d times", what, g.Refused()[site]-before)
	}
}

// late is a wire that outlived what it was made for: each write is counted.
func late(t *testing.T, g *Gate, what string, w *Wire) {
	t.Helper()
	before := g.Refused()["wire"]
	if n, err := w.Write([]byte("secret")); n != 0 || !errors.Is(err, ErrCrossed) {
		t.Errorf("%s: wrote %d bytes, %v", what, n, err)
	}
	if g.Refused()["wire"] != before+1 {
		t.Errorf("%s: not counted", what)
	}
}

func TestPin(t *testing.T) {
	g := wireGate()
	conn, _ := pair(t, g)
	ann, bob := store.NewSessionID(), store.NewSessionID()
	var b bytes.Buffer
	refuses(t, g, "before any pin", "wire session", func() *Wire { return conn.Wire(ann, &b) })
	if err := conn.Pin(account.SessionID{}); !errors.Is(err, ErrMisdirected) {
		t.Errorf("nobody's pin: %v", err)
	}
	for range 2 {
		if err := conn.Pin(ann); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Pin(bob); !errors.Is(err, ErrMisdirected) || g.Refused()["connection"] != 1 {
		t.Errorf("a second session: %v", err)
	}
	refuses(t, g, "another session's wire", "wire session", func() *Wire { return conn.Wire(bob, &b) })
	refuses(t, g, "another session's socket", "wire", func() *Wire { return conn.Socket(bob, &b) })
	refuses(t, g, "nobody's wire", "wire session", func() *Wire { return conn.Wire(account.SessionID{}, &b) })
	if _, err := new(Wire).Write([]byte("x")); !errors.Is(err, ErrCrossed) {
		t.Errorf("the zero wire: %v", err)
	}
	if n, err := conn.Wire(ann, &b).Write([]byte("hers")); err != nil || n != 4 || b.String() != "hers" {
		t.Errorf("her own wire: %d, %v, %q", n, err, b.String())
	}
	conn.Close()
	if err := conn.Pin(ann); !errors.Is(err, ErrMisdirected) {
		t.Errorf("a pin on a closed connection: %v", err)
	}
}

// TestWireEnds: by End, by the next request, by the server reading on, and
// with the connection; a socket does not mind reading.
func TestWireEnds(t *testing.T) {
	g := wireGate()
	ann := store.NewSessionID()
	for what, c := range map[string]struct {
		end    func(conn *Conn, peer net.Conn, w *Wire)
		socket bool // whether this ends a socket too
	}{
		"End": {func(_ *Conn, _ net.Conn, w *Wire) { w.End(); w.End() }, true},
		"the next request": {func(c *Conn, _ net.Conn, _ *Wire) {
			if err := c.Pin(ann); err != nil {
				t.Error(err)
			}
		}, true},
		"reading": {func(c *Conn, peer net.Conn, _ *Wire) {
			if _, err := peer.Write([]byte("GET")); err != nil {
				t.Error(err)
			}
			if _, err := c.Read(make([]byte, 3)); err != nil {
				t.Error(err)
			}
		}, false},
	} {
		for _, socket := range []bool{false, true} {
			conn, peer := pair(t, g)
			if err := conn.Pin(ann); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			w := conn.Wire(ann, &b)
			if socket {
				w = conn.Socket(ann, &b)
			}
			if _, err := w.Write([]byte("x")); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			c.end(conn, peer, w)
			if socket && !c.socket {
				if _, err := w.Write([]byte("y")); err != nil {
					t.Errorf("%s ends a socket: %v", what, err)
				}
				continue
			}
			late(t, g, what, w)
			if b.String() != "x" {
				t.Errorf("%s: %q came out", what, b.String())
			}
		}
	}
}

// TestViewerGoesAway: a connection closed in the middle of an answer takes no
// more bytes, but nobody crossed a wire: nothing is counted.
func TestViewerGoesAway(t *testing.T) {
	g, ann := wireGate(), store.NewSessionID()
	conn, _ := pair(t, g)
	if err := conn.Pin(ann); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := conn.Wire(ann, &b)
	conn.Close()
	if n, err := w.Write([]byte("x")); n != 0 || !errors.Is(err, net.ErrClosed) || b.Len() > 0 {
		t.Errorf("wrote %d bytes, %v", n, err)
	}
	if r := g.Refused(); r["wire"] != 0 {
		t.Errorf("counted as %d crossings", r["wire"])
	}
}

func selfSigned(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// TestKeptPastTheRequest is VAULT §8 test 10: the HTTP server, set wrongly,
// pools hijacked connections and writers; a handler keeps both past its
// request and writes. Nobody else receives a byte.
func TestKeptPastTheRequest(t *testing.T) {
	g := wireGate()
	ann, bob := store.NewSessionID(), store.NewSessionID()
	who := map[string]account.SessionID{"/ann": ann, "/bob": bob}
	kept := make(chan *Wire, 8)
	open := make(chan struct{}) // holds bob's hijacked connection
	answered := make(chan error, 8)
	server := &fasthttp.Server{KeepHijackedConns: false, Logger: quiet{}, Handler: func(c *fasthttp.RequestCtx) {
		session := who[string(c.Path()[:4])]
		conn, ok := ConnOf(c.Conn())
		if !ok {
			t.Error("a connection below TLS is not found")
			return
		}
		if err := conn.Pin(session); err != nil {
			c.SetStatusCode(fasthttp.StatusMisdirectedRequest)
			c.SetConnectionClose()
			return
		}
		switch string(c.Path()[4:]) {
		case "/stream":
			c.SetBodyStreamWriter(func(w *bufio.Writer) {
				wire := conn.Wire(session, w)
				wire.Write([]byte("hers"))
				kept <- wire // and forgets to end it
			})
		case "/socket":
			c.Hijack(func(h net.Conn) {
				if below, ok := ConnOf(h); !ok || below != conn {
					t.Error("a hijacked connection leads elsewhere")
				}
				wire := conn.Socket(session, h)
				wire.Write([]byte("hers"))
				kept <- wire
				if session == bob {
					<-open
				}
			})
		default:
			wire := conn.Wire(session, c)
			wire.Write([]byte("hers"))
			kept <- wire
		}
	}}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { answered <- server.Serve(tls.NewListener(g.Listen(plain), selfSigned(t))) }()
	defer func() {
		close(open)
		server.Shutdown()
		<-answered
	}()
	dial := func() *tls.Conn {
		c, err := tls.Dial("tcp", plain.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	ask := func(c *tls.Conn, path string) string {
		if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return readUntil(t, c, "hers", "421")
	}
	for _, path := range []string{"", "/stream", "/socket"} {
		t.Run("kept"+path, func(t *testing.T) {
			hers, his := dial(), dial()
			if got := ask(hers, "/ann"+path); got != "hers" {
				t.Fatalf("ann got %q", got)
			}
			old := <-kept
			if path == "/socket" {
				waitClosed(t, hers)
			} else if got := ask(hers, "/bob"+path); got != "421" { // her connection is hers for good
				t.Errorf("bob on ann's connection: %q", got)
			}
			if got := ask(his, "/bob"+path); got != "hers" {
				t.Fatalf("bob got %q", got)
			}
			<-kept
			late(t, g, "kept"+path, old)
			his.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			if b, _ := io.ReadAll(his); bytes.Contains(b, []byte("secret")) {
				t.Error("bob received what was ann's")
			}
		})
	}
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

// readUntil reads until one of some texts came.
func readUntil(t *testing.T, c net.Conn, texts ...string) string {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	var got []byte
	for b := make([]byte, 1); ; {
		if _, err := c.Read(b); err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		got = append(got, b...)
		for _, s := range texts {
			if bytes.Contains(got, []byte(s)) {
				return s
			}
		}
	}
}

// waitClosed waits until the server has let go of a connection.
func waitClosed(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadAll(c); err != nil {
		t.Fatalf("the server keeps the connection: %v", err)
	}
}
