package recorder

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
	"lares/recorder/sealed"
)

// rate is the pictures per second of the test camera.
const rate = int(time.Second / interval)

// made is a second or more of pictures that an encoder made.
type made struct {
	track media.Track
	units []media.AccessUnit // DTS from 0, one picture each 100 ms
}

// encode has ffmpeg make pictures of a size, with a sync picture each second.
func encode(t *testing.T, codec media.Codec, size string, seconds int) (m made) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: nothing makes H.265 or JPEG")
	}
	run := func(args ...string) []byte {
		source := []string{"-v", "error", "-f", "lavfi", "-i", "testsrc2=rate=10:size=" + size, "-t", strconv.Itoa(seconds), "-pix_fmt", "yuv420p"}
		out, err := exec.Command("ffmpeg", append(source, args...)...).CombinedOutput()
		if err != nil {
			t.Skipf("ffmpeg cannot make %v: %v: %s", codec, err, out)
		}
		return out
	}
	m.track = media.Track{ID: fmp4test.VideoTrack, Codec: codec, ClockRate: fmp4test.VideoRate}
	if codec == media.MJPEG {
		m.track.MIME = codec.MIME(nil)
		for i, jpeg := range bytes.SplitAfter(run("-c:v", "mjpeg", "-f", "image2pipe", "-"), []byte{0xff, 0xd9}) {
			if len(jpeg) > 0 {
				at := int64(i) * fmp4test.VideoRate / int64(rate)
				m.units = append(m.units, media.AccessUnit{Sync: true, DTS: at, PTS: at, Data: jpeg})
			}
		}
		m.track.Width, m.track.Height = 160, 96
		return m
	}
	name := filepath.Join(t.TempDir(), "film.mp4")
	run("-c:v", "libx265", "-x265-params", "log-level=none:keyint=10:min-keyint=10:scenecut=0:bframes=2", "-tag:v", "hvc1",
		"-video_track_timescale", "90000", "-movflags", "frag_keyframe+empty_moov", name)
	f, err := mp4.ReadMP4File(name)
	if err != nil {
		t.Fatal(err)
	}
	entry := f.Moov.Trak.Mdia.Minf.Stbl.Stsd.HvcX
	var box bytes.Buffer
	if err := entry.HvcC.Encode(&box); err != nil {
		t.Fatal(err)
	}
	m.track.Config = box.Bytes()[8:]
	m.track.MIME, m.track.Width, m.track.Height = codec.MIME(m.track.Config), entry.Width, entry.Height
	for _, s := range f.Segments {
		for _, x := range s.Fragments {
			samples, err := x.GetFullSamples(f.Moov.Mvex.Trex)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range samples {
				m.units = append(m.units, media.AccessUnit{Sync: s.IsSync(), DTS: int64(s.DecodeTime), PTS: int64(s.DecodeTime) + int64(s.CompositionTimeOffset), Data: s.Data})
			}
		}
	}
	return m
}

// late is by how much the test's sound lies behind its pictures.
const late = 5 * time.Millisecond

// play sends the pictures as the camera's newest ones, each with its tenth of a
// second of sound. It changes the configuration first.
func (c *cam) play(m made, sound *media.Track) {
	c.mu.Lock()
	config := media.Config{Tracks: []media.Track{m.track}}
	if sound != nil {
		config.Tracks = append(config.Tracks, *sound)
	}
	c.custom = &config
	c.configure()
	c.mu.Unlock()
	for _, au := range m.units {
		c.mu.Lock()
		au.Type, au.Track = media.UnitVideo, fmp4test.VideoTrack
		ahead := au.PTS - au.DTS
		au.DTS = int64(c.n) * fmp4test.VideoRate / int64(rate)
		au.PTS = au.DTS + ahead
		u, _ := c.sealer.Seal(nil, au)
		c.send(u)
		if sound != nil {
			c.hear(*sound)
		}
		c.n++
		c.clock.Advance(interval)
		c.mu.Unlock()
	}
}

// hear sends the sound of a tenth of a second; c.mu is held.
func (c *cam) hear(t media.Track) {
	long, data := int64(fmp4test.SoundTicks), fmp4test.Sound()
	if t.Codec.G711() {
		long, data = fmp4test.LawTicks, fmp4test.LawSound(c.n)
	}
	per := int64(t.ClockRate) / int64(rate)
	start := (int64(c.n)*per + long - 1) / long * long
	for at := start; at < int64(c.n+1)*per; at += long {
		dts := at + int64(late)*int64(t.ClockRate)/int64(time.Second)
		u, _ := c.sealer.Seal(nil, media.AccessUnit{Type: media.UnitAudio, Track: t.ID, DTS: dts, PTS: dts, Data: data})
		c.send(u)
	}
}

// TestEveryChangeStartsAPart: other pictures, another size, sound that comes,
// goes or changes its codec: each starts a linked part at once, of its own
// tracks, and each part decodes.
func TestEveryChangeStartsAPart(t *testing.T) {
	large, small, jpeg := encode(t, media.H265, "320x176", 2), encode(t, media.H265, "160x96", 2), encode(t, media.MJPEG, "160x96", 2)
	law, other, aac := fmp4test.LawConfig(media.PCMA).Tracks[1], fmp4test.LawConfig(media.PCMU).Tracks[1], fmp4test.Config(true).Tracks[1]
	h := newHouse(t)
	h.start()
	event := h.motion(20)
	segments := []struct {
		film  made
		sound *media.Track
	}{
		{large, nil}, {small, nil}, {small, &law}, {small, &other}, {small, &aac}, {large, &aac},
		{large, nil}, {jpeg, &law}, {jpeg, nil}, {large, &law},
	}
	for _, s := range segments {
		h.cam.play(s.film, s.sound)
		h.drained()
	}
	h.cam.mu.Lock()
	h.cam.custom = nil
	h.cam.configure()
	h.cam.n += gop - h.cam.n%gop // the next picture is an IDR
	h.cam.mu.Unlock()
	h.still()
	rows := h.index.all()
	if len(rows) != len(segments)+2 {
		t.Fatalf("%d parts, want %d", len(rows), len(segments)+2)
	}
	for i, row := range rows {
		if row.Event != event || row.Part != i || row.State != StateComplete {
			t.Errorf("part %d: %+v", i, row)
		}
		if i == 0 || i > len(segments) {
			continue
		}
		s := segments[i-1]
		o := h.open(row, h.vault.store)
		tracks, err := fmp4.ReadInit(o.mp4[:bytes.Index(o.mp4, []byte("sidx"))-4])
		if err != nil || tracks[0].Codec != s.film.track.Codec || tracks[0].Width != s.film.track.Width || len(tracks) != 1 && s.sound == nil ||
			s.sound != nil && tracks[1].Codec != s.sound.Codec {
			t.Errorf("part %d: tracks %+v (%v)", i, tracks, err)
		}
		law := s.sound != nil && s.sound.Codec.G711()
		heads, err := o.clip.Records()
		if err != nil || heads[0].G711 != law || (heads[len(heads)-1].Type == sealed.TypeIndex) != law {
			t.Errorf("part %d: G.711 is %v, heads %+v (%v)", i, law, heads, err)
		}
		checkPart(t, i, o.mp4, s.film, s.sound)
	}
}

// checkPart has another hand's code read a part: all pictures, in the order and
// at the distances of the film; sound where it was, that little behind.
func checkPart(t *testing.T, part int, film []byte, m made, sound *media.Track) {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(film))
	if err != nil {
		t.Fatal(err)
	}
	var pictures []mp4.FullSample
	began := map[uint32]uint64{}
	for _, s := range f.Segments {
		for _, x := range s.Fragments {
			for _, traf := range x.Moof.Trafs {
				if _, ok := began[traf.Tfhd.TrackID]; !ok {
					began[traf.Tfhd.TrackID] = traf.Tfdt.BaseMediaDecodeTime()
				}
			}
			samples, err := x.GetFullSamples(f.Moov.Mvex.Trex)
			if err != nil {
				t.Fatal(err)
			}
			pictures = append(pictures, samples...)
		}
	}
	if len(pictures) != len(m.units) {
		t.Fatalf("part %d: %d pictures, want %d", part, len(pictures), len(m.units))
	}
	for i, p := range pictures {
		if want := m.units[i]; int64(p.DecodeTime) != want.DTS || p.PresentationTime() != want.PTS || !bytes.Equal(p.Data, want.Data) || p.IsSync() != want.Sync {
			t.Errorf("part %d, picture %d: decoded at %d, shown at %d, want %d and %d", part, i, p.DecodeTime, p.PresentationTime(), want.DTS, want.PTS)
		}
	}
	if sound != nil {
		if at := time.Duration(began[2]) * time.Second / time.Duration(sound.ClockRate); at < late || at > late+time.Duration(fmp4test.SoundTicks)*time.Second/fmp4test.SoundRate {
			t.Errorf("part %d: sound begins at %v", part, at)
		}
	}
	plays(t, film)
}

// TestJPEGRolls: of a stream whose every picture is a sync picture no part is
// longer than may be, and nothing is lost between two.
func TestJPEGRolls(t *testing.T) {
	jpeg := encode(t, media.MJPEG, "160x96", 9)
	h := newHouse(t)
	h.start(func(c *Config, _ *Recorder) { c.MaxClip = 3 * time.Second })
	event := h.trigger(Trigger{Active: true})
	h.watched()
	h.cam.play(jpeg, nil)
	h.drained()
	h.halt()
	pictures := 0
	for i, row := range h.index.all() {
		h.start()
		o := h.open(row, h.vault.store)
		n := bytes.Count(o.mp4, []byte{0xff, 0xd8, 0xff})
		if row.Part != i || row.Event != event || row.Duration > 3*time.Second || n < 28 && i < 2 {
			t.Errorf("part %d: %v, %d pictures", row.Part, row.Duration, n)
		}
		pictures += n
		fragments, err := o.clip.Records()
		if err != nil || len(fragments) > 10 {
			t.Errorf("part %d: %d records (%v)", i, len(fragments), err)
		}
		plays(t, o.mp4)
		h.halt()
	}
	if pictures != len(jpeg.units) {
		t.Errorf("%d pictures of %d", pictures, len(jpeg.units))
	}
}
