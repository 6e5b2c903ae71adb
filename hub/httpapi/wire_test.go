package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"

	"lares/hub/gate"
	"lares/hub/store"
)

// The tests of this file are about what writes to a connection beside the
// handler: body writers and hijacked sockets (HAZARDS F8, F10, F15).

// streamRoute answers with a stream of one session, written by f.
func streamRoute(path string, size int64, f func(context.Context, *gate.Wire) error, may func(context.Context) error, done func()) route {
	session := store.NewSessionID()
	return testRoute("GET", path, func(s *Server, q *request) error {
		q.caller.Session = session
		if err := s.pin(q); err != nil {
			return err
		}
		return s.streams.send(q, body{size: size, write: f, may: may, done: done})
	})
}

func always(context.Context) error { return nil }

// TestPanicInAStreamEndsOneAnswer: no middleware runs in that goroutine.
func TestPanicInAStreamEndsOneAnswer(t *testing.T) {
	closed := make(chan bool, 10)
	s := bare(t, streamRoute("/api/stream", 1<<20, func(_ context.Context, w *gate.Wire) error {
		w.Write(make([]byte, 1<<10))
		panic("in the writer")
	}, always, func() { closed <- true }))
	address, _ := run(t, s)
	for range 3 {
		answer, err := http.Get("http://" + address + "/api/stream")
		if err == nil { // the head may have been cut off as well
			_, err = io.ReadAll(answer.Body)
			answer.Body.Close()
		}
		if err == nil {
			t.Error("a cut answer looks whole")
		}
		<-closed
	}
	wait(t, "the streams' end", func() bool { return len(s.streams.matching(func(*stream) bool { return true })) == 0 })
	if answer := sendRaw(t, address, "GET /api/health HTTP/1.1\r\nHost: "+address+"\r\nConnection: close\r\n\r\n"); answer.StatusCode != 200 {
		t.Error(answer.Status)
	}
}

// lead is a clock so far behind that deadlines made with it are near.
type lead struct{ behind time.Duration }

func (l lead) Now() time.Time { return time.Now().Add(-l.behind) }

// TestProgressRule: a healthy stream may take longer than any timeout; one that
// nobody reads ends when nothing was accepted for the progress time, here one
// second (F10).
func TestProgressRule(t *testing.T) {
	t.Parallel()
	const pieces, every = 10, 300 * time.Millisecond
	healthy := streamRoute("/api/healthy", pieces<<10, func(ctx context.Context, w *gate.Wire) error {
		for range pieces {
			pauseFor(ctx, every)
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return err
			}
		}
		return nil
	}, always, func() {})
	ended := make(chan error, 1)
	endless := streamRoute("/api/endless", 1<<40, func(ctx context.Context, w *gate.Wire) error {
		for {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				ended <- err
				return err
			}
		}
	}, always, func() {})
	healthy.limits.write, endless.limits.write = time.Second, time.Second
	s := bare(t, healthy, endless)
	s.streams.clock = lead{progressTimeout - time.Second}
	address, _ := run(t, s)

	answer, err := http.Get("http://" + address + "/api/healthy")
	must(t, err)
	b, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || len(b) != pieces<<10 {
		t.Errorf("the healthy stream was cut at %d bytes: %v", len(b), err)
	}

	conn, err := net.Dial("tcp", address)
	must(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "GET /api/endless HTTP/1.1\r\nHost: %s\r\n\r\n", address)
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("a client that reads nothing holds its stream")
	}
	wait(t, "the stream's end", func() bool { return len(s.streams.matching(func(*stream) bool { return true })) == 0 })
}

func pauseFor(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// TestStreamAsksEachSecond: when the answer is No, the stream and its
// connection end although the client reads on.
func TestStreamAsksEachSecond(t *testing.T) {
	t.Parallel()
	s := bare(t, streamRoute("/api/stream", 1<<40, func(ctx context.Context, w *gate.Wire) error {
		for ctx.Err() == nil {
			pauseFor(ctx, 10*time.Millisecond)
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return err
			}
		}
		return ctx.Err()
	}, func(context.Context) error { return gate.ErrNotFound }, func() {}))
	address, _ := run(t, s)
	from := time.Now()
	answer, err := http.Get("http://" + address + "/api/stream")
	must(t, err)
	defer answer.Body.Close()
	if n, err := io.Copy(io.Discard, answer.Body); err == nil || n == 0 || time.Since(from) > cutSoon {
		t.Errorf("%d bytes in %v, %v", n, time.Since(from), err)
	}
}

// TestForgottenWireIsRefused: a wire kept beyond its request carries nothing to
// whoever uses the connection next.
func TestForgottenWireIsRefused(t *testing.T) {
	kept := make(chan *gate.Wire, 1)
	var out bytes.Buffer
	session := store.NewSessionID()
	s := bare(t, testRoute("GET", "/api/keep", func(s *Server, q *request) error {
		q.caller.Session = session
		if err := s.pin(q); err != nil {
			return err
		}
		kept <- q.conn.Wire(session, &out)
		return q.nothing()
	}))
	address, _ := run(t, s)
	conn, err := net.Dial("tcp", address)
	must(t, err)
	defer conn.Close()
	r := bufio.NewReader(conn)
	fmt.Fprintf(conn, "GET /api/keep HTTP/1.1\r\nHost: %s\r\n\r\n", address)
	readAnswer(t, r, "GET")
	fmt.Fprintf(conn, "GET /api/health HTTP/1.1\r\nHost: %s\r\n\r\n", address)
	readAnswer(t, r, "GET")
	if _, err := (<-kept).Write([]byte("alice's picture")); !errors.Is(err, gate.ErrCrossed) || out.Len() != 0 {
		t.Errorf("%v, %d bytes", err, out.Len())
	}
}

// TestKeptSocketReachesNobody: a WebSocket kept after its handler returned must
// not write to whoever upgrades next. With fasthttp's default it does, and
// returns nil (F15).
func TestKeptSocketReachesNobody(t *testing.T) {
	kept, second := make(chan *websocket.Conn, 1), make(chan bool)
	up := websocket.FastHTTPUpgrader{CheckOrigin: func(*fasthttp.RequestCtx) bool { return true }}
	s := bare(t,
		testRoute("GET", "/api/first", func(_ *Server, q *request) error {
			return up.Upgrade(q.Context(), func(c *websocket.Conn) { kept <- c; c.Close() })
		}),
		testRoute("GET", "/api/second", func(_ *Server, q *request) error {
			return up.Upgrade(q.Context(), func(c *websocket.Conn) {
				defer c.Close()
				<-second
				c.WriteMessage(websocket.TextMessage, []byte("for the second"))
			})
		}))
	address, _ := run(t, s)
	for range 20 {
		first, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/api/first", nil)
		must(t, err)
		alice := <-kept
		_, _, err = first.ReadMessage()
		if err == nil {
			t.Fatal("the first socket is open")
		}
		first.Close()
		bob, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/api/second", nil)
		must(t, err)
		if err := alice.WriteMessage(websocket.TextMessage, []byte("ALICE front door: person detected")); err == nil {
			t.Error("a write to a kept socket returned nil")
		}
		second <- true
		_, b, err := bob.ReadMessage()
		if err != nil || string(b) != "for the second" {
			t.Fatalf("%q %v", b, err)
		}
		bob.Close()
	}
}

// TestDoubtFailsClosed: with the database gone nothing is answered from
// memory, and quickly (Z9).
func TestDoubtFailsClosed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	if a := alice.do("GET", alice.path("/cameras"), nil); a.StatusCode != 200 {
		t.Fatal(a.Status)
	}
	r.lost = true
	must(t, r.store.Close())
	for _, path := range []string{alice.path("/cameras"), alice.path("/me"), alice.path("/events"), "/api/hub"} {
		from := time.Now()
		answer, err := alice.try("GET", path, nil)
		must(t, err)
		wantProblem(t, answer, 503)
		if answer.Header.Get("Retry-After") == "" || time.Since(from) > cutSoon {
			t.Errorf("%v after %v", answer.Header, time.Since(from))
		}
	}
	if a := alice.do("GET", "/api/health", nil); a.StatusCode != 200 {
		t.Errorf("health: %s", a.Status)
	}
}

// TestInputNamesItsField: malformed API input is a 4xx problem that names what
// is wrong, with the status the table of problems gives it.
func TestInputNamesItsField(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	for _, c := range []struct {
		method, path string
		body         any
		status       int
		field        string
	}{
		{"POST", "/api/sign-in/xyz", map[string]string{"name": "a", "password": "b"}, 400, "nonce"},
		{"POST", "/api/resume/" + "0123456789ABCDEF0123456789abcdef", nil, 400, "nonce"},
		{"POST", "/api/sign-in/0123456789abcdef0123456789abcdef", map[string]any{"name": 1, "password": "b"}, 400, "name"},
		{"POST", "/api/sign-in/0123456789abcdef0123456789abcdef", map[string]any{"name": "a"}, 400, "password"},
		{"POST", "/api/sign-in/0123456789abcdef0123456789abcdef", map[string]any{"name": "a", "password": "b", "role": "x"}, 400, "role"},
		{"POST", alice.path("/password"), map[string]any{"old": testPassword, "new": "short"}, 422, "new"},
		{"POST", alice.path("/password"), map[string]any{"old": "not this one", "new": testPassword + "!"}, 401, "old"},
		{"POST", alice.path("/cameras"), map[string]any{"name": "x", "main": "ftp://cam/"}, 400, "main"},
		{"POST", alice.path("/cameras"), map[string]any{"name": " ", "main": "rtsp://cam/"}, 400, "name"},
		{"POST", alice.path("/cameras"), map[string]any{"name": "x", "main": "rtsp://cam/", "onvif": "rtsp://cam/"}, 400, "onvif"},
		{"POST", alice.path("/cameras"), map[string]any{"name": "x\u0007", "main": "rtsp://cam/"}, 400, "name"},
		{"POST", alice.path("/cameras"), []byte(`{"name":"x"`), 400, ""},
		{"POST", alice.path("/sign-out"), map[string]any{"x": "y"}, 400, "x"},
		{"GET", alice.path("/events?limit=0"), nil, 400, "limit"},
		{"GET", alice.path("/events?limit=201"), nil, 400, "limit"},
		{"GET", alice.path("/events?limit=x"), nil, 400, "limit"},
		{"GET", alice.path("/events?before=nonsense"), nil, 400, "before"},
		{"GET", alice.path("/events?before=%s", strings.Repeat("f", 48)), nil, 400, "before"},
		{"GET", alice.path("/journal?before=1"), nil, 400, "before"},
		{"GET", alice.path("/events?camra=x"), nil, 400, "camra"},
	} {
		answer := alice.do(c.method, c.path, c.body)
		if field := wantProblem(t, answer, c.status); field != c.field {
			t.Errorf("%s %s %v: field %q, want %q", c.method, c.path, c.body, field, c.field)
		}
		if bytes.Contains(bodyOf(t, answer), []byte(testPassword)) {
			t.Error("the password is said again")
		}
	}
}

// TestThrottleSaysWhenToComeBack: after many wrong passwords 429 with
// Retry-After, whatever a forwarded header claims; others are not held up.
func TestThrottleSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	eve := r.stranger()
	var last *http.Response
	for i := range 12 {
		last = eve.do("POST", "/api/sign-in/0123456789abcdef0123456789abcdef",
			map[string]string{"name": "alice", "password": "wrong password"}, fmt.Sprintf("X-Forwarded-For: 10.0.0.%d", i))
	}
	wantProblem(t, last, 429)
	if last.Header.Get("Retry-After") == "" {
		t.Errorf("%v", last.Header)
	}
	if a := alice.do("GET", alice.path("/me"), nil); a.StatusCode != 200 {
		t.Error(a.Status)
	}
}
