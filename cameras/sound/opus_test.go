package sound_test

import (
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/cameras/media/costtest"
	"lares/cameras/sound"
)

// packets are those of Opus, coded so, of two seconds of a tone at -21 dB.
func packets(t testing.TB, coding ...string) (out [][]byte) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: nobody to encode Opus")
	}
	file := filepath.Join(t.TempDir(), "tone.mp4")
	args := slices.Concat([]string{"-v", "error", "-f", "lavfi", "-i", "sine=f=1000:d=2:r=48000", "-c:a", "libopus"}, coding, []string{file})
	if said, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v %s", err, said)
	}
	if err := fakecam.ReadSound(file, func(s fakecam.Sound) error {
		out = append(out, slices.Clone(s.Data))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// codings are the three ways in which Opus codes (RFC 6716 §2), in frames of all lengths,
// and packets of several.
var codings = map[string][]string{
	"SILK":              {"-application", "voip", "-b:a", "12k"},
	"SILK, 60 ms":       {"-application", "voip", "-b:a", "12k", "-frame_duration", "60"},
	"hybrid":            {"-application", "voip", "-b:a", "32k"},
	"CELT, stereo":      {"-af", "pan=stereo|c0=c0|c1=c0", "-b:a", "96k"},
	"CELT, 2.5 ms":      {"-application", "lowdelay", "-frame_duration", "2.5", "-b:a", "64k"},
	"CELT, three of 20": {"-frame_duration", "60", "-b:a", "96k"},
}

// TestOpus: a tone has its level, however it is coded; what is no packet has none, and
// harms nothing behind it.
func TestOpus(t *testing.T) {
	for name, coding := range codings {
		g, err := sound.NewGauge(media.Opus, 48000, 2)
		if err != nil {
			t.Fatal(err)
		}
		all := packets(t, coding...)
		for _, bad := range [][]byte{nil, {0xff}, {0x7b, 0xff, 0xff}, make([]byte, 5000)} {
			if _, ok := g(bad); ok {
				t.Errorf("%s: %d bytes that are no packet have a level", name, len(bad))
			}
		}
		for i, p := range all {
			power, ok := g(p)
			if level := 10 * math.Log10(power); !ok || i > len(all)/4 && i < len(all)*3/4 && math.Abs(level+21) > 2 { // it begins and ends softly
				t.Errorf("%s, packet %d: %.1f dB %t, want -21", name, i, level, ok)
			}
		}
	}
}

// FuzzOpus: whatever packets say, each is decoded at once or refused.
func FuzzOpus(f *testing.F) {
	for _, coding := range codings {
		all := packets(f, coding...)
		f.Add(all[0], all[len(all)/2])
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		g, err := sound.NewGauge(media.Opus, 48000, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range [][]byte{a, b, a} {
			costtest.Within(t, func() {
				if power, ok := g(p); ok && !(power >= 0 && power < 16) {
					t.Fatalf("a level of %v", power)
				}
			})
		}
	})
}
