package aac

import "math"

// transform is the windowed MDCT of two frames' samples (ISO/IEC 14496-3
// §4.6.11.3.1), of as many coefficients as are wanted: folded to a DCT of type
// IV, which is summed as it is written. The band is narrow and frames are few.
type transform struct {
	window [2 * FrameLength]float64 // the sine's
	turn   [8 * FrameLength]float64 // cosines of a turn
	folded [FrameLength]float64
}

func newTransform() *transform {
	t := &transform{}
	for n := range t.window {
		t.window[n] = math.Sin(math.Pi / (2 * FrameLength) * (float64(n) + 0.5))
	}
	for n := range t.turn {
		t.turn[n] = math.Cos(2 * math.Pi * float64(n) / float64(len(t.turn)))
	}
	return t
}

// of fills spectrum with the lowest coefficients.
func (t *transform) of(samples *[2 * FrameLength]float64, spectrum []float64) {
	const half = FrameLength / 2
	at := func(n int) float64 { return samples[n] * t.window[n] }
	for n := range half { // four quarters a, b, c, d become -c(reversed)-d, a-b(reversed)
		t.folded[n] = -at(3*half-1-n) - at(3*half+n)
		t.folded[half+n] = at(n) - at(FrameLength-1-n)
	}
	for k := range spectrum {
		sum := 0.0
		step := 2 * (2*k + 1)
		angle := 2*k + 1
		for _, v := range t.folded {
			sum += v * t.turn[angle&(len(t.turn)-1)]
			angle += step
		}
		spectrum[k] = 2 * sum
	}
}
