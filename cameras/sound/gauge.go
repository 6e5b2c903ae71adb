package sound

import (
	"errors"
	"fmt"
	"math"

	"lares/cameras/media"
	"lares/cameras/media/aac"
	"lares/cameras/media/g711"
)

// Gauge tells the power of a piece of sound: the mean of the squares of its samples, full
// scale being 1. It is false where the piece cannot be read.
type Gauge func(data []byte) (power float64, ok bool)

// ErrUnheard is returned for sound that is not listened to.
var ErrUnheard = errors.New("sound: only AAC of up to 48 kHz, G.711 and Opus are listened to")

// NewGauge is for pieces of one sound as media.UnitAudio has them.
func NewGauge(codec media.Codec, rate, channels int) (Gauge, error) {
	law := g711.A
	switch codec {
	case media.AAC:
		g, err := aac.NewGauge(rate)
		if err != nil {
			return nil, fmt.Errorf("%w, and this is AAC of %d Hz", ErrUnheard, rate)
		}
		return g.Power, nil
	case media.Opus:
		return newOpus()
	case media.PCMU:
		law = g711.Mu
	case media.PCMA:
	default:
		return nil, fmt.Errorf("%w, and this is %v", ErrUnheard, codec)
	}
	o := NewOctets(law, rate, channels)
	return func(data []byte) (float64, bool) { return o.Power(data), len(data) > 0 }, nil
}

// corner is the frequency in Hz below which the gauges hear less: 10 dB at 100 Hz, 20 dB at
// 50 Hz. A voice begins above it.
const corner = 150

// highpass are two filters of the first order behind each other, the usual recursive ones
// of a resistor and a capacitor.
type highpass struct {
	a       float64
	in, mid float64 // the value before of what goes into the first, and of what comes out
	out     float64 // likewise of the second
}

func newHighpass(rate int) highpass {
	return highpass{a: 1 / (1 + 2*math.Pi*corner/float64(rate))}
}

func (h *highpass) next(x float64) float64 {
	mid := h.a * (h.mid + x - h.in)
	out := h.a * (h.out + mid - h.mid)
	h.in, h.mid, h.out = x, mid, out
	return out
}

// Samples tells the power of samples of 16 bits. It keeps what it needs of those before.
type Samples struct {
	filter   highpass
	channels int
}

// NewSamples is for so many samples of each channel a second, channels interleaved.
func NewSamples(rate, channels int) *Samples {
	return &Samples{filter: newHighpass(rate), channels: max(1, channels)}
}

// Power is the mean of the squares, full scale being 1, of the mean of all channels; 0 of
// no samples.
func (s *Samples) Power(samples []int16) float64 {
	sum, n := 0.0, len(samples)/s.channels
	for i := range n {
		x := 0
		for _, v := range samples[i*s.channels : (i+1)*s.channels] {
			x += int(v)
		}
		y := s.filter.next(float64(x) / float64(s.channels))
		sum += y * y
	}
	return mean(sum, n)
}

// Octets tells the power of G.711.
type Octets struct {
	law     g711.Law
	samples Samples
	scratch []int16
}

// NewOctets is for so many octets of each channel a second, channels interleaved.
func NewOctets(law g711.Law, rate, channels int) *Octets {
	return &Octets{law: law, samples: *NewSamples(rate, channels), scratch: make([]int16, chunk*max(1, channels))}
}

// chunk is how many octets of each channel are expanded at once.
const chunk = 160

// Power is that of Samples.
func (o *Octets) Power(octets []byte) float64 {
	sum, n := 0.0, 0
	for len(octets) > 0 {
		part := octets[:min(len(o.scratch), len(octets))]
		for i, c := range part {
			o.scratch[i] = o.law.Expand(c)
		}
		frames := len(part) / o.samples.channels
		sum += o.samples.Power(o.scratch[:len(part)]) * float64(frames)
		n += frames
		octets = octets[len(part):]
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

const fullScale = 1 << 15

func mean(sum float64, n int) float64 {
	if n == 0 {
		return 0
	}
	return sum / float64(n) / (fullScale * fullScale)
}
