package worker

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// still is a JPEG picture of a size.
func still(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// watched employs a worker for the address of a server of this machine.
func watched(t *testing.T, address string, start wire.Start) *employer {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	start.Main = wire.Target{URL: address, Dial: u.Host}
	return employ(t, start)
}

func serving(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = nil
	s.Start()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

// endless writes what next gives until the client is gone.
func endless(w io.Writer, r *http.Request, between time.Duration, next func(i int) []byte) {
	onTime(r.Context().Done(), between, func(i int) error {
		_, err := w.Write(next(i))
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		return err
	})
}

// onTime sends one thing after another, as a camera does whose clock goes right:
// what a busy machine was late for, it makes up for.
func onTime(gone <-chan struct{}, between time.Duration, send func(i int) error) {
	tick := time.NewTicker(between)
	defer tick.Stop()
	began := time.Now()
	for i := 0; ; {
		for due := int(time.Since(began) / between); i <= due; i++ {
			if send(i) != nil {
				return
			}
		}
		select {
		case <-tick.C:
		case <-gone:
			return
		}
	}
}

// played waits until the stream is live with some pictures, and gives the state
// and the units.
func (e *employer) played(pictures, sounds int) (live wire.State, units []media.AccessUnit) {
	e.t.Helper()
	e.await(20*time.Second, "a live stream with pictures and sound", func() bool {
		video, audio := 0, 0
		for _, u := range e.units {
			switch u.Type {
			case media.UnitVideo:
				video++
			case media.UnitAudio:
				audio++
			}
		}
		for _, s := range e.states {
			if s.Code == wire.Live {
				live = s
			}
		}
		units = e.units
		return live.Code != "" && video >= pictures && audio >= sounds
	})
	checkSent(e.t, units)
	return live, units
}

// timesOf are the times of pictures and of sounds, each in ticks of their own.
func timesOf(units []media.AccessUnit) (pictures, sounds []int64) {
	for _, u := range units {
		switch u.Type {
		case media.UnitVideo:
			pictures = append(pictures, u.PTS)
		case media.UnitAudio:
			sounds = append(sounds, u.PTS)
		}
	}
	return pictures, sounds
}

// M-JPEG over HTTP, as cameras send it: with a length and without, with the
// boundary they announce and with another.
func TestMotionJPEGOverHTTP(t *testing.T) {
	t.Parallel()
	picture := still(t, 64, 48)
	for name, c := range map[string]struct{ kind, boundary, head string }{
		"as it should be":  {"multipart/x-mixed-replace; boundary=frame", "--frame", "Content-Length: %d\r\n"},
		"without a length": {"multipart/x-mixed-replace;boundary=\"--x\"", "--x", ""},
		"another boundary": {"multipart/x-mixed-replace; boundary=myboundary", "--other", "Content-Length: %d\r\n"},
		"none announced":   {"multipart/x-mixed-replace", "--b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serving(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				endless(w, r, 20*time.Millisecond, func(int) []byte {
					head := c.head
					if head != "" {
						head = fmt.Sprintf(head, len(picture))
					}
					return []byte(c.boundary + "\r\nContent-Type: image/jpeg\r\n" + head + "\r\n" + string(picture) + "\r\n")
				})
			})
			live, units := watched(t, s.URL+"/video?x=1", wire.Start{}).played(5, 0)
			if live.Codec != media.MJPEG.String() || live.Width != 64 || live.Height != 48 {
				t.Errorf("%+v", live)
			}
			if last := units[len(units)-1]; !bytes.Equal(last.Data, picture) || !last.Sync {
				t.Errorf("%d bytes instead of %d", len(last.Data), len(picture))
			}
		})
	}
}

// Single pictures, fetched again and again: the password goes out as a digest,
// and the connection may end after each.
func TestStillsOverHTTP(t *testing.T) {
	t.Parallel()
	for _, closing := range []bool{false, true} {
		picture := still(t, 32, 32)
		var anonymous, signed atomic.Int32
		s := serving(t, func(w http.ResponseWriter, r *http.Request) {
			if closing {
				w.Header().Set("Connection", "close")
			}
			a := r.Header.Get("Authorization")
			if !strings.HasPrefix(a, "Digest ") {
				if a != "" {
					t.Errorf("it was sent %.20q", a)
				}
				anonymous.Add(1)
				w.Header().Add("WWW-Authenticate", `Basic realm="x"`)
				w.Header().Add("WWW-Authenticate", `Digest realm="x", nonce="n", qop="auth"`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			if !strings.Contains(a, `uri="/shot.jpg?q=u"`) {
				t.Error(a)
			}
			signed.Add(1)
			w.Header().Set("Content-Type", "image/jpeg")
			w.Write(picture)
		})
		_, units := watched(t, s.URL+"/shot.jpg?q="+wire.QueryUsername, wire.Start{Username: "u", Password: "secret"}).played(3, 0)
		var at []int64
		for _, u := range units {
			if u.Type == media.UnitVideo {
				at = append(at, u.PTS)
			}
		}
		if step := at[2] - at[1]; step < 85_000 {
			t.Errorf("asked again after %d/90000 s", step)
		}
		if signed.Load() < 3 || anonymous.Load() < 3 {
			t.Errorf("%d and %d requests", anonymous.Load(), signed.Load())
		}
	}
}

// A camera that once offered a digest gets no password in the clear afterwards.
func TestHTTPDowngrade(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Basic ") {
			t.Error("the password came in the clear")
		}
		if asked.Add(1) == 1 {
			w.Header().Add("WWW-Authenticate", `Digest realm="x", nonce="n"`)
		} else {
			w.Header().Add("WWW-Authenticate", `Basic realm="x"`)
		}
		status := http.StatusUnauthorized
		if asked.Load() == 2 {
			status = http.StatusServiceUnavailable // to be asked again soon
		}
		w.WriteHeader(status)
	})
	e := watched(t, s.URL, wire.Start{Username: "u", Password: "p"})
	if m := e.awaitState(15*time.Second, wire.WrongPassword); !strings.Contains(m, "unprotected") {
		t.Error(m)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.Equal(e.digests, []media.StreamID{media.StreamMain}) {
		t.Errorf("the hub is told of %v", e.digests)
	}
}

// Nor does one that offered a digest to an earlier worker.
func TestHTTPDowngradeAfterARestart(t *testing.T) {
	t.Parallel()
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the password came")
		}
		w.Header().Add("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	e := employ(t, wire.Start{Main: wire.Target{URL: s.URL, Dial: s.Listener.Addr().String(), Digest: true}, Username: "u", Password: "p"})
	if m := e.awaitState(15*time.Second, wire.WrongPassword); !strings.Contains(m, "unprotected") {
		t.Error(m)
	}
}

// TestHTTPMoves: a camera may send to another of its paths, as long as that ends, and is
// signed in to there.
func TestHTTPMoves(t *testing.T) {
	t.Parallel()
	picture := still(t, 32, 32)
	var begun atomic.Int32
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		a := r.Header.Get("Authorization")
		switch {
		case r.URL.Path == "/shot" && r.URL.RawQuery == "a=b":
			begun.Add(1)
			http.Redirect(w, r, "old/../cgi/", http.StatusMovedPermanently)
		case !strings.HasPrefix(a, "Digest ") || !strings.Contains(a, `uri="`+r.URL.RequestURI()+`"`):
			w.Header().Add("WWW-Authenticate", `Digest realm="x", nonce="n", qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/cgi/":
			http.Redirect(w, r, "http://"+r.Host+"/cgi/shot.jpg?one", http.StatusTemporaryRedirect)
		case r.URL.Path == "/cgi/shot.jpg" && r.URL.RawQuery == "one":
			w.Header().Set("Content-Type", "image/jpeg")
			w.Write(picture)
		default:
			t.Errorf("asked for %s", r.URL)
		}
	})
	watched(t, s.URL+"/shot?a=b", wire.Start{Username: "u", Password: "secret"}).played(2, 0)
	if begun.Load() < 2 {
		t.Errorf("asked where the address says %d times", begun.Load())
	}
}

// What is no stream, or not for us, says why and costs nobody the password.
func TestHTTPRefusals(t *testing.T) {
	t.Parallel()
	stranger := serving(t, func(http.ResponseWriter, *http.Request) { t.Error("another host was asked") })
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   string
		says   string
	}{
		"a page":     {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, wire.Incompatible, "no video"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, stranger.URL, http.StatusFound) }, wire.Unreachable, "another address"},
		"the host, encrypted": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://"+r.Host+"/", http.StatusFound)
		}, wire.Unreachable, "another address"},
		"a name and password": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://u:p@"+r.Host+"/x", http.StatusFound)
		}, wire.Unreachable, "another address"},
		"a circle":  {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }, wire.Unreachable, "too often"},
		"nothing":   {http.NotFound, wire.Unreachable, "404"},
		"a sign-in": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, wire.WrongPassword, "kind of sign-in"},
		"a bad stream": {func(w http.ResponseWriter, _ *http.Request) {
			w.Write(append([]byte("FLV\x01\x05\x00\x00\x00\x09"), make([]byte, 4000)...))
			w.Write(bytes.Repeat([]byte{0xff}, 4000))
		}, wire.Incompatible, "makes no sense"},
		"bad parts": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=a")
			io.WriteString(w, "--a\r\nContent-Length: -7\r\n\r\n")
		}, wire.Incompatible, "makes no sense"},
		"an endless head": {func(w http.ResponseWriter, _ *http.Request) {
			c, _, _ := w.(http.Hijacker).Hijack()
			defer c.Close()
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for range 100_000 {
				if _, err := io.WriteString(c, "X-Pad: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"); err != nil {
					return
				}
			}
		}, wire.Incompatible, "does not speak HTTP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serving(t, c.answer)
			if m := watched(t, s.URL, wire.Start{Username: "u", Password: "p"}).awaitState(15*time.Second, c.code); !strings.Contains(m, c.says) {
				t.Error(m)
			}
		})
	}
}

// flvTag is a tag with its PreviousTagSize.
func flvTag(kind byte, ms int, body []byte) []byte {
	n := len(body)
	b := []byte{kind, byte(n >> 16), byte(n >> 8), byte(n), byte(ms >> 16), byte(ms >> 8), byte(ms), byte(ms >> 24), 0, 0, 0}
	return binary.BigEndian.AppendUint32(append(b, body...), uint32(n+11))
}

// avcRecord is a decoder configuration of one SPS and one PPS.
func avcRecord(sps, pps []byte) []byte {
	b := append([]byte{1, sps[1], sps[2], sps[3], 0xff, 0xe1}, byte(len(sps)>>8), byte(len(sps)))
	b = append(append(b, sps...), 1, byte(len(pps)>>8), byte(len(pps)))
	return append(b, pps...)
}

// tagsOf are the bodies of FLV tags of a short film: type, time and body of
// each. The first picture is shown 40 ms after it is decoded.
func tagsOf(t testing.TB, i int) (kind byte, ms int, body []byte) {
	idr, p := handMade(t)
	asc, err := aacLC(16000).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	switch i {
	case 0:
		return 9, 0, append([]byte{0x17, 0, 0, 0, 0}, avcRecord(idr[0], idr[1])...)
	case 1:
		return 8, 0, append([]byte{0xaf, 0}, asc...)
	}
	n := i - 2
	if n%2 == 1 {
		return 8, n / 2 * 64, []byte{0xaf, 1, 'a', byte(n)}
	}
	unit, head := p, byte(0x27)
	if n%10 == 0 {
		unit, head = idr[2], 0x17
	}
	body = binary.BigEndian.AppendUint32([]byte{head, 1, 0, 0, 40}, uint32(len(unit)))
	return 9, n / 2 * 64, append(body, unit...)
}

// FLV over HTTP: pictures and sound come out with their times.
func TestFLVOverHTTP(t *testing.T) {
	t.Parallel()
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "video/x-flv")
		io.WriteString(w, "FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00")
		endless(w, r, 32*time.Millisecond, func(i int) []byte { return flvTag(tagsOf(t, i)) })
	})
	checkFilm(t, watched(t, s.URL+"/live.flv", wire.Start{}))
}

func checkFilm(t *testing.T, e *employer) {
	t.Helper()
	live, units := e.played(8, 8)
	if live.Codec != "H.264 + AAC" || live.Width != 1920 || live.Height != 1080 {
		t.Errorf("%+v", live)
	}
	video, sound := timesOf(units)
	for i := 1; i < len(video); i++ {
		if d := video[i] - video[i-1]; d != 64*90 {
			t.Errorf("picture %d comes %d/90000 s after the one before", i, d)
		}
	}
	for i := 1; i < len(sound); i++ {
		if d := sound[i] - sound[i-1]; d != 1024 {
			t.Errorf("sound %d comes %d/16000 s after the one before", i, d)
		}
	}
}

// The worker speaks no language but those of its switch, and takes no address
// but the hub's.
func TestSchemes(t *testing.T) {
	for _, scheme := range strings.Fields("exec ffmpeg expr echo file unix ftp rtmps rtmpt hls homekit wyze xiaomi tuya ring nest roborock isapi bubble multitrans gopro hass flussonic ivideon yandex v4l2 alsa webrtc ws tcp udp") {
		s := newStream(&worker{}, media.StreamMain, wire.Target{URL: scheme + "://127.0.0.1/x", Dial: "127.0.0.1:9"})
		if _, err := s.connect(t.Context()); err == nil || !strings.Contains(err.Error(), "does not speak") {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

// A panic of a reader is a failure of its connection.
func TestContained(t *testing.T) {
	var once sync.Once
	err := contained(func() error { once.Do(func() { panic("x") }); return nil })
	if f := explain(err, "x", false); f.code != wire.Incompatible {
		t.Error(err)
	}
}
