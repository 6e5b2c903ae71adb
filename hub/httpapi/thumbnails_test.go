package httpapi

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image/color"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder/sealed"
)

// thumbnails asks for a page and takes it apart, as openapi.yaml says.
func (p *person) thumbnails(ids ...string) map[string][]byte {
	p.r.t.Helper()
	return p.pictures(map[string]any{"clips": ids})
}

func (p *person) pictures(asked map[string]any) map[string][]byte {
	p.r.t.Helper()
	answer := p.do("POST", p.path("/thumbnails"), asked)
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "application/octet-stream" || answer.Header.Get("Cache-Control") != "no-store" {
		p.r.t.Fatalf("%s %v %s", answer.Status, answer.Header, bodyOf(p.r.t, answer))
	}
	rest, ok := bytes.CutPrefix(bodyOf(p.r.t, answer), []byte("LARPAGE1"))
	if !ok || hex.EncodeToString(rest[:16]) != p.id {
		p.r.t.Fatalf("a page begins with %x", rest)
	}
	got := map[string][]byte{}
	for rest = rest[16:]; len(rest) > 0; {
		n := binary.BigEndian.Uint32(rest[17:])
		if want := map[bool]byte{true: 1, false: 2}[n > 0]; rest[16] != want {
			p.r.t.Errorf("status %d of a picture of %d bytes", rest[16], n)
		}
		got[hex.EncodeToString(rest[:16])] = rest[21 : 21+n]
		rest = rest[21+n:]
	}
	return got
}

// TestThumbnails: a page is the same pictures that the clips have alone, of the
// caller's own and shared cameras; what is not the caller's and what is not
// there are not on it.
func TestThumbnails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	door, _ := alice.camera(fakecam.Options{Name: "alice door"})
	own, _ := bob.camera(fakecam.Options{Name: "bob yard"})
	hers, his := alice.clip(door).String(), bob.clip(own).String()
	alone := func(p *person, id string) []byte {
		return bodyOf(t, p.do("GET", p.path("/clips/%s/thumbnail", id), nil))
	}
	absent := media.NewClipID().String()
	got := alice.thumbnails(hers, absent, his, "not an id", hers)
	if len(got) != 1 || !bytes.HasPrefix(got[hers], []byte("\xff\xd8")) || !bytes.Equal(got[hers], alone(alice, hers)) {
		t.Errorf("alice's page: %d pictures, %d bytes", len(got), len(got[hers]))
	}
	if got := bob.thumbnails(hers, absent); len(got) != 0 {
		t.Errorf("what bob may not see: %d pictures", len(got))
	}
	r.grant(alice, door, bob, gate.History)
	if got := bob.thumbnails(hers, his); len(got) != 2 || !bytes.Equal(got[hers], alone(bob, hers)) || !bytes.Equal(got[his], alone(bob, his)) {
		t.Errorf("bob's page: %d pictures", len(got))
	}
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), door, r.caller(bob).Account))
	if got := bob.thumbnails(hers, his); len(got) != 1 || len(got[his]) == 0 {
		t.Errorf("after the revoke: %d pictures", len(got))
	}
	for name, body := range map[string]any{
		"nothing":  nil,
		"no clips": map[string]any{"clips": []string{}},
		"too many": map[string]any{"clips": strings.Split(strings.Repeat(hers+" ", 51), " ")[:51]},
		"a size":   map[string]any{"clips": []string{hers}, "size": "small"},
		"a word":   map[string]any{"clips": []string{hers}, "small": "yes"},
		"a text":   map[string]any{"clips": hers},
	} {
		if answer := alice.do("POST", alice.path("/thumbnails"), body); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", name, answer.Status)
		}
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("counted without a fault: %v", n)
	}
}

// TestPreviews: a clip has a small picture and a preview of the right camera, alone and on a
// page, with times within it; others get what they get of its picture, and a program too.
func TestPreviews(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	paper := color.RGBA{150, 40, 40, 255}
	door, _ := alice.camera(fakecam.Options{Name: "alice door", Source: fakecam.TestCard{Color: paper, GOP: time.Second}})
	clip := alice.filmed(door)
	var page struct{ Events []eventView }
	decode(t, alice.do("GET", alice.path("/events?camera=%s&limit=1", door), nil), &page)
	if e := page.Events[0]; e.Picture != clip || !e.Thumbnail || !e.Preview {
		t.Errorf("the event: %+v", e)
	}
	path := alice.path("/clips/%s", clip)
	small := bodyOf(t, alice.do("GET", path+"/thumbnail/small", nil))
	shows(t, small, paper)
	if got := alice.pictures(map[string]any{"clips": []string{clip.String()}, "small": true}); len(got) != 1 || !bytes.Equal(got[clip.String()], small) {
		t.Errorf("a page of %d pictures, %d bytes", len(got), len(got[clip.String()]))
	}
	answer := alice.do("GET", path+"/preview", nil)
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "application/octet-stream" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s %v", answer.Status, answer.Header)
	}
	frames, err := sealed.ParsePreview(bodyOf(t, answer))
	must(t, err)
	var view struct{ Clip clipView }
	decode(t, alice.do("GET", path, nil), &view)
	if last := int64(frames[len(frames)-1].Time / 90); len(frames) < 2 || last <= 0 || last > view.Clip.Duration {
		t.Errorf("%d pictures up to %d ms, of a clip of %d", len(frames), last, view.Clip.Duration)
	}
	for _, f := range frames {
		shows(t, f.JPEG, paper)
	}
	for _, of := range []string{"/preview", "/thumbnail/small"} {
		wantProblem(t, bob.do("GET", bob.path("/clips/%s", clip)+of, nil), http.StatusNotFound)
	}
	program, _ := alice.program(asked{door.String(), []string{"history"}, "all"})
	if b := bodyOf(t, program.do("GET", program.path("/clips/%s/thumbnail/small", clip), nil)); !bytes.Equal(b, small) {
		t.Errorf("a program gets %d bytes", len(b))
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("counted without a fault: %v", n)
	}
}

// shows checks that a small picture is of the camera with that paper.
func shows(t *testing.T, file []byte, paper color.RGBA) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(file))
	must(t, err)
	if w := img.Bounds().Dx(); w != 160 {
		t.Errorf("a picture %d wide", w)
	}
	r, g, b, _ := img.At(2, 40).RGBA()
	for i, d := range []int{int(r>>8) - int(paper.R), int(g>>8) - int(paper.G), int(b>>8) - int(paper.B)} {
		if d < -20 || d > 20 {
			t.Errorf("colour %d is off by %d", i, d)
		}
	}
}

// TestThumbnailsEnd: a page of pictures that somebody does not read is cut
// within two seconds of the revoke, with and without the hook that says so at
// once.
func TestThumbnailsEnd(t *testing.T) {
	t.Parallel()
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprintf("deaf %v", deaf), func(t *testing.T) {
			r := newRig(t)
			r.deaf = deaf
			alice, bob := r.person("alice"), r.person("bob")
			door, _ := alice.camera(fakecam.Options{Name: "alice door"})
			clip := alice.clip(door)
			r.grant(alice, door, bob, gate.History)
			slow := r.slowlyAsks(bob, "POST", bob.path("/thumbnails"), fmt.Sprintf(`{"clips":["%s"]}`, clip))
			from := time.Now()
			must(t, r.gate.Revoke(t.Context(), r.caller(alice), door, r.caller(bob).Account))
			wait(t, "the page's end", func() bool { return r.openStreams() == 0 })
			if took := time.Since(from); took > cutSoon {
				t.Errorf("cut after %v", took)
			}
			slow()
		})
	}
}
