package httpapi

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder/evidence"
)

// bundleOf downloads the evidence of an event.
func (p *person) bundleOf(event media.EventID) []byte {
	t := p.r.t
	t.Helper()
	var made struct{ URL string }
	decode(t, p.do("POST", p.path("/events/%s/evidence", event), map[string]string{}), &made)
	answer := p.do("GET", made.URL, nil)
	b := bodyOf(t, answer)
	name := answer.Header.Get("Content-Disposition")
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "application/zip" || !strings.Contains(name, ".zip") || answer.ContentLength != int64(len(b)) {
		t.Fatalf("%s %v, %d bytes", answer.Status, answer.Header, len(b))
	}
	return b
}

// TestEvidence: an event's bundle holds its videos as they play, its files as they lie on the
// disk, and holds together without the hub; who may not save recordings gets none.
func TestEvidence(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front", Audio: true})
	clip := alice.clip(cam)
	var v struct{ Clip clipView }
	decode(t, alice.do("GET", alice.path("/clips/%s", clip), nil), &v)
	whole := bodyOf(t, alice.do("GET", alice.path("/clips/%s/clip.mp4", clip), nil))
	b := alice.bundleOf(v.Clip.Event)
	report, err := evidence.Check(bytes.NewReader(b), int64(len(b)))
	if err != nil || !report.OK() || len(report.Originals) != 1 || report.Originals[0].Clip.Clip != clip {
		t.Fatalf("%+v, %v", report, err)
	}
	if m := report.Manifest; m.By != "alice" || m.Camera != "alice front" {
		t.Errorf("made by %q of %q", m.By, m.Camera)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	held := map[string][]byte{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if held[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	film := held[report.Manifest.Clips[0].Video]
	checkFilm(t, film, "alice front")
	if !bytes.Equal(whole, film) {
		t.Error("the video is not what plays")
	}
	if !strings.Contains(string(held["index.html"]), "alice front") || strings.Contains(string(held["index.html"]), "{{") {
		t.Errorf("the page: %s", held["index.html"])
	}
	if extract := string(held["journal.json"]); !strings.Contains(extract, cam.String()) || !strings.Contains(extract, `"kind": "clip"`) || strings.Contains(extract, `"camera-added"`) {
		t.Errorf("the journal: %s", extract)
	}

	b[bytes.Index(b, []byte("LARCLIP1"))+2000] ^= 1
	if report, err := evidence.Check(bytes.NewReader(b), int64(len(b))); err != nil || report.OK() || report.Changed[0].Part != report.Manifest.Clips[0].Original {
		t.Errorf("changed: %+v, %v", report.Changed, err)
	}

	r.grant(alice, cam, bob, gate.History, gate.Star)
	if a := bob.do("POST", bob.path("/events/%s/evidence", v.Clip.Event), nil); a.StatusCode != 404 {
		t.Errorf("who may only look back: %s", a.Status)
	}
	r.grant(alice, cam, bob, gate.History, gate.Export)
	b = bob.bundleOf(v.Clip.Event)
	report, err = evidence.Check(bytes.NewReader(b), int64(len(b)))
	if err != nil || !report.OK() || report.Manifest.By != "bob" {
		t.Errorf("%+v, %v", report, err)
	}
	if bytes.Contains(b, []byte("fLaC")) || bytes.Contains(b, []byte("mp4a")) {
		t.Error("who may not hear the camera gets its sound")
	}
}
