package worker

import (
	"bytes"
	"encoding/binary"
	"fmt"

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
		if len(n) < 4 || len(n) > maxSetSize {
			continue
		}
		switch n[0] & 0x1f {
		case nalSPS:
			if !fresh {
				fresh, s.inBand, s.sps = true, true, nil
				if hasPPS(au) {
					s.pps = nil
				}
			}
			s.sps = addSet(s.sps, n, maxSPS)
		case nalPPS:
			if !s.inBand {
				s.inBand, s.pps = true, nil
			}
			s.pps = addSet(s.pps, n, maxPPS)
		}
	}
}

func hasPPS(au [][]byte) bool {
	for _, n := range au {
		if len(n) >= 4 && len(n) <= maxSetSize && n[0]&0x1f == nalPPS {
			return true
		}
	}
	return false
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
	return leadingUE(n[min(at, len(n)):])
}

// leadingUE reads the ue(v) at the start of b (ITU-T H.264 §9.1), at most 15
// leading zeros: no identifier is longer.
func leadingUE(b []byte) uint32 {
	var window uint32
	for i := range 4 {
		window <<= 8
		if i < len(b) {
			window |= uint32(b[i])
		}
	}
	for zeros := range 16 {
		if window&(1<<(31-zeros)) != 0 {
			return window>>(31-2*zeros) - 1
		}
	}
	return 1<<32 - 1
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
