package cameras

import (
	"bytes"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// stranger is another host: it asks whoever comes for a password, in RTSP or
// HTTP, and keeps every byte.
type stranger struct {
	addr string

	mu    sync.Mutex // guards following
	heard bytes.Buffer
	calls int
}

func newStranger(t *testing.T, ip string) *stranger {
	t.Helper()
	s := &stranger{}
	s.addr = accepting(t, ip, s.serve)
	return s
}

func (s *stranger) serve(c net.Conn) {
	s.mu.Lock()
	s.calls++
	s.mu.Unlock()
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.heard.Write(buf[:n])
		s.mu.Unlock()
		proto := "RTSP/1.0"
		if bytes.Contains(buf[:n], []byte("HTTP/1.1\r\n")) {
			proto = "HTTP/1.1"
		}
		_, _ = io.WriteString(c, proto+" 401 Unauthorized\r\nCSeq: "+field(buf[:n], "CSeq")+"\r\nContent-Length: 0\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n")
	}
}

// secrets fails for a word of the sign-in, or of an answer to a challenge,
// among the bytes.
func secrets(t *testing.T, where, said string) {
	t.Helper()
	for _, word := range []string{"correct", "Authorization", "username", "UsernameToken", base64.StdEncoding.EncodeToString([]byte("user:correct horse"))} {
		if strings.Contains(said, word) {
			t.Errorf("%s heard %q in %q", where, word, said)
		}
	}
}

func (s *stranger) silent(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	secrets(t, "the stranger", s.heard.String())
	if s.calls != 0 {
		t.Errorf("the stranger was called %d times: %q", s.calls, s.heard.String())
	}
}

// TestStrangersHearNothing sends the worker to other hosts and other ports in
// every way RTSP has; what it says there is taken down on the wire.
func TestStrangersHearNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	location := func(method, status string) func(at string) func() meddling {
		return func(at string) func() meddling {
			return answers(method, func(a []byte) []byte { return instead(a, status, "Location: rtsp://"+at+"/main") })
		}
	}
	for name, begin := range map[string]func(at string) func() meddling{
		"DESCRIBE 301": location("DESCRIBE", "301 Moved Permanently"),
		"DESCRIBE 302": location("DESCRIBE", "302 Found"),
		"DESCRIBE 307": location("DESCRIBE", "307 Temporary Redirect"),
		"OPTIONS":      location("OPTIONS", "302 Found"),
		"SETUP":        location("SETUP", "302 Found"),
		"PLAY":         location("PLAY", "302 Found"),
		"Content-Base": func(at string) func() meddling {
			return answers("DESCRIBE", func(a []byte) []byte { return withField(a, "Content-Base", "rtsp://"+at+"/main/") })
		},
		"Content-Base and Location": func(at string) func() meddling {
			return answers("DESCRIBE", func(a []byte) []byte {
				return withField(withField(a, "Content-Base", "rtsp://"+at+"/main/"), "Content-Location", "rtsp://"+at+"/main/")
			})
		},
		"control of the track": func(at string) func() meddling {
			return describes(func(sdp string) string { return strings.ReplaceAll(sdp, "a=control:", "a=control:rtsp://"+at+"/main/") })
		},
		"control of the session": func(at string) func() meddling {
			return describes(func(sdp string) string {
				return strings.Replace(sdp, "t=0 0\r\n", "t=0 0\r\na=control:rtsp://"+at+"/main/\r\n", 1)
			})
		},
		"connection address": func(at string) func() meddling {
			host, _, _ := net.SplitHostPort(at)
			return describes(func(sdp string) string { return strings.Replace(sdp, "t=0 0\r\n", "c=IN IP4 "+host+"\r\nt=0 0\r\n", 1) })
		},
		"source of the media": func(at string) func() meddling {
			host, port, _ := net.SplitHostPort(at)
			return answers("SETUP", func(a []byte) []byte {
				return withField(a, "Transport", field(a, "Transport")+";source="+host+";server_port="+port+"-"+port)
			})
		},
		"RTP-Info": func(at string) func() meddling {
			return answers("PLAY", func(a []byte) []byte { return withField(a, "RTP-Info", "url=rtsp://"+at+"/main/trackID=0") })
		},
	} {
		for _, ip := range []string{"127.0.0.1", "127.0.0.2"} {
			t.Run(name+" to "+ip, func(t *testing.T) {
				t.Parallel()
				s := newStranger(t, ip)
				cam := fake(t, fakecam.Options{Name: t.Name(), Username: "user", Password: "correct horse"})
				m, a := between(t, cam, begin(s.addr))
				id := h.add(a)
				defer h.fleet.Remove(id)
				var end Status
				eventually(t, 15*time.Second, "an end", func() bool {
					end, _ = h.fleet.Status(id)
					return end.State == Live || end.State == Degraded || end.State != Connecting && end.Message != ""
				})
				s.silent(t)
				if strings.Contains(end.Message, s.addr) {
					t.Errorf("it names the stranger: %q", end.Message)
				}
				if name != "OPTIONS" && !strings.Contains(m.all(), "Authorization: Digest") {
					t.Error("the control failed: the camera was not signed in to")
				}
				t.Logf("%s: %s", end.State, end.Message)
			})
		}
	}
}

// TestStrangersInONVIF is a camera whose every ONVIF address leads to another
// host, and one that redirects there.
func TestStrangersInONVIF(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, name := range []string{"addresses", "301", "302", "307", "308"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStranger(t, "127.0.0.2")
			cam := fake(t, fakecam.Options{Name: t.Name(), Username: "user", Password: "correct horse", Serial: "S"})
			device, err := url.Parse(cam.ONVIFURL())
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			var asked []string
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return
				}
				mu.Lock()
				asked = append(asked, string(body)+r.Header.Get("Authorization"))
				mu.Unlock()
				if i := slices.Index([]string{"301", "302", "307", "308"}, name); i >= 0 {
					http.Redirect(w, r, "http://"+s.addr+r.URL.Path, []int{301, 302, 307, 308}[i])
					return
				}
				to, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+device.Host+r.URL.Path, bytes.NewReader(body))
				if err != nil {
					return
				}
				to.Header, to.Host = r.Header, s.addr // the camera names itself so
				res, err := http.DefaultTransport.RoundTrip(to)
				if err != nil {
					return
				}
				defer res.Body.Close()
				for k, v := range res.Header {
					w.Header()[k] = v
				}
				w.WriteHeader(res.StatusCode)
				_, _ = io.Copy(w, res.Body)
			}))
			t.Cleanup(front.Close)
			a := access(cam)
			a.ONVIF = front.URL + device.Path
			id := h.add(a)
			defer h.fleet.Remove(id)
			h.awaitIn(t, id, 10*time.Second, Live)
			if name == "addresses" {
				// The paths are asked for at the configured host, where they work.
				eventually(t, 10*time.Second, "a snapshot", func() bool {
					_, err := h.fleet.Snapshot(t.Context(), id)
					return err == nil
				})
				eventually(t, 10*time.Second, "events", func() bool {
					mu.Lock()
					defer mu.Unlock()
					return slices.ContainsFunc(asked, func(b string) bool { return strings.Contains(b, "PullMessages") })
				})
			} else {
				eventually(t, 10*time.Second, "words for it", func() bool {
					now, _ := h.fleet.Status(id)
					return strings.Contains(now.Warning, "ONVIF")
				})
			}
			s.silent(t)
			mu.Lock()
			defer mu.Unlock()
			if all := strings.Join(asked, ""); !strings.Contains(all, "UsernameToken") && !strings.Contains(all, "Digest username") {
				t.Error("the control failed: the camera was not signed in to")
			}
		})
	}
}

// TestPasswordStaysCovered is a camera, or somebody in its place, that offered
// a digest and then wants the password in clear text.
func TestPasswordStaysCovered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	clear := "Authorization: Basic"
	for name, offered := range map[string][]string{
		"MD5 first": {fakecam.AuthMD5}, "SHA-256 first": {fakecam.AuthSHA256}, "all at once": {fakecam.AuthBasic, fakecam.AuthMD5, fakecam.AuthSHA256},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cam := fake(t, fakecam.Options{Name: t.Name(), Username: "user", Password: "correct horse", Auth: offered})
			m, a := between(t, cam, func() meddling { return meddling{} })
			id := h.add(a)
			defer h.fleet.Remove(id)
			h.awaitIn(t, id, 10*time.Second, Live)
			cam.SetFault(fakecam.Downgrade)
			s := h.awaitIn(t, id, 10*time.Second, WrongPassword, Unreachable, Incompatible)
			if s.State == Unreachable && !strings.Contains(s.Message, "password") {
				// The reset itself; the next attempt meets the challenge.
				s = h.awaitIn(t, id, 10*time.Second, WrongPassword, Incompatible)
			}
			t.Logf("%s: %s", s.State, s.Message)
			said := m.all()
			if strings.Contains(said, clear) {
				t.Error("the password went over the wire in clear text")
			}
			if !strings.Contains(said, "Authorization: Digest") {
				t.Error("the control failed: nobody signed in")
			}
			want := "SHA-256"
			if slices.Equal(offered, []string{fakecam.AuthMD5}) {
				want = "MD5"
			}
			if !strings.Contains(said, want) {
				t.Errorf("signed in by something weaker than %s: %q", want, said)
			}
			cam.SetFault(fakecam.None)
			h.fleet.Set(Camera{ID: id, Access: Access{}}) // no minute of waiting
			h.fleet.Set(Camera{ID: id, Access: a})
			h.awaitIn(t, id, 10*time.Second, Live)
		})
	}
	t.Run("nothing else was ever offered", func(t *testing.T) {
		t.Parallel()
		cam := fake(t, fakecam.Options{Name: t.Name(), Username: "user", Password: "correct horse", Auth: []string{fakecam.AuthBasic}})
		m, a := between(t, cam, func() meddling { return meddling{} })
		id := h.add(a)
		h.awaitIn(t, id, 10*time.Second, Live)
		if !strings.Contains(m.all(), clear) {
			t.Error("the control failed: no password in clear text was seen")
		}
	})
}
