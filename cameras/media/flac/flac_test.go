package flac_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lares/cameras/media"
	"lares/cameras/media/costtest"
	"lares/cameras/media/flac"
)

func g711(codec media.Codec, rate uint32, channels uint8) media.Track {
	return media.Track{ID: 2, Codec: codec, ClockRate: rate, SampleRate: rate, Channels: channels, MIME: "alaw"}
}

// The vectors' checksums were computed apart from this package, bit by bit.
var vectors = []struct {
	name  string
	track media.Track
	first uint64
	g711  string
	frame string
}{
	{
		name:  "four A-law samples, mono: 8, -8, -32256, 32256",
		track: g711(media.PCMA, 8000, 1), first: 0, g711: "d5 55 2a aa",
		frame: "ff f9" + // sync code, blocks of any size
			"70" + // block size at the end of the header; rate of STREAMINFO
			"08" + // one channel, 16 bits
			"00" + // sample number 0
			"00 03" + // block size - 1
			"3a" +
			"02" + // verbatim
			"00 08  ff f8  82 00  7e 00" +
			"36 45",
	},
	{
		name:  "two µ-law samples, stereo: 0, -32124 left; 0, 32124 right",
		track: g711(media.PCMU, 16000, 2), first: 0x1234567, g711: "ff 7f 00 80",
		frame: "ff f9  70" +
			"18" + // two channels, 16 bits
			"f9 88 b4 95 a7" + // sample number, 25 bits in five bytes
			"00 01" +
			"80" +
			"02  00 00  82 84" +
			"02  00 00  7d 7c" +
			"b3 a0",
	},
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		want := unhex(t, v.frame)
		got := flac.AppendFrame([]byte("before"), v.track, v.first, unhex(t, v.g711))
		if !bytes.HasPrefix(got, []byte("before")) || !bytes.Equal(got[6:], want) {
			t.Errorf("%s\n got % x\nwant % x", v.name, got[6:], want)
		}
	}
}

func TestTrack(t *testing.T) {
	was := g711(media.PCMA, 8000, 1)
	is := flac.Track(was)
	want := unhex(t, "80 000022"+ // the last block: STREAMINFO, 34 bytes
		"0010 ffff"+ // 16 to 65535 samples a block
		"000000 000000"+ // sizes of frames: unknown
		"01f40 0f0 00000000"+ // 8000 Hz, one channel, 16 bits; length unknown
		strings.Repeat("00", 16))
	if !bytes.Equal(is.Config, want) {
		t.Errorf("STREAMINFO\n got % x\nwant % x", is.Config, want)
	}
	if is.Codec != media.FLAC || is.MIME != "flac" || is.ID != was.ID || is.ClockRate != 8000 || is.SampleRate != 8000 || is.Channels != 1 || !is.Valid() {
		t.Errorf("track %+v", is)
	}
	aac := media.Track{ID: 1, Codec: media.AAC, Config: []byte{1}}
	if got := flac.Track(aac); got.Codec != media.AAC || len(got.Config) != 1 {
		t.Errorf("AAC became %+v", got)
	}
}

func TestFrameRefuses(t *testing.T) {
	stereo := g711(media.PCMU, 8000, 2)
	for what, b := range map[string][]byte{"nothing": {}, "half a sample": make([]byte, 3), "too many": make([]byte, 2*65536)} {
		if got := flac.AppendFrame(nil, stereo, 0, b); len(got) != 0 {
			t.Errorf("%s: a frame of %d bytes", what, len(got))
		}
	}
	if got := flac.AppendFrame(nil, g711(media.PCMA, 8000, 9), 0, make([]byte, 9)); len(got) != 0 {
		t.Error("a frame of nine channels")
	}
	if got := flac.AppendFrame(nil, media.Track{Codec: media.AAC, Channels: 1}, 0, make([]byte, 9)); len(got) != 0 {
		t.Error("a frame of AAC")
	}
	for _, samples := range []int{-1, 0, 65536} {
		if n := flac.FrameSize(0, samples, 1); n != 0 {
			t.Errorf("%d samples make a frame of %d bytes", samples, n)
		}
	}
	if flac.FrameSize(0, 1, 0) != 0 || flac.FrameSize(0, 1, 9) != 0 {
		t.Error("a size for channels that cannot be")
	}
}

// The size is exact, at each width of the sample number too, and the frame
// tells its samples.
func TestFrameSize(t *testing.T) {
	firsts := []uint64{0, 1 << 63, 1<<64 - 1}
	for width := range 37 {
		firsts = append(firsts, 1<<width-1, 1<<width)
	}
	b := make([]byte, 8*flac.MaxSamples)
	for _, first := range firsts {
		for _, samples := range []int{1, 15, 16, 160, 255, 256, 257, 4096, flac.MaxSamples} {
			for channels := uint8(1); channels <= 8; channels++ {
				if samples > 256 && channels > 2 && first > 1 {
					continue // nothing new
				}
				frame := flac.AppendFrame(nil, g711(media.PCMA, 8000, channels), first, b[:samples*int(channels)])
				if n := flac.FrameSize(first, samples, channels); n != len(frame) {
					t.Fatalf("%d samples of %d channels at %d: %d bytes, said %d", samples, channels, first, len(frame), n)
				}
				if n := flac.Samples(frame); n != samples {
					t.Fatalf("%d samples of %d channels at %d: read as %d", samples, channels, first, n)
				}
			}
		}
	}
}

// ffmpeg decodes the frames to the very samples it makes of the G.711, at both
// rates, for every octet, in short frames and long, from any sample number.
func TestDecodes(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: decoding is not tested")
	}
	dir := t.TempDir()
	decode := func(name string, b []byte, args ...string) []byte {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(ffmpeg, append(append([]string{"-v", "error", "-xerror", "-err_detect", "crccheck+explode"}, args...), "-i", name, "-f", "s16be", "-")...)
		var words bytes.Buffer
		cmd.Stderr = &words
		pcm, err := cmd.Output()
		if err != nil || words.Len() > 0 {
			t.Fatalf("ffmpeg: %v: %s", err, words.String())
		}
		return pcm
	}
	octets := make([]byte, 0, 1<<15)
	for i := range 1 << 15 {
		octets = append(octets, uint8(i*7+i>>8))
	}
	for _, c := range []struct {
		name     string
		codec    media.Codec
		rate     uint32
		channels uint8
	}{{"alaw", media.PCMA, 8000, 1}, {"mulaw", media.PCMU, 8000, 1}, {"alaw", media.PCMA, 16000, 2}, {"mulaw", media.PCMU, 11025, 2}} {
		track := g711(c.codec, c.rate, c.channels)
		file := append([]byte("fLaC"), flac.Track(track).Config...)
		first := uint64(0)
		for at, n := 0, 160; at < len(octets); n = n%1601 + 320 { // 160, 480, 800 … samples
			end := min(len(octets), at+n*int(c.channels))
			file = flac.AppendFrame(file, track, first, octets[at:end])
			first += uint64((end - at) / int(c.channels))
			at = end
		}
		got := decode("x.flac", file)
		want := decode("x.raw", octets, "-f", c.name, "-ar", "8000", "-ac", string('0'+rune(c.channels)))
		if !bytes.Equal(got, want) || len(want) != 2*len(octets) {
			t.Errorf("%s, %d channels: %d bytes of samples, %d expected, or not the same", c.name, c.channels, len(got), len(want))
		}
	}
}

// Whatever is given, a frame is as long as was said, and Samples reads it back
// and stays within any other bytes.
func FuzzFrame(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.first, v.track.Channels, unhex(f, v.g711))
	}
	f.Add(uint64(1<<36-1), uint8(8), binary.BigEndian.AppendUint64(nil, 0xfff97018_ffffffff))
	f.Fuzz(func(t *testing.T, first uint64, channels uint8, b []byte) {
		var frame []byte
		costtest.Within(t, func() {
			flac.Samples(b)
			frame = flac.AppendFrame(nil, g711(media.PCMU, 8000, channels), first, b)
		})
		if len(frame) == 0 {
			return
		}
		samples := len(b) / int(channels)
		if n := flac.FrameSize(first, samples, channels); n != len(frame) || flac.Samples(frame) != samples {
			t.Errorf("%d samples at %d: %d bytes, said %d, read as %d samples", samples, first, len(frame), n, flac.Samples(frame))
		}
	})
}

func BenchmarkAppendFrame(b *testing.B) {
	track, packet := g711(media.PCMA, 8000, 1), bytes.Repeat([]byte{0xd5, 0x2a}, 80)
	var frame []byte
	b.SetBytes(int64(len(packet)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		frame = flac.AppendFrame(frame[:0], track, uint64(i)*160, packet)
	}
}
