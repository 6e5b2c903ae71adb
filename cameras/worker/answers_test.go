package worker

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/auth"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/headers"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

func TestWithoutPlaces(t *testing.T) {
	for in, want := range map[string]string{
		"RTP/AVP;unicast;server_port=1-2":                                  "RTP/AVP;unicast;server_port=1-2",
		"RTP/AVP;unicast;source=10.0.0.1;server_port=1-2;destination=evil": "RTP/AVP;unicast;server_port=1-2",
		"RTP/AVP; SOURCE=10.0.0.1 ;ssrc=1":                                 "RTP/AVP;ssrc=1",
		"":                                                                 "",
	} {
		if got := withoutPlaces(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestBoundedSession(t *testing.T) {
	for in, want := range map[string]string{
		"abc":                        "abc",
		"abc;timeout=60":             "abc;timeout=60",
		"abc; Timeout=30":            "abc; Timeout=30",
		"abc;timeout=99999999999":    "abc",
		"abc;timeout=3601":           "abc",
		"abc;timeout=0":              "abc",
		"abc;timeout=-5":             "abc",
		"abc;timeout":                "abc",
		"abc;timeout=x;timeout=60":   "abc;timeout=x;timeout=60",
		"abc;timeout=9;timeout=9999": "abc",
	} {
		if got := boundedSession(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

const (
	viaBasic  = "WWW-Authenticate: Basic realm=\"x\"\r\n"
	viaMD5    = "WWW-Authenticate: Digest realm=\"x\", nonce=\"1\"\r\n"
	viaSHA256 = "WWW-Authenticate: Digest realm=\"x\", nonce=\"1\", algorithm=SHA-256\r\n"
	viaOne    = "WWW-Authenticate: Basic realm=\"a, b\", Digest realm=\"x\", nonce=\"1\"\r\n"
	viaCase   = "WWW-Authenticate: BASIC realm=\"x\"\r\nWWW-Authenticate: digest realm=\"x\", nonce=\"1\"\r\n"
	viaOdd    = "WWW-Authenticate: Digest realm=\"x\", nonce=\"1\", algorithm=MD5-sess\r\n"
)

// TestSignIn offers one thing after the other to the connections of a worker
// and looks at what it sends.
func TestSignIn(t *testing.T) {
	t.Parallel()
	const inTheClear, digest, sha = "Authorization: Basic", "Authorization: Digest", "algorithm=\"SHA-256\""
	for name, c := range map[string]struct {
		offers      []string // of each connection, the last for all others
		sent, never string
		code, says  string
	}{
		"basic alone":           {[]string{viaBasic}, inTheClear, digest, wire.NoVideo, ""},
		"digest alone":          {[]string{viaMD5}, digest, inTheClear, wire.NoVideo, ""},
		"SHA-256 first":         {[]string{viaSHA256 + viaMD5 + viaBasic}, sha, inTheClear, wire.NoVideo, ""},
		"SHA-256 last":          {[]string{viaBasic + viaMD5 + viaSHA256}, sha, inTheClear, wire.NoVideo, ""},
		"both, basic first":     {[]string{viaBasic + viaMD5}, digest, inTheClear, wire.NoVideo, ""},
		"both in one field":     {[]string{viaOne}, digest, inTheClear, wire.NoVideo, ""},
		"schemes of any case":   {[]string{viaCase}, digest, inTheClear, wire.NoVideo, ""},
		"a digest nobody knows": {[]string{viaOdd + viaBasic}, "DESCRIBE", "Authorization", wire.WrongPassword, "kind of sign-in"},
		"a digest of nothing":   {[]string{"WWW-Authenticate: Digest =\r\n" + viaBasic}, "DESCRIBE", "Authorization", wire.WrongPassword, "kind of sign-in"},
		"downgraded":            {[]string{viaMD5, viaBasic}, digest, inTheClear, wire.WrongPassword, "unprotected"},
		"nothing offered":       {[]string{""}, "DESCRIBE", "Authorization", wire.WrongPassword, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			connection := -1
			cam := newScripted(t, func(method, request string) string {
				mu.Lock()
				defer mu.Unlock()
				signed := field(request, "Authorization") != ""
				switch {
				case method == "OPTIONS":
					connection++
				case method == "DESCRIBE" && !signed:
					return "RTSP/1.0 401 Unauthorized\r\n" + c.offers[min(connection, len(c.offers)-1)] + "\r\n"
				case method == "DESCRIBE" && connection+1 < len(c.offers):
					return "RTSP/1.0 500 Internal Server Error\r\n\r\n" // and again
				case method == "DESCRIBE":
					return described(oneTrack)
				case method == "SETUP":
					return "RTSP/1.0 200 OK\r\nSession: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
				}
				return rtspOK
			})
			e := employ(t, wire.Start{Main: wire.Target{URL: "rtsp://" + cam.addr + "/x", Dial: cam.addr}, Username: "user", Password: "hunter2"})
			if c.code == wire.NoVideo {
				e.await(8*time.Second, "playing", func() bool { return strings.Contains(cam.all(), "PLAY rtsp") })
			} else if m := e.awaitState(8*time.Second, c.code); !strings.Contains(m, c.says) || strings.Contains(m, "hunter2") {
				t.Errorf("it says %q", m)
			}
			if heard := cam.all(); !strings.Contains(heard, c.sent) || strings.Contains(heard, c.never) {
				t.Errorf("the camera heard\n%s", heard)
			}
		})
	}
}

// TestNoPasswordBeforeTheVerdict has the hub know whom it expects: the password
// waits for its word.
func TestNoPasswordBeforeTheVerdict(t *testing.T) {
	t.Parallel()
	cam := newScripted(t, func(method, request string) string {
		if field(request, "Authorization") == "" {
			return "RTSP/1.0 401 Unauthorized\r\n" + viaBasic + "\r\n"
		}
		return rtspOK
	})
	e := employ(t, wire.Start{
		Main:     wire.Target{URL: "rtsp://" + cam.addr + "/x", Dial: cam.addr},
		Username: "user", Password: "hunter2", PinKind: "mac", Pin: strangersMAC,
	})
	if m := e.awaitState(5*time.Second, wire.AnotherDevice); m == "" {
		t.Error("no words for it")
	}
	if heard := cam.all(); strings.Contains(heard, "Authorization") || !strings.Contains(heard, "OPTIONS") {
		t.Errorf("the camera heard\n%s", heard)
	}
}

// asking is a camera that asks for the password so. It takes any, describes its
// stream and gives nothing more.
func asking(t *testing.T, so string) *scripted {
	t.Helper()
	return newScripted(t, func(method, request string) string {
		switch {
		case method == "OPTIONS":
			return rtspOK
		case field(request, "Authorization") == "":
			return "RTSP/1.0 401 Unauthorized\r\n" + so + "\r\n"
		case method == "DESCRIBE":
			return described(oneTrack)
		}
		return "RTSP/1.0 500 Internal Server Error\r\n\r\n"
	})
}

// signingIn is the start of a worker for the camera, which asked for a digest
// before or did not.
func (s *scripted) signingIn(before bool) wire.Start {
	return wire.Start{Main: wire.Target{URL: "rtsp://" + s.addr + "/x", Dial: s.addr, Digest: before}, Username: "user", Password: "hunter2"}
}

// TestDigestAfterARestart has a new worker at an address that asked an earlier
// one for a digest, and asks for less now: for the stream itself, and for the
// other one at the same address.
func TestDigestAfterARestart(t *testing.T) {
	t.Parallel()
	cam := asking(t, viaBasic)
	other := cam.signingIn(false)
	other.Sub = wire.Target{URL: "rtsp://" + cam.addr + "/sub", Dial: cam.addr, Digest: true}
	for name, start := range map[string]wire.Start{"the stream": cam.signingIn(true), "the other one": other} {
		e := employ(t, start)
		if m := e.awaitState(8*time.Second, wire.WrongPassword); !strings.Contains(m, "unprotected") || !strings.Contains(m, "delete this camera and add it again") {
			t.Errorf("%s: it says %q", name, m)
		}
		if heard := cam.all(); strings.Contains(heard, "Authorization") || !strings.Contains(heard, "DESCRIBE") {
			t.Errorf("%s: the camera heard\n%s", name, heard)
		}
	}
}

// TestDigestIsTold has the hub told of a digest where it does not know of it
// yet, of a device that was recognised, and once for each connection.
func TestDigestIsTold(t *testing.T) {
	t.Parallel()
	const ours = "02:00:00:00:00:01"
	refusing := func(string, string) string { return "RTSP/1.0 401 Unauthorized\r\n" + viaMD5 + "\r\n" }
	for name, c := range map[string]struct {
		cam    *scripted
		before bool
		pin    string
		until  string // the state that says that the connection is over
		told   bool
	}{
		"first met":      {asking(t, viaMD5), false, "", wire.Unreachable, true},
		"known":          {asking(t, viaMD5), true, "", wire.Unreachable, false},
		"no digest":      {asking(t, viaBasic), false, "", wire.Unreachable, false},
		"wrong password": {newScripted(t, refusing), false, ours, wire.WrongPassword, true},
		"a stranger":     {newScripted(t, refusing), false, strangersMAC, wire.AnotherDevice, false},
	} {
		start := c.cam.signingIn(c.before)
		if c.pin != "" {
			start.PinKind, start.Pin = "mac", c.pin
		}
		e := employ(t, start)
		e.awaitState(8*time.Second, c.until)
		e.mu.Lock()
		digests := slices.Compact(slices.Clone(e.digests))
		if told := slices.Equal(digests, []media.StreamID{media.StreamMain}); told != c.told || !told && len(digests) > 0 {
			t.Errorf("%s: told of %v", name, e.digests)
		}
		if c.until == wire.WrongPassword && len(e.digests) > 1 { // which is not tried again soon
			t.Errorf("%s: told %d times", name, len(e.digests))
		}
		e.mu.Unlock()
	}
}

// TestKeepAliveRefused has a camera that promises a session of a second and
// then answers each sign of life with an error, while its pictures come.
func TestKeepAliveRefused(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	playing, alive := false, 0
	cam := newSprayer(t, overUDP)
	inner := cam.reply
	cam.reply = func(method, request string) string {
		mu.Lock()
		defer mu.Unlock()
		a := strings.Replace(inner(method, request), "timeout=99999999999", "timeout=1", 1)
		switch {
		case method == "PLAY":
			playing = true
		case playing:
			alive++
			return "RTSP/1.0 454 Session Not Found\r\n\r\n"
		}
		return a
	}
	e := employ(t, cam.start())
	<-cam.played
	idr, _ := handMade(t)
	seq := uint16(0)
	for i := range uint32(60) {
		ps := of(7, packets(seq, i*4500, idr...))
		seq += uint16(len(ps))
		cam.send(t, cam.socket, ps...)
		time.Sleep(50 * time.Millisecond)
	}
	e.await(5*time.Second, "60 pictures", func() bool { return pictureCount(e.units) == 60 })
	mu.Lock()
	defer mu.Unlock()
	if alive < 2 {
		t.Errorf("%d signs of life", alive)
	}
}

// FuzzAnswers prunes arbitrary headers: what is left holds no place and no
// endless session, and a digest is never beside another way.
func FuzzAnswers(f *testing.F) {
	f.Add("RTP/AVP;source=1;x", "1;timeout=99999999999", "Basic realm=\"x\"", "Digest realm=\"x\", nonce=\"1\"")
	f.Add(";;;=;", ";;timeout=;", "Digest", "")
	f.Fuzz(func(t *testing.T, transport, life, one, two string) {
		s := &session{stream: &stream{w: &worker{}}, peer: place{url: &url.URL{Scheme: "rtsp"}, dial: "camera:554"}}
		r := &base.Response{StatusCode: base.StatusUnauthorized, Header: base.Header{
			"Transport": {transport}, "Session": {life}, "WWW-Authenticate": {one, two},
		}}
		s.prune(r)
		var th headers.Transport
		if err := th.Unmarshal(r.Header["Transport"]); err == nil && (th.Source2 != nil || th.Destination2 != nil) {
			t.Errorf("%q is left of %q", r.Header["Transport"], transport)
		}
		var sh headers.Session
		if err := sh.Unmarshal(r.Header["Session"]); err == nil && sh.Timeout != nil && *sh.Timeout > maxSessionSeconds {
			t.Errorf("%q is left of %q", r.Header["Session"], life)
		}
		sender := auth.Sender{WWWAuth: r.Header["WWW-Authenticate"], User: "user", Pass: "hunter2"}
		offered := auth.Sender{WWWAuth: base.HeaderValue{one, two}}
		q := &base.Request{Method: base.Describe, URL: &base.URL{Scheme: "rtsp", Host: "camera"}}
		if sender.Initialize() == nil && offered.Initialize() == nil {
			sender.AddAuthorization(q)
			clear := strings.HasPrefix(q.Header["Authorization"][0], "Basic")
			if clear && (strings.HasPrefix(one, "Digest ") || strings.HasPrefix(two, "Digest ")) {
				t.Errorf("%q and %q: the password goes out", one, two)
			}
		}
	})
}
