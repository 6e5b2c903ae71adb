package cameras

import (
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// encrypted puts TLS in front of a server.
func encrypted(t *testing.T, server string) (addr string) {
	t.Helper()
	certified := httptest.NewTLSServer(nil)
	certified.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certified.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				s, err := net.Dial("tcp", server)
				if err != nil {
					return
				}
				defer s.Close()
				wg.Go(func() {
					defer s.Close()
					_, _ = io.Copy(s, c)
				})
				_, _ = io.Copy(c, s)
			})
		}
	})
	return l.Addr().String()
}

// TestTLS plays longer than the handshake and the opening of a session may
// take: their bounds must not end what came about.
func TestTLS(t *testing.T) {
	t.Parallel()
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse"})
	a := access(cam)
	u, err := url.Parse(a.Main)
	if err != nil {
		t.Fatal(err)
	}
	u.Scheme, u.Host = "rtsps", encrypted(t, u.Host)
	a.Main, a.Sub, a.ONVIF = u.String(), "", ""
	h := newHouse(t)
	id := h.add(a)
	w := h.watch(id, media.StreamMain, 0)
	w.picture(10 * time.Second)
	for began := time.Now(); time.Since(began) < 11*time.Second; {
		w.picture(3 * time.Second)
	}
	w.contiguous()
	if s := h.await(id, time.Second, Live); s.Streams[0].Reconnects != 0 || s.Restarts != 0 {
		t.Errorf("the connection did not stay: %+v", s)
	}
	if p := h.learned[id]; p.Kind != PinTLS {
		t.Errorf("learned %+v", p)
	}
}
