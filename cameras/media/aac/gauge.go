package aac

import "math"

// corner is the frequency in Hz below which a Gauge hears less, by a filter of the second
// order: hum and wind are there, and a voice begins above it.
const corner = 150

// Codebooks that are none of spectra (ISO/IEC 14496-3 table 4.134).
const (
	zeroBook      = 0
	escapeBook    = 11 // the last of spectra
	reservedBook  = 12
	noiseBook     = 13
	intensityBook = 14 // and 15
)

// Gauge tells how loud access units of AAC-LC are, from their scale factors and the magnitudes
// of their spectrum, without a transform. It hears up to Bandwidth, of a pair of channels the
// mean of both. It is not safe for concurrent use.
type Gauge struct {
	long, short band
	windows     windows             // of the channel that is read
	books       [8 * maxBands]uint8 // of each group and band
	scales      [8 * maxBands]int16 // likewise: scale factors
}

// band is what one kind of windows counts: the weight of each band's squares, and its lines.
type band struct {
	weights []float64
	lines   []int
}

// windows are those of a frame, in groups that share their scale factors.
type windows struct {
	of     *band
	short  bool
	bands  int
	groups int
	many   [8]int // in each group
}

// maxBands is how many bands of scale factors a window can have: max_sfb has 6 bits.
const maxBands = 64

// NewGauge is for sound of one rate, of AAC's core where a band replication doubles it. It
// returns ErrFormat for rates that are not read.
func NewGauge(rate int) (*Gauge, error) {
	for _, l := range layouts {
		for _, r := range l.rates {
			if r == rate {
				return &Gauge{long: weigh(l.bounds, rate, FrameLength), short: weigh(l.shorts, rate, FrameLength/8)}, nil
			}
		}
	}
	return nil, ErrFormat
}

// weigh makes the weights of bands of windows with so many lines, for the mean square of
// the samples, full scale being 1.
func weigh(bounds []int, rate, lines int) (b band) {
	// A window of noise with a mean square of 1 has lines with one of 2*lines, by the
	// scale of ISO/IEC 14496-3 §4.6.11.3, and all windows of a frame 1024 of them.
	scale := 1 / (float64(2*lines) * FrameLength * (1 << 30))
	for i := range len(bounds) - 1 {
		middle := float64(bounds[i]+bounds[i+1]) / 2 * float64(rate) / float64(2*lines)
		pass := middle * middle / (middle*middle + corner*corner)
		if middle > Bandwidth {
			pass = 0
		}
		b.weights = append(b.weights, pass*pass*scale)
		b.lines = append(b.lines, bounds[i+1]-bounds[i])
	}
	return b
}

// Power is about the mean of the squares of the samples, full scale being 1, in an access
// unit (a raw_data_block, ISO/IEC 14496-3 table 4.3). It is false where there is no channel
// that can be read.
func (g *Gauge) Power(unit []byte) (power float64, ok bool) {
	r := reader{data: unit}
	for !r.over() {
		switch r.take(3) {
		case 0: // single_channel_element
			r.take(4)
			return g.channel(&r, false)
		case 1: // channel_pair_element
			r.take(4)
			return g.pair(&r)
		case 4: // data_stream_element
			r.take(4)
			align := r.take(1) == 1
			n := r.take(8)
			if n == 255 {
				n += r.take(8)
			}
			if align {
				r.align()
			}
			r.skip(8 * n)
		case 6: // fill_element
			n := r.take(4)
			if n == 15 {
				n += r.take(8) - 1
			}
			r.skip(8 * n)
		default:
			return 0, false
		}
	}
	return 0, false
}

// pair reads both channels (ISO/IEC 14496-3 table 4.5). Where they are coded as half their sum
// and half their difference, the mean of both powers is the sum of those two.
func (g *Gauge) pair(r *reader) (power float64, ok bool) {
	common, joint := r.take(1) == 1, 0
	if common {
		if !g.readWindows(r) {
			return 0, false
		}
		n := g.windows.bands * g.windows.groups
		switch r.take(2) { // ms_mask_present
		case 1:
			for range n {
				joint += r.take(1)
			}
		case 2:
			joint = n
		}
	}
	one, ok := g.channel(r, common)
	if !ok {
		return 0, false
	}
	two, ok := g.channel(r, common)
	if joint > 0 {
		return one + two, ok
	}
	return (one + two) / 2, ok
}

// channel reads an individual_channel_stream (ISO/IEC 14496-3 table 4.50). With a common
// window the description of windows was before it.
func (g *Gauge) channel(r *reader, common bool) (power float64, ok bool) {
	gain := r.take(8)
	if !common && !g.readWindows(r) {
		return 0, false
	}
	if !g.sections(r) {
		return 0, false
	}
	noise := g.factors(r, gain)
	g.tools(r)
	if r.over() {
		return 0, false
	}
	return noise + g.spectrum(r), !r.over()
}

// readWindows reads ics_info (ISO/IEC 14496-3 table 4.6).
func (g *Gauge) readWindows(r *reader) bool {
	const eightShort = 2
	w := &g.windows
	r.take(1)
	w.short = r.take(2) == eightShort
	r.take(1)
	w.of, w.groups, w.many[0] = &g.long, 1, 1
	if !w.short {
		w.bands = r.take(6)
		return w.bands <= len(w.of.lines) && r.take(1) == 0 && !r.over() // prediction is not of AAC-LC
	}
	w.of, w.bands = &g.short, r.take(4)
	for range 7 {
		if r.take(1) == 1 {
			w.many[w.groups-1]++
			continue
		}
		w.many[w.groups] = 1
		w.groups++
	}
	return w.bands <= len(w.of.lines) && !r.over()
}

// sections reads which codebook each band has (ISO/IEC 14496-3 table 4.52).
func (g *Gauge) sections(r *reader) bool {
	width := 5
	if g.windows.short {
		width = 3
	}
	for i := range g.windows.groups {
		for b := 0; b < g.windows.bands; {
			book, n := r.take(4), 0
			for {
				more := r.take(width)
				n += more
				if more != 1<<width-1 || r.over() {
					break
				}
			}
			if n == 0 || b+n > g.windows.bands || book == reservedBook || r.over() {
				return false
			}
			for ; n > 0; n-- {
				g.books[i*maxBands+b] = uint8(book)
				b++
			}
		}
	}
	return true
}

// factors reads the scale factors (ISO/IEC 14496-3 table 4.53) and sums the noise that they
// stand for.
func (g *Gauge) factors(r *reader, gain int) (power float64) {
	const noiseOffset, noiseBits, noiseMiddle = 90, 9, 256 // §4.6.13.3
	factor, noise, first := gain, gain-noiseOffset, true
	for i := range g.windows.groups {
		for b := range g.windows.bands {
			switch book := g.books[i*maxBands+b]; {
			case book == zeroBook:
			case book >= intensityBook:
				r.step()
			case book == noiseBook:
				if first {
					noise, first = noise+r.take(noiseBits)-noiseMiddle, false
				} else {
					noise += r.step()
				}
				power += math.Exp2(float64(noise)/2) * g.windows.of.weights[b] * float64(g.windows.many[i])
			default:
				factor += r.step()
				g.scales[i*maxBands+b] = int16(factor)
			}
		}
	}
	return power
}

// tools passes over pulses and the shaping of noise in time (ISO/IEC 14496-3 tables 4.7 and
// 4.54): they change little of how loud it is. What has gain control is not AAC-LC.
func (g *Gauge) tools(r *reader) {
	if r.take(1) == 1 { // pulse_data_present
		n := r.take(2) + 1
		r.skip(6 + 9*n)
	}
	if r.take(1) == 1 { // tns_data_present
		windows, filters, length, order := 1, 2, 6, 5
		if g.windows.short {
			windows, filters, length, order = 8, 1, 4, 3
		}
		for range windows {
			n := r.take(filters)
			if n == 0 {
				continue
			}
			bits := 3 + r.take(1)
			for range n {
				r.skip(length)
				if o := r.take(order); o > 0 {
					r.skip(1)
					less := r.take(1)
					r.skip(o * (bits - less))
				}
			}
		}
	}
	r.skip(r.take(1) * 8 * len(r.data))
}

// spectrum reads the coefficients (ISO/IEC 14496-3 table 4.56) and sums their squares.
func (g *Gauge) spectrum(r *reader) (power float64) {
	of := g.windows.of
	for i := range g.windows.groups {
		for b := range g.windows.bands {
			book := g.books[i*maxBands+b]
			if book == zeroBook || book > escapeBook {
				continue
			}
			sum := 0.0
			for n := of.lines[b] * g.windows.many[i]; n > 0 && !r.over(); n -= spectra[book].size {
				sum += r.squares(int(book))
			}
			power += sum * of.weights[b] * math.Exp2(float64(int(g.scales[i*maxBands+b])-unity)/2)
		}
	}
	return power
}
