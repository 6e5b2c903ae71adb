package gate

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lares/cameras/media"
	"lares/cameras/media/fmp4/fmp4test"
	"lares/hub/account"
)

// TestSoundIsAnAction: who is not allowed the sound gets every part of a clip
// without it, whole and in any range; so do its guests and its programs.
func TestSoundIsAnAction(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, carol := r.person("ann"), r.person("bob"), r.person("carol")
	cam := r.camera(ann, "door")
	clips := map[string]media.ClipID{}
	clips["AAC"], _ = r.recordAs(cam, fmp4test.Config(true), nil)
	clips["G.711"], _ = r.recordAs(cam, fmp4test.LawConfig(media.PCMA), func(growth []uint32) []uint32 { return growth })
	share := func(to account.Caller, actions ...Action) {
		r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: cam, Account: to.Account, Actions: actions, History: FromStart}))
	}
	share(bob, History, Export, GuestLinks, Audio)
	share(carol, History, Export, GuestLinks)
	hears, _ := r.token(ann, TokenGrant{Camera: cam, Actions: []Action{History, Audio}, History: FromStart})
	deaf, _ := r.token(ann, TokenGrant{Camera: cam, Actions: []Action{History}, History: FromStart})
	for what, clip := range clips {
		for name, c := range map[string]struct {
			who   account.Caller
			heard bool
		}{"the owner": {ann, true}, "bob": {bob, true}, "carol": {carol, false}, "a program": {hears, true}, "a program without": {deaf, false}} {
			r.checkHeard(what+", "+name, r.opener(c.who, cam, clip), c.heard)
		}
		for name, c := range map[string]struct {
			maker account.Caller
			heard bool
		}{"the owner's guest": {ann, true}, "bob's guest": {bob, true}, "carol's guest": {carol, false}} {
			r.checkHeard(what+", "+name, r.guestOpener(r.visitOf(c.maker, clip), c.heard), c.heard)
		}
	}
	v := r.visitOf(bob, clips["AAC"])
	share(bob, History, GuestLinks)
	r.checkHeard("bob, narrowed", r.opener(bob, cam, clips["AAC"]), false)
	r.checkHeard("bob's guest, narrowed", r.guestOpener(v, true), false)
	export := r.clipPass(carol, clips["AAC"], Export)
	o, err := r.Opener(t.Context(), export, r.file(cam, clips["AAC"]))
	r.must(err)
	r.checkHeard("carol's export", o, false)
}

// guestOpener is what a guest opens its clip with, by the pass it came with, told
// to hear or not, and then asked anew.
func (r *rig) guestOpener(v Visit, came bool) *ClipOpener {
	r.t.Helper()
	if v.Pass.Heard() != came {
		r.t.Errorf("a guest comes with sound: %v", v.Pass.Heard())
	}
	_, p, err := r.AdmitGuest(r.t.Context(), v.Token, v.Scope, "192.0.2.9")
	r.must(err)
	o, err := r.Opener(r.t.Context(), p, r.file(p.Camera(), p.Clip()))
	r.must(err)
	return o
}

// checkHeard: all parts agree, and ffprobe finds sound or none.
func (r *rig) checkHeard(what string, o *ClipOpener, heard bool) {
	r.t.Helper()
	for _, s := range []Sound{Playable, Recorded} {
		tracks, err := o.Tracks(s)
		r.must(err)
		if sound := len(tracks) == 2; sound != heard || !tracks[0].Codec.Video() {
			r.t.Errorf("%s: tracks %+v", what, tracks)
		}
		l, err := o.Layout(r.t.Context(), s)
		r.must(err)
		film := r.write(o, MP4Part(0, l.Size, s))
		if int64(len(film)) != l.Size {
			r.t.Errorf("%s: %d bytes, said to be %d", what, len(film), l.Size)
		}
		if n := fmp4test.Numbers(film); len(n) != 30 || n[29] != 29 {
			r.t.Errorf("%s: pictures %v", what, n)
		}
		checkIndex(r.t, film, 3)
		r.checkRanges(o, s, film)
		if s == Playable {
			r.checkParts(o, l, film)
		}
		want := "video"
		if heard {
			want = "video audio"
		}
		if got := streamsOf(r.t, film); got != "" && got != want {
			r.t.Errorf("%s: ffprobe finds %q, want %q", what, got, want)
		}
	}
	if picture := r.write(o, ThumbnailPart()); len(picture) == 0 {
		r.t.Errorf("%s: no picture", what)
	}
}

// streamsOf is what ffprobe finds in a film; "" without ffprobe.
func streamsOf(t *testing.T, film []byte) string {
	t.Helper()
	if _, err := exec.LookPath("ffprobe"); err != nil {
		t.Log("ffprobe is not installed: the streams are not looked at")
		return ""
	}
	name := filepath.Join(t.TempDir(), "film.mp4")
	if err := os.WriteFile(name, film, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", name).Output()
	if err != nil {
		t.Fatalf("ffprobe: %v", err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}
