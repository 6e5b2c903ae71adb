package probe

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
)

// kinds are those of what a look warned of.
func kinds(l Look) (out []string) {
	for _, w := range l.Warnings {
		if w.Kind == kindCloud || w.Kind == kindUPnP {
			out = append(out, w.Kind)
		}
	}
	return out
}

// TestExposed: of cameras of the makers that tell, an open cloud and UPnP are warned
// of, each with where to switch it off; of others nothing is asked.
func TestExposed(t *testing.T) {
	t.Parallel()
	for _, maker := range []string{"hikvision", "dahua", "amcrest", "axis"} {
		for _, x := range []struct {
			cloud, upnp bool
			want        []string
		}{{true, true, []string{kindCloud, kindUPnP}}, {true, false, []string{kindCloud}}, {false, true, []string{kindUPnP}}, {false, false, nil}} {
			t.Run(fmt.Sprint(maker, x.cloud, x.upnp), func(t *testing.T) {
				t.Parallel()
				cam, d := start(t, fakecam.Options{Name: t.Name(), Maker: maker, Cloud: x.cloud, UPnP: x.upnp})
				l, _, _ := lookAt(t, d)
				if got := kinds(l); l.Code != Found || !slices.Equal(got, x.want) || cam.WrongSignIns() != 0 {
					t.Errorf("%q: warned of %v, %d wrong sign-ins", l.Code, got, cam.WrongSignIns())
				}
			})
		}
	}
	for _, e := range exposures() {
		if !strings.Contains(e.text, "Switch it off in the camera") || e.source == "" || len(e.text) > wire.MaxText || !slices.Contains([]string{"Hikvision", "Dahua", "Axis"}, builder(e.vendor)) {
			t.Errorf("%+v", e)
		}
	}
}

// TestPages: pages are read by digest alone, at the device alone, and are bounded; after
// a refusal no other is asked for.
func TestPages(t *testing.T) {
	t.Parallel()
	challenge := `Digest realm="x", nonce="y", qop="auth"`
	on := `<EZVIZ><enabled>true</enabled></EZVIZ>`
	for name, x := range map[string]struct {
		way    string
		status int // of what is signed
		page   string
		want   int // warnings
		asked  int // requests
	}{
		"open to all":       {"", 200, on, 2, 2},
		"by digest":         {challenge, 200, on, 2, 4},
		"refused":           {challenge, 401, on, 0, 2},
		"forbidden":         {challenge, 403, on, 0, 2},
		"in the clear":      {`Basic realm="x"`, 200, on, 0, 1},
		"not there":         {challenge, 404, on, 0, 4},
		"elsewhere":         {challenge, 302, on, 0, 4},
		"endless":           {challenge, 200, strings.Repeat(" ", maxPage) + on, 0, 4},
		"no XML":            {challenge, 200, "<<<&>enabled=true", 0, 4},
		"another's enabled": {challenge, 200, `<EZVIZ><x><enabled>true</enabled></x></EZVIZ>`, 0, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var seen []string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sign := r.Header.Get("Authorization")
				mu.Lock()
				seen = append(seen, r.Method+sign)
				mu.Unlock()
				if x.way != "" && sign == "" {
					w.Header().Set("WWW-Authenticate", x.way)
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
				w.WriteHeader(x.status)
				io.WriteString(w, x.page)
			}))
			defer s.Close()
			p := newPages(wire.Probe{ONVIF: wire.Target{URL: s.URL + "/onvif/x", Dial: strings.TrimPrefix(s.URL, "http://")}, Username: "user", Password: "correct horse"})
			defer p.close()
			got := exposed(t.Context(), p, "HIKVISION")
			mu.Lock()
			defer mu.Unlock()
			if len(got) != x.want || len(seen) != x.asked {
				t.Errorf("%d warnings after %q", len(got), seen)
			}
			for _, s := range seen {
				if strings.Contains(s, "Basic") || strings.Contains(s, "correct horse") || !strings.HasPrefix(s, http.MethodGet) {
					t.Errorf("sent %q", s)
				}
			}
			if seen = nil; len(exposed(t.Context(), p, "Reolink")) != 0 || len(seen) != 0 {
				t.Error("asked a maker that does not tell")
			}
		})
	}
}

// FuzzExposed reads arbitrary pages.
func FuzzExposed(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><EZVIZ><enabled>true</enabled></EZVIZ>`))
	f.Add([]byte("table.T2UServer[0].Enable=true\r\nroot.RemoteService.Enabled=yes"))
	f.Add([]byte("<a><b><c></a>&x;<!--"))
	f.Fuzz(func(_ *testing.T, page []byte) {
		for _, e := range exposures() {
			e.is(page)
		}
	})
}
