// Package g711 turns samples of 16 bits into the octets of ITU-T G.711 and back.
package g711

// Law is one of the two encodings of G.711.
type Law uint8

// The laws.
const (
	A  Law = iota + 1 // G.711 table 1; RTP calls it PCMA (RFC 3551 §4.5.14)
	Mu                // G.711 table 2; PCMU
)

// Rate is how many samples a second the recommendation is made for.
const Rate = 8000

// Silence is the octet of no sound.
func (l Law) Silence() byte { return l.compress(0) }

// Append appends the octets of samples to dst.
func (l Law) Append(dst []byte, samples ...int16) []byte {
	for _, s := range samples {
		dst = append(dst, l.compress(s))
	}
	return dst
}

// Expand gives the sample of an octet, full scale: the middle of its interval.
func (l Law) Expand(octet byte) int16 {
	if l == A {
		return alaw[octet]
	}
	return ulaw[octet]
}

func (l Law) compress(sample int16) byte {
	if l == A {
		return compressA(sample)
	}
	return compressU(sample)
}

var (
	alaw = table(expandA)
	ulaw = table(expandU)
)

func table(expand func(uint8) int16) (t [256]int16) {
	for i := range t {
		t[i] = expand(uint8(i))
	}
	return t
}

// invertA are the even bits that the A-law inverts.
const invertA = 0x55

// expandA is the A-law (G.711 table 1): even bits inverted, then sign (set:
// positive), three bits of segment, four within it. The value is the middle of
// its interval, 13 bits.
func expandA(octet uint8) int16 {
	octet ^= invertA
	segment, step := octet>>4&7, int16(octet&15)
	v := step<<4 + 8
	if segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if octet&0x80 == 0 {
		return -v
	}
	return v
}

// compressA finds the interval of the A-law that a sample lies in. That of a
// negative one begins at -1: table 1b mirrors table 1a, and zero is positive.
func compressA(sample int16) uint8 {
	v, sign := int(sample)>>4, uint8(0x80)
	if sample < 0 {
		v, sign = ^v, 0
	}
	segment := segmentOf(v >> 4)
	step := v >> max(segment-1, 0) & 15 // the first two segments have the same steps
	return (sign | uint8(segment)<<4 | uint8(step)) ^ invertA
}

const (
	// bias makes each segment of the µ-law begin at a power of two.
	bias = 0x84
	// clip is the largest magnitude of 16 bits that the µ-law tells apart.
	clip = 0x7fff - bias
)

// expandU is the µ-law (G.711 table 2): all bits inverted, then sign (set:
// negative), segment and step as above; 14 bits.
func expandU(octet uint8) int16 {
	octet = ^octet
	v := (int16(octet&15)<<3+bias)<<(octet>>4&7) - bias
	if octet&0x80 != 0 {
		return -v
	}
	return v
}

// compressU finds the interval of the µ-law that a sample lies in.
func compressU(sample int16) uint8 {
	v, sign := int(sample), uint8(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, clip) + bias
	segment := segmentOf(v >> 8)
	return ^(sign | uint8(segment)<<4 | uint8(v>>(segment+3)&15))
}

// segmentOf is the number of bits that what lies above the first segment needs.
func segmentOf(above int) (segment int) {
	for ; above > 0; above >>= 1 {
		segment++
	}
	return segment
}
