package httpapi

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lares/cameras/clock"
	"lares/hub/gate"
	"lares/hub/live"
	"lares/hub/vault"
)

// The tests of this file are about what stands before any account: the
// library's own ways to cross wires (HAZARDS §4.1) and requests that no route
// may see.

var testShell = fstest.MapFS{
	"index.html":            {Data: []byte("<!doctype html><title>Lares</title>")},
	"assets/index-1a2b.js":  {Data: []byte("export{}")},
	"assets/index-3c4d.css": {Data: []byte("body{}")},
}

// certificate makes a self-signed certificate for 127.0.0.1.
func certificate(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"lares.local", "localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// run serves s on loopback until the test ends, over TLS if it is set, and
// returns its address. The test fails if the server does not end in time.
func run(t testing.TB, s *Server) (address string, stop func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return runOn(t, s, ln)
}

// runOn is run for a listener.
func runOn(t testing.TB, s *Server, ln net.Listener) (address string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, ln) }()
	stop = func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(15 * time.Second):
			t.Error("the server does not end")
		}
		ended <- nil
	}
	t.Cleanup(stop)
	return ln.Addr().String(), stop
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// bare is a server with these routes and nothing behind it.
func bare(t testing.TB, table ...route) *Server {
	t.Helper()
	s, err := New(Config{Clock: clock.System{}, Log: quietLog(), Shell: testShell, Gate: gate.New(gate.Config{Vault: &vault.Vault{}}), Live: live.New(live.Config{Clock: clock.System{}, Log: quietLog()})})
	if err != nil {
		t.Fatal(err)
	}
	s.app = s.newApp(append(table, routes()...))
	return s
}

func testRoute(method, path string, handle func(*Server, *request) error) route {
	return route{method: method, path: path, policy: public, limits: small, handle: handle}
}

// sendRaw makes one request on a connection of its own.
func sendRaw(t testing.TB, address, request string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	return readAnswer(t, bufio.NewReader(conn), method)
}

// readAnswer reads one answer whole.
func readAnswer(t testing.TB, r *bufio.Reader, method string) *http.Response {
	t.Helper()
	answer, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(b))
	return answer
}

func bodyOf(t testing.TB, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	return b
}

// wantProblem checks an answer of RFC 9457 and returns its field.
func wantProblem(t testing.TB, r *http.Response, status int) (field string) {
	t.Helper()
	var p struct {
		Type, Title, Detail, Field string
		Status                     int
	}
	if err := json.Unmarshal(bodyOf(t, r), &p); err != nil {
		t.Errorf("not a problem: %v: %q", err, bodyOf(t, r))
	}
	if r.StatusCode != status || p.Status != status || p.Type == "" || p.Title == "" {
		t.Errorf("status %d, %+v, want %d", r.StatusCode, p, status)
	}
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	return p.Field
}

// wantGuarded checks the headers every answer has (HAZARDS W6, W9).
func wantGuarded(t testing.TB, name string, h http.Header) {
	t.Helper()
	for k, v := range map[string]string{
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Referrer-Policy":              "no-referrer",
	} {
		if h.Get(k) != v {
			t.Errorf("%s: %s is %q", name, k, h.Get(k))
		}
	}
	policy := h.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'self'; media-src 'self' blob:; img-src 'self' blob:; frame-ancestors 'none'") ||
		strings.Contains(policy, "unsafe") {
		t.Errorf("%s: policy %q", name, policy)
	}
	for _, k := range []string{"ETag", "Last-Modified", "Server", "Access-Control-Allow-Origin"} {
		if h.Get(k) != "" {
			t.Errorf("%s: has %s", name, k)
		}
	}
}

func TestRequestsNoRouteMaySee(t *testing.T) {
	reached := make(chan string, 100)
	s := bare(t,
		testRoute("POST", "/api/echo", func(_ *Server, q *request) error {
			reached <- string(q.Body())
			return q.answer(200, map[string]string{})
		}))
	address, _ := run(t, s)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(make([]byte, 8<<20))
	z.Close()
	post := func(headers, body string) string {
		return fmt.Sprintf("POST /api/echo HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s", address, headers, len(body), body)
	}
	const own, typed = "Sec-Fetch-Site: same-origin\r\n", "Content-Type: application/json\r\n"
	origin := "Origin: http://" + address + "\r\n"
	for _, c := range []struct {
		name, request string
		status        int
	}{
		{"own origin", post(origin+typed, "{}"), 200},
		{"own fetch site", post(own+typed, "{}"), 200},
		{"both", post(own+origin+typed, "{}"), 200},
		{"typed with a charset", post(own+"Content-Type: application/json; charset=utf-8\r\n", "{}"), 200},
		{"no origin", post(typed, "{}"), 403},
		{"foreign origin", post("Origin: https://evil.example\r\n"+typed, "{}"), 403},
		{"origin null", post("Origin: null\r\n"+typed, "{}"), 403},
		{"other scheme", post("Origin: https://"+address+"\r\n"+typed, "{}"), 403},
		{"other port", post("Origin: http://127.0.0.1:1\r\n"+typed, "{}"), 403},
		{"foreign origin says same site", post("Origin: https://evil.example\r\n"+own+typed, "{}"), 403},
		{"cross site with own origin", post(origin+"Sec-Fetch-Site: cross-site\r\n"+typed, "{}"), 403},
		{"forwarded host as origin", post("Origin: http://evil.example\r\nX-Forwarded-Host: evil.example\r\n"+typed, "{}"), 403},
		{"gzip", post(own+typed+"Content-Encoding: gzip\r\n", zipped.String()), 415},
		{"identity", post(own+typed+"Content-Encoding: identity\r\n", "{}"), 415},
		{"form", post(own+"Content-Type: application/x-www-form-urlencoded\r\n", "a=1"), 415},
		{"untyped", post(own, "{}"), 415},
		{"too large", post(own+typed, strings.Repeat(" ", small.body+1)), 413},
		{"chunked too large", strings.Replace(post(own+typed, ""), "Content-Length: 0", "Transfer-Encoding: chunked", 1) +
			fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", small.body+1, strings.Repeat(" ", small.body+1)), 413},
		{"headers too large", post(own+typed+"X: "+strings.Repeat("x", headerBuffer)+"\r\n", "{}"), 431},
		{"not HTTP", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400},
		{"unknown method", strings.Replace(post(own+typed, ""), "POST", "PATCH", 1), 404},
		{"trace", strings.Replace(post(own, ""), "POST", "TRACE", 1), 404},
		{"rebound name", strings.Replace(post(own+typed, "{}"), "Host: "+address, "Host: evil.example", 1), 421},
		{"no host", strings.Replace(post(own+typed, "{}"), "Host: "+address, "Host:", 1), 400},
	} {
		answer := sendRaw(t, address, c.request)
		if c.status != 200 {
			wantProblem(t, answer, c.status)
		}
		if answer.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.name, answer.StatusCode, c.status)
		}
		wantGuarded(t, c.name, answer.Header)
		select {
		case body := <-reached:
			if c.status != 200 {
				t.Errorf("%s reached the handler with %d bytes", c.name, len(body))
			}
		default:
			if c.status == 200 {
				t.Errorf("%s did not reach the handler", c.name)
			}
		}
	}
}

func TestKnownHosts(t *testing.T) {
	s := &Server{cfg: Config{Hosts: []string{"hub.example.org"}}}
	for host, want := range map[string]bool{
		"127.0.0.1": true, "192.168.1.9:8443": true, "[::1]:8443": true, "[fe80::1%25eth0]:8443": true,
		"localhost": true, "localhost:8080": true, "lares.local": true, "LARES.local:8443": true, "lares.local.": true,
		"hub.example.org": true, "Hub.Example.org:8443": true,
		"": false, "evil.example": false, "local": false, "evillocal": false, "127.0.0.1.evil.example": false,
		"x.hub.example.org": false, "evil.example/.local": false, "a@lares.local": false, "evil.example#.local": false,
	} {
		if s.knownHost(host) != want {
			t.Errorf("%q: not %v", host, want)
		}
	}
}

// TestStringsOutliveTheirRequest: without Immutable a saved text shows another
// request's bytes (HAZARDS F1).
func TestStringsOutliveTheirRequest(t *testing.T) {
	type kept struct{ param, query, header, cookie, body string }
	var all []kept
	s := bare(t, testRoute("POST", "/api/keep/:it", func(_ *Server, q *request) error {
		all = append(all, kept{q.Params("it"), q.Query("q"), q.Get("X-It"), q.Cookies("c"), string(q.Body())})
		return q.nothing()
	}))
	address, _ := run(t, s)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	names := []string{"alice-front", "bobby-front", "carol-front"}
	for range 20 {
		for _, n := range names {
			fmt.Fprintf(conn, "POST /api/keep/%s?q=%s HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-origin\r\nX-It: %s\r\nCookie: c=%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
				n, n, address, n, n, len(n), n)
			if a := readAnswer(t, r, "POST"); a.StatusCode != 204 {
				t.Fatal(a.Status)
			}
		}
	}
	for i, k := range all {
		if n := names[i%len(names)]; k != (kept{n, n, n, n, n}) {
			t.Fatalf("request %d of %s left %+v", i, n, k)
		}
	}
}

// TestPanicEndsOneRequest: fasthttp recovers nothing by itself (HAZARDS F7).
func TestPanicEndsOneRequest(t *testing.T) {
	s := bare(t, testRoute("GET", "/api/panic", func(*Server, *request) error { panic("secret") }))
	address, _ := run(t, s)
	for range 3 {
		answer := sendRaw(t, address, "GET /api/panic HTTP/1.1\r\nHost: "+address+"\r\nConnection: close\r\n\r\n")
		wantProblem(t, answer, 500)
		if bytes.Contains(bodyOf(t, answer), []byte("secret")) {
			t.Error("the answer tells what panicked")
		}
	}
}

// TestForwardedHeadersMeanNothing is HAZARDS F11 and Z11.
func TestForwardedHeadersMeanNothing(t *testing.T) {
	s := bare(t, testRoute("GET", "/api/who", func(_ *Server, q *request) error {
		return q.answer(200, []string{string(q.source()), q.IP(), q.Hostname(), q.Protocol()})
	}))
	address, _ := run(t, s)
	plain := bodyOf(t, sendRaw(t, address, "GET /api/who HTTP/1.1\r\nHost: "+address+"\r\nConnection: close\r\n\r\n"))
	forged := bodyOf(t, sendRaw(t, address, "GET /api/who HTTP/1.1\r\nHost: "+address+"\r\nConnection: close\r\n"+
		"X-Forwarded-For: 10.9.9.9\r\nX-Real-IP: 10.9.9.9\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n"+
		"X-Forwarded-Protocol: https\r\nX-Forwarded-Ssl: on\r\nX-Url-Scheme: https\r\nForwarded: for=10.9.9.9;host=evil.example;proto=https\r\n\r\n"))
	if !bytes.Equal(plain, forged) || !bytes.Contains(plain, []byte(`"127.0.0.1"`)) {
		t.Errorf("%s became %s", plain, forged)
	}
}

func TestShell(t *testing.T) {
	s := bare(t)
	address, _ := run(t, s)
	for _, c := range []struct{ path, cache, contentType, body string }{
		{"/", "no-cache", "text/html; charset=utf-8", "<!doctype html><title>Lares</title>"},
		{"/assets/index-1a2b.js", "public, max-age=31536000, immutable", "text/javascript; charset=utf-8", "export{}"},
		{"/assets/index-3c4d.css", "public, max-age=31536000, immutable", "text/css; charset=utf-8", "body{}"},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			answer := sendRaw(t, address, method+" "+c.path+" HTTP/1.1\r\nHost: "+address+"\r\nConnection: close\r\n"+
				"If-None-Match: *\r\nIf-Modified-Since: Mon, 01 Jan 2035 00:00:00 GMT\r\n\r\n")
			want := c.body
			if method == "HEAD" {
				want = ""
			}
			if got := string(bodyOf(t, answer)); answer.StatusCode != 200 || got != want || answer.ContentLength != int64(len(c.body)) && method == "HEAD" {
				t.Errorf("%s %s: %s %q length %d", method, c.path, answer.Status, got, answer.ContentLength)
			}
			if answer.Header.Get("Cache-Control") != c.cache || answer.Header.Get("Content-Type") != c.contentType {
				t.Errorf("%s %s: %v", method, c.path, answer.Header)
			}
			wantGuarded(t, c.path, answer.Header)
		}
	}
	for _, path := range []string{"/index.html", "/assets/", "/assets", "/assets/..", "/assets/../index.html", "/assets/%2e%2e/index.html",
		"/assets/index-1a2b.js%00", "/assets/INDEX-1a2b.js", "/assets/index-1a2b.js/", "//", "/api", "/api/nothing", "/x"} {
		answer := sendRaw(t, address, "GET "+path+" HTTP/1.1\r\nHost: "+address+"\r\nConnection: close\r\n\r\n")
		if wantProblem(t, answer, 404); answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, answer.Header)
		}
	}
}

// TestHealthAnswersAtOnce needs nothing but a listener.
func TestHealthAnswersAtOnce(t *testing.T) {
	s := bare(t)
	address, _ := run(t, s)
	answer := sendRaw(t, address, "GET /api/health HTTP/1.1\r\nHost: "+address+"\r\nConnection: close\r\n\r\n")
	if got := string(bodyOf(t, answer)); answer.StatusCode != 200 || got != `{"status":"ok"}` {
		t.Errorf("%s %s", answer.Status, got)
	}
}

// TestServeEnds: a context that ends before, a busy connection and an idle one
// do not hold the server up; a listener that breaks is an error.
func TestServeEnds(t *testing.T) {
	t.Run("before it began", func(t *testing.T) {
		ln := httptest.NewUnstartedServer(nil).Listener
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := bare(t).Serve(ctx, ln); err != nil {
			t.Error(err)
		}
	})
	t.Run("broken listener", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- bare(t).Serve(t.Context(), &broken{ln}) }()
		select {
		case err := <-ended:
			if err == nil {
				t.Error("no error")
			}
		case <-time.After(10 * time.Second):
			t.Error("does not end")
		}
	})
	t.Run("idle and busy connections", func(t *testing.T) {
		begun, release := make(chan bool), make(chan bool)
		s := bare(t, testRoute("GET", "/api/slow", func(*Server, *request) error { begun <- true; <-release; return nil }))
		address, stop := run(t, s)
		idle, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer idle.Close()
		busy, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer busy.Close()
		fmt.Fprintf(busy, "GET /api/slow HTTP/1.1\r\nHost: %s\r\n\r\n", address)
		<-begun
		go func() { time.AfterFunc(100*time.Millisecond, func() { close(release) }) }()
		stop()
		if n := len(s.conns.open); n != 0 {
			t.Errorf("%d connections left", n)
		}
	})
}

type broken struct{ net.Listener }

func (b *broken) Accept() (net.Conn, error) { return nil, fmt.Errorf("broken") }

func TestProblemsNameTheirStatus(t *testing.T) {
	for _, p := range []*problem{notFound(), unavailable(), misdirected(), signedOut(), forbiddenOrigin(), badField("f", "d")} {
		var v struct{ Status int }
		if err := json.Unmarshal(p.body(), &v); err != nil || v.Status != p.status {
			t.Errorf("%s: %v", p.body(), err)
		}
	}
	if !slices.Equal(notFound().body(), []byte(`{"type":"urn:lares:problem:not-found","title":"Not Found","status":404}`)) {
		t.Errorf("%s", notFound().body())
	}
}

// TestLateIsDoubt: a question that the database answers too late is asked again, and no
// fault of the hub.
func TestLateIsDoubt(t *testing.T) {
	for err, status := range map[error]int{context.DeadlineExceeded: http.StatusServiceUnavailable, io.ErrUnexpectedEOF: http.StatusInternalServerError} {
		if p := problemOf(fmt.Errorf("journal: naming accounts: %w", err)); p.status != status {
			t.Errorf("%v is %d", err, p.status)
		}
	}
}
