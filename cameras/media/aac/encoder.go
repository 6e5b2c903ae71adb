package aac

import (
	"errors"
	"math"
)

const (
	// quiet is the magnitude below which a band is left out: that of a sound 80 dB
	// below the loudest.
	quiet = 4 * FrameLength
	// rounding is what is added before a value is cut off: the usual of encoders,
	// less than a half, as small values are the likelier.
	rounding = 0.4054
	// unity is the scale factor that changes nothing (ISO/IEC 14496-3 §4.6.2.3.3).
	unity = 100
	// mostSame is the longest section that one length field tells.
	mostSame = 31
)

// ErrFormat is returned for a rate or a number of channels that is not encoded.
var ErrFormat = errors.New("aac: only mono or stereo of 8 to 48 kHz is encoded")

// Encoder makes frames of samples. It is not safe for concurrent use.
type Encoder struct {
	channels  int
	bounds    []int
	transform *transform
	samples   [2 * FrameLength]float64 // of the frame before, and of this one
	spectrum  []float64
	factors   []int // of each band; silent marks one without
	values    []int
}

// silent is the scale factor of a band that is left out.
const silent = -1

// NewEncoder makes an encoder for sound of one channel; with two channels both
// get the same. It returns ErrFormat for what it does not encode.
func NewEncoder(rate, channels int) (*Encoder, error) {
	bounds := bandsOf(rate)
	if bounds == nil || channels < 1 || channels > 2 {
		return nil, ErrFormat
	}
	top := bounds[len(bounds)-1]
	return &Encoder{
		channels: channels, bounds: bounds, transform: newTransform(),
		spectrum: make([]float64, top), factors: make([]int, len(bounds)-1), values: make([]int, top),
	}, nil
}

// Reset forgets what was said before.
func (e *Encoder) Reset() { clear(e.samples[:]) }

// Encode makes an access unit (a raw_data_block, ISO/IEC 14496-3 table 4.3) of
// the next FrameLength samples. A decoder gives them out one frame later.
func (e *Encoder) Encode(samples *[FrameLength]int16) []byte {
	copy(e.samples[:FrameLength], e.samples[FrameLength:])
	for i, s := range samples {
		e.samples[FrameLength+i] = float64(s)
	}
	e.transform.of(&e.samples, e.spectrum)
	e.scale()
	e.quantize()
	w := &writer{}
	if e.channels == 1 {
		w.put(3, 0) // single_channel_element
		w.put(4, 0) // its tag
		e.stream(w)
	} else {
		w.put(3, 1) // channel_pair_element
		w.put(4, 0)
		w.put(1, 0) // no common window
		e.stream(w)
		e.stream(w)
	}
	w.put(3, 7) // the end
	return w.out
}

// scale chooses each band's scale factor: the smallest with which its largest
// coefficient fits, or more where the next band's could not be told otherwise.
func (e *Encoder) scale() {
	most := math.Pow(largest+1-rounding-1e-6, 4.0/3)
	for b := range e.factors {
		peak := 0.0
		for _, x := range e.spectrum[e.bounds[b]:e.bounds[b+1]] {
			peak = max(peak, math.Abs(x))
		}
		if e.factors[b] = silent; peak >= quiet {
			e.factors[b] = unity + int(math.Ceil(4*math.Log2(peak/most)))
		}
	}
	before := silent
	raise := func(b int) {
		if e.factors[b] == silent {
			return
		}
		if before != silent {
			e.factors[b] = max(e.factors[b], before-steepest)
		}
		before = e.factors[b]
	}
	for b := range e.factors {
		raise(b)
	}
	before = silent
	for b := len(e.factors) - 1; b >= 0; b-- {
		raise(b)
	}
}

// quantize is the inverse of ISO/IEC 14496-3 §4.6.1.3 and §4.6.2.3.3.
func (e *Encoder) quantize() {
	for b, factor := range e.factors {
		if factor == silent {
			continue
		}
		step := math.Exp2(float64(factor-unity) / 4)
		for k := e.bounds[b]; k < e.bounds[b+1]; k++ {
			v := int(math.Pow(math.Abs(e.spectrum[k])/step, 0.75) + rounding)
			if e.spectrum[k] < 0 {
				v = -v
			}
			e.values[k] = v
		}
	}
}

// stream writes an individual_channel_stream (ISO/IEC 14496-3 table 4.50) of one
// long window.
func (e *Encoder) stream(w *writer) {
	first := 0
	for _, f := range e.factors {
		if f != silent {
			first = f
			break
		}
	}
	w.put(8, uint32(first)) // global_gain
	w.put(1, 0)             // ics_info: reserved
	w.put(2, 0)             // only long windows
	w.put(1, 0)             // of the sine shape
	w.put(6, uint32(len(e.factors)))
	w.put(1, 0) // no prediction
	e.sections(w)
	before := first
	for _, f := range e.factors {
		if f != silent {
			c := steps[f-before+farthest]
			w.put(c.bits, c.word)
			before = f
		}
	}
	w.put(3, 0) // no pulses, no shaping of noise in time, no gain control
	e.coefficients(w)
}

// sections says which bands follow (ISO/IEC 14496-3 table 4.52): codebook 8, or 0
// for those left out.
func (e *Encoder) sections(w *writer) {
	for b := 0; b < len(e.factors); {
		n := 1
		for b+n < len(e.factors) && (e.factors[b+n] == silent) == (e.factors[b] == silent) {
			n++
		}
		book := uint32(8)
		if e.factors[b] == silent {
			book = 0
		}
		w.put(4, book)
		for b += n; n >= mostSame; n -= mostSame {
			w.put(5, mostSame)
		}
		w.put(5, uint32(n))
	}
}

// coefficients writes the spectrum (ISO/IEC 14496-3 table 4.56).
func (e *Encoder) coefficients(w *writer) {
	for b, factor := range e.factors {
		if factor == silent {
			continue
		}
		for k := e.bounds[b]; k < e.bounds[b+1]; k += 2 {
			one, two := e.values[k], e.values[k+1]
			c := words[8][max(one, -one)*(largest+1)+max(two, -two)]
			w.put(c.bits, c.word)
			for _, v := range []int{one, two} {
				switch {
				case v < 0:
					w.put(1, 1)
				case v > 0:
					w.put(1, 0)
				}
			}
		}
	}
}
