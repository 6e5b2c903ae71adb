package httpapi

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/hub/gate"
)

// TestRecordedSoundIsAnAction: a clip with AAC from a camera, over HTTP: whoever
// may not hear gets the same pictures and no sound track, in the whole, in ranges,
// in fragments and in a download, with a grant, a token and a guest link.
func TestRecordedSoundIsAnAction(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, carol := r.person("alice"), r.person("bob"), r.person("carol")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front", Audio: true})
	clip := alice.clip(cam)
	r.grant(alice, cam, bob, gate.History, gate.Export, gate.GuestLinks, gate.Audio)
	r.grant(alice, cam, carol, gate.History, gate.Export, gate.GuestLinks)
	hears, _ := alice.program(asked{Camera: cam.String(), Actions: []string{"history", "export", "audio"}, History: "all"})
	deaf, _ := alice.program(asked{Camera: cam.String(), Actions: []string{"history", "export"}, History: "all"})
	var whole []byte
	for _, c := range []struct {
		name  string
		who   *person
		heard bool
	}{{"alice", alice, true}, {"bob", bob, true}, {"carol", carol, false}, {"a program", hears, true}, {"a program without", deaf, false}} {
		path := c.who.path("/clips/%s", clip)
		var info struct{ Clip clipView }
		decode(t, c.who.do("GET", path, nil), &info)
		film := checkSound(t, c.name, c.who, path, info.Clip.filmView, c.heard)
		if c.who == alice {
			whole = film
		}
		if same := bytes.Equal(film, whole); same != c.heard {
			t.Errorf("%s: the owner's film: %v", c.name, same)
		}
		for _, form := range []string{"playable", "recorded"} {
			var made soundAnswer
			decode(t, c.who.do("POST", path+"/download", map[string]string{"sound": form}), &made)
			if b := bodyOf(t, c.who.do("GET", made.URL, nil)); !bytes.Equal(b, film) || (made.Sound != nil) != c.heard {
				t.Errorf("%s: a download of %d bytes, want %d; sound %+v", c.name, len(b), len(film), made.Sound)
			}
		}
	}
	for _, c := range []struct {
		maker *person
		heard bool
	}{{alice, true}, {bob, true}, {carol, false}} {
		_, secret := c.maker.link(clip, 1)
		g := r.visitor(secret)
		var info struct{ Clip guestClipView }
		decode(t, g.do("GET", g.at("/clip"), nil), &info)
		film := checkSound(t, c.maker.name+"'s guest", g, strings.TrimSuffix(g.at("/"), "/"), info.Clip.filmView, c.heard)
		if same := bytes.Equal(film, whole); same != c.heard {
			t.Errorf("%s's guest: the owner's film: %v", c.maker.name, same)
		}
	}
}

// checkSound asks for all parts of a clip and has ffprobe look at it.
func checkSound(t *testing.T, name string, p *person, path string, info filmView, heard bool) (film []byte) {
	t.Helper()
	whole := p.do("GET", path+"/clip.mp4", nil)
	if film = bodyOf(t, whole); whole.StatusCode != 200 || whole.ContentLength != int64(len(film)) || whole.Header.Get("Etag") != "" {
		t.Fatalf("%s: %s %v", name, whole.Status, whole.Header)
	}
	checkFilm(t, film, "alice front")
	checkRanges(t, p, path+"/clip.mp4", film)
	checkFragments(t, p, path, film)
	if b := bodyOf(t, p.do("GET", path+"/thumbnail", nil)); !bytes.HasPrefix(b, []byte{0xff, 0xd8}) {
		t.Errorf("%s: no picture", name)
	}
	if sound := len(info.Tracks) == 2; sound != heard || info.Tracks[0].Kind != "video" {
		t.Errorf("%s: tracks %+v", name, info.Tracks)
	}
	if _, err := exec.LookPath("ffprobe"); err != nil {
		t.Log("ffprobe is not installed: the streams are not looked at")
		return film
	}
	file := filepath.Join(t.TempDir(), "clip.mp4")
	must(t, os.WriteFile(file, film, 0o600))
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", file).Output()
	want := "video"
	if heard {
		want = "video audio"
	}
	if got := strings.Join(strings.Fields(string(out)), " "); err != nil || got != want {
		t.Errorf("%s: ffprobe finds %q (%v), want %q", name, got, err, want)
	}
	return film
}
