package flac

// The checksums of RFC 9639 §9.1.8 and §9.3: most significant bit first,
// starting from zero. That of 8 bits is the upper half of a register of 16.
const (
	poly8  = 0x07 << 8
	poly16 = 0x8005
)

var crc16Table = func() (t [256]uint16) {
	for i := range t {
		t[i] = shift(uint16(i)<<8, poly16)
	}
	return t
}()

// shift takes the byte on top of the register through it.
func shift(crc, poly uint16) uint16 {
	for range 8 {
		if crc&0x8000 != 0 {
			crc = crc<<1 ^ poly
		} else {
			crc <<= 1
		}
	}
	return crc
}

func crc16(b []byte) (crc uint16) {
	for _, v := range b {
		crc = crc<<8 ^ crc16Table[uint8(crc>>8)^v]
	}
	return crc
}

// crc8 covers a dozen bytes of header: no table.
func crc8(b []byte) uint8 {
	var crc uint16
	for _, v := range b {
		crc = shift(crc^uint16(v)<<8, poly8)
	}
	return uint8(crc >> 8)
}
