package aac

import "math"

// corner is the frequency in Hz below which a Gauge hears less, by a filter of the second
// order: hum and wind are there, and a voice begins above it.
const corner = 150

// shorts are the bounds of the bands of short windows, beside those of layouts (ISO/IEC
// 14496-3 tables 4.129 to 4.136).
var shorts = [][]int{
	{0, 4, 8, 12, 16, 20, 28, 36, 44, 56, 68, 80, 96, 112, 128},
	{0, 4, 8, 12, 16, 20, 24, 28, 36, 44, 52, 64, 76, 92, 108, 128},
	{0, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 60, 72, 88, 108, 128},
	{0, 4, 8, 12, 16, 20, 24, 28, 36, 44, 52, 60, 72, 88, 108, 128},
}

// energies is about what the square of a coefficient is, before it is scaled, in each
// codebook of spectra: their largest magnitudes are 1, 1, 2, 2, 4, 4, 7, 7, 12 and 12, of the
// last 8191; most coefficients are far smaller.
var energies = [12]float64{0, 0.3, 0.3, 1, 1, 4, 4, 20, 20, 70, 70, 300}

// Codebooks that are none of spectra (ISO/IEC 14496-3 table 4.134).
const (
	zeroBook      = 0
	reservedBook  = 12
	noiseBook     = 13
	intensityBook = 14 // and 15
)

// Gauge tells how loud access units of AAC-LC are from their scale factors, without
// decoding the spectrum: within some decibels, the same ones for the same kind of sound. Where
// an encoder may spend so much that the largest codebook is in use, some 100 kbit/s for a
// channel, what is loud seems less so. It hears the first channel, up to Bandwidth. It is not safe for concurrent use.
type Gauge struct {
	long, short band
	books       [8 * maxBands]uint8 // of each group and band
	groups      [8]int              // how many windows each has
}

// band is what one kind of windows counts: the weight of each band's squares, lines included.
type band struct {
	weights []float64
	lines   []float64
}

// maxBands is how many bands of scale factors a window can have: max_sfb has 6 bits.
const maxBands = 64

// NewGauge is for sound of one rate, of AAC's core where a band replication doubles it. It
// returns ErrFormat for rates that are not read.
func NewGauge(rate int) (*Gauge, error) {
	for i, l := range layouts {
		for _, r := range l.rates {
			if r == rate {
				return &Gauge{long: weigh(bandsOf(rate), rate, FrameLength), short: weigh(shorts[i], rate, FrameLength/8)}, nil
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
		if middle > Bandwidth {
			break
		}
		pass := middle * middle / (middle*middle + corner*corner)
		b.weights = append(b.weights, pass*pass*scale)
		b.lines = append(b.lines, float64(bounds[i+1]-bounds[i]))
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
			return g.channel(&r, r.take(1) == 1)
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

// channel reads the first individual_channel_stream (ISO/IEC 14496-3 table 4.50) up to its
// scale factors. With a common window the description of windows is before it (table 4.5).
func (g *Gauge) channel(r *reader, common bool) (power float64, ok bool) {
	gain := 0
	if !common {
		gain = r.take(8)
	}
	bands, groups, short, ok := g.windows(r)
	if !ok {
		return 0, false
	}
	if common {
		if r.take(2) == 1 { // ms_mask_present
			r.skip(bands * groups)
		}
		gain = r.take(8)
	}
	if !g.sections(r, bands, groups, short) {
		return 0, false
	}
	return g.factors(r, gain, bands, groups, short)
}

// windows reads ics_info (ISO/IEC 14496-3 table 4.6).
func (g *Gauge) windows(r *reader) (bands, groups int, short, ok bool) {
	const eightShort = 2
	r.take(1)
	short = r.take(2) == eightShort
	r.take(1)
	g.groups[0] = 1
	if !short {
		bands = r.take(6)
		return bands, 1, false, r.take(1) == 0 && !r.over() // prediction is not of AAC-LC
	}
	bands = r.take(4)
	for range 7 {
		if r.take(1) == 1 {
			g.groups[groups]++
			continue
		}
		groups++
		g.groups[groups] = 1
	}
	return bands, groups + 1, true, !r.over()
}

// sections reads which codebook each band has (ISO/IEC 14496-3 table 4.52).
func (g *Gauge) sections(r *reader, bands, groups int, short bool) bool {
	width := 5
	if short {
		width = 3
	}
	for i := range groups {
		for b := 0; b < bands; {
			book, n := r.take(4), 0
			for {
				more := r.take(width)
				n += more
				if more != 1<<width-1 || r.over() {
					break
				}
			}
			if n == 0 || b+n > bands || book == reservedBook || r.over() {
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

// factors reads the scale factors (ISO/IEC 14496-3 table 4.53) and sums what they scale.
func (g *Gauge) factors(r *reader, gain, bands, groups int, short bool) (power float64, ok bool) {
	const noiseOffset, noiseBits, noiseMiddle = 90, 9, 256 // §4.6.13.3
	of := &g.long
	if short {
		of = &g.short
	}
	factor, noise, first := gain, gain-noiseOffset, true
	for i := range groups {
		for b := range bands {
			energy, book := 0.0, g.books[i*maxBands+b]
			switch {
			case book == zeroBook:
				continue
			case book >= intensityBook:
				r.step()
				continue
			case book == noiseBook && first:
				noise, first = noise+r.take(noiseBits)-noiseMiddle, false
				energy = math.Exp2(float64(noise) / 2)
			case book == noiseBook:
				noise += r.step()
				energy = math.Exp2(float64(noise) / 2)
			default:
				factor += r.step()
				if b < len(of.lines) {
					energy = math.Exp2(float64(factor-unity)/2) * energies[book] * of.lines[b]
				}
			}
			if b < len(of.weights) {
				power += energy * of.weights[b] * float64(g.groups[i])
			}
		}
	}
	return power, !r.over()
}
