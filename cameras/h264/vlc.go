package h264

import "math/bits"

// vlc is a table of codes whose first one bit is followed by at most three more, as
// all of CAVLC are. It is looked up by the zeros in front of that bit and the three
// bits behind it.
type vlc [16 * 8]code

// code is how long the code of a value is, in bits; 0 for none.
type code struct{ length, value uint8 }

// newVLC makes a table of the codes of the values 0, 1, and so on; an empty code is of
// none.
func newVLC(codes []string) *vlc {
	var t vlc
	for value, code := range codes {
		if code == "" {
			continue
		}
		zeros := 0
		for zeros < len(code) && code[zeros] == '0' {
			zeros++
		}
		t.fill(zeros, code, uint8(value))
	}
	return &t
}

// fill sets the places of one code: all that begin with it.
func (t *vlc) fill(zeros int, code string, value uint8) {
	first, count, last := 0, 8, zeros
	if zeros == len(code) {
		last = 15 // the bits behind it may be zeros as well
	} else {
		for _, bit := range code[zeros+1:] {
			count /= 2
			first += count * int(bit-'0')
		}
	}
	for z := zeros; z <= last; z++ {
		for i := first; i < first+count; i++ {
			e := &t[8*z+i]
			e.length, e.value = uint8(len(code)), value
		}
	}
}

// find is the code that the next 32 bits begin with.
func (t *vlc) find(next uint32) code {
	zeros := uint32(bits.LeadingZeros32(next | 1<<16))
	return t[(8*zeros+next<<1<<(zeros&31)>>29)&127]
}

// read takes the next code; ok is false if there is none.
func (t *vlc) read(r *bitReader) (value int, ok bool) {
	c := t.find(r.peek())
	r.pos += int(c.length)
	return int(c.value), c.length > 0
}

// The tables of CAVLC as they are looked up. The value of a coeff_token is
// 4*total_coeff + trailing_ones.
var (
	tokenCodes   = tokenTables()
	zerosCodes   = tables(totalZeros[:])
	zerosDCCodes = tables(totalZerosDC[:])
	runCodes     = tables(runBefore[:])
)

func tables(rows [][]string) []*vlc {
	t := make([]*vlc, len(rows))
	for i, codes := range rows {
		t[i] = newVLC(codes)
	}
	return t
}

func tokenTables() (t [4]*vlc) {
	for i := range t {
		var codes [4*16 + 4]string
		for _, row := range coeffTokens {
			codes[4*row.total+row.ones] = row.codes[i]
		}
		t[i] = newVLC(codes[:])
	}
	return t
}
