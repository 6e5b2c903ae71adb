package detect

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/cameras/media/g711"
)

// room is half a minute of a quiet room, with a tone in it from 20 to 21 s.
func room() (samples []int16) {
	const rate = 8000
	random := rand.New(rand.NewPCG(7, 8))
	for i := range 30 * rate {
		v := 40 * random.NormFloat64()
		if s := float64(i) / rate; s >= 20 && s < 21 {
			v += 3000 * math.Sin(2*math.Pi*800*s)
		}
		samples = append(samples, int16(v))
	}
	return samples
}

// TestAudio: what is loud in a recording is printed, one object per line or as a sentence,
// in each form of sound.
func TestAudio(t *testing.T) {
	for name, data := range map[string][]byte{
		"room.alaw": g711.A.Append(nil, room()...),
		"room.ulaw": g711.Mu.Append(nil, room()...),
		"room.wav":  wav(room()),
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		var e heard
		out := strings.SplitAfter(run(t, "--audio", "--json", file), "\n")
		if err := json.Unmarshal([]byte(out[0]), &e); err != nil || e.Kind != "sound" || math.Abs(e.Start-20) > 0.1 || math.Abs(e.End-21) > 0.1 || e.Over < 20 || len(out) != 3 {
			t.Errorf("%s: %q %v, want one sound from 20 to 21 s", name, out, err)
		}
		if out := run(t, "--audio", file); !strings.Contains(out, "a sound from 20.0") || !strings.Contains(out, "1 sounds in 30.0 s (0 of 1500 pieces unreadable)") {
			t.Errorf("%s: %q", name, out)
		}
		if out := run(t, "--audio", "--json", "--over", "60", file); strings.Contains(out, "sound") {
			t.Errorf("%s: %q, and nothing is 60 dB over the floor", name, out)
		}
	}
}

// wav is a WAV file of these samples, 8 kHz mono.
func wav(samples []int16) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\xff\xff\xff\xff")
	for _, s := range samples {
		b = append(b, byte(s), byte(uint16(s)>>8))
	}
	return b
}

// TestAudioRefused: what cannot be listened to is said.
func TestAudioRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"no AAC, Opus or G.711 sound": {"--audio", people},
		"61 dB over the floor":        {"--audio", "--over", "61", people},
		"no such file":                {"--audio", filepath.Join(t.TempDir(), "none.wav")},
	} {
		if err := Main(t.Context(), args, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}
