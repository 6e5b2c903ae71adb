package httpapi

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// ffmpeg runs it over a film and returns what it writes to its standard output.
func ffmpeg(t testing.TB, film []byte, args ...string) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "film.mp4")
	must(t, os.WriteFile(name, film, 0o600))
	var out, bad bytes.Buffer
	c := exec.Command("ffmpeg", append([]string{"-v", "error", "-xerror", "-i", name}, args...)...)
	c.Stdout, c.Stderr = &out, &bad
	if err := c.Run(); err != nil || bad.Len() > 0 {
		t.Fatalf("ffmpeg %v: %v: %s", args, err, bad.Bytes())
	}
	return out.Bytes()
}

// lawCamera sends pictures with B pictures among them, and G.711: alaw or ulaw.
func lawCamera(t testing.TB, law string) fakecam.File {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: nothing makes a camera's film")
	}
	f := fakecam.File{Path: filepath.Join(t.TempDir(), "film.mp4"), Audio: filepath.Join(t.TempDir(), "sound."+law)}
	codec := map[string]string{"alaw": "pcm_alaw", "ulaw": "pcm_mulaw"}[law]
	for _, args := range [][]string{
		{"-f", "lavfi", "-i", "testsrc2=size=320x176:rate=12", "-t", "6", "-c:v", "libx264", "-g", "12", "-bf", "2", "-pix_fmt", "yuv420p", f.Path},
		{"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=8000", "-t", "6", "-ac", "1", "-c:a", codec, "-f", strings.TrimPrefix(codec, "pcm_"), f.Audio},
	} {
		if text, err := exec.Command("ffmpeg", append([]string{"-v", "error"}, args...)...).CombinedOutput(); err != nil {
			t.Skipf("ffmpeg cannot make a camera's film: %v: %s", err, text)
		}
	}
	return f
}

type soundAnswer struct {
	URL   string
	Sound *soundNote
}

// TestG711 follows a camera's G.711 through the hub: sealed as it came, played
// as FLAC with the very same samples, downloaded in either form, live as FLAC.
func TestG711(t *testing.T) {
	t.Parallel()
	for law, name := range map[string]string{"alaw": "G.711 A-law", "ulaw": "G.711 µ-law"} {
		t.Run(law, func(t *testing.T) {
			r := newRig(t)
			alice, bob := r.person("alice"), r.person("bob")
			cam, _ := alice.camera(fakecam.Options{Name: "alice front", Source: lawCamera(t, law)})
			clip := alice.clip(cam)
			path := alice.path("/clips/%s", clip)
			film := bodyOf(t, alice.do("GET", path+"/clip.mp4", nil))
			checkFilm(t, film, "alice front")
			checkRanges(t, alice, path+"/clip.mp4", film)
			checkFragments(t, alice, path, film)
			checkTracks(t, alice, path, name)

			playable := fetch(t, alice, clip, map[string]string{"sound": "playable"}, soundNote{Codec: "FLAC", Recorded: name})
			if !bytes.Equal(playable, film) {
				t.Error("the playable download is not clip.mp4")
			}
			if again := fetch(t, alice, clip, nil, soundNote{Codec: "FLAC", Recorded: name}); !bytes.Equal(again, film) {
				t.Error("no wish is not playable")
			}
			recorded := fetch(t, alice, clip, map[string]string{"sound": "recorded"}, soundNote{Codec: name})
			pcm := []string{"-map", "0:a", "-f", "s16le", "-"}
			is, was := ffmpeg(t, film, pcm...), ffmpeg(t, recorded, pcm...)
			if !bytes.Equal(is, was) || len(was) < 2*8000 {
				t.Errorf("%d bytes of sound became %d others", len(was), len(is))
			}
			hashes := []string{"-map", "0:v", "-f", "framemd5", "-"}
			if !bytes.Equal(ffmpeg(t, film, hashes...), ffmpeg(t, recorded, hashes...)) {
				t.Error("the pictures are not the same in both")
			}
			for _, body := range []map[string]string{{"sound": "loud"}, {"noise": "recorded"}} {
				wantProblem(t, alice.do("POST", path+"/download", body), 400)
			}
			checkForeign(t, bob, clip)
		})
	}
}

func checkTracks(t *testing.T, p *person, path, recorded string) {
	t.Helper()
	var v struct{ Clip struct{ Tracks []clipTrack } }
	decode(t, p.do("GET", path, nil), &v)
	if len(v.Clip.Tracks) != 2 {
		t.Fatalf("%+v", v.Clip.Tracks)
	}
	picture, sound := v.Clip.Tracks[0], v.Clip.Tracks[1]
	if picture.Kind != "video" || picture.Codec != "H.264" || picture.Width != 320 || picture.Height != 176 || picture.Recorded != "" {
		t.Errorf("picture %+v", picture)
	}
	if sound != (clipTrack{Kind: "audio", Codec: "FLAC", MIME: "flac", Recorded: recorded}) {
		t.Errorf("sound %+v", sound)
	}
}

// fetch downloads a clip the way the page does.
func fetch(t *testing.T, p *person, clip media.ClipID, body any, want soundNote) []byte {
	t.Helper()
	var made soundAnswer
	decode(t, p.do("POST", p.path("/clips/%s/download", clip), body), &made)
	if made.Sound == nil || *made.Sound != want {
		t.Errorf("%v: sound %+v, want %+v", body, made.Sound, want)
	}
	return bodyOf(t, p.do("GET", made.URL, nil))
}

// checkForeign: another's clip and one that is not there look the same.
func checkForeign(t *testing.T, bob *person, clip media.ClipID) {
	t.Helper()
	for _, end := range []string{"", "/clip.mp4", "/init", "/fragments/0"} {
		foreign, absent := bob.do("GET", bob.path("/clips/%s%s", clip, end), nil), bob.do("GET", bob.path("/clips/%s%s", media.NewClipID(), end), nil)
		if a, b := shape(t, foreign), shape(t, absent); foreign.StatusCode != 404 || a != b {
			t.Errorf("%s: %s, absent: %s", end, a, b)
		}
	}
	for _, sound := range []string{"playable", "recorded", "loud"} {
		body := map[string]string{"sound": sound}
		foreign, absent := bob.do("POST", bob.path("/clips/%s/download", clip), body), bob.do("POST", bob.path("/clips/%s/download", media.NewClipID()), body)
		if a, b := shape(t, foreign), shape(t, absent); foreign.StatusCode != 404 || a != b {
			t.Errorf("%s: %s, absent: %s", sound, a, b)
		}
	}
}

// TestG711Live: announced and muxed as FLAC, and it decodes.
func TestG711Live(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front", Source: lawCamera(t, "alaw")})
	v := alice.watchLive()
	v.watch(1, cam, "main")
	shown := v.more(1, 60)
	if len(shown.tracks) != 2 || shown.tracks[1] != `audio/mp4; codecs="flac"` {
		t.Fatalf("tracks %q", shown.tracks)
	}
	sound := ffmpeg(t, shown.films[2].bytes, "-f", "s16le", "-")
	if len(sound) < 8000 || len(bytes.Trim(sound, "\x00")) == 0 {
		t.Errorf("%d bytes of sound", len(sound))
	}
	checkOrder(t, shown.films[1].bytes, 12)
	checkMarks(t, shown.films[1].bytes, "alice front")
}

// checkOrder: pictures are shown one by one at the film's pace although they
// come in another order, and none before it is decoded.
func checkOrder(t *testing.T, film []byte, fps int) {
	t.Helper()
	file, err := mp4.DecodeFile(bytes.NewReader(film))
	must(t, err)
	var shown []int64
	reordered := false
	for _, s := range file.Segments {
		for _, x := range s.Fragments {
			samples, err := x.GetFullSamples(file.Init.Moov.Mvex.Trex)
			must(t, err)
			for _, s := range samples {
				at := s.PresentationTime()
				reordered = reordered || len(shown) > 0 && at < shown[len(shown)-1]
				if shown = append(shown, at); s.CompositionTimeOffset < 0 {
					t.Errorf("picture %d is shown %d ticks before it is decoded", len(shown), -s.CompositionTimeOffset)
				}
			}
		}
	}
	slices.Sort(shown)
	shown = shown[:max(len(shown)-3, 0)] // pictures before the last ones may not be here yet
	for i, at := range shown {
		if i > 0 && (at-shown[i-1]-int64(90000/fps)) != 0 {
			t.Errorf("picture %d is shown %d ticks after the one before", i, at-shown[i-1])
		}
	}
	if !reordered || len(shown) < fps {
		t.Errorf("%d pictures, reordered: %v", len(shown), reordered)
	}
}

// TestLiveAnnouncesCodecs: what a browser may not know is announced by its true
// name; the client decides.
func TestLiveAnnouncesCodecs(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		make []string
		want []string
	}{
		"H.265 and Opus": {
			[]string{"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", "6", "-c:a", "libopus", "-c:v", "libx265",
				"-x265-params", "log-level=none:keyint=12:bframes=2", "-tag:v", "hvc1"},
			[]string{`video/mp4; codecs="hvc1.`, `audio/mp4; codecs="opus"`},
		},
		"Motion JPEG": {[]string{"-c:v", "mjpeg"}, []string{`video/mp4; codecs="mp4v.6C"`}},
	} {
		t.Run(what, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "film.mp4")
			args := append([]string{"-v", "error", "-f", "lavfi", "-t", "6", "-i", "testsrc2=size=320x176:rate=12"}, c.make...)
			if text, err := exec.Command("ffmpeg", append(args, "-pix_fmt", "yuvj420p", name)...).CombinedOutput(); err != nil {
				t.Skipf("ffmpeg cannot make a camera's film: %v: %s", err, text)
			}
			r := newRig(t)
			alice := r.person("alice")
			cam, _ := alice.camera(fakecam.Options{Name: "alice front", Source: fakecam.File{Path: name}})
			v := alice.watchLive()
			v.watch(1, cam, "main")
			shown := v.more(1, 30)
			if len(shown.tracks) != len(c.want) {
				t.Fatalf("tracks %q", shown.tracks)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(shown.tracks[i], want) {
					t.Errorf("track %q, want %q", shown.tracks[i], want)
				}
			}
			for _, f := range shown.films {
				ffmpeg(t, f.bytes, "-f", "null", "-")
			}
		})
	}
}

// TestRecordingClipGrows: each answer to a clip that is being written is whole
// in itself: sizes, ranges and bytes fit, and what was there stays.
func TestRecordingClipGrows(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front", Source: lawCamera(t, "alaw")})
	if a := alice.do("POST", alice.path("/cameras/%s/trigger", cam), nil); a.StatusCode != 202 {
		t.Fatal(a.Status)
	}
	var clip media.ClipID
	wait(t, "the clip to begin", func() bool {
		var page struct{ Events []eventView }
		decode(t, alice.do("GET", alice.path("/events?camera=%s", cam), nil), &page)
		if len(page.Events) == 1 && !page.Events[0].Clip.IsZero() {
			clip = page.Events[0].Clip
		}
		return !clip.IsZero() && alice.do("GET", alice.path("/clips/%s/clip.mp4", clip), nil).StatusCode == 200
	})
	path := alice.path("/clips/%s/clip.mp4", clip)
	for range 20 {
		film := bodyOf(t, alice.do("GET", path, nil))
		ffmpeg(t, film, "-f", "null", "-")
		at := rand.IntN(len(film))
		answer := alice.do("GET", path, nil, fmt.Sprintf("Range: bytes=%d-", at))
		var first, last, size int
		if _, err := fmt.Sscanf(answer.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &size); err != nil || answer.StatusCode != 206 {
			t.Fatalf("%s %v", answer.Status, answer.Header)
		}
		if rest := bodyOf(t, answer); first != at || last != size-1 || len(rest) != size-at || size < len(film) {
			t.Fatalf("%d bytes of %d from %d; the whole was %d", len(rest), size, at, len(film))
		}
	}
}
