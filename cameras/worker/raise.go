package worker

import (
	"math"

	"lares/cameras/media/g711"
)

const (
	// taps is how many samples before and behind a point make one between them.
	taps = 8
	// phases is into how many places the time between two samples is divided.
	phases = 64
)

// raiser makes of sound of 8 kHz one of a higher rate (or the same), by sums of
// windowed sinc functions. What it gives out is taps samples late.
type raiser struct {
	rate    int
	kernels *[phases + 1][2 * taps]float64
	past    [2 * taps]float64 // the last samples, the newest at the end
	at      int               // of the next one to make, in 1/rate of a sample, after past's middle
}

func newRaiser(rate int) *raiser {
	r := &raiser{rate: rate, kernels: &[phases + 1][2 * taps]float64{}}
	for p := range r.kernels {
		sum := 0.0
		for i := range r.kernels[p] {
			x := float64(i-taps+1) - float64(p)/phases
			w := math.Cos(math.Pi * x / (2 * (taps + 1)))
			v := w * w
			if x != 0 {
				v *= math.Sin(math.Pi*x) / (math.Pi * x)
			}
			r.kernels[p][i] = v
			sum += v
		}
		for i := range r.kernels[p] { // so that a level stays the same
			r.kernels[p][i] /= sum
		}
	}
	return r
}

// reset forgets what was said before.
func (r *raiser) reset() { r.past, r.at = [2 * taps]float64{}, 0 }

// add appends what one more sample makes known to dst.
func (r *raiser) add(dst []int16, sample int16) []int16 {
	copy(r.past[:], r.past[1:])
	r.past[len(r.past)-1] = float64(sample)
	for ; r.at < r.rate; r.at += g711.Rate {
		kernel := &r.kernels[(r.at*phases+r.rate/2)/r.rate]
		sum := 0.0
		for i, v := range r.past {
			sum += v * kernel[i]
		}
		dst = append(dst, int16(min(max(math.Round(sum), math.MinInt16), math.MaxInt16)))
	}
	r.at -= r.rate
	return dst
}
