package worker

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/cameras/dvrip"
	"lares/cameras/internal/wire"
)

// ear keeps what is said to it.
type ear struct {
	mu    sync.Mutex // guards following
	heard bytes.Buffer
}

// Write keeps b.
func (e *ear) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard.Write(b)
}

func (e *ear) all() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard.String()
}

// TestMovedInTheClear: where a camera was found and nobody gave the address, no
// language gets the password, or what is as good, unless the camera asks for a
// digest or is recognised by the key of the connection.
func TestMovedInTheClear(t *testing.T) {
	t.Parallel()
	const word = "correct-horse"
	for _, address := range []string{
		"http://%/mjpg?user={username}&pwd={password}", "rtmp://%/bcs/ch0.bcs?channel=0", "rtmp://%/a/b?user={username}&password={password}", "dvrip://%/?channel=0",
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			said := &ear{}
			at := accepting(t, func(c net.Conn) {
				b := make([]byte, 4096)
				for {
					n, err := c.Read(b)
					said.Write(b[:n])
					if err != nil {
						return
					}
				}
			})
			e := employ(t, wire.Start{Main: wire.Target{URL: strings.Replace(address, "%", at, 1), Dial: at, Moved: true}, Username: "user", Password: word})
			if m := e.awaitState(30*time.Second, wire.WrongPassword); !strings.Contains(m, "found at another address") || strings.Contains(m, word) {
				t.Errorf("it says %q", m)
			}
			if heard := said.all(); strings.Contains(heard, word) || strings.Contains(heard, dvrip.Hash(word)) {
				t.Errorf("whoever answers heard %q", heard)
			}
		})
	}
}

// TestMovedSignsIn: a moved camera that knows Basic alone is told apart from one that
// asked for a digest before; digests go out.
func TestMovedSignsIn(t *testing.T) {
	t.Parallel()
	for way, want := range map[string]string{viaBasic: "", viaBasic + viaMD5: "Authorization: Digest"} {
		cam := asking(t, way)
		start := cam.signingIn(false)
		start.Main.Moved = true
		e := employ(t, start)
		if want == "" {
			if m := e.awaitState(30*time.Second, wire.WrongPassword); !strings.Contains(m, "found at another address") || strings.Contains(m, "which it did not before") {
				t.Errorf("it says %q", m)
			}
		} else {
			e.await(30*time.Second, "a digest", func() bool { return strings.Contains(cam.all(), want) })
		}
		if heard := cam.all(); strings.Contains(heard, "Authorization: Basic") {
			t.Errorf("the camera heard\n%s", heard)
		}
	}
}

// TestMovedEncrypted: encryption with whoever answers protects nothing; with the
// camera's own key it does.
func TestMovedEncrypted(t *testing.T) {
	t.Parallel()
	got := make(chan string, 100)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header.Get("Authorization") + " " + r.URL.RawQuery
		w.Header().Add("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(s.Close)
	sum := sha256.Sum256(s.Certificate().RawSubjectPublicKeyInfo)
	key := hex.EncodeToString(sum[:])
	start := func(query, kind, pin string) *employer {
		return employ(t, wire.Start{
			Main:     wire.Target{URL: s.URL + "/x" + query, Dial: s.Listener.Addr().String(), Moved: true},
			Username: "user", Password: "secret", PinKind: kind, Pin: pin,
		})
	}
	for _, query := range []string{"", "?p={password}"} {
		if m := start(query, "mac", "m").awaitState(30*time.Second, wire.WrongPassword); !strings.Contains(m, "found at another address") {
			t.Errorf("%s: it says %q", query, m)
		}
	}
	for len(got) > 0 {
		if r := <-got; strings.Contains(r, "Basic") || strings.Contains(r, "secret") {
			t.Errorf("whoever answers heard %q", r)
		}
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:secret"))
	e := start("", pinTLS, key)
	e.awaitState(30*time.Second, wire.WrongPassword)
	heard := ""
	for len(got) > 0 {
		heard += <-got
	}
	if !strings.Contains(heard, basic) {
		t.Errorf("the camera itself heard %q", heard)
	}
}
