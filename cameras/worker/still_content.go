package worker

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
)

// content implements coding.
func (c *avc) content(u *unit, to *maphash.Hash) bool {
	for _, sets := range [][][]byte{c.sets.sps, c.sets.pps} {
		for _, n := range sets {
			_ = c.contents.Keep(n) // slices miss one that is not read here
		}
	}
	some := false
	for n := range nals(u.data) {
		if n[0]&0x1f != nalIDR {
			continue
		}
		b, err := c.contents.Of(n)
		if err != nil {
			return false
		}
		to.Write(b)
		some = some || len(b) > 0
	}
	return some
}

// hevcCounts is above what of a slice segment counts on when the same picture is
// coded again: slice_pic_order_cnt_lsb, which a CRA picture has and an IDR has not,
// behind the NAL unit header and the address (ITU-T H.265 §7.3.6.1). It is of one
// length, so what follows stays where it is.
const hevcCounts = 16

// content implements coding.
func (c *hevc) content(u *unit, to *maphash.Hash) bool {
	some := false
	for n := range nals(u.data) {
		if hevcType(n) > hevcLastSlice {
			continue
		}
		b := behind(n, hevcCounts)
		to.Write(b)
		some = some || len(b) > 0
	}
	return some
}

// behind is what follows the first bytes of a NAL unit, emulation prevention not
// counted, because it depends on what stands there.
func behind(n []byte, most int) []byte {
	zeros, read := 0, 0
	for i, c := range n {
		switch {
		case zeros >= 2 && c == 3:
			zeros = 0
			continue
		case read == most:
			return n[i:]
		case c == 0:
			zeros++
		default:
			zeros = 0
		}
		read++
	}
	return nil
}

// jpegContent writes the scans of a picture: tables and comments, which may tell
// the time, are left out (ITU-T T.81 §B.1.1.2, §B.2).
func jpegContent(jpeg []byte, to *maphash.Hash) bool {
	const sos, rst0, rst7 = 0xda, 0xd0, 0xd7
	some := false
	for b := jpeg[min(2, len(jpeg)):]; len(b) >= 4 && b[0] == 0xff; {
		n := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if n < 4 || n > len(b) {
			break
		}
		if b[1] != sos {
			b = b[n:]
			continue
		}
		end := n
		for end < len(b) {
			i := bytes.IndexByte(b[end:], 0xff)
			if i < 0 || end+i+1 >= len(b) {
				end = len(b)
				break
			}
			end += i
			if m := b[end+1]; m != 0 && (m < rst0 || m > rst7) {
				break // a marker ends the scan
			}
			end += 2
		}
		to.Write(b[n:end])
		some = some || end > n
		b = b[end:]
	}
	return some
}
