package sound_test

import (
	"encoding/binary"
	"encoding/json"
	"os"
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
