package worker

import (
	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/media"
)

// NAL unit types of ITU-T H.265 table 7-1 and of RFC 7798 §4.4.
const (
	hevcRASLN     = 8
	hevcRASLR     = 9
	hevcBLA       = 16 // the first of three
	hevcCRA       = 21
	hevcIRAPEnd   = 23
	hevcLastSlice = 31
	hevcVPS       = 32
	hevcSPS       = 33
	hevcPPS       = 34
	hevcPrefixSEI = 39
	hevcSuffixSEI = 40
	hevcAP        = 48
	hevcFU        = 49
	hevcPACI      = 50
)

// hevc is H.265 in RTP, RFC 7798, without decoding order numbers (DONL).
type hevc struct {
	sets hevcSets
	// orphans: pictures that refer across the last random access point come, but
	// what they refer to did not.
	orphans bool
}

func newHEVC(f *format.H265) *hevc {
	c := &hevc{}
	if isVPS(f.VPS) && isHEVCSPS(f.SPS) && isHEVCPPS(f.PPS) {
		c.sets.vps, c.sets.sps, c.sets.pps = [][]byte{f.VPS}, [][]byte{f.SPS}, [][]byte{f.PPS}
	}
	return c
}

func hevcType(n []byte) byte { return n[0] >> 1 & 0x3f }

// unpack implements packing: single NAL units, aggregation packets and
// fragments (RFC 7798 §4.4.1 to §4.4.3).
func (c *hevc) unpack(a *assembler, b []byte) bool {
	if len(b) < 2 {
		return false
	}
	switch t := hevcType(b); {
	case t < hevcAP:
		return a.whole(b)
	case t == hevcAP:
		return unpackMany(a, b[2:])
	case t > hevcPACI:
		return true // to be ignored
	case t != hevcFU || len(b) < 3:
		return false
	}
	const start, end = 0x80, 0x40
	if b[2]&start != 0 {
		if !a.begin([]byte{b[0]&0x81 | b[2]&0x3f<<1, b[1]}) {
			return false
		}
	}
	return a.more(b[3:]) && (b[2]&end == 0 || a.end())
}

// shelf implements packing. Layers above the first, which belong to other
// decoders (annexes F to I), go nowhere.
func (c *hevc) shelf(n []byte) shelf {
	if len(n) < 2 || n[0]&1 != 0 || n[1]&0xf8 != 0 {
		return nowhere
	}
	switch t := hevcType(n); {
	case t <= hevcLastSlice, t == hevcPrefixSEI, t == hevcSuffixSEI:
		return inData
	case t <= hevcPPS:
		return inSets
	}
	return nowhere
}

func (c *hevc) learn(sets []byte) bool { return len(sets) > 0 && c.sets.add(sets) }

func (c *hevc) complete(sets []byte) bool {
	var vps, sps, pps bool
	for n := range nals(sets) {
		vps, sps, pps = vps || isVPS(n), sps || isHEVCSPS(n), pps || isHEVCPPS(n)
	}
	return vps && sps && pps || !c.sets.inBand
}

// look implements coding. A slice segment header begins with
// first_slice_segment_in_pic_flag, at a random access point a flag more, and
// slice_pic_parameter_set_id, ue(v) (ITU-T H.265 §7.3.6.1).
func (c *hevc) look(u *unit, fresh bool) (l look) {
	l.whole = true
	for n := range nals(u.data) {
		if n[0]&0x80 != 0 || n[1]&7 == 0 { // forbidden_zero_bit, nuh_temporal_id_plus1
			l.whole = false
			continue
		}
		t := hevcType(n)
		if t > hevcLastSlice {
			l.refresh = l.refresh || t == hevcPrefixSEI && len(n) > 2 && n[2] == 6 // §D.2.8
			continue
		}
		b := bits{data: n[2:]}
		first := b.bit() == 1
		if t >= hevcBLA && t <= hevcIRAPEnd {
			b.bit()
		}
		pps := b.ue()
		if !l.picture {
			l.whole = l.whole && first
			l.sync = t >= hevcBLA && t <= hevcCRA
			l.skip = c.orphans && (t == hevcRASLN || t == hevcRASLR)
			if l.sync {
				c.orphans = t == hevcCRA && fresh || t < hevcBLA+3
			}
		}
		l.whole = l.whole && c.sets.hasPPS(pps)
		l.picture = true
	}
	l.whole = l.whole && l.picture
	return l
}

func (c *hevc) track(id uint8) (media.Track, bool) { return c.sets.track(id) }

func (c *hevc) order(last int64) *decodingTime {
	s, _ := readHEVCSPS(c.sets.sps[0])
	return newOrder(s.reorder, last)
}
