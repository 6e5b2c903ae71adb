package flv

import "encoding/binary"

// Codec is what a tag holds.
type Codec uint8

// The codecs that are known; Other is every other one.
const (
	Other Codec = iota
	AVC
	HEVC
	AAC
	PCMA
	PCMU
)

// Media is the body of a video or audio tag.
type Media struct {
	Codec Codec
	// Config says that Data is the decoder's configuration and no picture or
	// frame.
	Config bool
	// Composition is how many milliseconds a picture is shown after its
	// decoding time.
	Composition int32
	// Channels of G.711.
	Channels int
	// Data aliases the tag.
	Data []byte
}

// ParseVideo reads a video tag's body (annex E.4.3); ok is false for one that
// brings no picture and no configuration.
func ParseVideo(b []byte) (m Media, ok bool) {
	if len(b) < 5 {
		return m, false
	}
	if b[0]&0x80 != 0 {
		return parseEnhanced(b)
	}
	switch b[0] & 0xf {
	case 7:
		m.Codec = AVC
	case 12: // as servers in China send it, and ffmpeg before version 6 reads it
		m.Codec = HEVC
	default:
		return m, true
	}
	const header, units = 0, 1
	if b[1] > units {
		return m, false
	}
	m.Config, m.Composition, m.Data = b[1] == header, int24(b[2:]), b[5:]
	return m, true
}

// parseEnhanced reads a tag that names its codec by four letters (Enhanced RTMP
// v1, ExVideoTagHeader).
func parseEnhanced(b []byte) (m Media, ok bool) {
	switch string(b[1:5]) {
	case "avc1":
		m.Codec = AVC
	case "hvc1":
		m.Codec = HEVC
	default:
		return m, true
	}
	m.Data = b[5:]
	switch b[0] & 0xf {
	case 0: // SequenceStart
		m.Config = true
	case 1: // CodedFrames
		if len(m.Data) < 3 {
			return m, false
		}
		m.Composition, m.Data = int24(m.Data), m.Data[3:]
	case 3: // CodedFramesX
	default:
		return m, false
	}
	return m, true
}

// ParseAudio reads an audio tag's body (annex E.4.2).
func ParseAudio(b []byte) (m Media, ok bool) {
	if len(b) < 2 {
		return m, false
	}
	m.Channels = 1 + int(b[0]&1)
	switch b[0] >> 4 {
	case 7:
		m.Codec, m.Data = PCMA, b[1:]
	case 8:
		m.Codec, m.Data = PCMU, b[1:]
	case 10:
		m.Codec, m.Config, m.Data = AAC, b[1] == 0, b[2:]
	}
	return m, true
}

// ParameterSets reads the configuration of AVC (ISO/IEC 14496-15 §5.3.3.1) or
// HEVC (§8.3.3.1): the parameter sets, which alias b, and of how many bytes the
// lengths are that lead the NAL units of pictures.
func ParameterSets(c Codec, b []byte) (sets [][]byte, lengthSize int, ok bool) {
	switch {
	case c == AVC && len(b) >= 6:
		lengthSize = int(b[4]&3) + 1
		rest := b[5:]
		for _, mask := range []byte{0x1f, 0xff} { // SPS, then PPS
			if len(rest) == 0 {
				return nil, 0, false
			}
			if sets, rest, ok = take(sets, rest[1:], int(rest[0]&mask)); !ok {
				return nil, 0, false
			}
		}
		return sets, lengthSize, true
	case c == HEVC && len(b) >= 23:
		lengthSize = int(b[21]&3) + 1
		rest := b[23:]
		for range b[22] {
			if len(rest) < 3 {
				return nil, 0, false
			}
			if sets, rest, ok = take(sets, rest[3:], int(binary.BigEndian.Uint16(rest[1:]))); !ok {
				return nil, 0, false
			}
		}
		return sets, lengthSize, true
	}
	return nil, 0, false
}

// maxSets is more parameter sets than any camera sends.
const maxSets = 64

// take takes n parameter sets, each behind its length in two bytes, out of b.
func take(sets [][]byte, b []byte, n int) (all [][]byte, rest []byte, ok bool) {
	for range n {
		if len(b) < 2 || len(sets) >= maxSets {
			return nil, nil, false
		}
		size := int(binary.BigEndian.Uint16(b))
		if size > len(b)-2 {
			return nil, nil, false
		}
		sets, b = append(sets, b[2:2+size]), b[2+size:]
	}
	return sets, b, true
}

// maxNALs is more NAL units than any picture has.
const maxNALs = 2048

// Split appends the NAL units of a picture, each behind its length in size
// bytes, to dst; ok is false where they do not fill it.
func Split(dst [][]byte, b []byte, size int) (nals [][]byte, ok bool) {
	for len(b) > 0 {
		if len(b) < size || len(dst) > maxNALs {
			return dst, false
		}
		n := 0
		for _, v := range b[:size] {
			n = n<<8 | int(v)
		}
		if n < 0 || n > len(b)-size {
			return dst, false
		}
		dst, b = append(dst, b[size:size+n]), b[size+n:]
	}
	return dst, true
}

func int24(b []byte) int32 { return int32(uint24(b)<<8) >> 8 }
