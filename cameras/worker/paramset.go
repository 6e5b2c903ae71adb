package worker

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"

	"lares/cameras/media"
)

const (
	// Real cameras send one or two of each, below 100 bytes. The bounds keep
	// the configuration record below what media.Track may hold.
	maxSPS     = 2
	maxPPS     = 8
	maxSetSize = 384

	maxPixels = 16384
)

// paramSets are the parameter sets in force: in-band ones first, the SDP's
// until the first of those.
type paramSets struct {
	sps, pps [][]byte
	inBand   bool
}

// add takes the parameter sets of an access unit, each behind its length in 4
// bytes, and reports whether others are in force now. A sequence parameter set
// begins anew: what it was sent without is no longer in force.
func (s *paramSets) add(sets []byte) (changed bool) {
	var sps, pps [][]byte
	for n := range nals(sets) {
		switch {
		case isSPS(n):
			sps = addSet(sps, n, maxSPS, setID)
		case isPPS(n):
			pps = addSet(pps, n, maxPPS, setID)
		}
	}
	if sps != nil {
		s.inBand = true
		changed = replace(&s.sps, sps)
	}
	if pps == nil {
		return changed
	}
	if sps == nil && s.inBand {
		var all [][]byte
		for _, n := range s.pps {
			all = addSet(all, n, maxPPS, setID)
		}
		for _, n := range pps {
			all = addSet(all, n, maxPPS, setID)
		}
		pps = all
	}
	s.inBand = true
	return replace(&s.pps, pps) || changed
}

// replace puts sets in force, as a copy; false if they are.
func replace(have *[][]byte, sets [][]byte) bool {
	if slices.EqualFunc(*have, sets, bytes.Equal) {
		return false
	}
	*have = make([][]byte, 0, len(sets))
	for _, n := range sets {
		*have = append(*have, bytes.Clone(n))
	}
	return true
}

func isPPS(n []byte) bool { return len(n) >= 2 && len(n) <= maxSetSize && n[0]&0x9f == nalPPS }

// isSPS looks whether a NAL unit can be a sequence parameter set: a profile and
// a level that exist (ITU-T H.264 annex A) and a size. A camera that sends
// garbage is not to change the configuration.
func isSPS(n []byte) bool {
	if len(n) < 5 || len(n) > maxSetSize || n[0]&0x9f != nalSPS || n[2]&3 != 0 {
		return false
	}
	if !slices.Contains(profiles, n[1]) || !slices.Contains(levels, n[3]) {
		return false
	}
	_, _, ok := pictureSize(n)
	return ok
}

var (
	profiles = []byte{66, 77, 88, 100, 110, 122, 244, 44, 83, 86, 118, 128, 134, 135, 138, 139, 144}
	levels   = []byte{9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62}
)

// hasPPS reports whether a picture parameter set of the number is in force.
func (s *paramSets) hasPPS(id uint32) bool {
	return slices.ContainsFunc(s.pps, func(n []byte) bool { return setID(n) == id })
}

// addSet replaces the set of the same identifier, or appends, without a copy.
func addSet(sets [][]byte, n []byte, most int, id func([]byte) uint32) [][]byte {
	for i, have := range sets {
		if id(have) == id(n) {
			sets[i] = n
			return sets
		}
	}
	if len(sets) == most {
		sets = sets[1:]
	}
	return append(sets, n)
}

// setID is the identifier of a set of either kind, ue(v); for the SPS it follows
// three bytes (ITU-T H.264 §7.3.2.1).
func setID(n []byte) uint32 {
	at := 1
	if n[0]&0x1f == nalSPS {
		at = 4
	}
	b := bits{data: n[min(at, len(n)):]}
	return b.ue()
}

// track makes the ready description of the video from the sets in force; ok is
// false while they do not make sense.
func (s *paramSets) track(id uint8, clockRate int) (t media.Track, ok bool) {
	if len(s.sps) == 0 || len(s.pps) == 0 || clockRate <= 0 {
		return t, false
	}
	width, height, ok := pictureSize(s.sps[0])
	if !ok {
		return t, false
	}
	config := s.avcC()
	return media.Track{
		ID: id, Codec: media.H264, ClockRate: uint32(clockRate),
		MIME: media.H264.MIME(config), Config: config, Width: width, Height: height,
	}, true
}

// pictureSize reads the cropped size. An error after the size, in a vendor's strange
// usability information (VUI), does not cost the recording. The counts that
// follow are bounded by ITU-T H.264 §7.4.2.1.1; beyond them the library that
// makes decoding times would read out of its bounds where int has 32 bits.
func pictureSize(sps []byte) (width, height uint16, ok bool) {
	var p h264.SPS // its loops end with the data, which maxSetSize bounds, or at 255
	if err := p.Unmarshal(sps); err != nil && p.PicHeightInMapUnitsMinus1 == 0 {
		return 0, 0, false
	}
	if p.Log2MaxFrameNumMinus4 > 12 || p.Log2MaxPicOrderCntLsbMinus4 > 12 {
		return 0, 0, false
	}
	if p.PicWidthInMbsMinus1 >= maxPixels/16 || p.PicHeightInMapUnitsMinus1 >= maxPixels/16 {
		return 0, 0, false
	}
	w, h := p.Width(), p.Height()
	if w <= 0 || h <= 0 || w > maxPixels || h > maxPixels {
		return 0, 0, false
	}
	return uint16(w), uint16(h), true
}

// reorder is how many pictures at most are decoded before one that is shown
// before them; known is false where the set does not tell (ITU-T H.264 §E.2.1).
func (s *paramSets) reorder() (depth int, known bool) {
	const baseline, byOrder = 66, 2
	var p h264.SPS
	if err := p.Unmarshal(s.sps[0]); err != nil {
		return 0, false
	}
	switch {
	case p.PicOrderCntType == byOrder, p.ProfileIdc == baseline:
		return 0, true // B pictures cannot occur
	case p.VUI != nil && p.VUI.BitstreamRestriction != nil:
		return int(min(p.VUI.BitstreamRestriction.MaxNumReorderFrames, maxReorder)), true
	}
	return 0, false
}

// avcC is the AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1.2) with
// 4-byte lengths.
func (s *paramSets) avcC() []byte {
	sps := s.sps[0]
	b := []byte{1, sps[1], sps[2], sps[3], 0xfc | 3, 0xe0 | byte(len(s.sps))}
	for _, n := range s.sps {
		b = binary.BigEndian.AppendUint16(b, uint16(len(n)))
		b = append(b, n...)
	}
	b = append(b, byte(len(s.pps)))
	for _, n := range s.pps {
		b = binary.BigEndian.AppendUint16(b, uint16(len(n)))
		b = append(b, n...)
	}
	switch sps[1] {
	case 100, 110, 122, 144, 244:
		p := h264.SPS{ChromaFormatIdc: 1}
		_ = p.Unmarshal(sps) // what it read before an error is what is wanted
		b = append(b, 0xfc|byte(p.ChromaFormatIdc&3), 0xf8|byte(p.BitDepthLumaMinus8&7), 0xf8|byte(p.BitDepthChromaMinus8&7), 0)
	}
	return b
}
