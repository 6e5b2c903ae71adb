package onvif

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fakecam"
)

// slow is a camera's clock that stands years behind.
type slow struct{}

func (slow) Now() time.Time { return time.Now().AddDate(-8, 0, 0) }

func client(t *testing.T, address, username, password string) *Client {
	t.Helper()
	var d net.Dialer
	c, err := New(Config{URL: address, Username: username, Password: password, Dial: d.DialContext, Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// first is a picture of the first profile.
func first(ctx context.Context, c *Client) ([]byte, error) {
	profiles, err := c.Profiles(ctx)
	if err != nil {
		return nil, err
	}
	return c.Snapshot(ctx, profiles[0])
}

func TestAgainstCamera(t *testing.T) {
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: t.Name(), Username: "user", Password: `p<&"w`, Serial: "SN 1", Clock: slow{}})
	if err != nil {
		t.Fatal(err)
	}
	defer cam.Close()
	c := client(t, cam.ONVIFURL(), "user", `p<&"w`)
	d, err := c.Device(t.Context())
	if err != nil || d.Serial != "SN 1" || d.Model != t.Name() {
		t.Fatalf("%+v, %v", d, err)
	}
	jpeg, err := first(t.Context(), c)
	if err != nil || len(jpeg) < 1000 {
		t.Fatalf("%d bytes, %v", len(jpeg), err)
	}
	if marks := fakecam.FindMarks(jpeg); len(marks) != 1 || marks[0].Name != fakecam.MarkName(t.Name()) {
		t.Error("the snapshot is not this camera's")
	}
	sub, err := c.Subscribe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := sub.Pull(t.Context())
	if err != nil || len(list) != 2 || list[0].Operation != "Initialized" {
		t.Fatalf("%+v, %v", list, err)
	}
	cam.Motion(true)
	list, err = sub.Pull(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	var tracker Tracker
	if got := spell(tracker.Apply(list[0])); got != "motion/+" {
		t.Error(got)
	}
	if err := sub.Renew(t.Context()); err != nil {
		t.Error(err)
	}
	if err := sub.Unsubscribe(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := sub.Pull(t.Context()); err == nil {
		t.Error("a pull after the end")
	}
	for name, wrong := range map[string]*Client{"wrong": client(t, cam.ONVIFURL(), "user", "x"), "none": client(t, cam.ONVIFURL(), "", "")} {
		if _, err := wrong.Device(t.Context()); !errors.Is(err, ErrNotAuthorized) {
			t.Errorf("%s password: %v", name, err)
		}
	}
}

const info = `<e:Envelope xmlns:e="x"><e:Body><GetDeviceInformationResponse><SerialNumber>7</SerialNumber></GetDeviceInformationResponse></e:Body></e:Envelope>`

func TestHTTPDigestOnly(t *testing.T) {
	var anonymous, signed atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Digest ") {
			anonymous.Add(1)
			w.Header().Add("WWW-Authenticate", `Basic realm="x"`)
			w.Header().Add("WWW-Authenticate", `Digest realm="x", nonce="n", qop="auth", algorithm=MD5`)
			w.Header().Add("WWW-Authenticate", `Digest realm="x", nonce="n", qop="auth", algorithm=SHA-256`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if !strings.Contains(r.Header.Get("Authorization"), "SHA-256") {
			t.Error("the weaker challenge was taken")
		}
		signed.Add(1)
		fmt.Fprint(w, info)
	}))
	defer s.Close()
	c := client(t, s.URL, "user", "password")
	for range 2 {
		if d, err := c.Device(t.Context()); err != nil || d.Serial != "7" {
			t.Fatalf("%+v, %v", d, err)
		}
	}
	if signed.Load() < 2 || anonymous.Load() > 2 {
		t.Errorf("%d signed, %d anonymous requests", signed.Load(), anonymous.Load())
	}
}

func TestHostileDevice(t *testing.T) {
	var visits atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer other.Close()
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	envelope := func(body string) string {
		return `<e:Envelope xmlns:e="x"><e:Body>` + body + `</e:Body></e:Envelope>`
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, http.StatusFound) }, nil},
		"web page": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<html><title>404 File Not Found</title></html>")
		}, ErrMalformed},
		"endless":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.CopyN(w, zeros{}, 3<<20) }, ErrMalformed},
		"not found": {http.NotFound, ErrUnsupported},
		"fault": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			fmt.Fprint(w, envelope(`<Fault><Code><Value>Sender</Value><Subcode><Value>ter:NotAuthorized</Value></Subcode></Code></Fault>`))
		}, ErrNotAuthorized},
		"fault in 200": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, envelope(`<Fault><Code><Subcode><Value>ter:ActionNotSupported</Value></Subcode></Code></Fault>`))
		}, ErrUnsupported},
		"another answer": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, envelope(`<x/>`)) }, ErrMalformed},
	} {
		s := httptest.NewServer(c.answer)
		_, err := client(t, s.URL, "user", "password").Device(t.Context())
		s.Close()
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "password") {
			t.Errorf("%s: a password in %v", name, err)
		}
	}
	// Addresses of the device's own choice lead back to the configured host.
	var asked atomic.Value
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		switch {
		case r.Method == http.MethodGet:
			asked.Store(r.URL.RequestURI())
			_, _ = w.Write([]byte{0xff, 0xd8, 0xff, 0xe0, 0, 0xff, 0xd9})
		case strings.Contains(string(b), "GetServices"):
			fmt.Fprint(w, envelope(`<GetServicesResponse><Service><Namespace>`+nsMedia+`</Namespace><XAddr>`+elsewhere+`/media</XAddr></Service><Service><Namespace>`+nsEvents+`</Namespace><XAddr>//evil/</XAddr></Service></GetServicesResponse>`))
		case r.URL.Path != "/media":
			http.NotFound(w, r)
		case strings.Contains(string(b), "GetProfiles"):
			fmt.Fprint(w, envelope(`<GetProfilesResponse><Profiles token="a&quot;&lt;"/></GetProfilesResponse>`))
		case strings.Contains(string(b), `a&#34;&lt;`):
			fmt.Fprint(w, envelope(`<GetSnapshotUriResponse><MediaUri><Uri>`+elsewhere+`/snap?x=1</Uri></MediaUri></GetSnapshotUriResponse>`))
		}
	}))
	defer s.Close()
	if _, err := first(t.Context(), client(t, s.URL, "user", "password")); err != nil {
		t.Error(err)
	}
	if asked.Load() != "/snap?x=1" {
		t.Errorf("the snapshot was asked for at %v", asked.Load())
	}
	if visits.Load() != 0 {
		t.Errorf("%d visits to another host", visits.Load())
	}
	c := client(t, s.URL, "user", "password")
	if _, err := c.dial(t.Context(), "tcp", "localhost:80"); err == nil {
		t.Error("dialled another host")
	}
	for device, want := range map[string]string{"192.0.2.7:80": "192.0.2.7:99", "127.0.0.1:80": "127.0.0.1:80", "localhost:80": "localhost:80", "[::1]:80": "[::1]:80"} {
		c := client(t, "http://"+device, "user", "password")
		u, err := c.local("http://" + strings.TrimSuffix(device, "80") + "99/x?y")
		if err != nil || u.Host != want || u.Path != "/x" || u.RawQuery != "y" {
			t.Errorf("another port of %s: %v, %v", device, u, err)
		}
	}
}

// TestNamedDevice: a device that is called by a name calls itself by its address, and its
// services have ports of their own; nobody else's address leads to a port.
func TestNamedDevice(t *testing.T) {
	for _, x := range []struct{ device, at, told, want string }{
		{"http://camera.lan/x", "192.168.1.5:80", "http://192.168.1.5:1024/event-1", "http://camera.lan:1024/event-1"},
		{"http://camera.lan/x", "192.168.1.5:80", "http://192.168.1.5/event-1", "http://camera.lan/event-1"},
		{"http://camera.lan:81/x", "192.168.1.5:81", "http://192.168.1.5/event-1", "http://camera.lan/event-1"},
		{"http://camera.lan:81/x", "192.168.1.5:81", "http://192.168.1.6:1024/event-1", "http://camera.lan:81/event-1"},
		{"http://camera.lan/x", "", "http://192.168.1.5:1024/event-1", "http://camera.lan/event-1"},
		{"https://camera.lan/x", "192.168.1.5:443", "http://192.168.1.5:1024/event-1", "https://camera.lan/event-1"},
		{"http://camera.lan/x", "[fd00::5]:80", "http://[fd00::5]:1024/event-1", "http://camera.lan:1024/event-1"},
		{"http://[fd00::5]/x", "[fd00::5]:80", "http://[fd00::5]:1024/event-1", "http://[fd00::5]:1024/event-1"},
		{"http://camera.lan/x", "127.0.0.1:80", "http://127.0.0.1:1024/event-1", "http://camera.lan/event-1"},
		{"http://localhost/x", "192.168.1.5:80", "http://192.168.1.5:1024/event-1", "http://localhost/event-1"},
	} {
		c, err := New(Config{URL: x.device, At: x.at, Clock: clock.System{}})
		if err != nil {
			t.Fatal(err)
		}
		if u, err := c.local(x.told); err != nil || u.String() != x.want {
			t.Errorf("%s at %s tells %s: %v, %v, want %s", x.device, x.at, x.told, u, err, x.want)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func TestNewRefuses(t *testing.T) {
	for _, bad := range []string{"", "rtsp://x/", "http://user:pw@x/", "ftp://x", "http://", "://"} {
		if _, err := New(Config{URL: bad}); err == nil {
			t.Errorf("%q is accepted", bad)
		} else if strings.Contains(err.Error(), "pw") {
			t.Error(err)
		}
	}
	if _, err := (&Client{cfg: Config{}, device: &url.URL{Host: "x"}}).dial(context.Background(), "tcp", "bad"); err == nil {
		t.Error("dialled")
	}
}

// TestOneWrongPassword: after a refusal no further question brings the same password.
func TestOneWrongPassword(t *testing.T) {
	var asked sync.Map
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		for _, action := range []string{"GetServices", "GetCapabilities"} {
			if bytes.Contains(b, []byte(action)) {
				asked.Store(action, true)
			}
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer s.Close()
	if _, err := client(t, s.URL, "user", "wrong").Services(t.Context()); !errors.Is(err, ErrNotAuthorized) {
		t.Errorf("services: %v", err)
	}
	if _, ok := asked.Load("GetServices"); !ok {
		t.Error("it was not asked at all")
	}
	if _, ok := asked.Load("GetCapabilities"); ok {
		t.Error("it was asked once more")
	}
}

// TestSentToHTTPS: a device that sends the hub on to HTTPS is not followed by itself, and
// the port is told; nothing else is believed.
func TestSentToHTTPS(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		device, to string
		status     int
		want       string
	}{
		"its port":           {"http://192.0.2.7/onvif/device_service", "https://192.0.2.7/", 301, "443"},
		"one of its own":     {"http://192.0.2.7:80/x", "https://192.0.2.7:8443/login", 307, "8443"},
		"no redirect":        {"http://192.0.2.7/x", "https://192.0.2.7/", 200, ""},
		"another host":       {"http://192.0.2.7/x", "https://192.0.2.8/", 301, ""},
		"a name":             {"http://192.0.2.7/x", "https://camera.lan/", 301, ""},
		"an account":         {"http://192.0.2.7/x", "https://me@192.0.2.7/", 301, ""},
		"http":               {"http://192.0.2.7/x", "http://192.0.2.7:8080/", 301, ""},
		"no port":            {"http://192.0.2.7/x", "https://192.0.2.7:70000/", 301, ""},
		"port 0":             {"http://192.0.2.7/x", "https://192.0.2.7:0/", 301, ""},
		"of this machine":    {"http://127.0.0.1/x", "https://127.0.0.1:8443/", 301, ""},
		"HTTPS, from itself": {"https://192.0.2.7/x", "https://192.0.2.7:8443/", 301, ""},
	} {
		visits := 0
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			visits++
			w.Header().Set("Location", x.to)
			w.WriteHeader(x.status)
		})
		s := httptest.NewServer(h)
		if strings.HasPrefix(x.device, "https") {
			s.Close()
			s = httptest.NewTLSServer(h)
		}
		at := s.Listener.Addr().String()
		var d net.Dialer
		c, err := New(Config{URL: x.device, Clock: clock.System{}, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "tcp", at) }})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Clock(t.Context())
		c.Close()
		s.Close()
		var on *SecureError
		got := ""
		if errors.As(err, &on) {
			got = on.Port
		}
		if err == nil || got != x.want || visits != 1 {
			t.Errorf("%s: %v, after %d visits", name, err, visits)
		}
	}
}
