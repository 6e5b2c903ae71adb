package worker

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// TestESeeCloud: both streams of a camera come out, pictures and sound, signed in by the
// one way that such cameras know; a wrong password is named.
func TestESeeCloud(t *testing.T) {
	t.Parallel()
	c, err := fakecam.Start(t.Context(), fakecam.Options{Name: "shed", Username: "admin", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	host, _, _ := strings.Cut(strings.TrimPrefix(c.ONVIFURL(), "http://"), "/")
	for path, width := range map[string]int{"/livestream/11": 640, "/livestream/12": 320} {
		live, _ := watched(t, "eseecloud://"+host+path, wire.Start{Username: "admin", Password: "secret"}).played(10, 10)
		if live.Codec != "H.264 + "+media.PCMA.String() || live.Width != width {
			t.Errorf("%s: %+v", path, live)
		}
	}
	if m := watched(t, "eseecloud://"+host+"/livestream/11", wire.Start{Username: "admin", Password: "guess"}).awaitState(10*time.Second, wire.WrongPassword); !strings.Contains(m, "refused the user name or password") {
		t.Error(m)
	}
}

// TestNoESeeCloud: what is none says so, and nothing of it comes out.
func TestNoESeeCloud(t *testing.T) {
	t.Parallel()
	const head = "m=video 96 H264/90000\r\n\r\n"
	for name, c := range map[string]struct{ body, code, says string }{
		"a page":          {"<html>\r\n\r\n", wire.Incompatible, "no stream of ESeeCloud"},
		"an endless line": {strings.Repeat("x", 1<<20), wire.Incompatible, "no stream of ESeeCloud"},
		"garbage":         {head + string(bytes.Repeat([]byte{0xa5}, 1<<20)), wire.Incompatible, "no stream of ESeeCloud"},
		"a huge frame":    {head + "$\x00\x00\x00\x7f\xff\xff\xff", wire.Incompatible, "no stream of ESeeCloud"},
		"another codec":   {"m=video 96 VP9/90000\r\nm=audio 8 G711/8000\r\n\r\n" + "$\x00\x00\x00\x00\x00\x00\x0d\x80\x08" + strings.Repeat("\x00", 11), wire.Incompatible, "another codec"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serving(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, c.body) })
			watched(t, strings.Replace(s.URL, "http", "eseecloud", 1), wire.Start{}).refused(c.code, c.says)
		})
	}
}
