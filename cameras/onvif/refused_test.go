package onvif

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// guarded is a device that gives a new nonce with each refusal, as most do. It is used by
// one request at a time.
type guarded struct {
	nonce int
	shut  bool     // it takes no password
	open  []string // what it answers to anybody
	wrong int      // sign-ins that were refused
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	signed := r.Header.Get("Authorization")
	asked := func(operation string) bool { return strings.Contains(string(body), "<"+operation) }
	if slices.ContainsFunc(g.open, asked) || !g.shut && strings.Contains(signed, fmt.Sprintf(`nonce="n%d"`, g.nonce)) {
		fmt.Fprint(w, info)
		return
	}
	if signed != "" {
		g.wrong++
	}
	g.nonce++
	w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="x", nonce="n%d", qop="auth"`, g.nonce))
	w.WriteHeader(http.StatusUnauthorized)
}

// TestPasswordChanged: a password that the device took before is tried once more where its
// challenge may be over, and then once a request.
func TestPasswordChanged(t *testing.T) {
	g := &guarded{}
	s := httptest.NewServer(g)
	defer s.Close()
	c := client(t, s.URL, "user", "password")
	if _, err := c.Device(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.shut = true
	for i, want := range []int{2, 3, 4} {
		if _, err := c.Device(t.Context()); !errors.Is(err, ErrNotAuthorized) || g.wrong != want {
			t.Fatalf("request %d: %v after %d refused sign-ins, want %d", i, err, g.wrong, want)
		}
	}
	g.shut = false
	for range 2 { // and now it has a challenge of before
		if _, err := c.Device(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.nonce++
	}
}

// TestWrongPasswordIsTriedOnce, whatever the device asks a sign-in for.
func TestWrongPasswordIsTriedOnce(t *testing.T) {
	for name, open := range map[string][]string{
		"all":                  nil,
		"all but who it is":    {"GetDeviceInformation"},
		"all but what time":    {"GetSystemDateAndTime"},
		"all but time and who": {"GetSystemDateAndTime", "GetDeviceInformation"},
	} {
		t.Run(name, func(t *testing.T) {
			g := &guarded{shut: true, open: open}
			s := httptest.NewServer(g)
			defer s.Close()
			if _, err := client(t, s.URL, "user", "guess").Survey(t.Context()); g.wrong != 1 {
				t.Errorf("%v after %d refused sign-ins", err, g.wrong)
			}
		})
	}
}
