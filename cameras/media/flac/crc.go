package flac

// The checksums of RFC 9639 §9.1.8 and §9.3: most significant bit first,
// starting from zero.
const (
	poly8  = 0x07
	poly16 = 0x8005
)

var crc16Table = func() (t [256]uint16) {
	for i := range t {
		t[i] = shift16(uint16(i) << 8)
	}
	return t
}()

func shift16(crc uint16) uint16 {
	for range 8 {
		if crc&0x8000 != 0 {
			crc = crc<<1 ^ poly16
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
func crc8(b []byte) (crc uint8) {
	for _, v := range b {
		crc ^= v
		for range 8 {
			if crc&0x80 != 0 {
				crc = crc<<1 ^ poly8
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}
