package httpapi

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/cameras/media/fmp4/fmp4test"
	"lares/hub/gate"
	"lares/recorder"
	"lares/recorder/evidence"
)

type exportAnswer struct {
	URL    string
	Export *exported
}

// exported is what an export holds, or is estimated to.
type exported struct {
	From, To time.Time
	Length   int64 `json:"length_ms"`
	Bytes    int64
	Clips    int
	Left     int `json:"left_out"`
}

// export makes the address of an export.
func (p *person) export(cam media.CameraID, from, to time.Time, kind string, speed int) (made exportAnswer) {
	p.r.t.Helper()
	a := p.do("POST", p.path("/cameras/%s/export", cam), exportBody(from, to, kind, speed))
	if decode(p.r.t, a, &made); a.StatusCode != 200 {
		p.r.t.Fatalf("%s %s", a.Status, bodyOf(p.r.t, a))
	}
	return made
}

func exportBody(from, to time.Time, kind string, speed int) map[string]any {
	body := map[string]any{"from": from.UTC().Format(time.RFC3339Nano), "to": to.UTC().Format(time.RFC3339Nano), "kind": kind}
	if speed != 0 {
		body["speed"] = speed
	}
	return body
}

// playsFor is how long ffprobe finds that a film plays, and that ffmpeg decodes all of it.
func playsFor(t *testing.T, film []byte) time.Duration {
	t.Helper()
	ffmpeg(t, film, "-f", "null", "-")
	name := filepath.Join(t.TempDir(), "film.mp4")
	must(t, os.WriteFile(name, film, 0o600))
	told, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", name).Output()
	must(t, err)
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(told)), 64)
	must(t, err)
	return time.Duration(seconds * float64(time.Second))
}

func near(a, b time.Duration) bool { return (a - b).Abs() <= max(200*time.Millisecond, b/50) }

func numbers(from, to uint64) (all []uint64) {
	for n := from; n < to; n++ {
		all = append(all, n)
	}
	return all
}

// TestExport: a span over two clips that follow each other, a gap and a third is one film, cut
// at the picture with which decoding begins, as long as what is recorded and a short pause, and
// each range of it is the same bytes, with the same validator.
func TestExport(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	r.lay(cam, begin, 11, 500)
	r.lay(cam, begin.Add(11*time.Second), 11, 500)
	r.lay(cam, begin.Add(40*time.Second), 11, 500)
	made := alice.export(cam, begin.Add(3*time.Second), begin.Add(45*time.Second), "video", 0)
	const length = 9*time.Second + 11*time.Second + 2*time.Second + 5*time.Second
	x := made.Export
	if x.Clips != 3 || x.Left != 0 || !x.From.Equal(begin.Add(2*time.Second)) || !x.To.Equal(begin.Add(45*time.Second)) || time.Duration(x.Length)*time.Millisecond != length {
		t.Errorf("made %+v, began %v", x, begin)
	}
	answer := alice.do("GET", made.URL, nil)
	film := bodyOf(t, answer)
	tag := answer.Header.Get("ETag")
	if answer.StatusCode != 200 || answer.ContentLength != x.Bytes || int64(len(film)) != x.Bytes || answer.Header.Get("Content-Type") != "video/mp4" || answer.Header.Get("Accept-Ranges") != "bytes" ||
		len(tag) < 20 || answer.Header.Get("Cache-Control") != "no-store" || !strings.Contains(answer.Header.Get("Content-Disposition"), "alice-front_") {
		t.Fatalf("%s %v, %d bytes of %d", answer.Status, answer.Header, len(film), x.Bytes)
	}
	if got, want := fmp4test.Numbers(film), slices.Concat(numbers(20, 110), numbers(0, 110), numbers(0, 50)); !slices.Equal(got, want) {
		t.Errorf("shows %v", got)
	}
	if plays := playsFor(t, film); !near(plays, length) {
		t.Errorf("plays for %v, not %v", plays, length)
	}
	checkTimes(t, film, []time.Duration{0, 9 * time.Second, 22 * time.Second})

	for range 60 {
		start := rand.Int64N(x.Bytes)
		end := start + 1 + rand.Int64N(x.Bytes-start)
		a := alice.do("GET", made.URL, nil, fmt.Sprintf("Range: bytes=%d-%d", start, end-1), "If-Range: "+tag)
		if want := fmt.Sprintf("bytes %d-%d/%d", start, end-1, x.Bytes); a.StatusCode != 206 || a.Header.Get("Content-Range") != want || a.Header.Get("ETag") != tag || !bytes.Equal(bodyOf(t, a), film[start:end]) {
			t.Fatalf("%s: %s %v", want, a.Status, a.Header)
		}
	}
	for _, header := range []string{`If-Range: "another"`, "If-Range: Mon, 01 Jan 2035 00:00:00 GMT", "Range: bytes=0-1,4-5"} {
		if a := alice.do("GET", made.URL, nil, "Range: bytes=5-9", header); a.StatusCode != 200 || !bytes.Equal(bodyOf(t, a), film) {
			t.Errorf("%s: %s", header, a.Status)
		}
	}
	wantProblem(t, alice.do("GET", made.URL, nil, fmt.Sprintf("Range: bytes=%d-", x.Bytes)), 416)
	alice.headLikeGet(made.URL, answer)

	twice := begin.Add(5 * time.Minute) // an event begins with what the stretch before it ends with
	r.lay(cam, twice, 11, 50)
	r.lay(cam, twice.Add(8*time.Second), 6, 50)
	made = alice.export(cam, twice, twice.Add(time.Minute), "video", 0)
	once := bodyOf(t, alice.do("GET", made.URL, nil))
	if got, want := fmp4test.Numbers(once), slices.Concat(numbers(0, 80), numbers(0, 60)); !slices.Equal(got, want) {
		t.Errorf("what two clips hold is shown as %v", got)
	}
	checkTimes(t, once, []time.Duration{0, 8 * time.Second})

	within := begin.Add(10 * time.Minute) // a stretch that began and ended in the pre-roll of an event
	r.lay(cam, within.Add(-6*time.Second), 8, 50)
	r.lay(cam, within, 21, 50)
	r.lay(cam, within.Add(2*time.Second), 4, 50)
	r.lay(cam, within.Add(20*time.Second), 4, 50)
	for from, want := range map[time.Duration][]uint64{
		-time.Minute: slices.Concat(numbers(0, 60), numbers(0, 200), numbers(0, 40)), 3 * time.Second: slices.Concat(numbers(20, 200), numbers(0, 40)),
	} {
		made = alice.export(cam, within.Add(from), within.Add(time.Minute), "video", 0)
		if got := fmp4test.Numbers(bodyOf(t, alice.do("GET", made.URL, nil))); !slices.Equal(got, want) {
			t.Errorf("from %v: what one clip holds of another is shown as %v", from, got)
		}
		if e := alice.estimate(cam, within.Add(from), within.Add(time.Minute), "video", 0); e.Clips != made.Export.Clips || e.Length > made.Export.Length || e.Length < made.Export.Length-1000 {
			t.Errorf("estimated %+v of %+v", e, made.Export)
		}
	}

	estimate := alice.estimate(cam, begin.Add(3*time.Second), begin.Add(45*time.Second), "video", 0)
	if estimate.Clips != 3 || !near(time.Duration(estimate.Length)*time.Millisecond, length-time.Second) || estimate.Bytes < x.Bytes*8/10 || estimate.Bytes > x.Bytes*12/10 {
		t.Errorf("estimated %+v of %+v", estimate, x)
	}
	if again := alice.export(cam, begin.Add(3*time.Second), begin.Add(45*time.Second), "video", 0); alice.do("GET", again.URL, nil).Header.Get("ETag") == tag {
		t.Error("another address has the same validator")
	}
}

// TestEstimateOfWhatIsWritten: of a file that is being written an export, and its own size, are told by
// what is in it by now, and not by what its row was entered with.
func TestEstimateOfWhatIsWritten(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	begin := time.Now().Add(-40 * time.Second)
	row := r.lay(cam, begin, 40, 2000)
	whole := row.Bytes
	row.State, row.Bytes, row.Duration = recorder.StateOpen, 2000, 0
	must(t, r.store.ClipClosed(t.Context(), row))
	for _, from := range []time.Duration{0, 20 * time.Second} {
		x := alice.export(cam, begin.Add(from), begin.Add(30*time.Second), "video", 0).Export
		e := alice.estimate(cam, begin.Add(from), begin.Add(30*time.Second), "video", 0)
		if e.Bytes < x.Bytes*8/10 || e.Bytes > x.Bytes*12/10 || e.Bytes > whole || e.Clips != 1 {
			t.Errorf("from %v: estimated %+v of %+v", from, e, x)
		}
	}
	var clip struct {
		Clip struct {
			Bytes int64
			State recorder.ClipState
		}
	}
	decode(t, alice.do("GET", alice.path("/clips/%s", row.Clip), nil), &clip)
	if got := clip.Clip; got.State != recorder.StateOpen || got.Bytes < whole*9/10 || got.Bytes > whole {
		t.Errorf("the clip is told as %+v of %d bytes", got, whole)
	}
	must(t, os.Remove(r.fileOf(row)))
	wantKind(t, alice.do("GET", exportPath(alice, cam, begin, begin.Add(30*time.Second), "video", 0), nil), 409, "damaged")
}

// exportPath asks what an export would be.
func exportPath(p *person, cam media.CameraID, from, to time.Time, kind string, speed int) string {
	path := p.path("/cameras/%s/export?from=%s&to=%s&kind=%s", cam, from.UTC().Format(time.RFC3339Nano), to.UTC().Format(time.RFC3339Nano), kind)
	if speed != 0 {
		path += fmt.Sprintf("&speed=%d", speed)
	}
	return path
}

func (p *person) estimate(cam media.CameraID, from, to time.Time, kind string, speed int) (e exported) {
	p.r.t.Helper()
	a := p.do("GET", exportPath(p, cam, from, to, kind, speed), nil)
	if decode(p.r.t, a, &e); a.StatusCode != 200 {
		p.r.t.Fatalf("%s %s", a.Status, bodyOf(p.r.t, a))
	}
	return e
}

// checkTimes: the parts of a film begin at these times, and its fragments count up.
func checkTimes(t *testing.T, film []byte, want []time.Duration) {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(film))
	must(t, err)
	var got []time.Duration
	last, sequence := int64(-1), uint32(0)
	for _, s := range f.Segments {
		for _, x := range s.Fragments {
			if x.Moof.Mfhd.SequenceNumber <= sequence {
				t.Errorf("fragment %d follows %d", x.Moof.Mfhd.SequenceNumber, sequence)
			}
			sequence = x.Moof.Mfhd.SequenceNumber
			at := int64(x.Moof.Traf.Tfdt.BaseMediaDecodeTime())
			if part := int64(sequence >> 16); part != last {
				last, got = part, append(got, time.Duration(at)*time.Second/90000)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("parts begin at %v, not %v", got, want)
	}
}

// TestExportRefusals: each thing that cannot be exported is told in words of its own.
func TestExportRefusals(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	first, second := r.lay(cam, begin, 5, 100), r.lay(cam, begin.Add(5*time.Second), 5, 100)
	for _, c := range []struct {
		from, to time.Duration
		kind     string
		speed    int
		status   int
		problem  string
	}{
		{-time.Minute, -time.Second, "video", 0, 409, "nothing-recorded"},
		{time.Minute, 2 * time.Minute, "evidence", 0, 409, "nothing-recorded"},
		{-24 * time.Hour, time.Second, "video", 0, 409, "too-long"},
		{time.Second, 0, "video", 0, 400, "bad-input"},
		{0, time.Second, "film", 0, 400, "bad-input"},
		{0, time.Second, "video", 2, 400, "bad-input"},
		{0, time.Second, "time-lapse", 1, 400, "bad-input"},
		{0, time.Second, "time-lapse", 3601, 400, "bad-input"},
	} {
		wantKind(t, alice.do("POST", alice.path("/cameras/%s/export", cam), exportBody(begin.Add(c.from), begin.Add(c.to), c.kind, c.speed)), c.status, c.problem)
	}
	for _, speed := range []any{0, 1, 3601, 2.5, -3, "fast"} {
		body := exportBody(begin, begin.Add(time.Second), "time-lapse", 0)
		body["speed"] = speed
		a := alice.do("POST", alice.path("/cameras/%s/export", cam), body)
		if b := bodyOf(t, a); a.StatusCode != 400 || !bytes.Contains(b, []byte("A time-lapse is 2 to 3600 times faster.")) {
			t.Errorf("%v times faster: %s %s", speed, a.Status, b)
		}
	}
	open, ask := second, func(problem, words string) {
		t.Helper()
		path := alice.path("/cameras/%s/export", cam)
		for _, a := range []*http.Response{alice.do("GET", exportPath(alice, cam, begin, begin.Add(time.Minute), "evidence", 0), nil), alice.do("POST", path, exportBody(begin, begin.Add(time.Minute), "evidence", 0))} {
			b := bodyOf(t, a)
			if a.StatusCode != 409 || !bytes.Contains(b, []byte("problem:"+problem)) || !bytes.Contains(b, []byte(words)) {
				t.Errorf("%s of evidence: %s %s, not %s", a.Request.Method, a.Status, b, problem)
			}
		}
	}
	open.State = recorder.StateOpen
	must(t, r.store.ClipClosed(t.Context(), open))
	ask("recording", "Choose an earlier end")
	if e := alice.estimate(cam, begin, begin.Add(time.Minute), "video", 0); e.Clips != 2 {
		t.Errorf("a video of what is being written: %+v", e)
	}
	open.State = recorder.StateDamaged
	must(t, r.store.ClipClosed(t.Context(), open))
	ask("damaged", "A clip of this time is not as written. Choose a time without it")
	must(t, r.store.ClipClosed(t.Context(), second))
	must(t, os.Remove(r.fileOf(first)))
	for _, x := range []exported{alice.estimate(cam, begin, begin.Add(time.Minute), "video", 0), *alice.export(cam, begin, begin.Add(time.Minute), "video", 0).Export} {
		if x.Clips != 1 || x.Left != 1 {
			t.Errorf("with a file gone: %+v", x)
		}
	}
	ask("damaged", "A clip of this time is not as written. Choose a time without it")
	second.State = recorder.StateDamaged
	must(t, r.store.ClipClosed(t.Context(), second))
	refuses := func(from time.Time, kind, words string) {
		t.Helper()
		for _, method := range []string{"GET", "POST"} {
			path, body := alice.path("/cameras/%s/export", cam), any(exportBody(from, begin.Add(time.Minute), kind, 0))
			if method == "GET" {
				path, body = exportPath(alice, cam, from, begin.Add(time.Minute), kind, 0), nil
			}
			a := alice.do(method, path, body)
			if b := bodyOf(t, a); a.StatusCode != 409 || !bytes.Contains(b, []byte("problem:damaged")) || !bytes.Contains(b, []byte(words)) {
				t.Errorf("%s of %s: %s %s", method, kind, a.Status, b)
			}
		}
	}
	refuses(begin.Add(5*time.Second), "video", "A clip of this time is damaged or gone")
	refuses(begin.Add(5*time.Second), "evidence", "A clip of this time is damaged or gone")
	refuses(begin, "video", "2 clips of this time are damaged or gone")
	first.State = recorder.StateDamaged
	must(t, r.store.ClipClosed(t.Context(), first))
	refuses(begin.Add(time.Millisecond), "video", "2 clips of this time are damaged or gone")
	refuses(begin.Add(time.Millisecond), "evidence", "2 clips of this time are damaged or gone")
}

// TestExportOfChanged: of a clip of which the disk changed a byte an export breaks off once. Nothing was
// mixed up; from then on it is known to be damaged, and left out.
func TestExportOfChanged(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	first := r.lay(cam, begin, 5, 100)
	r.lay(cam, begin.Add(5*time.Second), 5, 100)
	refused, made := r.gate.Refused(), alice.export(cam, begin, begin.Add(time.Minute), "video", 0)
	b, err := os.ReadFile(r.fileOf(first))
	must(t, err)
	b[len(b)/2] ^= 1
	must(t, os.WriteFile(r.fileOf(first), b, 0o600))
	if e := alice.estimate(cam, begin, begin.Add(time.Minute), "video", 0); e.Clips != 2 || e.Left != 0 {
		t.Errorf("before it is read: %+v", e)
	}
	// On a connection of its own: on a kept one that ends before the answer begins a client asks once more.
	a, err := alice.reconnected().try("GET", made.URL, nil)
	if err == nil { // it began to be answered
		_, err = io.Copy(io.Discard, a.Body)
		a.Body.Close()
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("what is under way: %v", err)
	}
	if e := alice.estimate(cam, begin, begin.Add(time.Minute), "video", 0); e.Clips != 1 || e.Left != 1 {
		t.Errorf("behind that: %+v", e)
	}
	made = alice.export(cam, begin, begin.Add(time.Minute), "video", 0)
	a = alice.do("GET", made.URL, nil)
	if film := bodyOf(t, a); a.StatusCode != 200 || !slices.Equal(fmp4test.Numbers(film), numbers(0, 50)) {
		t.Errorf("the second one: %s, shows %v", a.Status, fmp4test.Numbers(film))
	}
	if now := r.gate.Refused(); !maps.Equal(now, refused) {
		t.Errorf("refused %v, before %v", now, refused)
	}
}

// TestExportIsAsked: who may not export is told what a stranger is, on each request; who may
// only from some time on gets nothing of before; and what is under way ends with the right.
func TestExportIsAsked(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob, carol := r.person("bob"), r.person("carol")
	r.grant(alice, cam, bob, gate.History, gate.Export)
	r.grant(alice, cam, carol, gate.History)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	r.lay(cam, begin, 20, 20_000)
	body := exportBody(begin, begin.Add(20*time.Second), "video", 0)
	absent := shape(t, carol.do("POST", carol.path("/cameras/%s/export", media.NewCameraID()), body))
	if a := carol.do("POST", carol.path("/cameras/%s/export", cam), body); shape(t, a) != absent {
		t.Errorf("who may only look back: %s", a.Status)
	}
	made := bob.export(cam, begin, begin.Add(20*time.Second), "video", 0)
	if a := alice.do("GET", made.URL, nil); a.StatusCode != 404 {
		t.Errorf("bob's address, by alice: %s", a.Status)
	}
	whole := bodyOf(t, bob.do("GET", made.URL, nil))
	playsFor(t, whole)
	var page journalPage
	wait(t, "the end of an export in the journal", func() bool {
		page = alice.journal("&kind=export-end")
		return len(page.Entries) == 1
	})
	if e := page.Entries[0]; e.Camera != cam || e.Bytes != int64(len(whole)) || e.Actor.Name != "bob" || e.Detail["until"] == nil {
		t.Errorf("the journal says %+v", e)
	}

	slow := r.slowly(bob, made.URL)
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), cam, r.caller(bob).Account))
	from := time.Now()
	wait(t, "the stream's end", func() bool { return r.openStreams() == 0 })
	if took := time.Since(from); took > cutSoon {
		t.Errorf("cut after %v", took)
	}
	slow()
	bob = bob.reconnected()
	if a := bob.do("GET", made.URL, nil); a.StatusCode != 404 {
		t.Errorf("after the revoke: %s", a.Status)
	}
	must(t, r.gate.Grant(t.Context(), r.caller(alice), gate.GrantRequest{Camera: cam, Account: r.caller(carol).Account, Actions: []gate.Action{gate.History, gate.Export}, History: gate.FromNow}))
	wantKind(t, carol.do("POST", carol.path("/cameras/%s/export", cam), body), 409, "nothing-recorded")
}

// TestExportCrossed: a file in the place of another, and one of another person's, are refused
// and counted before a byte of anything, as with any other clip.
func TestExportCrossed(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	bob := r.person("bob")
	other, _ := bob.camera(fakecam.Options{Name: "bob hall"})
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	first, second := r.lay(cam, begin, 5, 100), r.lay(cam, begin.Add(5*time.Second), 5, 100)
	foreign := r.lay(other, begin, 5, 100)
	made := alice.export(cam, begin, begin.Add(10*time.Second), "video", 0)
	was, err := os.ReadFile(r.fileOf(second))
	must(t, err)
	for name, in := range map[string]recorder.ClipRow{"her own other clip": first, "bob's clip": foreign} {
		b, err := os.ReadFile(r.fileOf(in))
		must(t, err)
		must(t, os.WriteFile(r.fileOf(second), b, 0o600))
		before := refused(r)
		for _, a := range []*http.Response{alice.do("GET", made.URL, nil), alice.do("POST", alice.path("/cameras/%s/export", cam), exportBody(begin, begin.Add(10*time.Second), "evidence", 0))} {
			wantProblem(t, a, 404)
		}
		if refused(r) < before+2 {
			t.Errorf("%s: not counted", name)
		}
	}
	must(t, os.WriteFile(r.fileOf(second), was, 0o600))
	if a := alice.do("GET", made.URL, nil); a.StatusCode != 200 {
		t.Errorf("as it was: %s", a.Status)
	}
}

// refused is how many crossed wires the hub refused.
func refused(r *rig) (n uint64) {
	for _, c := range r.vault.Refusals().Snapshot() {
		n += c
	}
	return n
}

// TestExportSound: an event's clip with G.711 is exported with it, as FLAC, and without a word
// of it for who may not hear the camera; ranges are the same bytes in both.
func TestExportSound(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front", Source: lawCamera(t, "alaw")})
	clip := alice.clip(cam)
	r.grant(alice, cam, bob, gate.History, gate.Export)
	row, err := r.store.Clip(t.Context(), clip)
	must(t, err)
	from, to := row.Start.Add(-time.Minute), row.Start.Add(time.Minute)
	wait(t, "the clip to lie back far enough", func() bool { return time.Since(row.Start.Add(row.Duration)) > 6*time.Second })
	whole := bodyOf(t, alice.do("GET", alice.path("/clips/%s/clip.mp4", clip), nil))
	lapse := bodyOf(t, alice.do("GET", alice.export(cam, from, to, "time-lapse", 2).URL, nil))
	if b := bodyOf(t, bob.do("GET", bob.export(cam, from, to, "time-lapse", 2).URL, nil)); !bytes.Equal(b, lapse) {
		t.Errorf("time-lapses of %d and %d bytes", len(lapse), len(b))
	}
	if plays := playsFor(t, lapse); !near(plays, row.Duration/2) {
		t.Errorf("a time-lapse plays for %v, not %v", plays, row.Duration/2)
	}
	for _, who := range []*person{alice, bob} {
		made := who.export(cam, from, to, "video", 0)
		film := bodyOf(t, who.do("GET", made.URL, nil))
		if plays := playsFor(t, film); !near(plays, row.Duration) {
			t.Errorf("plays for %v, not %v", plays, row.Duration)
		}
		checkMarks(t, film, "alice front")
		pictures := []string{"-map", "0:v", "-vsync", "0", "-f", "rawvideo", "-"}
		if is, was := ffmpeg(t, film, pictures...), ffmpeg(t, whole, pictures...); !bytes.Equal(is, was) {
			t.Errorf("%d bytes of pictures are not the %d of the clip", len(is), len(was))
		}
		for range 20 {
			at := rand.IntN(len(film))
			if a := who.do("GET", made.URL, nil, fmt.Sprintf("Range: bytes=%d-", at)); a.StatusCode != 206 || !bytes.Equal(bodyOf(t, a), film[at:]) {
				t.Fatalf("from %d: %s", at, a.Status)
			}
		}
		half := who.export(cam, row.Start.Add(row.Duration/2), to, "video", 0)
		part := bodyOf(t, who.do("GET", half.URL, nil))
		playsFor(t, part)
		if int64(len(part)) != half.Export.Bytes || len(part) >= len(film) || !half.Export.From.After(made.Export.From) {
			t.Errorf("the second half: %d bytes of %d, said %+v", len(part), len(film), half.Export)
		}
		if who == bob {
			for _, b := range [][]byte{film, part} {
				if bytes.Contains(b, []byte("fLaC")) || bytes.Contains(b, []byte("alaw")) || bytes.Contains(b, []byte("soun")) {
					t.Error("who may not hear the camera gets its sound")
				}
			}
			continue
		}
		pcm := []string{"-map", "0:a", "-f", "s16le", "-"}
		if is, was := ffmpeg(t, film, pcm...), ffmpeg(t, whole, pcm...); !bytes.Equal(is, was) || len(was) < 8000 {
			t.Errorf("%d bytes of sound became %d", len(was), len(is))
		}
	}
}

// TestExportEvidence: a span's bundle has all clips that reach into it, whole, once.
func TestExportEvidence(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	for n := range 3 {
		r.lay(cam, begin.Add(time.Duration(n)*5*time.Second), 5, 100)
	}
	made := alice.export(cam, begin.Add(time.Second), begin.Add(9*time.Second), "evidence", 0)
	b := bodyOf(t, alice.do("GET", made.URL, nil))
	report, err := evidence.Check(bytes.NewReader(b), int64(len(b)))
	if err != nil || !report.OK() || len(report.Originals) != 2 {
		t.Fatalf("%+v, %v", report, err)
	}
	if z, err := zip.NewReader(bytes.NewReader(b), int64(len(b))); err != nil || len(z.File) != 2*2+4 {
		t.Errorf("%v", err)
	}
	if e := alice.estimate(cam, begin.Add(time.Second), begin.Add(9*time.Second), "evidence", 0); e.Clips != 2 || !near(time.Duration(e.Length)*time.Millisecond, 10*time.Second) || e.Bytes < int64(len(b))/2 || e.Bytes > 2*int64(len(b)) {
		t.Errorf("estimated %+v of %d bytes", e, len(b))
	}
}
