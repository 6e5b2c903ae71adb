package discover

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"lares/cameras/internal/wire"
)

// TestFrontPages: a camera that has nothing but a web page is known by it, and no
// other machine's web page is taken for one. Nobody is followed elsewhere.
func TestFrontPages(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("another server was asked")
		w.Header().Set("Server", "IP Camera")
	}))
	t.Cleanup(elsewhere.Close)
	page := func(title string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<!doctype html><html><head>\n<TITLE lang=en>\n " + title + "</TITLE></head></html>"))
		}
	}
	header := func(key, value string, code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(key, value); w.WriteHeader(code) }
	}
	leads := http.NewServeMux()
	leads.Handle("/{$}", http.RedirectHandler("/doc/page/login.asp?x=1", http.StatusFound))
	leads.HandleFunc("/doc/page/login.asp", page("IP camera"))
	astray := http.NewServeMux() // what it leads to is not asked of itself either
	astray.Handle("/{$}", http.RedirectHandler(elsewhere.URL+"/camera", http.StatusFound))
	astray.HandleFunc("/camera", page("IP camera"))
	for name, c := range map[string]struct {
		page   http.HandlerFunc
		camera bool
		vendor string
	}{
		"its title":                      {page("Network Camera"), true, ""},
		"its title, in other letters":    {page("İ &lt;IP CAMERA&gt;"), true, ""},
		"its title, of a label":          {page("NETSurveillance WEB"), true, "Xiongmai"},
		"its server":                     {header("Server", "Hikvision-Webs", 200), true, "Hikvision"},
		"what it asks a password for":    {header("WWW-Authenticate", `Digest realm="AXIS_ACCC8E000001", nonce="x"`, 401), true, "Axis"},
		"the page it leads to":           {leads.ServeHTTP, true, ""},
		"a router":                       {page("FRITZ!Box"), false, ""},
		"a printer's environment":        {page("Environment of the HP LaserJet"), false, ""},
		"a maker of much else":           {page("Sony BRAVIA"), false, ""},
		"a page without end":             {page(strings.Repeat("x", 1<<20)), false, ""},
		"a page that speaks of cameras":  {header("X-About", "camera", 200), false, ""},
		"a redirect to another machine":  {astray.ServeHTTP, false, ""},
		"a redirect to another protocol": {header("Location", "https://127.0.0.1/camera", 302), false, ""},
		"a redirect in circles":          {header("Location", "/", 302), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.page)
			defer server.Close()
			at := netip.MustParseAddrPort(strings.TrimPrefix(server.URL, "http://"))
			var s wire.Sighting
			greetHTTP(t.Context(), at, &s)
			var want []wire.Protocol
			if c.camera {
				want = []wire.Protocol{{Name: wire.SpeaksHTTP, Port: at.Port()}}
			}
			if s.Vendor != c.vendor || !reflect.DeepEqual(s.Speaks, want) {
				t.Errorf("%q, %v", s.Vendor, s.Speaks)
			}
		})
	}
}

// TestGreetHTTPS: who speaks ONVIF, or has a camera's web page, over TLS alone is found
// at its port, and by whoever sends there; nobody is followed to another address.
func TestGreetHTTPS(t *testing.T) {
	t.Parallel()
	const fault = `<e:Envelope xmlns:e="x"><e:Body><Fault><Code><Value>x</Value></Code></Fault></e:Body></e:Envelope>`
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
	}
	over := func(h http.HandlerFunc) netip.AddrPort {
		server := httptest.NewTLSServer(h)
		t.Cleanup(server.Close)
		return netip.MustParseAddrPort(strings.TrimPrefix(server.URL, "https://"))
	}
	plain := func(h http.HandlerFunc) netip.AddrPort {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return netip.MustParseAddrPort(strings.TrimPrefix(server.URL, "http://"))
	}
	leads := func(to string, code int, page string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if page == "" || r.Method == http.MethodPost == (page == "POST") {
				w.Header().Set("Location", to)
				w.WriteHeader(code)
			}
		}
	}
	onvif, page := over(say(fault)), over(say("<title>IP camera</title>"))
	astray := over(func(http.ResponseWriter, *http.Request) { t.Error("another address was asked") })
	elsewhere := "https://localhost:" + strings.TrimPrefix(astray.String(), "127.0.0.1:")
	found := []wire.Protocol{{Name: wire.SpeaksONVIF, Port: onvif.Port(), TLS: true}}
	for name, c := range map[string]struct {
		greet func(context.Context, netip.AddrPort, *wire.Sighting)
		at    netip.AddrPort
		want  []wire.Protocol
	}{
		"ONVIF":                 {greetHTTPS, onvif, found},
		"a page":                {greetHTTPS, page, []wire.Protocol{{Name: wire.SpeaksHTTPS, Port: page.Port()}}},
		"a router":              {greetHTTPS, over(say("<title>FRITZ!Box</title>")), nil},
		"no TLS":                {greetHTTPS, plain(say(fault)), nil},
		"sent on":               {greetHTTP, plain(leads("https://"+onvif.String()+"/", 301, "")), found},
		"the question is":       {greetHTTP, plain(leads("https://"+onvif.String()+"/", 307, "POST")), found},
		"a visitor is":          {greetHTTP, plain(leads("https://"+onvif.String()+"/login", 302, "GET")), found},
		"no redirect":           {greetHTTP, plain(leads("https://"+onvif.String()+"/", 200, "")), nil},
		"to a name":             {greetHTTP, plain(leads(elsewhere, 301, "")), nil},
		"to somebody's account": {greetHTTP, plain(leads("https://me@"+astray.String(), 301, "")), nil},
		"to no port":            {greetHTTP, plain(leads("https://127.0.0.1:0/", 301, "")), nil},
	} {
		var s wire.Sighting
		if c.greet(t.Context(), c.at, &s); !reflect.DeepEqual(s.Speaks, c.want) {
			t.Errorf("%s: %v", name, s.Speaks)
		}
	}
	s := wire.Sighting{Speaks: []wire.Protocol{{Name: wire.SpeaksONVIF, Port: 80}}}
	if greetHTTPS(t.Context(), astray, &s); len(s.Speaks) != 1 {
		t.Errorf("over TLS besides: %v", s.Speaks)
	}
}
