package media

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// MIME is the RFC 6381 codecs string of a track with this codec and this
// Config, by which a browser is asked whether it plays it; "" where the
// configuration does not say it.
func (c Codec) MIME(config []byte) string {
	switch c {
	case H264:
		if len(config) >= 4 {
			return fmt.Sprintf("avc1.%02x%02x%02x", config[1], config[2], config[3])
		}
	case H265:
		return hvc1(config)
	case MJPEG:
		return "mp4v.6C"
	case AAC:
		if len(config) >= 2 {
			return "mp4a.40." + strconv.Itoa(audioObject(config))
		}
	case PCMA:
		return "alaw"
	case PCMU:
		return "ulaw"
	case Opus:
		return "opus"
	case FLAC:
		return "flac"
	}
	return ""
}

// audioObject is the audio object type (ISO/IEC 14496-3 §1.6.2.1, table 1.16).
func audioObject(config []byte) int {
	if kind := config[0] >> 3; kind != 31 {
		return int(kind)
	}
	return 32 + int(config[0]&7)<<3 + int(config[1]>>5)
}

// hvc1 says profile, compatibility, tier, level and constraints of an
// HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 annex E.3).
func hvc1(config []byte) string {
	if len(config) < 13 {
		return ""
	}
	space := [...]string{"", "A", "B", "C"}[config[1]>>6]
	tier := "L"
	if config[1]&0x20 != 0 {
		tier = "H"
	}
	compatible := bits.Reverse32(binary.BigEndian.Uint32(config[2:]))
	constraints := config[6:12]
	for len(constraints) > 0 && constraints[len(constraints)-1] == 0 {
		constraints = constraints[:len(constraints)-1]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "hvc1.%s%d.%X.%s%d", space, config[1]&31, compatible, tier, config[12])
	for _, v := range constraints {
		fmt.Fprintf(&b, ".%X", v)
	}
	return b.String()
}
