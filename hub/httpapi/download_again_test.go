package httpapi

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"lares/hub/gate"
	"lares/recorder/evidence"
)

// headLikeGet asks for the head of what an address downloads: it says what the answer says, and
// delivers nothing.
func (p *person) headLikeGet(url string, answer *http.Response) {
	t := p.r.t
	t.Helper()
	before := len(p.journal("").Entries)
	head := p.do("HEAD", url, nil, "Range: bytes=1-2")
	if b := bodyOf(t, head); head.StatusCode != 200 || len(b) != 0 || head.ContentLength != answer.ContentLength {
		t.Errorf("HEAD: %s, %d bytes of %d", head.Status, len(b), head.ContentLength)
	}
	for _, name := range []string{"Content-Type", "Content-Disposition", "ETag", "Accept-Ranges", "Cache-Control", "Content-Range"} {
		if head.Header.Get(name) != answer.Header.Get(name) {
			t.Errorf("HEAD: %s: %q, of GET %q", name, head.Header.Get(name), answer.Header.Get(name))
		}
	}
	if n := len(p.journal("").Entries); n != before {
		t.Errorf("HEAD: %d more lines in the journal", n-before)
	}
}

// TestDownloadGoesOn: a clip's download that broke off goes on at its address, by the same bytes,
// for whom it was made and no longer than they may.
func TestDownloadGoesOn(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	r.grant(alice, cam, bob, gate.History, gate.Export)
	clip := r.lay(cam, time.Now().Add(-time.Hour).Truncate(time.Second), 20, 500).Clip
	address := func(who *person) string {
		var made struct{ URL string }
		decode(t, who.do("POST", who.path("/clips/%s/download", clip), nil), &made)
		return made.URL
	}
	url := address(alice)
	answer := alice.do("GET", url, nil)
	film, tag := bodyOf(t, answer), answer.Header.Get("ETag")
	if answer.StatusCode != 200 || answer.ContentLength != int64(len(film)) || answer.Header.Get("Accept-Ranges") != "bytes" || len(tag) < 20 || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s %v", answer.Status, answer.Header)
	}
	if whole := bodyOf(t, alice.do("GET", alice.path("/clips/%s/clip.mp4", clip), nil)); !bytes.Equal(whole, film) {
		t.Errorf("%d bytes, of which %d play", len(film), len(whole))
	}
	for range 20 {
		at := rand.IntN(len(film))
		a := alice.do("GET", url, nil, fmt.Sprintf("Range: bytes=%d-", at), "If-Range: "+tag)
		if want := fmt.Sprintf("bytes %d-%d/%d", at, len(film)-1, len(film)); a.StatusCode != 206 || a.Header.Get("Content-Range") != want || a.Header.Get("ETag") != tag || !bytes.Equal(bodyOf(t, a), film[at:]) {
			t.Fatalf("%s: %s %v", want, a.Status, a.Header)
		}
	}
	if a := alice.do("GET", url, nil, "Range: bytes=5-9", `If-Range: "another"`); a.StatusCode != 200 || !bytes.Equal(bodyOf(t, a), film) {
		t.Errorf("of another file: %s", a.Status)
	}
	wantProblem(t, alice.do("GET", url, nil, fmt.Sprintf("Range: bytes=%d-", len(film))), http.StatusRequestedRangeNotSatisfiable)
	alice.headLikeGet(url, answer)
	if other := alice.do("GET", address(alice), nil); other.Header.Get("ETag") == tag {
		t.Error("two addresses have one validator")
	}

	his := address(bob)
	if a := bob.do("GET", his, nil); a.StatusCode != 200 || a.Header.Get("ETag") == tag {
		t.Errorf("bob: %s %v", a.Status, a.Header)
	}
	for _, method := range []string{"GET", "HEAD"} {
		if a := bob.do(method, url, nil); a.StatusCode != 404 {
			t.Errorf("alice's address, by bob: %s", a.Status)
		}
	}
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), cam, r.caller(bob).Account))
	for _, method := range []string{"GET", "HEAD"} {
		if a := bob.reconnected().do(method, his, nil); a.StatusCode != 404 {
			t.Errorf("after the revoke: %s", a.Status)
		}
	}
}

// TestEvidenceAgain: a bundle's address may be asked again: each answer is a bundle of its own, so
// there are no ranges of one.
func TestEvidenceAgain(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	r.lay(cam, begin, 5, 100)
	url := alice.export(cam, begin, begin.Add(5*time.Second), "evidence", 0).URL
	for range 2 {
		a := alice.do("GET", url, nil, "Range: bytes=5-9")
		b := bodyOf(t, a)
		if a.StatusCode != 200 || a.Header.Get("Accept-Ranges") != "" || a.Header.Get("ETag") != "" || a.Header.Get("Content-Length") != strconv.Itoa(len(b)) {
			t.Errorf("%s %v", a.Status, a.Header)
		}
		if report, err := evidence.Check(bytes.NewReader(b), int64(len(b))); err != nil || !report.OK() || report.Repacked {
			t.Errorf("%+v, %v", report, err)
		}
	}
	must(t, r.journal.Flush(t.Context()))
	head := alice.do("HEAD", url, nil)
	if b := bodyOf(t, head); head.StatusCode != 200 || len(b) != 0 || head.ContentLength < 1000 || head.Header.Get("Content-Type") != "application/zip" {
		t.Errorf("HEAD: %s %v", head.Status, head.Header)
	}
}
