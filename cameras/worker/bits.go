package worker

import "math"

// bits reads bits, the first of a byte highest. It knows nothing of emulation
// prevention: it is for the start of a slice, where none can stand yet, and for
// what unescape gives.
type bits struct {
	data []byte
	at   int
	over bool // more was asked for than there is; zeros were given
}

func (b *bits) bit() uint32 {
	i := b.at / 8
	if i >= len(b.data) {
		b.over = true
		return 0
	}
	v := b.data[i] >> (7 - b.at%8) & 1
	b.at++
	return uint32(v)
}

// u reads u(n), n up to 32.
func (b *bits) u(n int) (v uint32) {
	for range n {
		v = v<<1 | b.bit()
	}
	return v
}

// skip passes over n bits, n below 2^20.
func (b *bits) skip(n int) { b.at += n }

// ue reads ue(v) (ITU-T H.264 §9.1) of at most 16 leading zeros; what is longer
// or cut off is no number that occurs here.
func (b *bits) ue() uint32 {
	zeros := 0
	for b.bit() == 0 {
		if zeros++; zeros > 16 {
			return math.MaxUint32
		}
	}
	return 1<<zeros - 1 + b.u(zeros)
}

// unescape appends the start of a NAL unit's payload without its emulation
// prevention bytes (ITU-T H.264 §7.4.1) to dst, as much as dst can hold.
func unescape(dst, n []byte) []byte {
	zeros := 0
	for _, c := range n {
		if len(dst) == cap(dst) {
			break
		}
		if zeros >= 2 && c == 3 {
			zeros = 0
			continue
		}
		if zeros++; c != 0 {
			zeros = 0
		}
		dst = append(dst, c)
	}
	return dst
}
