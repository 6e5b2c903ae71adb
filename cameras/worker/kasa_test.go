package worker

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// TestKasa: pictures and sound come out of chunks that HTTP/1.0 does not know, over TLS,
// whichever form of the password the camera wants; a wrong one is named.
func TestKasa(t *testing.T) {
	t.Parallel()
	for _, doorbell := range []bool{false, true} {
		c, err := fakecam.Start(t.Context(), fakecam.Options{Name: "porch", Username: "a@b.example", Password: "secret", HTTPS: true, Doorbell: doorbell})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		host, _, _ := strings.Cut(strings.TrimPrefix(c.ONVIFURL(), "https://"), "/")
		live, _ := watched(t, "kasa://"+host, wire.Start{Username: "a@b.example", Password: "secret"}).played(10, 10)
		if live.Codec != "H.264 + "+media.PCMU.String() || live.Width != 640 {
			t.Errorf("doorbell %t: %+v", doorbell, live)
		}
		if m := watched(t, "kasa://"+host+"/", wire.Start{Username: "a@b.example", Password: "guess"}).awaitState(10*time.Second, wire.WrongPassword); !strings.Contains(m, "refused the user name or password") {
			t.Error(m)
		}
	}
}

// serveKasa is a camera with an answer of its own, and the TLS of real ones.
func serveKasa(t *testing.T, h http.HandlerFunc) string {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = nil
	s.TLS = &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}
	s.StartTLS()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return strings.Replace(s.URL, "https", "kasa", 1)
}

// kasaParts are the parts of the i-th picture, 25 a second, and its sound.
func kasaParts(t testing.TB, i int, stamp func(ms int) string) []byte {
	idr, p := handMade(t)
	film := []byte("\x00\x00\x01" + string(p))
	if i%10 == 0 {
		film = nil
		for _, n := range idr {
			film = append(append(film, 0, 0, 0, 1), n...)
		}
	}
	sound := strings.Repeat("s", 320)
	return fmt.Appendf(nil, "--b\r\nContent-Type: video/x-h264\r\n%sContent-Length: %d\r\n\r\n%s\r\n--b\r\ncontent-type:audio/g711u\r\n%scontent-length:%d\r\n\r\n%s\r\n",
		stamp(i*40), len(film), film, stamp(i*40), len(sound), sound)
}

// TestKasaTimes: a camera's own times count, without chunks too; where it tells none, what
// came counts, and sound follows its samples.
func TestKasaTimes(t *testing.T) {
	t.Parallel()
	for name, stamp := range map[string]func(ms int) string{
		"told":   func(ms int) string { return fmt.Sprintf("X-Timestamp: %.3f\r\n", 1e9+float64(ms)/1000) },
		"not":    func(int) string { return "" },
		"absurd": func(int) string { return "X-Timestamp: nan\r\n" },
	} {
		address := serveKasa(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=b")
			endless(w, r, 40*time.Millisecond, func(i int) []byte { return kasaParts(t, i, stamp) })
		})
		_, units := watched(t, address, wire.Start{}).played(20, 20)
		pictures, sounds := timesOf(units)
		closely := 0
		for i := 1; i < len(sounds); i++ {
			if sounds[i]-sounds[i-1] == 320 {
				closely++
			}
		}
		if closely < len(sounds)*3/4 { // a machine that stalls for a second costs one
			t.Errorf("%s: of %d pieces of sound %d follow the one before closely", name, len(sounds), closely)
		}
		for i := 1; i < len(pictures) && name == "told"; i++ {
			if d := pictures[i] - pictures[i-1]; d != 3600 {
				t.Errorf("picture %d comes %d/90000 s after the one before", i, d)
			}
		}
	}
}

// TestNoKasa: what is none says so, and nothing of it comes out.
func TestNoKasa(t *testing.T) {
	t.Parallel()
	const mixed = "multipart/x-mixed-replace;boundary=b"
	for name, c := range map[string]struct{ kind, body, says string }{
		"a page":             {"", "<html>", "no stream of a Kasa camera"},
		"a wrong length":     {mixed, "--b\r\nContent-Length: -7\r\n\r\n", "makes no sense"},
		"an endless head":    {mixed, "--b\r\n" + strings.Repeat("x: y\r\n", 1<<16), "makes no sense"},
		"an endless line":    {mixed, "--b\r\nX-Timestamp: " + strings.Repeat("9", 1<<20), "makes no sense"},
		"garbage for chunks": {mixed, strings.Repeat("\xa5", 1<<18), "makes no sense"},
		"another codec":      {mixed, strings.Repeat("--b\r\nContent-Type: video/x-h265\r\nContent-Length: 1\r\n\r\nx\r\n--b\r\nContent-Type: audio/aac\r\nContent-Length: 1\r\n\r\nx\r\n", 4) + "--b\r\nContent-Length: x\r\n\r\n", "makes no sense"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := serveKasa(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{c.kind}
				io.WriteString(w, c.body)
			})
			watched(t, address, wire.Start{}).refused(wire.Incompatible, c.says)
		})
	}
}

// FuzzKasa reads arbitrary answers, in chunks and not.
func FuzzKasa(f *testing.F) {
	film := kasaParts(f, 0, func(int) string { return "X-Timestamp: 1.5\r\n" })
	f.Add(film)
	f.Add(fmt.Appendf(nil, "%x\r\n%s\r\n", len(film), film))
	f.Add([]byte("--b\r\nContent-Type: video/x-h265\r\n\r\nx\r\n--b\r\nX-Timestamp: 1e300\r\nContent-Type: audio/g711u\r\n\r\n--b\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		body, err := kasaBody(bufio.NewReader(bytes.NewReader(in)))
		if err != nil {
			return
		}
		k := &kasa{parts: newParts(body, "b"), now: func() time.Duration { return time.Second }}
		for {
			p, err := k.next()
			if err != nil {
				return
			}
			if len(p.nals) == 0 && len(p.sound) == 0 || !p.timed || p.time < 0 || p.size() > media.MaxUnit || len(p.nals) > maxNALs+1 {
				t.Fatalf("%d NAL units, %d bytes at %d", len(p.nals), p.size(), p.time)
			}
		}
	})
}
