package fmp4_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
)

// sources are what cameras send, made by real encoders. Sounds start 111 ms
// after the pictures.
var sources = []struct {
	name     string
	video    media.Codec
	encoder  string
	sound    media.Codec
	rate     int
	channels int
}{
	{"H.264 and AAC", media.H264, "-c:v libx264 -bf 0", media.AAC, 16000, 1},
	{"H.264 with B pictures and A-law", media.H264, "-c:v libx264 -bf 2", media.PCMA, 8000, 1},
	{"H.265 and Opus", media.H265, "-c:v libx265 -x265-params bframes=0:log-level=none", media.Opus, 48000, 2},
	{"H.265 with B pictures in open groups and µ-law", media.H265, "-c:v libx265 -x265-params bframes=3:open-gop=1:keyint=20:min-keyint=20:log-level=none", media.PCMU, 8000, 1},
	{"Motion JPEG and A-law of 16 kHz in stereo", media.MJPEG, "-c:v mjpeg", media.PCMA, 16000, 2},
}

const realSeconds = 3

// TestReal muxes what encoders made and asks ffmpeg: it decodes without a word,
// every packet is where the encoder had put it, and sound is what it was, G.711
// as it is and recoded to FLAC.
func TestReal(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: real streams are not tested")
	}
	for _, src := range sources {
		t.Run(src.name, func(t *testing.T) {
			dir := t.TempDir()
			video := filepath.Join(dir, "video.mp4")
			args := append(strings.Fields("-v error -f lavfi -i testsrc=size=128x96:rate=15 -pix_fmt yuvj420p -g 20 -t 3"), strings.Fields(src.encoder)...)
			if text, err := exec.Command(ffmpeg, append(args, "-movflags", "frag_keyframe+empty_moov+default_base_moof", video)...).CombinedOutput(); err != nil {
				t.Skipf("ffmpeg has no such encoder here: %s", text)
			}
			picture, pictures := demux(t, video)
			picture.ID, picture.Codec, picture.Width, picture.Height = 1, src.video, 128, 96
			sound, sounds := realSound(t, ffmpeg, dir, src.sound, src.rate, src.channels)
			for i := range sounds { // 111 ms later
				sounds[i].DTS += int64(sound.ClockRate) * 111 / 1000
				sounds[i].PTS = sounds[i].DTS
			}
			config := media.Config{Tracks: []media.Track{picture, sound}}
			init, fragments := muxAll(t, config, append(slices.Clone(pictures), sounds...))
			name := filepath.Join(dir, "out.mp4")
			write(t, name, init, fragments)
			silently(t, ffmpeg, name)
			checkPackets(t, name, config, 1, pictures)
			checkPackets(t, name, config, 2, sounds)
			if was, is := probe(t, video, "packet=pts,dts,duration,flags"), probe(t, name, "packet=pts,dts,duration,flags", "-select_streams", "v"); was != is {
				t.Errorf("pictures were\n%s\nare\n%s", was, is)
			}
			if !src.sound.G711() {
				return
			}
			pcm := pcmOf(t, ffmpeg, filepath.Join(dir, "sound.raw"), "-f", map[media.Codec]string{media.PCMA: "alaw", media.PCMU: "mulaw"}[src.sound],
				"-ar", fmt.Sprint(src.rate), "-ac", fmt.Sprint(src.channels))
			if got := pcmOf(t, ffmpeg, name); !bytes.Equal(got, pcm) || len(pcm) != realSeconds*src.rate*src.channels*2 {
				t.Errorf("the sound is another: %d bytes of samples, were %d", len(got), len(pcm))
			}
			init, fragments = recodeAll(t, init, fragments)
			name = filepath.Join(dir, "flac.mp4")
			write(t, name, init, fragments)
			silently(t, ffmpeg, name)
			checkPackets(t, name, config, 1, pictures)
			checkPackets(t, name, config, 2, sounds)
			if got := pcmOf(t, ffmpeg, name); !bytes.Equal(got, pcm) {
				t.Errorf("FLAC is another sound: %d bytes of samples, were %d", len(got), len(pcm))
			}
		})
	}
}

// demux reads the one track of a fragmented file that ffmpeg made.
func demux(t *testing.T, name string) (track media.Track, units []media.AccessUnit) {
	t.Helper()
	f, err := mp4.ReadMP4File(name)
	if err != nil {
		t.Fatal(err)
	}
	trak := f.Init.Moov.Trak
	track.ClockRate = trak.Mdia.Mdhd.Timescale
	var config bytes.Buffer
	switch stsd := trak.Mdia.Minf.Stbl.Stsd; {
	case stsd.AvcX != nil:
		err = stsd.AvcX.AvcC.Encode(&config)
	case stsd.HvcX != nil:
		err = stsd.HvcX.HvcC.Encode(&config)
	case stsd.Opus != nil:
		err = stsd.Opus.Dops.Encode(&config)
	case stsd.Mp4a != nil:
		config.WriteString("8 bytes.")
		config.Write(stsd.Mp4a.Esds.DecConfigDescriptor.DecSpecificInfo.DecConfig)
	}
	if err != nil {
		t.Fatal(err)
	}
	if config.Len() > 0 {
		track.Config = config.Bytes()[8:]
	}
	for _, segment := range f.Segments {
		for _, frag := range segment.Fragments {
			samples, err := frag.GetFullSamples(f.Init.Moov.Mvex.Trex)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range samples {
				dts := int64(s.DecodeTime)
				units = append(units, media.AccessUnit{Track: 1, Type: media.UnitVideo, Sync: s.IsSync(), DTS: dts, PTS: dts + int64(s.CompositionTimeOffset), Data: s.Data})
			}
		}
	}
	return track, units
}

// realSound makes a chirp; G.711 comes in packets of 20 ms, the last one short.
func realSound(t *testing.T, ffmpeg, dir string, codec media.Codec, rate, channels int) (track media.Track, units []media.AccessUnit) {
	t.Helper()
	name := filepath.Join(dir, "sound.mp4")
	encoder := []string{"-c:a", "aac", "-movflags", "frag_keyframe+empty_moov+default_base_moof"}
	switch codec {
	case media.Opus:
		encoder[1] = "libopus"
	case media.PCMA:
		name, encoder = filepath.Join(dir, "sound.raw"), []string{"-f", "alaw"}
	case media.PCMU:
		name, encoder = filepath.Join(dir, "sound.raw"), []string{"-f", "mulaw"}
	}
	args := []string{"-v", "error", "-f", "lavfi", "-i", "aevalsrc=0.9*sin(400*t*t):s=48000", "-t", fmt.Sprint(realSeconds), "-ar", fmt.Sprint(rate), "-ac", fmt.Sprint(channels)}
	if text, err := exec.Command(ffmpeg, append(append(args, encoder...), name)...).CombinedOutput(); err != nil {
		t.Skipf("ffmpeg has no such encoder here: %s", text)
	}
	if codec.G711() {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		track.ClockRate = uint32(rate)
		packet := rate/50*channels + channels // not a divisor of the whole
		for at := 0; at < len(raw); at += packet {
			ticks := int64(at / channels)
			units = append(units, media.AccessUnit{DTS: ticks, Data: raw[at:min(len(raw), at+packet)]})
		}
	} else {
		track, units = demux(t, name)
	}
	track.ID, track.Codec, track.SampleRate, track.Channels = 2, codec, uint32(rate), uint8(channels)
	for i := range units {
		units[i].Track, units[i].Type, units[i].Sync = 2, media.UnitAudio, false
	}
	return track, units
}

// muxAll gives a muxer the units in the order of their decode times.
func muxAll(t *testing.T, config media.Config, units []media.AccessUnit) (init []byte, fragments [][]byte) {
	t.Helper()
	m, err := fmp4.NewMuxer(config)
	if err != nil {
		t.Fatal(err)
	}
	seconds := func(au media.AccessUnit) float64 {
		track, _ := config.Track(au.Track)
		return float64(au.DTS) / float64(track.ClockRate)
	}
	slices.SortStableFunc(units, func(a, b media.AccessUnit) int {
		if seconds(a) < seconds(b) {
			return -1
		}
		return 1
	})
	for _, au := range units {
		f, ok, err := m.Add(au)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			fragments = append(fragments, bytes.Clone(f.Data))
		}
	}
	if f, ok := m.Close(); ok {
		fragments = append(fragments, bytes.Clone(f.Data))
	}
	if len(fragments) < realSeconds {
		t.Fatalf("%d fragments of %d s", len(fragments), realSeconds)
	}
	return m.Init(nil), fragments
}

func recodeAll(t *testing.T, init []byte, fragments [][]byte) (playable []byte, recoded [][]byte) {
	t.Helper()
	r, needed, err := fmp4.NewRecoder(init)
	if err != nil || !needed {
		t.Fatal(needed, err)
	}
	for _, f := range fragments {
		growth, err := r.Growth(f)
		if err != nil {
			t.Fatal(err)
		}
		g, err := r.Fragment(nil, f)
		if err != nil || len(g) != len(f)+growth {
			t.Fatalf("%d bytes grew to %d, not by %d (%v)", len(f), len(g), growth, err)
		}
		recoded = append(recoded, g)
	}
	return r.Init(), recoded
}

func write(t *testing.T, name string, init []byte, fragments [][]byte) {
	t.Helper()
	if err := os.WriteFile(name, append(bytes.Clone(init), bytes.Join(fragments, nil)...), 0o600); err != nil {
		t.Fatal(err)
	}
}

func silently(t *testing.T, ffmpeg, name string) {
	t.Helper()
	if text, err := exec.Command(ffmpeg, "-v", "error", "-xerror", "-i", name, "-f", "null", "-").CombinedOutput(); err != nil || len(text) > 0 {
		t.Errorf("ffmpeg on %s: %v: %s", filepath.Base(name), err, text)
	}
}

func pcmOf(t *testing.T, ffmpeg, name string, format ...string) []byte {
	t.Helper()
	pcm, err := exec.Command(ffmpeg, append(append([]string{"-v", "error"}, format...), "-i", name, "-vn", "-f", "s16le", "-")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return pcm
}

// checkPackets compares the packets' times with those that the muxer was given,
// in the same ticks, as ffprobe tells them; each but the last lasts until the
// next, and the last one of G.711 as long as it is. (ffprobe does not tell every
// duration: those are read from the file.)
func checkPackets(t *testing.T, name string, config media.Config, id uint8, units []media.AccessUnit) {
	t.Helper()
	track, _ := config.Track(id)
	lines := strings.Fields(probe(t, name, "packet=pts,dts", "-select_streams", fmt.Sprint(id-1)))
	durations := trackDurations(t, name, uint32(id))
	if len(lines) != len(units) || len(durations) != len(units) {
		t.Fatalf("track %d: %d packets and %d durations, were %d", id, len(lines), len(durations), len(units))
	}
	for i, u := range units {
		if want := fmt.Sprintf("%d%d", u.PTS, u.DTS); lines[i] != want {
			t.Fatalf("track %d, packet %d: at %s, was at %s", id, i, lines[i], want)
		}
		want := durations[i]
		switch {
		case i+1 < len(units):
			want = uint32(units[i+1].DTS - u.DTS)
		case track.Codec.G711():
			want = uint32(len(u.Data) / int(track.Channels))
		}
		if durations[i] != want {
			t.Fatalf("track %d, packet %d: lasts %d, not %d", id, i, durations[i], want)
		}
	}
}

func trackDurations(t *testing.T, name string, id uint32) (all []uint32) {
	t.Helper()
	f, err := mp4.ReadMP4File(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, segment := range f.Segments {
		for _, frag := range segment.Fragments {
			for _, traf := range frag.Moof.Trafs {
				for _, s := range traf.Trun.Samples {
					if traf.Tfhd.TrackID == id {
						all = append(all, s.Dur)
					}
				}
			}
		}
	}
	return all
}
