package sound_test

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media/g711"
	"lares/cameras/sound"
)

const footage = "../../../shared/data/audio/"

// truth is what is loud in the footage, in seconds, by its own rule.
type truth struct {
	Loud []struct {
		Start float64 `json:"start_s"`
		End   float64 `json:"end_s"`
		Label string
	} `json:"loud_events"`
}

// merged are the times of it with pauses of up to so many seconds left out.
func (g truth) merged(pause float64) (out [][2]float64) {
	for _, e := range g.Loud {
		if n := len(out); n > 0 && e.Start-out[n-1][1] <= pause {
			out[n-1][1] = e.End
			continue
		}
		out = append(out, [2]float64{e.Start, e.End})
	}
	return out
}

// hearFile is what is loud in a WAV file; law, if it is not 0, encodes it first, as a
// camera does, at the rate of the file.
func hearFile(t *testing.T, name string, law g711.Law) (found []sound.Loud) {
	t.Helper()
	if _, err := os.Stat(footage + name); err != nil {
		t.Skip("../shared/data/audio is not there")
	}
	l, err := sound.NewListener(sound.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	l.Ended = func(e sound.Loud) { found = append(found, e) }
	var plain *sound.Samples
	var octets *sound.Octets
	if err := fakecam.ReadSound(footage+name, func(s fakecam.Sound) error {
		if plain == nil {
			plain, octets = sound.NewSamples(s.Rate, s.Channels), sound.NewOctets(law, s.Rate, s.Channels)
		}
		samples := make([]int16, len(s.Data)/2)
		if _, err := binary.Decode(s.Data, binary.LittleEndian, samples); err != nil {
			return err
		}
		power := plain.Power(samples)
		if law != 0 {
			power = octets.Power(law.Append(nil, samples...))
		}
		l.Take(power, s.At, s.Lasts)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	l.Finish()
	return found
}

// TestQuietRoom: each of eight sounds in a quiet room is found, once, when it is, and
// nothing else, as samples and in both laws of G.711.
func TestQuietRoom(t *testing.T) {
	for name, law := range map[string]g711.Law{"samples": 0, "A-law": g711.A, "µ-law": g711.Mu} {
		t.Run(name, func(t *testing.T) {
			found := hearFile(t, "composite_quiet_room_120s.wav", law)
			b, err := os.ReadFile(footage + "composite_quiet_room_120s.json")
			if err != nil {
				t.Fatal(err)
			}
			var g truth
			if err := json.Unmarshal(b, &g); err != nil {
				t.Fatal(err)
			}
			want := g.merged(sound.UsualCooldown.Seconds())
			if len(want) != 8 || len(found) != len(want) {
				t.Fatalf("%d sounds, want the 8 of %v: %v", len(found), want, found)
			}
			for i, w := range want {
				e := found[i]
				if from, to := e.From.Seconds()-w[0], e.To.Seconds()-w[1]; from < -0.5 || from > 0.5 || to < -0.5 || to > 0.5 || e.Over < sound.UsualOver {
					t.Errorf("%v, want one from %.2f s to %.2f s", e, w[0], w[1])
				}
			}
		})
	}
}

// TestStreet: nothing stands out in a street.
func TestStreet(t *testing.T) {
	if found := hearFile(t, "dcase_scene.wav", 0); len(found) != 0 {
		t.Errorf("%v, and nothing stands out", found)
	}
}

// TestTalk: a minute of talk is one sound, from the first pause on at the latest.
func TestTalk(t *testing.T) {
	found := hearFile(t, "silero_speech.wav", g711.A)
	if len(found) != 1 || found[0].From > 20*time.Second || found[0].To < 50*time.Second {
		t.Errorf("%v, want one sound of a minute", found)
	}
}

// TestQuietRoomCoded: in AAC and Opus as cameras send them the same eight are found, and
// nothing in a street.
func TestQuietRoomCoded(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: nobody to encode")
	}
	for _, coding := range [][]string{
		{"-c:a", "aac", "-ar", "8000", "-b:a", "16k"}, {"-c:a", "aac", "-ar", "16000", "-b:a", "32k"}, {"-c:a", "aac", "-ar", "48000", "-ac", "2", "-b:a", "64k"},
		{"-c:a", "aac", "-ar", "48000", "-ac", "1", "-b:a", "160k"},
		{"-c:a", "libopus", "-application", "voip", "-b:a", "12k"}, {"-c:a", "libopus", "-ac", "2", "-b:a", "64k"}, {"-c:a", "libopus", "-frame_duration", "60", "-b:a", "24k"},
	} {
		for name, want := range map[string][]float64{
			"composite_quiet_room_120s.wav": {12.25, 20, 35.1, 50, 60, 75, 90.05, 105},
			"dcase_scene.wav":               nil,
		} {
			if _, err := os.Stat(footage + name); err != nil {
				t.Skip("../shared/data/audio is not there")
			}
			file := filepath.Join(t.TempDir(), "a.mp4")
			if out, err := exec.Command("ffmpeg", slices.Concat([]string{"-v", "error", "-i", footage + name}, coding, []string{file})...).CombinedOutput(); err != nil {
				t.Fatalf("ffmpeg: %v %s", err, out)
			}
			var found []sound.Loud
			l, err := sound.NewListener(sound.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			l.Ended = func(e sound.Loud) { found = append(found, e) }
			var g sound.Gauge
			if err := fakecam.ReadSound(file, func(s fakecam.Sound) (err error) {
				if g == nil {
					if g, err = sound.NewGauge(s.Codec, s.Rate, s.Channels); err != nil {
						return err
					}
				}
				p, ok := g(s.Data)
				if !ok {
					t.Errorf("what is at %v cannot be read", s.At)
				}
				l.Take(p, s.At, s.Lasts)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			l.Finish()
			if !slices.EqualFunc(found, want, func(e sound.Loud, at float64) bool { return math.Abs(e.From.Seconds()-at) < 0.7 }) {
				t.Errorf("%v %s: %v, want some from %v s on", coding, name, found, want)
			}
		}
	}
}
