package aac

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"testing"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
)

// voice is something like a vowel that rises and falls, with noise between, of
// less than 4 kHz.
func voice(rate, n int) []int16 {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]int16, n)
	for i := range out {
		t := float64(i) / float64(rate)
		loud := 0.5 - 0.5*math.Cos(2*math.Pi*3*t)
		v := 0.0
		for h := 1; h <= 18; h++ {
			v += math.Sin(2*math.Pi*(180+20*math.Sin(t))*float64(h)*t) / float64(h)
		}
		out[i] = int16(6000*loud*v + 40*(r.Float64()-0.5))
	}
	return out
}

// encode gives the frames of samples, one of silence behind them.
func encode(t *testing.T, samples []int16, rate, channels int) (frames [][]byte) {
	t.Helper()
	e, err := NewEncoder(rate, channels)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i <= len(samples)/FrameLength; i++ {
		var frame [FrameLength]int16
		copy(frame[:], samples[i*FrameLength:])
		frames = append(frames, e.Encode(&frame))
	}
	return frames
}

// decode is ffmpeg's opinion of frames.
func decode(t *testing.T, frames [][]byte, rate, channels int) []int16 {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: nobody else to decode what is encoded")
	}
	var packets mpeg4audio.ADTSPackets
	for _, f := range frames {
		packets = append(packets, &mpeg4audio.ADTSPacket{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: rate, ChannelCount: channels, AU: f})
	}
	file, err := packets.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("ffmpeg", "-v", "error", "-xerror", "-f", "aac", "-i", "-", "-f", "s16le", "-")
	var out, said bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(file), &out, &said
	if err := c.Run(); err != nil || said.Len() > 0 {
		t.Fatalf("ffmpeg: %v\n%s", err, &said)
	}
	samples := make([]int16, out.Len()/2)
	if err := binary.Read(&out, binary.LittleEndian, samples); err != nil {
		t.Fatal(err)
	}
	return samples
}

// TestDecoded: another decoder gives back what was said, at each rate, in each
// channel.
func TestDecoded(t *testing.T) {
	for _, rate := range []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000} {
		for channels := 1; channels <= 2; channels++ {
			t.Run(fmt.Sprintf("%d Hz, %d", rate, channels), func(t *testing.T) {
				said := voice(rate, 2*rate)
				frames := encode(t, said, rate, channels)
				heard := decode(t, frames, rate, channels)
				for c := range channels {
					signal, noise := 0.0, 0.0
					for i := range said[:len(said)-FrameLength] {
						d := float64(heard[channels*(i+FrameLength)+c]) - float64(said[i])
						signal, noise = signal+float64(said[i])*float64(said[i]), noise+d*d
					}
					if db := 10 * math.Log10(signal/noise); db < 18 {
						t.Errorf("channel %d: the noise is only %.1f dB below what was said", c, db)
					}
				}
				size := 0
				for _, f := range frames {
					size += len(f)
				}
				if bits := 8 * float64(size) / 2 / float64(channels); bits > 48_000 {
					t.Errorf("%.0f bits a second", bits)
				}
			})
		}
	}
}

// TestExtremes: silence, the loudest noise and single clicks make frames that
// decode.
func TestExtremes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	samples := make([]int16, 40*FrameLength)
	for i := 10 * FrameLength; i < 20*FrameLength; i++ {
		samples[i] = int16(r.Uint32())
	}
	for i := 20 * FrameLength; i < 30*FrameLength; i++ {
		samples[i] = math.MaxInt16
		if i%37 < 18 {
			samples[i] = math.MinInt16
		}
	}
	for i := 30 * FrameLength; i < 40*FrameLength; i += 777 {
		samples[i] = math.MinInt16
	}
	for _, rate := range []int{8000, 16000, 48000} {
		frames := encode(t, samples, rate, 1)
		if len(frames[0]) > 8 {
			t.Errorf("%d octets of silence", len(frames[0]))
		}
		if heard := decode(t, frames, rate, 1); len(heard) != len(frames)*FrameLength {
			t.Errorf("%d Hz: %d samples of %d frames", rate, len(heard), len(frames))
		}
		for _, f := range frames {
			if len(f) > 1400 {
				t.Errorf("%d Hz: a frame of %d octets fits no packet", rate, len(f))
			}
		}
	}
}

// TestReset: what was said before is not heard after it.
func TestReset(t *testing.T) {
	e, err := NewEncoder(16000, 1)
	if err != nil {
		t.Fatal(err)
	}
	fresh := e.Encode(new([FrameLength]int16))
	e.Encode((*[FrameLength]int16)(voice(16000, FrameLength)))
	e.Reset()
	if again := e.Encode(new([FrameLength]int16)); !bytes.Equal(again, fresh) {
		t.Errorf("% x, not % x", again, fresh)
	}
}

// TestFormat: what is not encoded is refused.
func TestFormat(t *testing.T) {
	for _, c := range [][2]int{{96000, 1}, {0, 1}, {16000, 0}, {16000, 3}, {7350, 1}} {
		if _, err := NewEncoder(c[0], c[1]); !errors.Is(err, ErrFormat) {
			t.Errorf("%d Hz, %d channels: %v", c[0], c[1], err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	e, err := NewEncoder(16000, 1)
	if err != nil {
		b.Fatal(err)
	}
	frame := (*[FrameLength]int16)(voice(16000, FrameLength))
	for b.Loop() {
		e.Encode(frame)
	}
}
