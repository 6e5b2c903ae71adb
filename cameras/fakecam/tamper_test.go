package fakecam_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/pion/rtp"

	"lares/cameras/fakecam"
)

// anyone runs a camera that lets everybody in.
func anyone(t *testing.T, o fakecam.Options) *fakecam.Camera {
	t.Helper()
	c, err := fakecam.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// raw is a connection on which a test speaks RTSP itself.
type raw struct {
	t *testing.T
	net.Conn
	br   *bufio.Reader
	cseq int
}

func dialRaw(t *testing.T, c *fakecam.Camera) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", host(t, c))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &raw{t: t, Conn: conn, br: bufio.NewReader(conn)}
}

// ask sends a request and reads the head of the answer.
func (r *raw) ask(method, url string, header ...string) (head string) {
	r.t.Helper()
	r.cseq++
	fmt.Fprintf(r, "%s %s RTSP/1.0\r\nCSeq: %d\r\n%s\r\n", method, url, r.cseq, strings.Join(append(header, ""), "\r\n"))
	for {
		line, err := r.br.ReadString('\n')
		if err != nil {
			r.t.Fatalf("%s: %v after %q", method, err, head)
		}
		if strings.TrimSpace(line) == "" {
			return head
		}
		head += line
	}
}

func value(head, name string) string {
	_, after, _ := strings.Cut(head, name+": ")
	v, _, _ := strings.Cut(after, "\r\n")
	return v
}

func TestLyingLengths(t *testing.T) {
	c := anyone(t, fakecam.Options{Name: "Liar"})
	for f, want := range map[fakecam.Fault][]string{
		fakecam.None: {""}, fakecam.NegativeLength: {"-1", "-1"}, fakecam.HugeLength: {"2000000000", "1000000000000000000", "4294967295"},
	} {
		c.SetFault(f)
		for _, length := range want {
			r := dialRaw(t, c)
			if got := r.ask("OPTIONS", c.MainURL()); !strings.HasPrefix(got, "RTSP/1.0 200") {
				t.Errorf("%v: OPTIONS %q", f, got)
			}
			got := value(r.ask("DESCRIBE", c.MainURL()), "Content-Length")
			if f == fakecam.None {
				if body := make([]byte, atoi(t, got)); readAll(t, r.br, body) && !bytes.HasPrefix(body, []byte("v=0")) {
					t.Errorf("healthy, but %q", body)
				}
			} else if got != length {
				t.Errorf("%v: length %s, not %s", f, got, length)
			}
			if f == fakecam.HugeLength {
				readAll(t, r.br, make([]byte, 4<<20)) // it goes on
			}
			r.Close()
		}
	}
	c.SetFault(fakecam.None)
}

func atoi(t *testing.T, s string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatalf("%q is no number", s)
	}
	return n
}

func readAll(t *testing.T, r io.Reader, b []byte) bool {
	t.Helper()
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	return true
}

// play begins to play the first track over TCP.
func (r *raw) play(c *fakecam.Camera) {
	r.t.Helper()
	url := c.MainURL()
	n := atoi(r.t, value(r.ask("DESCRIBE", url), "Content-Length"))
	readAll(r.t, r.br, make([]byte, n))
	session, _, _ := strings.Cut(value(r.ask("SETUP", url+"/trackID=0", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"), "Session"), ";")
	if got := r.ask("PLAY", url, "Session: "+session); !strings.HasPrefix(got, "RTSP/1.0 200") {
		r.t.Fatalf("PLAY: %q", got)
	}
}

func TestJunk(t *testing.T) {
	c := anyone(t, fakecam.Options{Name: "Junk"})
	c.SetFault(fakecam.Junk)
	r := dialRaw(t, c)
	r.play(c)
	for junk, frames := 0, 0; frames < 20; {
		b, err := r.br.ReadByte()
		if err != nil {
			t.Fatal(err)
		}
		if b != '$' {
			if b < 0x80 {
				t.Fatalf("junk of %#x", b)
			}
			junk++
			continue
		}
		head := make([]byte, 3)
		readAll(t, r.br, head)
		readAll(t, r.br, make([]byte, int(head[1])<<8|int(head[2])))
		if junk == 0 || junk > 300 {
			t.Errorf("%d bytes of junk before frame %d", junk, frames)
		}
		junk = 0
		frames++
	}
	c.SetFault(fakecam.EndlessJunk)
	last := make([]byte, 8<<20)
	readAll(t, r.br, last)
	if bytes.ContainsRune(last[1<<20:], '$') {
		t.Error("a frame within endless junk")
	}
	heals2(t, c)
}

// heals2 checks that whoever connects now gets consecutive pictures.
func heals2(t *testing.T, c *fakecam.Camera) {
	t.Helper()
	c.SetFault(fakecam.None)
	w, err := watch(t, c.MainURL(), password)
	if err != nil {
		t.Fatal(err)
	}
	w.take(t, 5)
}

func TestSlow(t *testing.T) {
	c := anyone(t, fakecam.Options{Name: "Slow"})
	c.SetFault(fakecam.Slow)
	r := dialRaw(t, c)
	began := time.Now()
	n := atoi(t, value(r.ask("DESCRIBE", c.MainURL()), "Content-Length"))
	readAll(t, r.br, make([]byte, n))
	if d := time.Since(began); d < time.Duration(n)*time.Second/4096 {
		t.Errorf("a description of %d bytes took %v", n, d)
	}
	r.play(c)
	began = time.Now()
	readAll(t, r.br, make([]byte, 3000))
	if d := time.Since(began); d < time.Second {
		t.Errorf("3000 bytes of media took %v", d)
	}
	heals2(t, c)
}

func TestRedirect(t *testing.T) {
	c := anyone(t, fakecam.Options{Name: "Elsewhere"})
	c.SetFault(fakecam.Redirect)
	for from, to := range map[string]string{c.MainURL(): c.SubURL(), c.SubURL(): c.MainURL()} {
		if got := dialRaw(t, c).ask("DESCRIBE", from); !strings.HasPrefix(got, "RTSP/1.0 302") || value(got, "Location") != to {
			t.Errorf("%s: %q", from, got)
		}
	}
	other := anyone(t, fakecam.Options{Name: "Elsewhere", RedirectTo: "rtsp://192.0.2.1/x"})
	other.SetFault(fakecam.Redirect)
	if got := dialRaw(t, other).ask("DESCRIBE", other.MainURL()); value(got, "Location") != "rtsp://192.0.2.1/x" {
		t.Errorf("%q", got)
	}
}

func TestDescriptions(t *testing.T) {
	body := func(c *fakecam.Camera) string {
		r := dialRaw(t, c)
		b := make([]byte, atoi(t, value(r.ask("DESCRIBE", c.MainURL()), "Content-Length")))
		readAll(t, r.br, b)
		return string(b)
	}
	c := anyone(t, fakecam.Options{Name: "Poet", SDP: "v=0\r\nmine"})
	if got := body(c); got != "v=0\r\nmine" {
		t.Errorf("%q", got)
	}
	c = anyone(t, fakecam.Options{Name: "Poet", BadSDP: []string{"one", "two"}})
	c.SetFault(fakecam.BadSDP)
	if a, b, again := body(c), body(c), body(c); a != "one" || b != "two" || again != "one" {
		t.Errorf("%q, %q, %q", a, b, again)
	}
}

func TestWaysToSignIn(t *testing.T) {
	all := []string{fakecam.AuthBasic, fakecam.AuthMD5, fakecam.AuthSHA256}
	for _, ways := range [][]string{all[:1], all[1:2], all[2:], all, {fakecam.AuthSHA256, fakecam.AuthMD5}, nil} {
		c := start(t, fakecam.Options{Name: "Door", Auth: ways})
		got := dialRaw(t, c).ask("DESCRIBE", c.MainURL())
		if ways == nil {
			ways = all[1:2]
		}
		for name, mark := range map[string]string{fakecam.AuthBasic: "Basic ", fakecam.AuthMD5: `algorithm="MD5"`, fakecam.AuthSHA256: `algorithm="SHA-256"`} {
			if want := strings.Contains(strings.Join(ways, " "), name); strings.Contains(got, mark) != want {
				t.Errorf("%v offers %q", ways, got)
			}
		}
		if _, err := watch(t, c.MainURL(), password); err != nil {
			t.Errorf("%v: %v", ways, err)
		}
		if _, err := watch(t, c.MainURL(), "guess"); err == nil {
			t.Errorf("%v: a wrong password let somebody in", ways)
		}
		basic := dialRaw(t, c).ask("DESCRIBE", c.MainURL(), "Authorization: Basic YWRtaW46c2VzYW1lIG9wZW4=")
		if in := strings.HasPrefix(basic, "RTSP/1.0 200"); in != strings.Contains(strings.Join(ways, " "), fakecam.AuthBasic) {
			t.Errorf("%v: a password in clear text: %q", ways, basic)
		}
		c.SetFault(fakecam.Downgrade)
		if got := dialRaw(t, c).ask("DESCRIBE", c.MainURL()); !strings.Contains(got, "Basic ") || strings.Contains(got, "Digest ") {
			t.Errorf("%v, downgraded: %q", ways, got)
		}
	}
	if _, err := fakecam.Start(t.Context(), fakecam.Options{Name: "Door", Auth: []string{"magic"}}); err == nil {
		t.Error("magic is a way to sign in")
	}
}

func TestOverTLS(t *testing.T) {
	c := start(t, fakecam.Options{Name: "Safe", TLS: true})
	key := func() string {
		conn, err := tls.Dial("tcp", host(t, c), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return string(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	}
	before := key()
	if key() != before {
		t.Error("another key each time")
	}
	if !strings.HasPrefix(c.MainURL(), "rtsps://") {
		t.Errorf("the address is %s", c.MainURL())
	}
	end := ended(watchTLS(t, c))
	if err := c.RenewKey(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-end:
	case <-time.After(patience):
		t.Error("the connection survived the key")
	}
	if key() == before {
		t.Error("the key stayed")
	}
}

func watchTLS(t *testing.T, c *fakecam.Camera) *watcher {
	t.Helper()
	return played(t, c, gortsplib.ProtocolTCP)
}

// played watches a camera with any certificate over the given transport.
func played(t *testing.T, c *fakecam.Camera, p gortsplib.Protocol) *watcher {
	t.Helper()
	u, err := base.ParseURL(strings.Replace(c.MainURL(), "://", "://admin:sesame%20open@", 1))
	if err != nil {
		t.Fatal(err)
	}
	w := &watcher{pictures: make(chan picture, 1000), sound: make(chan *rtp.Packet, 1000)}
	w.client = &gortsplib.Client{Scheme: u.Scheme, Host: u.Host, Protocol: &p, TLSConfig: &tls.Config{InsecureSkipVerify: true}}
	if err := w.client.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	if err := w.setup(u); err != nil {
		t.Fatal(err)
	}
	w.take(t, 5)
	return w
}

func TestOverUDP(t *testing.T) {
	c := start(t, fakecam.Options{Name: "Datagram", Audio: true})
	w := played(t, c, gortsplib.ProtocolUDP)
	consecutive(t, w.take(t, 10), "Datagram")
	for _, f := range []fakecam.Fault{fakecam.HalfOpen, fakecam.Drop} {
		c.SetFault(f)
		w.still(t, 500*time.Millisecond)
		c.SetFault(fakecam.None)
		w.still(t, 300*time.Millisecond) // it forgot the session
		w = played(t, c, gortsplib.ProtocolUDP)
	}
}

func TestSwap(t *testing.T) {
	a, b := start(t, fakecam.Options{Name: "A", Serial: "S-A"}), start(t, fakecam.Options{Name: "B", Serial: "S-B"})
	first, err := watch(t, a.MainURL(), password)
	if err != nil {
		t.Fatal(err)
	}
	end := ended(first)
	addr, device := a.MainURL(), a.ONVIFURL()
	for _, name := range []string{"B", "A", "B"} {
		if err := fakecam.Swap(a, b); err != nil {
			t.Fatal(err)
		}
		if b.MainURL() != addr || b.ONVIFURL() != device {
			t.Errorf("the other is at %s and %s", b.MainURL(), b.ONVIFURL())
		}
		w, err := watch(t, addr, password)
		if err != nil {
			t.Fatal(err)
		}
		consecutive(t, w.take(t, 3), name)
		if text := newSOAP(t).call(t, device, deviceInformation); !strings.Contains(text, "S-"+name) {
			t.Errorf("ONVIF says %s", text)
		}
		a, b = b, a
	}
	select {
	case <-end:
	case <-time.After(patience):
		t.Error("the connection survived the swap")
	}
	a.SetFault(fakecam.Drop)
	if err := fakecam.Swap(a, b); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", host(t, a)); err == nil {
		t.Error("a swap healed a camera without power")
	}
	heals(t, a, mustName(t, a))
	closed := anyone(t, fakecam.Options{Name: "C"})
	closed.Close()
	if err := fakecam.Swap(a, closed); err == nil {
		t.Error("swapped with a closed camera")
	}
}

func mustName(t *testing.T, c *fakecam.Camera) string {
	t.Helper()
	for _, name := range []string{"A", "B"} {
		if c.LastMark().Name == fakecam.MarkName(name) {
			return name
		}
	}
	t.Fatal(errors.New("neither A nor B"))
	return ""
}
