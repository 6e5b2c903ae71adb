package worker

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
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

// add looks for parameter sets in an access unit. A sequence parameter set
// begins anew: what it was sent without is no longer in force.
func (s *paramSets) add(au [][]byte) {
	fresh := false
	for _, n := range au {
		switch {
		case isSPS(n):
			if !fresh {
				fresh, s.inBand, s.sps = true, true, nil
				if hasPPS(au) {
					s.pps = nil
				}
			}
			s.sps = addSet(s.sps, n, maxSPS)
		case isPPS(n):
			if !s.inBand {
				s.inBand, s.pps = true, nil
			}
			s.pps = addSet(s.pps, n, maxPPS)
		}
	}
}

func hasPPS(au [][]byte) bool { return slices.ContainsFunc(au, isPPS) }

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
	_, _, ok := size(n)
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

// addSet replaces the set of the same identifier, or appends. The identifier of
// both kinds is ue(v); for the SPS it follows three bytes (ITU-T H.264 §7.3.2.1).
func addSet(sets [][]byte, n []byte, most int) [][]byte {
	id := setID(n)
	for i, have := range sets {
		if bytes.Equal(have, n) {
			return sets
		}
		if setID(have) == id {
			sets[i] = bytes.Clone(n)
			return sets
		}
	}
	if len(sets) == most {
		sets = sets[1:]
	}
	return append(sets, bytes.Clone(n))
}

func setID(n []byte) uint32 {
	at := 1
	if n[0]&0x1f == nalSPS {
		at = 4
	}
	b := bits{data: n[min(at, len(n)):]}
	return b.ue()
}

// bits reads the start of a NAL unit's payload, where no emulation prevention
// byte can stand yet.
type bits struct {
	data []byte
	at   int
}

func (b *bits) bit() uint32 {
	i := b.at / 8
	if i >= len(b.data) {
		return 0
	}
	v := b.data[i] >> (7 - b.at%8) & 1
	b.at++
	return uint32(v)
}

// ue reads ue(v) (ITU-T H.264 §9.1) of at most 16 leading zeros; what is longer
// or cut off is no number that occurs here.
func (b *bits) ue() uint32 {
	zeros := 0
	for b.bit() == 0 {
		if zeros++; zeros > 16 {
			return math.MaxUint32
		}
	}
	v := uint32(1)
	for range zeros {
		v = v<<1 | b.bit()
	}
	return v - 1
}

// track makes the ready description of the video from the sets in force; ok is
// false while they do not make sense.
func (s *paramSets) track(id uint8, clockRate int) (t media.Track, ok bool) {
	if len(s.sps) == 0 || len(s.pps) == 0 || clockRate <= 0 {
		return t, false
	}
	sps := s.sps[0]
	width, height, ok := size(sps)
	if !ok {
		return t, false
	}
	return media.Track{
		ID: id, Codec: media.H264, ClockRate: uint32(clockRate),
		MIME:   fmt.Sprintf("avc1.%02x%02x%02x", sps[1], sps[2], sps[3]),
		Config: s.avcC(), Width: width, Height: height,
	}, true
}

// size reads the cropped size. An error after the size, in a vendor's strange
// usability information (VUI), does not cost the recording.
func size(sps []byte) (width, height uint16, ok bool) {
	var p h264.SPS
	if err := p.Unmarshal(sps); err != nil && p.PicHeightInMapUnitsMinus1 == 0 {
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
