package fakecam

import "github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

// videoCodec is how a feed codes its pictures.
type videoCodec int

const (
	codecH264 videoCodec = iota + 1
	codecH265
	codecJPEG
)

// soundCodec is how a feed codes its sound.
type soundCodec int

const (
	silent soundCodec = iota
	soundAAC
	soundOpus
	soundALaw
	soundULaw
)

// format describes the tracks of a feed.
type format struct {
	video         videoCodec
	params        [][]byte // VPS, SPS and PPS, in this order
	width, height int      // pixels
	sound         soundFormat
}

// soundFormat describes the sound of a feed.
type soundFormat struct {
	codec    soundCodec
	rate     int // RTP ticks per second
	channels int
	aac      *mpeg4audio.AudioSpecificConfig // of AAC only
}

// nalKind is what a stream needs to know of a NAL unit.
type nalKind int

const (
	kindOther     nalKind = iota
	kindSlice             // of a picture that others come before
	kindSync              // of a picture to begin with: IDR, or IRAP of H.265
	kindParams            // VPS, SPS or PPS
	kindDelimiter         // access unit delimiter
)

// NAL unit types of H.265 (ITU-T H.265 Table 7-1).
const (
	hevcFirstIRAP = 16
	hevcLastIRAP  = 21
	hevcLastSlice = 31
	hevcVPS       = 32
	hevcSPS       = 33
	hevcPPS       = 34
	hevcAUD       = 35
	hevcPrefixSEI = 39
)

// nalType is nal_unit_type; the unit is not empty.
func (v videoCodec) nalType(unit []byte) byte {
	if v == codecH265 {
		return unit[0] >> 1 & 0x3f
	}
	return unit[0] & nalTypeMask
}

// kind sorts a NAL unit; too short a one is kindOther.
func (v videoCodec) kind(unit []byte) nalKind {
	if len(unit) == 0 || v == codecH265 && len(unit) < 2 {
		return kindOther
	}
	t := v.nalType(unit)
	if v == codecH265 {
		switch {
		case t >= hevcFirstIRAP && t <= hevcLastIRAP:
			return kindSync
		case t <= hevcLastSlice:
			return kindSlice
		case t <= hevcPPS:
			return kindParams
		case t == hevcAUD:
			return kindDelimiter
		}
		return kindOther
	}
	switch {
	case t == typeIDR:
		return kindSync
	case t >= 1 && t < typeIDR:
		return kindSlice
	case t == typeSPS || t == typePPS:
		return kindParams
	case t == typeAUD:
		return kindDelimiter
	}
	return kindOther
}

// param is the first parameter set of a type, nil if there is none.
func (f format) param(nalType byte) []byte {
	for _, p := range f.params {
		if len(p) > 0 && f.video.nalType(p) == nalType {
			return p
		}
	}
	return nil
}

// arrange makes an access unit ready to be sent: parameter sets as the camera
// tells them, then the mark, then the rest. The mark goes behind the parameter
// sets, as SEI does (ITU-T H.264 §7.4.1.2.3, H.265 §7.4.2.4.4).
func (f format) arrange(got sample, told ParameterSets, mark Mark) [][]byte {
	var params, rest [][]byte
	for _, u := range got.units {
		switch f.video.kind(u) {
		case kindParams:
			params = append(params, u)
		case kindDelimiter:
		default:
			rest = append(rest, u)
		}
	}
	switch {
	case told == SDPOnly:
		params = nil
	case got.sync && len(params) == 0:
		params = f.params
	}
	units := append([][]byte{}, params...)
	return append(append(units, mark.sei(f.video)), rest...)
}
