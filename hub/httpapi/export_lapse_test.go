package httpapi

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"lares/cameras/media/fmp4/fmp4test"
)

// TestTimeLapse: pictures that stand alone, each or as many as are shown, as much faster as was
// wanted. It has its length and its ranges: a download that broke off goes on by the same bytes.
func TestTimeLapse(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	for n := range 5 {
		r.lay(cam, begin.Add(time.Duration(n)*40*time.Second), 40, 50)
	}
	for _, c := range []struct{ speed, pictures int }{{10, 100}, {100, 50}, {3600, 3}} { // one each two seconds; thirty a second of film
		made := alice.export(cam, begin, begin.Add(200*time.Second), "time-lapse", c.speed)
		a := alice.do("GET", made.URL, nil)
		film, tag := bodyOf(t, a), a.Header.Get("ETag")
		want := 200 * time.Second / time.Duration(c.speed)
		if size := int64(len(film)); a.StatusCode != 200 || a.ContentLength != size || len(tag) < 20 || a.Header.Get("Accept-Ranges") != "bytes" {
			t.Errorf("%s %v, %d bytes", a.Status, a.Header, size)
		}
		if made.Export.Bytes != 0 || (time.Duration(made.Export.Length)*time.Millisecond-want).Abs() > time.Millisecond {
			t.Errorf("made %+v", made.Export)
		}
		shown := fmp4test.Numbers(film)
		if len(shown) != c.pictures || slices.ContainsFunc(shown, func(n uint64) bool { return n%20 != 0 }) {
			t.Errorf("%d times faster: %v", c.speed, shown)
		}
		if plays := playsFor(t, film); !near(plays, want) {
			t.Errorf("%d times faster: plays for %v, not %v", c.speed, plays, want)
		}
		if e := alice.estimate(cam, begin, begin.Add(200*time.Second), "time-lapse", c.speed); e.Bytes < int64(len(film)) || !near(time.Duration(e.Length)*time.Millisecond, want) {
			t.Errorf("%d times faster: estimated %+v of %d bytes", c.speed, e, len(film))
		}
		for range 60 {
			start := rand.IntN(len(film))
			end := start + 1 + rand.IntN(len(film)-start)
			a := alice.do("GET", made.URL, nil, fmt.Sprintf("Range: bytes=%d-%d", start, end-1), "If-Range: "+tag)
			if want := fmt.Sprintf("bytes %d-%d/%d", start, end-1, len(film)); a.StatusCode != 206 || a.Header.Get("Content-Range") != want || a.Header.Get("ETag") != tag || !bytes.Equal(bodyOf(t, a), film[start:end]) {
				t.Fatalf("%s: %s %v", want, a.Status, a.Header)
			}
		}
		if a := alice.do("GET", made.URL, nil, "Range: bytes=5-9", `If-Range: "another"`); a.StatusCode != 200 || !bytes.Equal(bodyOf(t, a), film) {
			t.Errorf("of another film: %s", a.Status)
		}
		wantProblem(t, alice.do("GET", made.URL, nil, fmt.Sprintf("Range: bytes=%d-", len(film))), http.StatusRequestedRangeNotSatisfiable)
	}
}

// TestTimeLapseOfChanged: a clip of which the disk changed a byte that is shown is left out: what is
// sent is whole.
func TestTimeLapseOfChanged(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	first := r.lay(cam, begin, 10, 100)
	r.lay(cam, begin.Add(10*time.Second), 6, 100)
	made := alice.export(cam, begin, begin.Add(time.Minute), "time-lapse", 4)
	b, err := os.ReadFile(r.fileOf(first))
	must(t, err)
	for n := len(b) / 2; n < len(b)*3/4; n++ { // two seconds and more: some picture that is shown
		b[n] ^= 1
	}
	must(t, os.WriteFile(r.fileOf(first), b, 0o600))
	a := alice.do("GET", made.URL, nil)
	film := bodyOf(t, a)
	if a.StatusCode != 200 || a.ContentLength != int64(len(film)) || !slices.Equal(fmp4test.Numbers(film), []uint64{0, 20, 40}) {
		t.Errorf("%s %v, shows %v", a.Status, a.Header, fmp4test.Numbers(film))
	}
	if plays := playsFor(t, film); !near(plays, 6*time.Second/4) {
		t.Errorf("plays for %v", plays)
	}
}

// TestTimeLapseNotMeasured: one whose length is not known in time, or whose turn does not come, is sent
// all the same, whole, and promises no range.
func TestTimeLapseNotMeasured(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	r.lay(cam, begin, 40, 50)
	made := alice.export(cam, begin, begin.Add(40*time.Second), "time-lapse", 10)
	measured := bodyOf(t, alice.do("GET", made.URL, nil))
	r.stop()
	for what, change := range map[string]func(*Server){
		"no time": func(s *Server) { s.measureIn = 0 },
		"no turn": func(s *Server) { s.measures, s.measureIn = make(chan struct{}), 20*time.Millisecond },
	} {
		a := alice.onAnother("test", change).do("GET", made.URL, nil, "Range: bytes=5-9")
		if film := bodyOf(t, a); a.StatusCode != 200 || a.ContentLength >= 0 || a.Header.Get("ETag") != "" || a.Header.Get("Accept-Ranges") != "" || !bytes.Equal(film, measured) {
			t.Errorf("%s: %s %v, %d bytes of %d", what, a.Status, a.Header, len(film), len(measured))
		}
		r.stop()
	}
}
