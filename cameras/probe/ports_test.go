package probe

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
)

// serveAt is a web server at an address of this machine; the test is skipped where
// somebody has it.
func serveAt(t *testing.T, address string, h http.HandlerFunc) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("a port of this machine is taken: %v", err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
}

// TestUsualPorts: a device whose port nobody named is found at that of its maker; who
// answers before hears no password, and the answer says where it was.
func TestUsualPorts(t *testing.T) {
	t.Parallel()
	const host = "127.77.5.13"
	var mu sync.Mutex
	heard := ""
	serveAt(t, host+":8000", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		heard += string(b) + r.Header.Get("Authorization")
		mu.Unlock()
		w.Header().Set("WWW-Authenticate", `Digest realm="x", nonce="y"`)
		io.WriteString(w, "<html></html>")
	})
	serveAt(t, host+":2020", func(http.ResponseWriter, *http.Request) { t.Error("asked after it was found") })
	cam, d := start(t, fakecam.Options{HTTPAddr: host + ":8899"})
	d.ONVIF, d.Anywhere = "http://"+host+"/onvif/device_service", true
	l, _, _ := lookAt(t, d)
	if l.Code != Found || l.ONVIF != cam.ONVIFURL() || len(l.Streams) != 2 || cam.WrongSignIns() != 0 {
		t.Errorf("%+v", l.Probed)
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(heard, "GetSystemDateAndTime") || strings.Contains(heard, "user") || strings.Contains(heard, "Digest") {
		t.Errorf("another port heard %q", heard)
	}
}

// TestSilentPort: a port that takes connections and answers nothing leaves time to look
// for streams.
func TestSilentPort(t *testing.T) {
	t.Parallel()
	cam, d := bare(t, paths()[0], fakecam.Options{})
	cam.SetONVIFFault(fakecam.ONVIFSilent)
	if l, _, _ := lookAt(t, d); l.Code != Found || !l.Bare || len(l.Streams) != 2 || l.ONVIF != "" {
		t.Errorf("%+v", l.Probed)
	}
}

// TestGreet: each port says what it is in its own way; the first that speaks ONVIF is
// taken, and else the most telling word is kept.
func TestGreet(t *testing.T) {
	t.Parallel()
	say := func(status int, text string) wire.Target {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if b, _ := io.ReadAll(r.Body); bytes.Contains(b, []byte("Security")) {
				t.Error("the password went out")
			}
			w.WriteHeader(status)
			io.WriteString(w, text)
		}))
		t.Cleanup(s.Close)
		return wire.Target{URL: s.URL + "/onvif/device_service", Dial: strings.TrimPrefix(s.URL, "http://")}
	}
	shut := say(200, "")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	shut.Dial = l.Addr().String()
	l.Close()
	fault := `<e:Envelope xmlns:e="x"><e:Body><Fault><Code><Value>x</Value></Code></Fault></e:Body></e:Envelope>`
	page, asks, refuses := say(200, "<html></html>"), say(401, ""), say(400, fault)
	for name, x := range map[string]struct {
		at   []wire.Target
		want int // -1: none
		code string
	}{
		"nobody":                      {[]wire.Target{shut, shut}, -1, wire.Unreachable},
		"a page":                      {[]wire.Target{shut, page}, -1, wire.Incompatible},
		"a page first":                {[]wire.Target{page, shut}, -1, wire.Incompatible},
		"a page before it":            {[]wire.Target{page, refuses}, 1, ""},
		"the first of two":            {[]wire.Target{shut, asks, refuses}, 1, ""},
		"what asks for a sign-in":     {[]wire.Target{asks}, 0, ""},
		"a page at the port of ONVIF": {[]wire.Target{page}, -1, wire.Incompatible},
	} {
		at, found, ok := greetAny(t.Context(), clock.System{}, wire.Probe{}, x.at)
		if ok != (x.want >= 0) || ok && at != x.at[x.want] || found.Code != x.code && !ok {
			t.Errorf("%s: %+v, %q, %v", name, at, found.Code, ok)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if _, found, ok := greetAny(ctx, clock.System{}, wire.Probe{}, []wire.Target{asks, asks}); ok || found.Code != wire.Unreachable {
		t.Errorf("without time: %q", found.Code)
	}
}

// TestHTTPSAlone: a camera that speaks over HTTPS alone is found at its port, and has
// streams and pictures like any other.
func TestHTTPSAlone(t *testing.T) {
	t.Parallel()
	const host = "127.77.5.14"
	cam, d := start(t, fakecam.Options{HTTPAddr: host + ":443", HTTPS: true})
	d.ONVIF, d.Anywhere = "http://"+host+"/onvif/device_service", true
	l, _, _ := lookAt(t, d)
	if l.Code != Found || l.ONVIF != "https://"+host+"/onvif/device_service" || len(l.Streams) != 2 || len(l.Pictures) != 2 || cam.WrongSignIns() != 0 {
		t.Errorf("%+v, %d pictures", l.Probed, len(l.Pictures))
	}
}

// TestSentToHTTPS: where a device sends the hub on to HTTPS, it is asked there once, at
// its own address.
func TestSentToHTTPS(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/device" {
			t.Errorf("asked for %s", r.URL)
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(secure.Close)
	on := "192.0.2.7:" + strings.TrimPrefix(secure.URL, "https://127.0.0.1:")
	circle := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Location", "https://"+on+"/device")
		w.WriteHeader(http.StatusMovedPermanently)
	}))
	t.Cleanup(circle.Close)
	leads := func(to string) wire.Target {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusMovedPermanently)
		}))
		t.Cleanup(s.Close)
		return wire.Target{URL: "http://192.0.2.7/device", Dial: strings.TrimPrefix(s.URL, "http://")}
	}
	at, found, ok := greetAny(t.Context(), clock.System{}, wire.Probe{}, []wire.Target{leads("https://" + on + "/")})
	if want := (wire.Target{URL: "https://" + on + "/device", Dial: strings.TrimPrefix(secure.URL, "https://")}); !ok || at != want {
		t.Errorf("%+v, %+v, %v", at, found, ok)
	}
	if at, found, ok := greetAny(t.Context(), clock.System{}, wire.Probe{}, []wire.Target{leads("https://192.0.2.8/")}); ok || found.Code != wire.Incompatible {
		t.Errorf("to another host: %+v, %+v", at, found)
	}
	again := leads("https://192.0.2.7:" + strings.TrimPrefix(circle.URL, "https://127.0.0.1:") + "/")
	if at, found, ok := greetAny(t.Context(), clock.System{}, wire.Probe{}, []wire.Target{again}); ok || found.Code != wire.Incompatible || asked.Load() != 1 {
		t.Errorf("sent on again, after %d questions: %+v, %+v", asked.Load(), at, found)
	}
}

// TestSameService: of what a worker says about where ONVIF is, the usual ports and the
// same service over HTTPS are believed.
func TestSameService(t *testing.T) {
	t.Parallel()
	named := wire.Probe{ONVIF: wire.Target{URL: "http://192.0.2.7:81/x?y=1", Dial: "192.0.2.7:81"}}
	anywhere := wire.Probe{ONVIF: wire.Target{URL: "http://192.0.2.7/x", Dial: "192.0.2.7:80"}, Anywhere: true}
	secure := wire.Probe{ONVIF: wire.Target{URL: "https://192.0.2.7:81/x", Dial: "192.0.2.7:81"}}
	for _, x := range []struct {
		ask   wire.Probe
		found string
		same  bool
	}{
		{named, "", true}, {named, "http://192.0.2.7:81/x?y=1", true}, {named, "https://192.0.2.7:8443/x?y=1", true},
		{named, "https://192.0.2.7:8443/x", false}, {named, "https://192.0.2.8:8443/x?y=1", false}, {named, "https://me@192.0.2.7:8443/x?y=1", false},
		{named, "http://192.0.2.7:82/x?y=1", false}, {named, "https://192.0.2.7/x?y=1", false}, {named, "://", false},
		{anywhere, "http://192.0.2.7:8000/x", true}, {anywhere, "https://192.0.2.7/x", true}, {anywhere, "https://192.0.2.7:8443/x", true}, {anywhere, "http://192.0.2.7:8443/x", false},
		{secure, "https://192.0.2.7:82/x", false}, {secure, "http://192.0.2.7:81/x", false},
	} {
		if err := sameService(x.found, x.ask); (err == nil) != x.same {
			t.Errorf("%s for %s: %v", x.found, x.ask.ONVIF.URL, err)
		}
	}
}
