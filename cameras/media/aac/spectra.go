package aac

import "math"

// book is a codebook of spectra: its words are of size values each. Where values are signed, they
// go from -most to most; else from 0, and signs follow the word.
type book struct {
	size, most int
	signed     bool
}

// spectra are the codebooks of spectra (ISO/IEC 14496-3 table 4.134).
var spectra = [escapeBook + 1]book{
	{}, {4, 1, true}, {4, 1, true}, {4, 2, false}, {4, 2, false}, {2, 4, true}, {2, 4, true}, {2, 7, false}, {2, 7, false}, {2, 12, false}, {2, 12, false},
	{2, 16, false},
}

// longestEscape is how many ones an escape begins with at most (ISO/IEC 14496-3 §4.6.3.3).
const longestEscape = 8

// squares reads a word with its signs and escapes, and sums the squares of its coefficients
// (ISO/IEC 14496-3 §4.6.1.3).
func (r *reader) squares(n int) (sum float64) {
	k := &spectra[n]
	place := r.word(spectraTrees[n])
	base, low := k.most+1, 0
	if k.signed {
		base, low = 2*k.most+1, -k.most
	}
	escapes := 0
	for range k.size {
		v := place%base + low
		place /= base
		if v == 0 {
			continue
		}
		if !k.signed {
			r.skip(1)
		}
		if n == escapeBook && v == k.most {
			escapes++
			continue
		}
		sum += powers[max(v, -v)]
	}
	for range escapes {
		bits := 4
		for r.take(1) == 1 && bits < 4+longestEscape {
			bits++
		}
		sum += math.Pow(float64(int(1)<<bits+r.take(bits)), 8.0/3)
	}
	return sum
}

// powers are the squares of the coefficients of small values.
var powers = func() (p [17]float64) {
	for v := range p {
		p[v] = math.Pow(float64(v), 8.0/3)
	}
	return p
}()

// spectraTrees are those of words.
var spectraTrees = func() (t [escapeBook + 1][][2]int16) {
	for i, w := range words {
		t[i] = grow(w)
	}
	return t
}()
