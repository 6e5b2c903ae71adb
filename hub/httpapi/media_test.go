package httpapi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
)

// TestClip plays one clip in every way: whole, in ranges, by fragments, as a
// picture and as a download; all of it shows the right camera only.
func TestClip(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front", Audio: true})
	clip := alice.clip(cam)
	path := alice.path("/clips/%s", clip)
	whole := alice.do("GET", path+"/clip.mp4", nil)
	if whole.StatusCode != 200 || whole.Header.Get("Content-Type") != "video/mp4" || whole.Header.Get("Accept-Ranges") != "bytes" {
		t.Fatalf("%s %v", whole.Status, whole.Header)
	}
	film := bodyOf(t, whole)
	checkFilm(t, film, "alice front")

	t.Run("ranges", func(t *testing.T) { checkRanges(t, alice, path+"/clip.mp4", film) })
	t.Run("fragments", func(t *testing.T) { checkFragments(t, alice, path, film) })
	t.Run("thumbnail", func(t *testing.T) {
		answer := alice.do("GET", path+"/thumbnail", nil)
		b := bodyOf(t, answer)
		if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "image/jpeg" || !bytes.HasPrefix(b, []byte{0xff, 0xd8}) {
			t.Fatalf("%s %v", answer.Status, answer.Header)
		}
		checkMarks(t, b, "alice front")
	})
	t.Run("download", func(t *testing.T) { checkDownload(t, r, alice, clip, film) })
	t.Run("facts", func(t *testing.T) {
		var v struct {
			Clip struct {
				ID, Camera, State string
				Duration          int64 `json:"duration_ms"`
				Fragments         int
				Thumbnail         bool
				Tracks            []clipTrack
			}
		}
		decode(t, alice.do("GET", path, nil), &v)
		if v.Clip.ID != clip.String() || v.Clip.Camera != cam.String() || v.Clip.State != "complete" ||
			v.Clip.Duration < 2000 || v.Clip.Fragments < 2 || !v.Clip.Thumbnail {
			t.Errorf("%+v", v.Clip)
		}
		if k := v.Clip.Tracks; len(k) != 2 || k[0].Codec != "H.264" || k[0].Recorded != "" || k[1] != (clipTrack{Kind: "audio", Codec: "AAC", MIME: "mp4a.40.2"}) {
			t.Errorf("tracks %+v", k)
		}
	})
	t.Run("silent", func(t *testing.T) {
		cam, _ := alice.camera(fakecam.Options{Name: "alice back"})
		var made soundAnswer
		decode(t, alice.do("POST", alice.path("/clips/%s/download", alice.clip(cam)), map[string]string{"sound": "recorded"}), &made)
		if made.Sound != nil || made.URL == "" {
			t.Errorf("%+v", made)
		}
	})
}

func checkMarks(t *testing.T, b []byte, camera string) {
	t.Helper()
	marks := fakecam.FindMarks(b)
	if len(marks) == 0 {
		t.Errorf("no mark in %d bytes", len(b))
	}
	for _, m := range marks {
		if m.Name != fakecam.MarkName(camera) {
			t.Fatalf("a mark of another camera: %x", m.Name)
		}
	}
}

// checkFilm parses the file and its index with another hand's code.
func checkFilm(t *testing.T, film []byte, camera string) {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(film))
	if err != nil {
		t.Fatal(err)
	}
	if f.Moov == nil || f.Sidx == nil || len(f.Segments) == 0 {
		t.Error("no moov, sidx or fragments")
	}
	checkMarks(t, film, camera)
}

func checkRanges(t *testing.T, p *person, path string, film []byte) {
	size := int64(len(film))
	for i := range 200 {
		start := rand.Int64N(size)
		end := start + 1 + rand.Int64N(size-start)
		header := fmt.Sprintf("Range: bytes=%d-%d", start, end-1)
		switch i % 4 {
		case 1:
			end, header = size, fmt.Sprintf("Range: bytes=%d-", start)
		case 2:
			end, header = size, fmt.Sprintf("Range: bytes=-%d", size-start)
		}
		answer := p.do("GET", path, nil, header)
		if want := fmt.Sprintf("bytes %d-%d/%d", start, end-1, size); answer.StatusCode != 206 || answer.Header.Get("Content-Range") != want {
			t.Fatalf("%s: %s %q, want %q", header, answer.Status, answer.Header.Get("Content-Range"), want)
		}
		if !bytes.Equal(bodyOf(t, answer), film[start:end]) {
			t.Fatalf("%s: not the bytes of the whole", header)
		}
	}
	for _, header := range []string{"Range: bytes=0-1,4-5", "Range: lines=1-2", "Range: bytes=9-1", "X: y"} {
		if answer := p.do("GET", path, nil, header); answer.StatusCode != 200 || !bytes.Equal(bodyOf(t, answer), film) {
			t.Errorf("%s: %s", header, answer.Status)
		}
	}
	// No validator exists, so nothing ever matches one (W6).
	for _, header := range []string{`If-Range: "x"`, "If-Range: Mon, 01 Jan 2035 00:00:00 GMT"} {
		answer := p.do("GET", path, nil, "Range: bytes=0-1", header, "If-None-Match: *", "If-Modified-Since: Mon, 01 Jan 2035 00:00:00 GMT")
		if answer.StatusCode != 200 || !bytes.Equal(bodyOf(t, answer), film) {
			t.Errorf("%s: %s", header, answer.Status)
		}
	}
	for _, header := range []string{fmt.Sprintf("Range: bytes=%d-", size), "Range: bytes=-0", "Range: bytes=99999999999999999999-"} {
		answer := p.do("GET", path, nil, header)
		wantProblem(t, answer, 416)
		if got := answer.Header.Get("Content-Range"); got != fmt.Sprintf("bytes */%d", size) {
			t.Errorf("%s: %q", header, got)
		}
	}
	head := p.do("HEAD", path, nil)
	if head.StatusCode != 200 || head.ContentLength != size || head.Header.Get("Content-Type") != "video/mp4" || len(bodyOf(t, head)) != 0 {
		t.Errorf("HEAD: %s %d %v", head.Status, head.ContentLength, head.Header)
	}
}

// checkFragments: init and fragments make a film of their own, and every byte
// of a fragment is in the whole.
func checkFragments(t *testing.T, p *person, path string, film []byte) {
	b := bodyOf(t, p.do("GET", path+"/init", nil))
	n := 0
	for ; ; n++ {
		answer := p.do("GET", fmt.Sprintf("%s/fragments/%d", path, n), nil)
		if answer.StatusCode == 404 {
			break
		}
		piece := bodyOf(t, answer)
		if answer.StatusCode != 200 || !bytes.Contains(film, piece) {
			t.Fatalf("fragment %d: %s", n, answer.Status)
		}
		b = append(b, piece...)
	}
	f, err := mp4.DecodeFile(bytes.NewReader(b))
	if err != nil || n < 2 || f.Init == nil {
		t.Fatalf("%d fragments: %v", n, err)
	}
	for _, bad := range []string{"-1", "00", "+0", "x", "", "99999999999999999999", "1048577", "0.0"} {
		if answer := p.do("GET", path+"/fragments/"+bad, nil); answer.StatusCode != 404 {
			t.Errorf("fragment %q: %s", bad, answer.Status)
		}
	}
}

func checkDownload(t *testing.T, r *rig, alice *person, clip media.ClipID, film []byte) {
	var made soundAnswer
	decode(t, alice.do("POST", alice.path("/clips/%s/download", clip), nil), &made)
	if made.Sound == nil || *made.Sound != (soundNote{Codec: "AAC"}) {
		t.Errorf("sound %+v", made.Sound)
	}
	if strings.Contains(made.URL, alice.scope) {
		t.Error("the scope is in the address")
	}
	second := r.signIn("alice") // the same account, another session
	if answer := second.do("GET", made.URL, nil); answer.StatusCode != 404 {
		t.Errorf("another session: %s", answer.Status)
	}
	answer := alice.do("GET", made.URL, nil)
	if answer.StatusCode != 200 || !bytes.Equal(bodyOf(t, answer), film) {
		t.Fatalf("%s, %d bytes of %d", answer.Status, len(bodyOf(t, answer)), len(film))
	}
	kind, params, err := mime.ParseMediaType(answer.Header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || !strings.HasPrefix(params["filename"], "alice-front_2") {
		t.Errorf("%q", answer.Header.Get("Content-Disposition"))
	}
	if answer := alice.do("GET", made.URL, nil, "Range: bytes=0-1"); answer.StatusCode != 206 || !bytes.Equal(bodyOf(t, answer), film[:2]) {
		t.Errorf("the second time: %s", answer.Status)
	}
}

// TestRevokeCutsStreams: a clip under way to a slow reader ends within two
// seconds of the revoke, with and without the hook that says so at once.
func TestRevokeCutsStreams(t *testing.T) {
	t.Parallel()
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprintf("deaf %v", deaf), func(t *testing.T) {
			r := newRig(t)
			r.deaf = deaf
			alice, bob := r.person("alice"), r.person("bob")
			cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
			clip := alice.clip(cam)
			r.grant(alice, cam, bob, gate.History)
			slow := r.slowly(bob, bob.path("/clips/%s/clip.mp4", clip))
			must(t, r.gate.Revoke(t.Context(), r.caller(alice), cam, r.caller(bob).Account))
			from := time.Now()
			wait(t, "the stream's end", func() bool { return r.openStreams() == 0 })
			if took := time.Since(from); took > cutSoon {
				t.Errorf("cut after %v", took)
			}
			slow()
		})
	}
}

// TestSignOutCutsStreams: so does signing out.
func TestSignOutCutsStreams(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	clip := alice.clip(cam)
	slow := r.slowly(alice, alice.path("/clips/%s/clip.mp4", clip))
	answer := alice.do("POST", alice.path("/sign-out"), nil)
	from := time.Now()
	if answer.StatusCode != 204 || !answer.Close || answer.Header.Get("Clear-Site-Data") != `"cache", "storage"` ||
		!strings.HasPrefix(answer.Header.Get("Set-Cookie"), cookieName+"=; Max-Age=0; Path=/;") {
		t.Errorf("%s %v", answer.Status, answer.Header)
	}
	wait(t, "the stream's end", func() bool { return r.openStreams() == 0 })
	if took := time.Since(from); took > cutSoon {
		t.Errorf("cut after %v", took)
	}
	slow()
}

func (r *rig) openStreams() int {
	return len(r.server.streams.matching(func(*stream) bool { return true }))
}

func (r *rig) anyStream() *stream {
	for _, k := range r.server.streams.matching(func(*stream) bool { return true }) {
		return k
	}
	return nil
}

// slowly begins a long answer and reads nothing of it; the function it returns reads
// and checks that it was cut. The client asks for the whole over and over on one
// connection, until the small buffers between are full.
func (r *rig) slowly(p *person, path string) (rest func()) {
	r.t.Helper()
	return r.slowlyAsks(p, "GET", path, "")
}

// slowlyAsks is slowly for any method and body.
func (r *rig) slowlyAsks(p *person, method, path, body string) (rest func()) {
	r.t.Helper()
	conn := r.dialNarrow()
	must(r.t, conn.Handshake())
	far := r.outlets.of(r.t, conn)
	must(r.t, far.SetWriteBuffer(4<<10))
	name, value := p.header()
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n%s: %s\r\n", method, path, r.address, name, value)
	if body != "" {
		head += fmt.Sprintf("Origin: https://%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", r.address, len(body))
	}
	// That nobody takes anything ends it too, after a while: then it would not be the cut.
	r.ahead.by.Add(int64(time.Hour))
	defer r.ahead.by.Add(-int64(time.Hour))
	go func() { // pipelined: the server answers them one after another, until the test or the server hangs up
		for {
			if _, err := fmt.Fprintf(conn, "%s\r\n%s", head, body); err != nil {
				return
			}
		}
	}()
	for r.standsStill(far) == nil { // it stands between two answers: some bytes on, it stands in the next
		const some = 2_000
		if _, err := io.CopyN(io.Discard, conn, some); err != nil {
			r.t.Fatal(err)
		}
	}
	return func() {
		r.t.Helper()
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			r.t.Errorf("the connection was not cut: %v", err)
		}
	}
}

// TestSignOutClosesOtherConnections: a browser keeps several; none of them may
// be left to refuse whoever signs in next.
func TestSignOutClosesOtherConnections(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	kept := r.dial()
	fmt.Fprintf(kept, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s=%s\r\n\r\n", alice.path("/me"), r.address, cookieName, alice.token)
	br := bufio.NewReader(kept)
	if a := readAnswer(t, br, "GET"); a.StatusCode != 200 {
		t.Fatal(a.Status)
	}
	if a := alice.do("POST", alice.path("/sign-out"), nil); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	if _, err := br.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the other connection: %v", err)
	}
}

// TestRevokedIsNotFoundAtOnce: the next request is refused at once.
func TestRevokedIsNotFoundAtOnce(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	r.grant(alice, cam, bob, gate.Live)
	for range 20 {
		if a := bob.do("GET", bob.path("/cameras/%s", cam), nil); a.StatusCode != http.StatusOK {
			t.Fatal(a.Status)
		}
		must(t, r.gate.Revoke(t.Context(), r.caller(alice), cam, r.caller(bob).Account))
		if a := bob.do("GET", bob.path("/cameras/%s", cam), nil); a.StatusCode != http.StatusNotFound {
			t.Fatal(a.Status)
		}
		r.grant(alice, cam, bob, gate.Live)
	}
}
