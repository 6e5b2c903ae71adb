package probe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/seal"
	"lares/cameras/worker"
)

// bare is a camera whose web server is no ONVIF service, with the paths of a
// maker.
func bare(t *testing.T, row wellKnown, o fakecam.Options) (*fakecam.Camera, Device) {
	t.Helper()
	o.MainPath, o.SubPath = row.main, row.sub
	cam, d := start(t, o)
	cam.SetONVIFFault(fakecam.ONVIFPage)
	u, err := url.Parse(cam.MainURL())
	if err != nil {
		t.Fatal(err)
	}
	d.RTSP = "rtsp://" + u.Host
	return cam, d
}

// TestWellKnownPaths: without ONVIF the streams of cameras of each maker that has
// two are found where they are well known, whether or not the maker is.
func TestWellKnownPaths(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range paths() {
		if row.main == "" || row.main[0] != '/' || row.source == "" || strings.ContainsAny(row.main+row.sub, " @") {
			t.Errorf("%+v", row)
		}
		if row.sub == "" || seen[row.main] {
			continue
		}
		seen[row.main] = true
		for _, vendor := range []string{"", row.vendor} {
			t.Run(vendor+row.main, func(t *testing.T) {
				t.Parallel()
				cam, d := bare(t, row, fakecam.Options{})
				d.Vendor = vendor
				l, _, _ := lookAt(t, d)
				if l.Code != Found || !l.Bare || len(l.Streams) != 2 || len(l.Pictures) != 2 || l.Vendor != vendor {
					t.Fatalf("%+v", l.Probed)
				}
				if m, s := l.Streams[0], l.Streams[1]; m.Role != RoleMain || m.URL != cam.MainURL() || m.Codec != "H264" || m.Width != 640 || s.Role != RoleSub || s.URL != cam.SubURL() {
					t.Errorf("%+v", l.Streams)
				}
				if l.Warnings[0].Kind != "no-onvif" {
					t.Errorf("%+v", l.Warnings)
				}
			})
		}
	}
}

// TestDrawnPictures: where a camera makes no snapshots, its streams are drawn: what the
// test card shows, in the size of the stream, 640 wide at most.
func TestDrawnPictures(t *testing.T) {
	t.Parallel()
	_, d := bare(t, paths()[0], fakecam.Options{Source: fakecam.TestCard{Width: 1280, Height: 720}})
	l, id, key := lookAt(t, d)
	for role, want := range map[string]image.Point{RoleMain: {640, 360}, RoleSub: {320, 180}} {
		b, err := seal.OpenText(key, seal.GlimpseBinding(id, 1, role), l.Pictures[Shown{1, role}])
		if err != nil {
			t.Fatalf("%s: %v", role, err)
		}
		p, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil || p.Bounds().Size() != want {
			t.Fatalf("%s: %v %v", role, p, err)
		}
		colours := map[color.Color]bool{}
		for y := range want.Y {
			for x := range want.X {
				colours[p.At(x, y)] = true
			}
		}
		if len(colours) < 3 {
			t.Errorf("%s shows %d colours: no test card", role, len(colours))
		}
	}
}

// TestBarePasswords: a password goes out once, by digest where the device knows
// it, and after a refusal nothing more is asked.
func TestBarePasswords(t *testing.T) {
	t.Parallel()
	cam, d := bare(t, paths()[0], fakecam.Options{})
	for user, saying := range map[string]string{"user": "tried once", "": "asks for a user name"} {
		d.Username, d.Password = user, "guess"
		if l, _, _ := lookAt(t, d); l.Code != WrongPassword || !strings.Contains(l.Message, saying) || len(l.Streams) != 0 {
			t.Errorf("%q: %+v", user, l.Probed)
		}
	}
	// What ONVIF refuses is not tried elsewhere.
	cam.SetONVIFFault(fakecam.ONVIFNone)
	d.Username, d.Password = "user", "guess"
	if l, _, _ := lookAt(t, d); l.Code != WrongPassword || !strings.Contains(l.Message, "ONVIF user") {
		t.Errorf("%+v", l.Probed)
	}
}

// scripted is a server whose answers to all requests a test gives.
type scripted struct {
	Device
	mu   sync.Mutex
	seen []string // requests: their first lines, and Authorization
}

func script(t *testing.T, answer func(cseq, request string) string) *scripted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{Device: Device{RTSP: "rtsp://" + l.Addr().String(), Username: "user", Password: "correct horse"}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.serve(c, answer) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return s
}

func (s *scripted) serve(c net.Conn, answer func(cseq, request string) string) {
	defer c.Close()
	for lines := bufio.NewScanner(c); lines.Scan(); {
		request, cseq, sign := lines.Text(), "", ""
		for lines.Scan() && lines.Text() != "" {
			if name, value, _ := strings.Cut(lines.Text(), ": "); strings.EqualFold(name, "CSeq") {
				cseq = value
			} else if name == "Authorization" {
				sign = " " + value
			}
		}
		s.mu.Lock()
		s.seen = append(s.seen, request+sign)
		s.mu.Unlock()
		said := answer(cseq, request+sign)
		if _, err := c.Write([]byte(said)); err != nil || said == "" {
			return
		}
	}
}

func (s *scripted) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

func status(cseq, line, more string) string {
	return fmt.Sprintf("RTSP/1.0 %s\r\nCSeq: %s\r\n%s\r\n", line, cseq, more)
}

func withSDP(cseq, sdp string) string {
	return status(cseq, "200 OK", fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n", len(sdp))) + sdp
}

const noSize = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n"

// TestOddServers: whatever answers at RTSP's port, the search ends soon, with a
// reason, after few questions, and asks for descriptions alone; of what is found a
// picture is asked for once.
func TestOddServers(t *testing.T) {
	t.Parallel()
	all := 2 * len(pathsFor("", "")) // OPTIONS and DESCRIBE
	const found, drawn = 6, 3        // the two streams and no path of any; OPTIONS, DESCRIBE and SETUP
	challenge := `WWW-Authenticate: Digest realm="x", nonce="y"` + "\r\n"
	for _, c := range []struct {
		name   string
		answer func(cseq, request string) string
		code   string
		saying string
		most   int // requests
	}{
		{"404 to everything", func(q, _ string) string { return status(q, "404 Not Found", "") }, wire.Incompatible, "no stream that can be recorded", all},
		{"401 to everything", func(q, _ string) string { return status(q, "401 Unauthorized", challenge) }, WrongPassword, "tried once", 2},
		{"401 without a way", func(q, _ string) string { return status(q, "401 Unauthorized", "") }, WrongPassword, "", 2},
		{"403 to everything", func(q, _ string) string { return status(q, "403 Forbidden", "") }, WrongPassword, "", 1},
		{"500 to everything", func(q, _ string) string { return status(q, "500 Oops", "") }, wire.Incompatible, "no stream", all},
		{"one stream everywhere", func(q, _ string) string { return withSDP(q, noSize) }, Found, "", found + drawn},
		{"no description", func(q, _ string) string { return withSDP(q, "<html>") }, wire.Incompatible, "no stream", all},
		{"a web server", func(string, string) string { return "HTTP/1.1 400 Bad Request\r\n\r\n" }, wire.Incompatible, "neither ONVIF nor RTSP", 1},
		{"garbage", func(string, string) string { return strings.Repeat("\xff\x00", 100) }, wire.Incompatible, "neither ONVIF nor RTSP", 1},
		{"a closed connection", func(string, string) string { return "" }, wire.Incompatible, "", maxOdd + 1},
		{"elsewhere", func(q, _ string) string { return status(q, "302 Moved", "Location: rtsp://127.0.0.2:1/x\r\n") }, wire.Incompatible, "no stream", all},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := script(t, c.answer)
			l, _, _ := lookAt(t, s.Device)
			if l.Code != c.code || !strings.Contains(l.Message, c.saying) || (l.Code == Found) != (l.Message == "") {
				t.Errorf("%q: %q", l.Code, l.Message)
			}
			seen := s.requests()
			if len(seen) == 0 || len(seen) > c.most {
				t.Errorf("%d requests, at most %d are right", len(seen), c.most)
			}
			signed := 0
			if c.code == Found && strings.HasPrefix(seen[len(seen)-1], "SETUP rtsp://127.0.0.1:") {
				seen = seen[:len(seen)-1]
			}
			for _, r := range seen {
				if strings.Contains(r, " Digest ") {
					signed++
				}
				if !strings.HasPrefix(r, "OPTIONS rtsp://127.0.0.1:") && !strings.HasPrefix(r, "DESCRIBE rtsp://127.0.0.1:") || strings.Contains(r, "correct horse") {
					t.Errorf("it was asked %q", r)
				}
			}
			if signed > 1 {
				t.Errorf("the password was tried %d times", signed)
			}
			if c.code == Found && (len(l.Streams) != 1 || l.Streams[0].Role != RoleMain) {
				t.Errorf("%+v", l.Streams)
			}
		})
	}
}

// TestDigestFirst: where the device takes either, the password does not go out
// in the clear.
func TestDigestFirst(t *testing.T) {
	t.Parallel()
	s := script(t, func(q, request string) string {
		if strings.Contains(request, " Digest ") {
			return withSDP(q, noSize)
		}
		return status(q, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n")
	})
	l, _, _ := lookAt(t, s.Device)
	if seen := s.requests(); l.Code != Found || slices.ContainsFunc(seen, func(r string) bool { return strings.Contains(r, " Basic ") }) {
		t.Errorf("%q after %q", l.Code, seen)
	}
}

// TestNoDowngrade: a device that wanted a digest at one path does not get the
// password in the clear at the next.
func TestNoDowngrade(t *testing.T) {
	t.Parallel()
	s := script(t, func(q, request string) string {
		switch {
		case strings.Contains(request, " Digest "):
			return status(q, "404 Not Found", "")
		case strings.Contains(request, "/Streaming/Channels/101 "):
			return status(q, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n")
		case strings.Contains(request, " Basic "):
			return withSDP(q, noSize)
		}
		return status(q, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n")
	})
	l, _, _ := lookAt(t, s.Device)
	if seen := s.requests(); l.Code != WrongPassword || slices.ContainsFunc(seen, func(r string) bool { return strings.Contains(r, " Basic ") }) {
		t.Errorf("%q after %q", l.Code, seen)
	}
}

// TestDigestOnly: where the password is to go out as a digest or not at all, it goes in
// no other way, which is no refusal of it; not at a stream that ONVIF named either, and
// as a digest as ever.
func TestDigestOnly(t *testing.T) {
	t.Parallel()
	plain := script(t, func(q, request string) string {
		if strings.Contains(request, " Basic ") {
			return withSDP(q, noSize)
		}
		return status(q, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n")
	})
	plain.Digest = true
	l, _, _ := lookAt(t, plain.Device)
	if seen := plain.requests(); l.Code != wire.Incompatible || !strings.Contains(l.Message, "It was not sent") || len(seen) == 0 || slices.ContainsFunc(seen, func(r string) bool { return strings.Contains(r, " Basic ") }) {
		t.Errorf("%+v after %q", l.Probed, seen)
	}
	picture := pictures{ask: wire.Probe{RTSP: wire.Target{Dial: strings.TrimPrefix(plain.RTSP, "rtsp://")}, Username: "user", Password: "correct horse", Digest: true}}
	if _, err := picture.glimpse(t.Context(), plain.RTSP+"/x"); !errors.Is(err, worker.ErrKept) {
		t.Errorf("a picture: %v", err)
	}
	_, d := bare(t, paths()[0], fakecam.Options{})
	d.Digest = true
	if l, _, _ := lookAt(t, d); l.Code != Found || len(l.Pictures) != 2 {
		t.Errorf("by digest: %+v", l.Probed)
	}
}

// TestUntoldSizes: of streams that do not tell their size the maker's word
// counts, unless the device has one at any path.
func TestUntoldSizes(t *testing.T) {
	t.Parallel()
	s := script(t, func(q, request string) string {
		if strings.Contains(request, "/stream1 ") || strings.Contains(request, "/stream2 ") {
			return withSDP(q, noSize)
		}
		return status(q, "404 Not Found", "")
	})
	s.Vendor = "TP-Link"
	l, _, _ := lookAt(t, s.Device)
	if len(l.Streams) != 2 || l.Streams[1].Role != RoleSub || !strings.HasSuffix(l.Streams[1].URL, "/stream2") || !strings.Contains(l.Streams[0].Reason, "does not tell its size") {
		t.Errorf("%+v", l.Probed)
	}
	const found, drawn = 6, 6 // two streams and no path of any; OPTIONS, DESCRIBE and SETUP of both
	if seen := s.requests(); len(seen) != found+drawn || !strings.Contains(seen[0], "/stream1 ") || !strings.HasPrefix(seen[found+2], "SETUP ") {
		t.Errorf("%q", seen)
	}
}

// TestPathsFor: the maker's rows come first, its builder's where it has none, and
// before all what the device says.
func TestPathsFor(t *testing.T) {
	t.Parallel()
	if got := pathsFor("Reolink", "")[0].vendor; got != "Reolink" {
		t.Errorf("first is %q", got)
	}
	if got := pathsFor("Amcrest", "/")[0].vendor; got != "Dahua" {
		t.Errorf("first of Amcrest is %q", got)
	}
	rows := pathsFor("", "/stream1")
	if rows[0].main != "/stream1" || rows[0].sub != "/stream2" || len(rows) > maxAsked-2 {
		t.Errorf("%d, first %+v", len(rows), rows[0])
	}
	for i, r := range rows {
		if slices.ContainsFunc(rows[:i], func(o wellKnown) bool { return o.main == r.main }) {
			t.Errorf("%q twice", r.main)
		}
	}
}

// counted answers each question with the same error.
type counted struct {
	n   int
	err error
}

func (c *counted) Describe(context.Context, string) (worker.Description, error) {
	c.n++
	return worker.Description{}, c.err
}

// TestSearchIsBounded: however long the list, so many questions are asked.
func TestSearchIsBounded(t *testing.T) {
	t.Parallel()
	c := &counted{err: worker.ErrNoStream}
	s := &search{asker: c, base: &url.URL{Scheme: "rtsp", Host: "192.0.2.7"}}
	rows := make([]wellKnown, 1000)
	if _, err := s.find(t.Context(), rows); !errors.Is(err, worker.ErrNoStream) || c.n != maxAsked {
		t.Errorf("%d questions, %v", c.n, err)
	}
}
