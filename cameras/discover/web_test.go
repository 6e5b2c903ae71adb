package discover

import (
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
