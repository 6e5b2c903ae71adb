package flac

// alaw and ulaw expand the octets of ITU-T G.711 to 16 bits, full scale.
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

// expandA is the A-law (G.711 table 1): even bits inverted, then sign (set:
// positive), three bits of segment, four within it. The value is the middle of
// its interval, 13 bits.
func expandA(octet uint8) int16 {
	octet ^= 0x55
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

// expandU is the µ-law (G.711 table 2): all bits inverted, then sign (set:
// negative), segment and step as above; 14 bits.
func expandU(octet uint8) int16 {
	const bias = 0x84
	octet = ^octet
	v := (int16(octet&15)<<3+bias)<<(octet>>4&7) - bias
	if octet&0x80 != 0 {
		return -v
	}
	return v
}
