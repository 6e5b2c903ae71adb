package h264

import (
	"encoding/binary"
	"math/bits"
)

// padding is how many zero bytes follow an RBSP, so that a reader can load eight
// bytes wherever it stands.
const padding = 8

// bitReader reads an RBSP from its most significant bit on (clause 7.2). Past the
// end it reads zeros and remembers that it did: a caller asks over once, at its end.
type bitReader struct {
	data []byte // the RBSP and its padding
	pos  int    // in bits
	end  int    // of the RBSP, in bits
	stop int    // where rbsp_stop_one_bit stands
}

// newBitReader reads rbsp, which must have room for its padding (see unescape).
func newBitReader(rbsp []byte) bitReader {
	n := len(rbsp)
	return bitReader{data: rbsp[:n+padding], end: 8 * n, stop: stopBit(rbsp)}
}

// stopBit is where rbsp_stop_one_bit stands: the last bit that is set. cabac_zero_words
// behind it are skipped so.
func stopBit(rbsp []byte) int {
	for i := len(rbsp) - 1; i >= 0; i-- {
		if b := rbsp[i]; b != 0 {
			return 8*i + 7 - bits.TrailingZeros8(b)
		}
	}
	return 0
}

// peek returns the next 32 bits.
func (r *bitReader) peek() uint32 {
	i := uint(r.pos) >> 3
	if i+padding > uint(len(r.data)) {
		return 0
	}
	return uint32(binary.BigEndian.Uint64(r.data[i:]) << (uint(r.pos) & 7) >> 32)
}

// u reads an unsigned number of n bits, 0 to 32 (clause 7.2, u(n)).
func (r *bitReader) u(n int) uint32 {
	v := uint64(r.peek()) >> (32 - uint(n)&63)
	r.pos += n
	return uint32(v)
}

// flag reads one bit.
func (r *bitReader) flag() bool { return r.u(1) != 0 }

// ue reads an Exp-Golomb number (clause 9.1). More than 31 leading zeros are no
// number: the reader is over then.
func (r *bitReader) ue() uint32 {
	zeros := bits.LeadingZeros32(r.peek())
	if zeros > 31 {
		r.pos = r.end + 1
		return 0
	}
	r.pos += zeros
	return r.u(zeros+1) - 1
}

// se reads a signed Exp-Golomb number (clause 9.1.1).
func (r *bitReader) se() int32 {
	k := r.ue()
	if k&1 != 0 {
		return int32(k>>1) + 1
	}
	return -int32(k >> 1)
}

// maxCount bounds what count returns: more than anything is counted to here.
const maxCount = 1 << 20

// count reads an Exp-Golomb number that the caller compares with a bound of its own;
// it is cut to maxCount, so that it fits any int.
func (r *bitReader) count() int { return int(min(r.ue(), maxCount)) }

// te reads a number of 0 to most (clause 9.1, te(v)).
func (r *bitReader) te(most int) int {
	if most == 1 {
		return int(1 - r.u(1))
	}
	return r.count()
}

// over says that more was read than there is.
func (r *bitReader) over() bool { return r.pos > r.end }

// aligned says that the next bit is the first of a byte.
func (r *bitReader) aligned() bool { return r.pos&7 == 0 }

// more says that something is left before rbsp_trailing_bits (clause 7.2,
// more_rbsp_data).
func (r *bitReader) more() bool { return r.pos < r.stop }
