package worker

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// scripted is a camera that answers what it is told to. It keeps what it heard.
type scripted struct {
	addr  string
	reply func(method, request string) string // without CSeq

	mu    sync.Mutex // guards following
	heard []string
}

func newScripted(t *testing.T, reply func(method, request string) string) *scripted {
	t.Helper()
	s := &scripted{reply: reply}
	s.addr = accepting(t, s.serve)
	return s
}

// accepting serves each connection to a port of this machine; the test waits for
// all at its end.
func accepting(t *testing.T, serve func(net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait() // the workers have ended before: cleanups run backwards
	})
	return l.Addr().String()
}

func (s *scripted) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	var request strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		request.WriteString(line)
		if strings.TrimSpace(line) != "" {
			continue
		}
		text := request.String()
		request.Reset()
		method, _, _ := strings.Cut(text, " ")
		s.mu.Lock()
		s.heard = append(s.heard, text)
		s.mu.Unlock()
		if strings.HasPrefix(method, "RTSP/") {
			continue // an answer
		}
		head, rest, _ := strings.Cut(s.reply(method, text), "\r\n")
		fmt.Fprintf(c, "%s\r\nCSeq: %s\r\n%s", head, field(text, "CSeq"), rest)
	}
}

// all is everything heard so far.
func (s *scripted) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.heard, "")
}

// field is the value of a header.
func field(message, name string) string {
	for line := range strings.Lines(message) {
		if n, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(n, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

const (
	rtspOK   = "RTSP/1.0 200 OK\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n"
	oneTrack = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:one\r\n"
)

func described(sdp string) string {
	return fmt.Sprintf("RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(sdp), sdp)
}

// strangersMAC is a pin that no device fits.
const strangersMAC = "02:00:00:00:00:00"

// employer is the hub's end of a worker that runs in this process, without its
// cage.
type employer struct {
	t    *testing.T
	conn net.Conn

	mu     sync.Mutex // guards following
	states []wire.State
	units  []media.AccessUnit
	counts wire.Counts
	asked  int // identities
	talked []wire.Talked

	digests []media.StreamID // that asked for one
	warning string
}

// employ starts a worker for the address.
func employ(t *testing.T, start wire.Start) *employer {
	t.Helper()
	camera := media.NewCameraID()
	hub := media.NewHubID()
	key := seal.RestoreRunKey(hub, camera, media.NewRunID(), [seal.KeySize]byte{1})
	ours, theirs := net.Pipe()
	e := &employer{t: t, conn: ours}
	done := make(chan error, 1)
	go func() { done <- serve(theirs, clock.System{}, "") }()
	start.Version, start.Hub, start.Camera, start.Run = wire.Version, hub, camera, wire.NewRun(key)
	read := make(chan struct{})
	go func() {
		defer close(read)
		e.read(start, key.Opener())
	}()
	t.Cleanup(func() {
		ours.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
		<-read
	})
	return e
}

func (e *employer) read(start wire.Start, opener *seal.Opener) {
	r := wire.NewReader(e.conn)
	for {
		typ, body, err := r.Next()
		if err != nil {
			return
		}
		switch typ {
		case wire.TypeHello:
			err = wire.Send(e.conn, wire.TypeStart, start)
		case wire.TypeIdentity:
			e.mu.Lock()
			e.asked++
			e.mu.Unlock()
			id, _ := wire.Parse[wire.Identity](body)
			err = wire.Send(e.conn, wire.TypeVerdict, wire.Verdict{Stream: id.Stream, OK: start.Pin != strangersMAC, Talk: id.Talk})
		case wire.TypeState:
			s, perr := wire.Parse[wire.State](body)
			if perr != nil || s.Check() != nil {
				e.t.Errorf("a state that the hub refuses: %s", body)
			}
			e.mu.Lock()
			e.states = append(e.states, s)
			e.mu.Unlock()
		case wire.TypeWarning:
			w, perr := wire.Parse[wire.Warning](body)
			if perr != nil {
				e.t.Error(perr)
			}
			e.mu.Lock()
			e.warning = w.Text
			e.mu.Unlock()
		case wire.TypeDigest:
			d, perr := wire.Parse[wire.Digest](body)
			if perr != nil || d.Check() != nil {
				e.t.Errorf("a digest that the hub refuses: %s", body)
			}
			e.mu.Lock()
			e.digests = append(e.digests, d.Stream)
			e.mu.Unlock()
		case wire.TypeCounts:
			c, perr := wire.Parse[wire.Counts](body)
			if perr != nil || c.Check() != nil {
				e.t.Errorf("counts that the hub refuses: %s", body)
			}
			e.mu.Lock()
			e.counts.Packets += c.Packets
			e.counts.Lost += c.Lost
			e.counts.Pictures += c.Pictures
			e.mu.Unlock()
		case wire.TypeTalked:
			a, perr := wire.Parse[wire.Talked](body)
			if perr != nil || a.Check() != nil {
				e.t.Errorf("an answer that the hub refuses: %s", body)
			}
			e.mu.Lock()
			e.talked = append(e.talked, a)
			e.mu.Unlock()
		case wire.TypeUnit:
			u, perr := wire.ParseUnit(body)
			if perr != nil {
				e.t.Error(perr)
				return
			}
			u.Camera = start.Camera
			au, _, perr := opener.Open(nil, u)
			if perr != nil {
				e.t.Error(perr)
				return
			}
			e.mu.Lock()
			e.units = append(e.units, au)
			e.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// await waits until what the worker said fulfils something.
func (e *employer) await(within time.Duration, what string, ok func() bool) {
	e.t.Helper()
	for end := time.Now().Add(within); ; time.Sleep(5 * time.Millisecond) {
		e.mu.Lock()
		fine := ok()
		e.mu.Unlock()
		if fine {
			return
		}
		if time.Now().After(end) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.t.Fatalf("not within %v: %s; states %+v, %d units", within, what, e.states, len(e.units))
		}
	}
}

// refused waits for a state whose message says something, and that no unit came out.
func (e *employer) refused(code, says string) {
	e.t.Helper()
	if m := e.awaitState(15*time.Second, code); !strings.Contains(m, says) {
		e.t.Error(m)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.units) != 0 {
		e.t.Errorf("%d units came out", len(e.units))
	}
}

// awaitState waits for a state and gives its message.
func (e *employer) awaitState(within time.Duration, code string) (message string) {
	e.t.Helper()
	e.await(within, code, func() bool {
		i := slices.IndexFunc(e.states, func(s wire.State) bool { return s.Code == code })
		if i >= 0 {
			message = e.states[i].Message
		}
		return i >= 0
	})
	return message
}
