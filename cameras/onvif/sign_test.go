package onvif

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"lares/cameras/fakecam"
)

// TestOneSignIn: whichever way a device wants requests signed, a wrong password is
// tried once, and the right one comes in.
func TestOneSignIn(t *testing.T) {
	for name, way := range map[string]func(http.RoundTripper) http.RoundTripper{
		"digest": func(r http.RoundTripper) http.RoundTripper { return r },
		"token":  func(r http.RoundTripper) http.RoundTripper { return unchallenged{r} },
	} {
		cam, _ := camera(t, fakecam.Options{})
		wrong := client(t, cam.ONVIFURL(), "user", "guess")
		wrong.http.Transport = way(wrong.http.Transport)
		if _, err := wrong.Survey(t.Context()); !errors.Is(err, ErrNotAuthorized) || cam.WrongSignIns() != 1 {
			t.Errorf("%s: %v after %d sign-ins", name, err, cam.WrongSignIns())
		}
		right := client(t, cam.ONVIFURL(), "user", "password")
		right.http.Transport = way(right.http.Transport)
		if _, err := right.Survey(t.Context()); err != nil || cam.WrongSignIns() != 1 {
			t.Errorf("%s: %v after %d sign-ins", name, err, cam.WrongSignIns())
		}
	}
}

// both is a device whose web server asks for digests, with a new nonce whenever it is
// told to, and whose service asks for a token behind it.
type both struct {
	mu    sync.Mutex
	nonce int
	stale bool
	wrong bool // the password is
	got   []string
}

func (b *both) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	digest, token := r.Header.Get("Authorization"), strings.Contains(string(body), "UsernameToken")
	if digest != "" {
		b.got = append(b.got, map[bool]string{false: "digest", true: "both"}[token])
	} else if token {
		b.got = append(b.got, "token")
	}
	switch {
	case b.wrong, !strings.Contains(digest, fmt.Sprintf(`nonce="n%d"`, b.nonce)):
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="x", nonce="n%d", qop="auth", stale=%t`, b.nonce, b.stale))
		w.WriteHeader(http.StatusUnauthorized)
	case !token:
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `<e:Envelope xmlns:e="x"><e:Body><Fault><Code><Subcode><Value>ter:NotAuthorized</Value></Subcode></Code></Fault></e:Body></e:Envelope>`)
	default:
		fmt.Fprint(w, info)
	}
}

// TestSignsAgain: a refused request is signed once more where it was not the password
// that was refused: a nonce that is over, a token that lacks.
func TestSignsAgain(t *testing.T) {
	b := &both{}
	s := httptest.NewServer(b)
	defer s.Close()
	c := client(t, s.URL, "user", "password")
	step := func(name string, change func(), ok bool, want ...string) {
		t.Helper()
		b.mu.Lock()
		b.got = nil
		change()
		b.mu.Unlock()
		_, err := c.Device(t.Context())
		b.mu.Lock()
		defer b.mu.Unlock()
		if (err == nil) != ok || fmt.Sprint(b.got) != fmt.Sprint(want) {
			t.Errorf("%s: %v after %v, want %v", name, err, b.got, want)
		}
	}
	step("the first", func() {}, true, "digest", "both")
	step("the next", func() {}, true, "both")
	step("another nonce", func() { b.nonce++ }, true, "both", "both")
	step("another password", func() { b.wrong = true }, false, "both")
	c = client(t, s.URL, "user", "password")
	step("a wrong one", func() {}, false, "digest")
	c = client(t, s.URL, "user", "password")
	if err := c.acquaint(t.Context()); err != nil {
		t.Fatal(err)
	}
	step("another nonce at first", func() { b.wrong = false; b.nonce++ }, false, "digest")
	step("a nonce said to be over", func() { b.nonce++; b.stale = true }, true, "digest", "digest", "both")
}

// TestSignAgainBesideOthers: of requests that were signed for a challenge that is over, as
// after another device took the address, each is signed once more, whichever learned the
// new one first.
func TestSignAgainBesideOthers(t *testing.T) {
	const beside = 3
	var old sync.WaitGroup // requests that answer the challenge of before
	old.Add(beside)
	var nonce atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signed, now := r.Header.Get("Authorization"), nonce.Load()
		if strings.Contains(signed, fmt.Sprintf(`nonce="n%d"`, now)) {
			fmt.Fprint(w, info)
			return
		}
		if signed != "" {
			old.Done()
			old.Wait()
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="x", nonce="n%d", qop="auth"`, now))
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer s.Close()
	c := client(t, s.URL, "user", "password")
	if _, err := c.Device(t.Context()); err != nil {
		t.Fatal(err)
	}
	nonce.Add(1)
	errs := make(chan error, beside)
	for range beside {
		go func() { _, err := c.Device(t.Context()); errs <- err }()
	}
	for range beside {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// TestAdmit: what signs in is let in before and told of after, and nothing is asked
// where it is not; what brings no password needs nobody's leave.
func TestAdmit(t *testing.T) {
	cam, c := camera(t, fakecam.Options{})
	var ends []error
	shut := errors.New("shut")
	var door error
	c.cfg.Admit = func(context.Context) (func(error), error) {
		return func(err error) { ends = append(ends, err) }, door
	}
	if _, err := c.Device(t.Context()); err != nil || len(ends) != 1 || ends[0] != nil {
		t.Errorf("%v, told %v", err, ends)
	}
	if _, err := first(t.Context(), c); err != nil || len(ends) < 2 {
		t.Errorf("a picture: %v, told %v", err, ends)
	}
	cam.SetFault(fakecam.WrongPassword)
	ends = nil
	if _, err := c.Device(t.Context()); !errors.Is(err, ErrNotAuthorized) || len(ends) != 1 || !errors.Is(ends[0], ErrNotAuthorized) {
		t.Errorf("refused: %v, told %v", err, ends)
	}
	wrong := cam.WrongSignIns()
	door = shut
	for what, ask := range map[string]func() error{
		"a question": func() error { _, err := c.Device(t.Context()); return err },
		"a picture":  func() error { _, err := first(t.Context(), c); return err },
	} {
		if err := ask(); !errors.Is(err, shut) {
			t.Errorf("%s at a shut door: %v", what, err)
		}
	}
	if _, err := c.Clock(t.Context()); err != nil || cam.WrongSignIns() != wrong {
		t.Errorf("the clock: %v, %d sign-ins after %d", err, cam.WrongSignIns(), wrong)
	}
}
