package worker

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/media/g711"
)

// intercom is a camera without ONVIF's back channel, and the host of its pages.
func intercom(t *testing.T, o fakecam.Options) (c *fakecam.Camera, host string) {
	t.Helper()
	o.Name, o.Username, o.Password, o.NoTalk = "door", "admin", "secret", true
	c, err := fakecam.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	host, _, _ = strings.Cut(strings.TrimPrefix(c.ONVIFURL(), "http://"), "/")
	return c, host
}

// hikvision watches a camera of Hikvision's.
func hikvision(t *testing.T, c *fakecam.Camera, host string, start wire.Start) *employer {
	t.Helper()
	start.Username, start.ONVIF = "admin", wire.Target{URL: c.ONVIFURL(), Dial: host}
	if start.Password == "" {
		start.Password = "secret"
	}
	start.Main = wire.Target{URL: c.MainURL(), Dial: strings.Split(strings.TrimPrefix(c.MainURL(), "rtsp://"), "/")[0]}
	return employ(t, start)
}

// says has a voice reach the camera whole, twice: the end of one leaves room for the next.
func (e *employer) says(c *fakecam.Camera, codec string, law g711.Law) {
	e.t.Helper()
	e.ask(wire.Talk{Number: 1, Ask: true})
	if a := e.answered(1); a != (wire.Talked{Number: 1, State: wire.TalkTakes, Codec: codec}) {
		e.t.Fatalf("%+v", a)
	}
	said := counting(1, 960)
	for n := range 2 {
		number := uint32(n + 2)
		e.ask(wire.Talk{Number: number})
		if a := e.answered(2*n + 2); a != (wire.Talked{Number: number, State: wire.TalkReady, Codec: codec}) {
			e.t.Fatalf("%+v", a)
		}
		for piece := range slices.Chunk(said, wire.MaxTalkSound) {
			if err := wire.SendBytes(e.conn, wire.TypeTalkSound, wire.TalkSound(number, piece)); err != nil {
				e.t.Fatal(err)
			}
		}
		if err := wire.Send(e.conn, wire.TypeTalkOver, wire.Request{Number: number}); err != nil {
			e.t.Fatal(err)
		}
		if a := e.answered(2*n + 3); a != (wire.Talked{Number: number, State: wire.TalkOver, Why: wire.TalkAsked}) {
			e.t.Errorf("asked to end: %+v", a)
		}
		ctx, cancel := context.WithTimeout(e.t.Context(), 20*time.Second)
		defer cancel()
		heard, err := c.AwaitHeard(ctx, (n+1)*len(said))
		if err != nil {
			e.t.Fatalf("%d samples heard: %v", len(heard.Samples), err)
		}
		for i, octet := range said {
			if got := heard.Samples[n*len(said)+i]; got != law.Expand(octet) {
				e.t.Fatalf("sample %d is %d", i, got)
			}
		}
	}
}

// TestDoorBird: pictures of a door station come, and a voice goes there, both signed by a
// digest.
func TestDoorBird(t *testing.T) {
	t.Parallel()
	c, host := intercom(t, fakecam.Options{})
	e := watched(t, "doorbird://"+host, wire.Start{Username: "admin", Password: "secret"})
	if live, _ := e.played(5, 0); live.Codec != media.MJPEG.String() || live.Width != 640 {
		t.Errorf("%+v", live)
	}
	e.says(c, wire.TalkPCMU, g711.Mu)
}

// TestISAPI: a camera of Hikvision's that has no back channel is spoken to in its maker's
// way, in the law that it wants, whether or not somebody left its channel open.
func TestISAPI(t *testing.T) {
	t.Parallel()
	for codec, law := range map[string]g711.Law{wire.TalkPCMU: g711.Mu, wire.TalkPCMA: g711.A} {
		c, host := intercom(t, fakecam.Options{Maker: "hikvision", MainPath: "/Streaming/Channels/101", Hears: codec})
		q, err := http.NewRequest(http.MethodPut, "http://"+host+"/ISAPI/System/TwoWayAudio/channels/1/open", nil)
		if err != nil {
			t.Fatal(err)
		}
		signed(t, q, "admin", "secret")
		hikvision(t, c, host, wire.Start{}).says(c, codec, law)
	}
}

// signed sends a request that is signed by a digest.
func signed(t *testing.T, q *http.Request, username, password string) {
	t.Helper()
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	w := &web{d: &direct{stream: newStream(&worker{start: wire.Start{Username: username, Password: password}}, media.StreamMain, wire.Target{}), route: &route{}}, method: q.Method, url: q.URL, told: true}
	w.d.route.to.url = q.URL
	sign, err := w.sign(r)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", sign)
	if r, err = http.DefaultClient.Do(q); err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(r, err)
	}
	r.Body.Close()
}

// TestISAPINone: a camera without a loudspeaker, or with one that wants another codec,
// takes no voice, nor does one of a recorder's, nor one that is known to be; no other maker
// is asked.
func TestISAPINone(t *testing.T) {
	t.Parallel()
	const path = "/Streaming/Channels/101"
	for name, c := range map[string]struct {
		o     fakecam.Options
		start wire.Start
	}{
		"no loudspeaker": {fakecam.Options{Maker: "hikvision", MainPath: path, NoIntercom: true}, wire.Start{}},
		"AAC":            {fakecam.Options{Maker: "hikvision", MainPath: path, Hears: fakecam.TalkAAC}, wire.Start{}},
		"a recorder":     {fakecam.Options{Maker: "hikvision", MainPath: path, Channels: 2}, wire.Start{}},
		"one of several": {fakecam.Options{Maker: "hikvision", MainPath: path}, wire.Start{Recorder: true}},
		"another maker":  {fakecam.Options{MainPath: path}, wire.Start{}},
		"another path":   {fakecam.Options{Maker: "hikvision"}, wire.Start{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cam, host := intercom(t, c.o)
			e := hikvision(t, cam, host, c.start)
			e.takesNoVoice()
		})
	}
}

// TestTalkOverHTTPFails: what keeps a voice from such a camera is said in plain words; one
// that wants the password in the clear does not get it.
func TestTalkOverHTTPFails(t *testing.T) {
	t.Parallel()
	info := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == doorBirdVideo {
				<-r.Context().Done()
				return
			}
			h(w, r)
		}
	}
	var clear atomic.Bool
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"no right": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "does not let this user speak"},
		"an error": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "answers with error 502"},
		"too much": {func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 2*maxTold)) }, "says more"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.9/", http.StatusFound)
		}, "sends us to another address"},
		"in use": {func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}, "answers with error 503"},
		"garbage": {func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				conn, _, _ := http.NewResponseController(w).Hijack()
				defer conn.Close()
				io.WriteString(conn, strings.Repeat("\xa5", 1<<20))
			}
		}, "does not speak HTTP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serving(t, info(c.answer))
			e := watched(t, strings.Replace(s.URL, "http", "doorbird", 1), wire.Start{Username: "u", Password: "p"})
			e.ask(wire.Talk{Number: 1})
			a := e.answered(1)
			if a.State == wire.TalkReady {
				a = e.answered(2)
			}
			if a.State != wire.TalkOver || a.Why != wire.TalkFailed || !strings.Contains(a.Text, c.says) {
				t.Errorf("%+v", a)
			}
		})
	}
	basic := serving(t, func(w http.ResponseWriter, r *http.Request) {
		clear.Store(clear.Load() || r.Header.Get("Authorization") != "")
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	cam := newScripted(t, listening(described(oneTrack)))
	e := employ(t, wire.Start{Main: wire.Target{URL: "rtsp://" + cam.addr + "/Streaming/Channels/101", Dial: cam.addr}, ONVIF: wire.Target{URL: basic.URL, Dial: basic.Listener.Addr().String()}, Username: "u", Password: "p"})
	e.ask(wire.Talk{Number: 1})
	if a := e.answered(1); a.Why != wire.TalkFailed || clear.Load() {
		t.Errorf("%+v; sent in the clear: %t", a, clear.Load())
	}
}

// TestMakers: where a maker's own way is looked for.
func TestMakers(t *testing.T) {
	for address, want := range map[string]string{
		"rtsp://cam/Streaming/Channels/101":            "http://cam @192.0.2.7:80",
		"rtsp://cam:8554/ISAPI/Streaming/channels/102": "http://cam @192.0.2.7:80",
		"rtsp://[fe80::1]:554/streaming/channels/1":    "http://[fe80::1] @192.0.2.7:80",
		"rtsp://cam:8557/mpeg/720p/media.amp":          "http://cam @192.0.2.7:80",
		"rtsp://cam/Streaming/Channels/201":            "",
		"rtsp://cam/main":                              "",
		"doorbird://cam":                               "http://cam:80 @192.0.2.7:554",
		"http://cam:81/bha-api/video.cgi":              "http://cam:81/bha-api/video.cgi @192.0.2.7:554",
		"http://cam/video.cgi":                         "",
		"kasa://cam":                                   "",
	} {
		to := wire.Target{URL: address, Dial: "192.0.2.7:554"}
		p, f := newPlace(to)
		if f != nil {
			t.Fatal(f)
		}
		got := ""
		if at, _, ok := newMouth(&worker{}, &stream{to: to}).maker(p); ok {
			got = at.url.String() + " @" + at.dial
		}
		if got != want {
			t.Errorf("%s: %q", address, got)
		}
	}
}

// FuzzTalkOverHTTP plays arbitrary answers to both ways of speaking over HTTP.
func FuzzTalkOverHTTP(f *testing.F) {
	page := func(body string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	f.Add(true, []byte(page("<DeviceInfo><deviceType>IPCamera</deviceType></DeviceInfo>")+page("<TwoWayAudioChannelList><TwoWayAudioChannel><id>1</id><audioCompressionType>G.711ulaw</audioCompressionType></TwoWayAudioChannel></TwoWayAudioChannelList>")+page("")+"\x00\x01"))
	f.Add(true, []byte("HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nContent-Length: 0\r\n\r\n"+page("<a><deviceType>NVR</deviceType></a>")))
	f.Add(false, []byte(page("{}")+"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n\r\nHTTP/1.0 503 Busy\r\n\r\n"))
	f.Fuzz(func(t *testing.T, hikvision bool, in []byte) {
		r, d := fuzzRig(t, "doorbird://camera")
		r.s.w.start.Username = "u"
		way := newDoorBird()
		if hikvision {
			way = newISAPI()
		}
		w := &web{d: d, method: http.MethodGet, url: d.route.to.url, told: true}
		w.hears(in)
		codec, err := way.ask(t.Context(), w)
		if codec != "" && (err != nil || codec != wire.TalkPCMU && codec != wire.TalkPCMA) {
			t.Fatal(codec, err)
		}
		way.over(t.Context(), w)
		for err = way.ended(w); err == nil; err = way.ended(w) {
		}
	})
}
