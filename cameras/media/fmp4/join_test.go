package fmp4_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/media"
	"lares/cameras/media/costtest"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
)

// film is what becomes part of a joined one.
type film struct {
	config    media.Config
	init      []byte
	fragments [][]byte
	units     []media.AccessUnit
}

// realFilm has an encoder make three seconds of pictures of that width, and of AAC.
func realFilm(t *testing.T, ffmpeg string, width int, encoder string) film {
	t.Helper()
	dir := t.TempDir()
	video := filepath.Join(dir, "video.mp4")
	args := strings.Fields(fmt.Sprintf("-v error -f lavfi -i testsrc=size=%dx96:rate=15 -pix_fmt yuv420p -g 20 -t %d %s", width, realSeconds, encoder))
	if text, err := exec.Command(ffmpeg, append(args, "-movflags", "frag_keyframe+empty_moov+default_base_moof", video)...).CombinedOutput(); err != nil {
		t.Skipf("ffmpeg has no such encoder here: %s", text)
	}
	picture, pictures := demux(t, video)
	picture.ID, picture.Codec, picture.Width, picture.Height = 1, media.H264, uint16(width), 96
	for i := range pictures { // as of a camera, 90 kHz
		pictures[i].DTS = pictures[i].DTS * fmp4.TimeScale / int64(picture.ClockRate)
		pictures[i].PTS = pictures[i].PTS * fmp4.TimeScale / int64(picture.ClockRate)
	}
	picture.ClockRate = fmp4.TimeScale
	sound, sounds := realSound(t, ffmpeg, dir, media.AAC, 16000, 1)
	f := film{config: media.Config{Tracks: []media.Track{picture, sound}}, units: append(slices.Clone(pictures), sounds...)}
	f.init, f.fragments = muxAll(t, f.config, f.units)
	return f
}

// TestJoin: films of different sizes, one after the other with a gap, are one that ffmpeg
// decodes without a word; each packet is there and where it belongs, and so is the sound, of
// which nothing lies in the time of another film.
func TestJoin(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: real streams are not joined")
	}
	small, large := realFilm(t, ffmpeg, 128, "-c:v libx264 -bf 0"), realFilm(t, ffmpeg, 160, "-c:v libx264 -bf 2")
	const second = fmp4.TimeScale
	parts := []struct {
		film
		silent bool
		at, to uint64
	}{{small, false, 0, 3 * second}, {large, false, 3 * second, 6 * second}, {small, true, 8 * second, 11 * second}, {small, false, 11 * second, 13 * second}}
	var j fmp4.Join
	sources := make([]*fmp4.Source, len(parts))
	for i, p := range parts {
		if sources[i], err = j.Add(p.init, p.silent); err != nil {
			t.Fatal(err)
		}
	}
	var body []byte
	var refs []fmp4.SidxRef
	for i, p := range parts {
		start := len(body)
		for n, f := range p.fragments {
			was := len(body)
			body, err = sources[i].Fragment(body, f, fmp4.Place{Sequence: uint32(i<<16 + n + 1), Shift: int64(p.at), From: p.at, To: p.to})
			if err != nil {
				t.Fatal(err)
			}
			if rest := len(f) + sources[i].Growth() - (len(body) - was); rest < 8 {
				t.Fatalf("fragment %d of film %d leaves %d bytes", n, i, rest)
			} else {
				body = fmp4.AppendFree(body, rest)
			}
		}
		ref := fmp4.SidxRef{Size: uint32(len(body) - start), Duration: uint32(p.to - p.at), Sync: true}
		if i+1 < len(parts) {
			ref.Duration = uint32(parts[i+1].at - p.at)
		}
		refs = append(refs, ref)
	}
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	out := j.Init(nil, 13*second, began)
	out, err = fmp4.AppendSidx(out, fmp4.PictureTrack, 0, refs)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "joined.mp4")
	if err := os.WriteFile(name, append(out, body...), 0o600); err != nil {
		t.Fatal(err)
	}
	silently(t, ffmpeg, name)
	var video, audio []string
	for _, p := range parts {
		for _, u := range p.units {
			switch {
			case u.Type == media.UnitVideo:
				video = append(video, fmt.Sprint(u.DTS+int64(p.at)))
			case !p.silent && u.DTS+int64(p.at*16000/second) < int64(p.to*16000/second):
				audio = append(audio, fmt.Sprint(u.DTS+int64(p.at*16000/second)))
			}
		}
	}
	if got := strings.Fields(probe(t, name, "packet=dts", "-select_streams", "v")); !slices.Equal(got, video) {
		t.Errorf("pictures are decoded at\n%v\nnot at\n%v", got, video)
	}
	if got := strings.Fields(probe(t, name, "packet=dts", "-select_streams", "a")); !slices.Equal(got, audio) {
		t.Errorf("sounds are at\n%v\nnot at\n%v", got, audio)
	}
	told, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "format=duration:format_tags=creation_time", "-of", "csv=p=0", name).Output()
	if err != nil || strings.TrimSpace(string(told)) != "13.000000,2026-03-01T12:00:00.000000Z" {
		t.Errorf("the file tells %q, %v", told, err)
	}
	seek := exec.Command(ffmpeg, "-v", "error", "-xerror", "-ss", "9", "-copyts", "-i", name, "-map", "0:v", "-frames:v", "1", "-vsync", "0", "-f", "framemd5", "-")
	if told, err := seek.Output(); err != nil || !strings.Contains(string(told), " 135, ") { // of 15 a second
		t.Errorf("a seek to second 9 shows %s, %v", told, err)
	}
}

// TestJoinTracks: what is of another codec or clock is a track of its own, and what is only
// configured in another way an entry of the same; both are bounded.
func TestJoinTracks(t *testing.T) {
	var j fmp4.Join
	add := func(c media.Config, silent bool) error {
		m, err := fmp4.NewMuxer(c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = j.Add(m.Init(nil), silent)
		return err
	}
	aac, slow, stereo := fmp4test.Config(true), fmp4test.Config(true), fmp4test.Config(true)
	slow.Tracks[1].ClockRate, slow.Tracks[1].SampleRate = 8000, 8000
	stereo.Tracks[1].Channels = 2
	for _, c := range []media.Config{aac, slow, stereo, fmp4test.LawConfig(media.PCMA), aac} {
		if err := add(c, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := add(fmp4test.LawConfig(media.PCMU), true); err != nil {
		t.Fatal(err)
	}
	f, err := mp4.DecodeFile(bytes.NewReader(j.Init(nil, 1, time.Unix(0, 0))))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, trak := range f.Moov.Traks {
		got = append(got, fmt.Sprintf("%s %d", trak.Mdia.Minf.Stbl.Stsd.Children[0].Type(), len(trak.Mdia.Minf.Stbl.Stsd.Children)))
	}
	if want := []string{"avc1 1", "mp4a 2", "mp4a 1", "alaw 1"}; !slices.Equal(got, want) {
		t.Errorf("tracks %q, want %q", got, want)
	}
	if _, err := j.Add([]byte("no"), false); !errors.Is(err, fmp4.ErrInit) {
		t.Errorf("no init segment: %v", err)
	}
	wide := fmp4test.Config(false)
	for wide.Tracks[0].Width < 1000 && err == nil {
		wide.Tracks[0].Width++
		err = add(wide, false)
	}
	if !errors.Is(err, fmp4.ErrTrack) {
		t.Errorf("ever more configurations: %v", err)
	}
}

// TestStill: of each fragment that stands alone its first picture, which is one of its own.
func TestStill(t *testing.T) {
	init, fragments := lawFile(t, media.PCMA)
	var j fmp4.Join
	s, err := j.Add(init, true)
	if err != nil {
		t.Fatal(err)
	}
	film, shown := j.Init(nil, 3, time.Unix(0, 0)), uint32(0)
	for i, f := range fragments {
		picture, track, err := s.Still(f)
		if err != nil || picture != nil && len(fmp4test.Numbers(picture)) != 1 {
			t.Fatalf("fragment %d: %v, %v", i, fmp4test.Numbers(picture), err)
		}
		if picture == nil { // of sound alone
			continue
		}
		film = s.StillFragment(film, picture, track, shown+1, uint64(shown)*3000, 3000)
		shown++
	}
	if got := fmp4test.Numbers(film); !slices.Equal(got, []uint64{0, 10, 20}) {
		t.Errorf("the film shows %v", got)
	}
	f, err := mp4.DecodeFile(bytes.NewReader(film))
	if err != nil || len(f.Moov.Traks) != 1 {
		t.Fatal(err)
	}
	var all []*mp4.Fragment
	for _, segment := range f.Segments {
		all = append(all, segment.Fragments...)
	}
	if len(all) != 3 {
		t.Errorf("%d fragments", len(all))
	}
	for i, x := range all {
		samples, err := x.GetFullSamples(f.Init.Moov.Mvex.Trex)
		if err != nil || len(samples) != 1 || samples[0].DecodeTime != uint64(i)*3000 || samples[0].Dur != 3000 || !samples[0].IsSync() {
			t.Errorf("picture %d: %+v, %v", i, samples, err)
		}
	}
}

// FuzzJoin: whatever a fragment is, what becomes of it is an error, or one that reads back and
// is not longer than was said.
func FuzzJoin(f *testing.F) {
	init, fragments := lawFile(f, media.PCMA)
	for i, x := range fragments {
		f.Add(x, int64(i)*1000, uint64(0), uint64(1<<40), i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, fragment []byte, shift int64, from, to uint64, silent bool) {
		if shift %= 1 << 40; from > 1<<40 || to > 1<<40 {
			return
		}
		var j fmp4.Join
		s, err := j.Add(init, silent)
		if err != nil {
			t.Fatal(err)
		}
		var b []byte
		costtest.Within(t, func() {
			b, err = s.Fragment(nil, fragment, fmp4.Place{Sequence: 1, Shift: shift, From: from, To: to})
		})
		if err == nil {
			if len(b) > len(fragment)+s.Growth()-8 {
				t.Fatalf("%d bytes became %d", len(fragment), len(b))
			}
			if _, err := mp4.DecodeFile(bytes.NewReader(append(j.Init(nil, 1, time.Unix(0, 0)), b...))); err != nil {
				t.Fatal(err)
			}
		}
		costtest.Within(t, func() {
			if picture, track, err := s.Still(fragment); err == nil && picture != nil {
				s.StillFragment(nil, picture, track, 1, 0, 1)
			}
		})
	})
}

// FuzzJoinConfig: whatever a camera's configuration is, films of two of them are joined, and a
// picture becomes longer by what was said at most.
func FuzzJoinConfig(f *testing.F) {
	avc := fmp4test.Config(false).Tracks[0].Config
	f.Add(avc, append(bytes.Clone(avc), 0), false)
	hevc := append(make([]byte, 21), 0xff, 1, 0x20, 0, 1, 0, 2, 0x40, 1)
	f.Add(hevc, append(bytes.Clone(hevc), 0), true)
	f.Fuzz(func(t *testing.T, first, second []byte, hevc bool) {
		costtest.Within(t, func() { joinsConfigs(t, first, second, hevc) })
	})
}

func joinsConfigs(t *testing.T, first, second []byte, hevc bool) {
	var j fmp4.Join
	var last *fmp4.Source
	var fragment []byte
	for _, config := range [][]byte{first, second} {
		c := fmp4test.Config(false)
		if c.Tracks[0].Config = config; hevc {
			c.Tracks[0].Codec = media.H265
		}
		m, err := fmp4.NewMuxer(c)
		if err != nil {
			return
		}
		if _, _, err := m.Add(media.AccessUnit{Track: fmp4test.VideoTrack, Sync: true, Data: fmp4test.Picture(1, 0, 0)}); err != nil {
			t.Fatal(err)
		}
		if last, err = j.Add(m.Init(nil), false); err != nil {
			t.Fatal(err)
		}
		whole, _ := m.Close()
		fragment = whole.Data
	}
	b, err := last.Fragment(nil, fragment, fmp4.Place{Sequence: 1, To: 1})
	if err != nil || len(b) > len(fragment)+last.Growth()-8 {
		t.Fatalf("%d bytes became %d, %v", len(fragment), len(b), err)
	}
}
