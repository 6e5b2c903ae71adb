package worker

import (
	"encoding/binary"
	mathbits "math/bits"
	"slices"

	"lares/cameras/media"
)

// Bounds of one H.265 parameter set in bytes. Real ones stay below 100; an SPS
// with scaling lists may have a thousand. A configuration beyond what
// media.Track holds is refused as a whole.
const (
	maxHEVCSet    = 1 << 10
	maxHEVCConfig = 4 << 10
	maxVPS        = 2
	// maxHEVCHead is how much of an SPS is read: the sub-layers' profiles take
	// up to 74 bytes, the numbers behind them a few each.
	maxHEVCHead = 256
)

// hevcSets are the parameter sets in force: in-band ones first, the SDP's until
// the first of those.
type hevcSets struct {
	vps, sps, pps [][]byte
	inBand        bool
}

// add takes the parameter sets of an access unit, each behind its length in 4
// bytes, and reports whether others are in force now. A sequence parameter set
// begins anew.
func (s *hevcSets) add(sets []byte) (changed bool) {
	var vps, sps, pps [][]byte
	for n := range nals(sets) {
		switch {
		case isVPS(n):
			vps = addSet(vps, n, maxVPS, hevcSetID)
		case isHEVCSPS(n):
			sps = addSet(sps, n, maxSPS, hevcSetID)
		case isHEVCPPS(n):
			pps = addSet(pps, n, maxPPS, hevcSetID)
		}
	}
	if pps != nil && sps == nil && s.inBand {
		var all [][]byte
		for _, n := range append(slices.Clone(s.pps), pps...) {
			all = addSet(all, n, maxPPS, hevcSetID)
		}
		pps = all
	}
	s.inBand = s.inBand || sps != nil || pps != nil
	for have, sets := range map[*[][]byte][][]byte{&s.vps: vps, &s.sps: sps, &s.pps: pps} {
		if sets != nil && replace(have, sets) {
			changed = true
		}
	}
	return changed
}

func isVPS(n []byte) bool { return isHEVCSet(n, hevcVPS) }

func isHEVCPPS(n []byte) bool { return isHEVCSet(n, hevcPPS) }

func isHEVCSet(n []byte, t byte) bool {
	return len(n) > 3 && len(n) <= maxHEVCSet && n[0] == t<<1 && n[1]&0xf8 == 0 && n[1]&7 != 0
}

// isHEVCSPS looks whether a NAL unit can be a sequence parameter set. A camera
// that sends garbage is not to change the configuration.
func isHEVCSPS(n []byte) bool {
	if !isHEVCSet(n, hevcSPS) {
		return false
	}
	_, ok := readHEVCSPS(n)
	return ok
}

// hevcSetID is the identifier of a set: u(4) in a VPS, ue(v) in a PPS; in an SPS
// it follows the profile (ITU-T H.265 §7.3.2.1 to §7.3.2.3).
func hevcSetID(n []byte) uint32 {
	switch hevcType(n) {
	case hevcVPS:
		return uint32(n[2] >> 4)
	case hevcSPS:
		s, _ := readHEVCSPS(n)
		return s.id
	}
	b := bits{data: n[2:]}
	return b.ue()
}

// hasPPS reports whether a picture parameter set of the number is in force.
func (s *hevcSets) hasPPS(id uint32) bool {
	return slices.ContainsFunc(s.pps, func(n []byte) bool { return hevcSetID(n) == id })
}

// hevcSequence is what a recording needs of a sequence parameter set.
type hevcSequence struct {
	id            uint32
	layers        uint32 // temporal sub-layers
	nested        bool   // sps_temporal_id_nesting_flag
	profile       [12]byte
	chroma        uint32 // chroma_format_idc
	width, height uint16 // cropped
	luma, colour  uint32 // bit depths less 8
	reorder       int
}

// readHEVCSPS reads the start of what isHEVCSet took for a sequence parameter
// set (ITU-T H.265 §7.3.2.2.1), up to the number of reordered pictures; every
// number is checked against §7.4.3.2.1. ok is false where it makes no sense.
func readHEVCSPS(n []byte) (s hevcSequence, ok bool) {
	var head [maxHEVCHead]byte
	b := bits{data: unescape(head[:0], n[2:])}
	b.u(4) // sps_video_parameter_set_id
	s.layers = b.u(3) + 1
	s.nested = b.u(1) == 1
	for i := range s.profile {
		s.profile[i] = byte(b.u(8))
	}
	if s.layers > 7 || s.profile[0]>>6 != 0 {
		return s, false
	}
	b.skip(subLayerBits(&b, int(s.layers)-1))
	s.id, s.chroma = b.ue(), b.ue()
	if s.id > 15 || s.chroma > 3 {
		return s, false
	}
	if s.chroma == 3 {
		b.bit() // separate_colour_plane_flag
	}
	width, height := b.ue(), b.ue()
	if width == 0 || height == 0 || width > maxPixels || height > maxPixels {
		return s, false
	}
	if b.u(1) == 1 {
		across, down := cropUnits(s.chroma)
		left, right, top, bottom := b.ue(), b.ue(), b.ue(), b.ue()
		if max(left, right, top, bottom) > maxPixels || across*(left+right) >= width || down*(top+bottom) >= height {
			return s, false
		}
		width -= across * (left + right)
		height -= down * (top + bottom)
	}
	s.width, s.height = uint16(width), uint16(height)
	s.luma, s.colour = b.ue(), b.ue()
	if order := b.ue(); s.luma > 8 || s.colour > 8 || order > 12 {
		return s, false
	}
	each := uint32(1) // the last entry is that of all sub-layers
	if b.u(1) == 1 {
		each = s.layers
	}
	for range each {
		held, reorder := b.ue(), b.ue()
		b.ue() // sps_max_latency_increase_plus1
		if held > 15 || reorder > held {
			return s, false
		}
		s.reorder = int(reorder)
	}
	return s, !b.over
}

// subLayerBits reads which of the sub-layers' profiles and levels are there and
// says how many bits they have (§7.3.3).
func subLayerBits(b *bits, subLayers int) int {
	if subLayers == 0 {
		return 0
	}
	flags := b.u(16) >> (16 - 2*subLayers)
	return 88*mathbits.OnesCount32(flags&0xaaaa) + 8*mathbits.OnesCount32(flags&0x5555)
}

// cropUnits are SubWidthC and SubHeightC (§6.2).
func cropUnits(chroma uint32) (across, down uint32) {
	switch chroma {
	case 1:
		return 2, 2
	case 2:
		return 2, 1
	}
	return 1, 1
}

// track makes the ready description of the video from the sets in force; ok is
// false while they do not make sense.
func (s *hevcSets) track(id uint8) (t media.Track, ok bool) {
	if len(s.vps) == 0 || len(s.sps) == 0 || len(s.pps) == 0 {
		return t, false
	}
	sps, ok := readHEVCSPS(s.sps[0])
	config := s.hvcC(&sps)
	if !ok || len(config) > maxHEVCConfig {
		return t, false
	}
	return media.Track{
		ID: id, Codec: media.H265, ClockRate: 90_000,
		MIME: media.H265.MIME(config), Config: config, Width: sps.width, Height: sps.height,
	}, true
}

// hvcC is the HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3.1.2) with
// 4-byte lengths. Where it asks about the whole stream, it says unknown.
func (s *hevcSets) hvcC(sps *hevcSequence) []byte {
	b := append([]byte{1}, sps.profile[:]...)
	b = append(b, 0xf0, 0, 0xfc, 0xfc|byte(sps.chroma), 0xf8|byte(sps.luma), 0xf8|byte(sps.colour))
	b = append(b, 0, 0) // avgFrameRate
	nested := byte(0)
	if sps.nested {
		nested = 1
	}
	b = append(b, byte(sps.layers)<<3|nested<<2|3, 3)
	for _, array := range []struct {
		kind byte
		sets [][]byte
	}{{hevcVPS, s.vps}, {hevcSPS, s.sps}, {hevcPPS, s.pps}} {
		const complete = 0x80
		b = append(b, complete|array.kind)
		b = binary.BigEndian.AppendUint16(b, uint16(len(array.sets)))
		for _, n := range array.sets {
			b = binary.BigEndian.AppendUint16(b, uint16(len(n)))
			b = append(b, n...)
		}
	}
	return b
}
