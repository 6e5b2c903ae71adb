package fakecam

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/Eyevinn/mp4ff/hevc"
	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
)

var (
	errNoVideo = errors.New("fakecam: the file has no H.264, H.265 or Motion JPEG video with a picture")
	errNoSound = errors.New("fakecam: the file has no AAC, Opus or G.711 sound")
)

// videoEntry reads the sample entry of pictures; false if they are of another
// kind.
func videoEntry(stsd *mp4.StsdBox) (format, bool, error) {
	switch {
	case stsd.AvcX != nil && stsd.AvcX.AvcC != nil:
		a := stsd.AvcX.AvcC
		f, err := describe(codecH264, append(append([][]byte{}, a.SPSnalus...), a.PPSnalus...))
		return f, true, err
	case stsd.HvcX != nil && stsd.HvcX.HvcC != nil:
		h := stsd.HvcX.HvcC
		var params [][]byte
		for _, t := range []hevc.NaluType{hevc.NALU_VPS, hevc.NALU_SPS, hevc.NALU_PPS} {
			params = append(params, h.GetNalusForType(t)...)
		}
		f, err := describe(codecH265, params)
		return f, true, err
	}
	for _, box := range stsd.Children {
		if entry, ok := box.(*mp4.UnknownBox); ok {
			if f, ok := jpegEntry(entry); ok {
				return f, true, nil
			}
		}
	}
	return format{}, false, nil
}

// describe is the format of pictures with these parameter sets.
func describe(v videoCodec, params [][]byte) (format, error) {
	f := format{video: v, params: params}
	if v == codecH265 {
		var sps h265.SPS
		if f.param(hevcVPS) == nil || f.param(hevcSPS) == nil || f.param(hevcPPS) == nil {
			return f, errNoVideo
		}
		if err := sps.Unmarshal(f.param(hevcSPS)); err != nil {
			return f, fmt.Errorf("fakecam: reading the parameter sets: %w", err)
		}
		f.width, f.height = sps.Width(), sps.Height()
		return f, nil
	}
	var sps h264.SPS
	if f.param(typeSPS) == nil || f.param(typePPS) == nil {
		return f, errNoVideo
	}
	if err := sps.Unmarshal(f.param(typeSPS)); err != nil {
		return f, fmt.Errorf("fakecam: reading the parameter sets: %w", err)
	}
	f.width, f.height = sps.Width(), sps.Height()
	return f, nil
}

// jpegEntry reads a VisualSampleEntry (ISO/IEC 14496-12 §12.1.3) of Motion
// JPEG: QuickTime's own names, or mp4v with the object type of JPEG
// (ISO/IEC 14496-1 §7.2.6.6) in its esds.
func jpegEntry(entry *mp4.UnknownBox) (format, bool) {
	const (
		sizeAt   = 24
		fixed    = 78
		jpegType = 0x6c
	)
	b := entry.Payload()
	if len(b) < fixed {
		return format{}, false
	}
	f := format{
		video: codecJPEG,
		width: int(binary.BigEndian.Uint16(b[sizeAt:])), height: int(binary.BigEndian.Uint16(b[sizeAt+2:])),
	}
	switch entry.Type() {
	case "jpeg", "mjpa", "mjpg", "MJPG", "AVDJ":
		return f, true
	case "mp4v":
		object, ok := objectType(b[fixed:])
		return f, ok && object == jpegType
	}
	return format{}, false
}

// objectType finds objectTypeIndication in the esds among some boxes.
func objectType(b []byte) (byte, bool) {
	for len(b) >= 8 {
		n := uint64(binary.BigEndian.Uint32(b))
		if n < 8 || n > uint64(len(b)) {
			return 0, false
		}
		if string(b[4:8]) == "esds" {
			return decoderObject(b[8:n])
		}
		b = b[n:]
	}
	return 0, false
}

// decoderObject reads the beginning of an ES_Descriptor (ISO/IEC 14496-1
// §7.2.6.5) as it is written for a single stream.
func decoderObject(b []byte) (byte, bool) {
	const (
		fullBox      = 4
		esTag        = 3
		decoderTag   = 4
		flagsOfNever = 0xe0 // dependence, URL and OCR stream: none of them in MP4
	)
	tag := func(want byte) bool {
		if len(b) == 0 || b[0] != want {
			return false
		}
		b = b[1:]
		for len(b) > 0 && b[0]&0x80 != 0 { // size of the instance (§8.3.3)
			b = b[1:]
		}
		if len(b) > 0 {
			b = b[1:]
		}
		return true
	}
	if len(b) < fullBox {
		return 0, false
	}
	b = b[fullBox:]
	if !tag(esTag) || len(b) < 3 || b[2]&flagsOfNever != 0 {
		return 0, false
	}
	b = b[3:]
	if !tag(decoderTag) || len(b) == 0 {
		return 0, false
	}
	return b[0], true
}

// soundEntry reads the sample entry of sound; silent if it is of another kind.
func soundEntry(stsd *mp4.StsdBox) soundFormat {
	switch {
	case stsd.Mp4a != nil:
		if asc := aacConfig(stsd.Mp4a); asc != nil {
			return soundFormat{codec: soundAAC, rate: asc.SampleRate, channels: int(asc.ChannelCount), aac: asc}
		}
	case stsd.Opus != nil && stsd.Opus.Dops != nil:
		return soundFormat{codec: soundOpus, rate: opusRate, channels: int(stsd.Opus.Dops.OutputChannelCount)}
	}
	for _, box := range stsd.Children {
		if entry, ok := box.(*mp4.UnknownBox); ok {
			if f := g711Entry(entry); f.codec != silent {
				return f
			}
		}
	}
	return soundFormat{}
}

// opusRate is the clock of Opus, whatever was recorded (RFC 7587 §4.1).
const opusRate = 48000

// g711Entry reads an AudioSampleEntry (ISO/IEC 14496-12 §12.2.3), or the
// QuickTime description that begins like it.
func g711Entry(entry *mp4.UnknownBox) soundFormat {
	const (
		channelsAt = 16
		rateAt     = 24
	)
	codecs := map[string]soundCodec{"alaw": soundALaw, "ulaw": soundULaw}
	b := entry.Payload()
	if codecs[entry.Type()] == silent || len(b) < rateAt+4 {
		return soundFormat{}
	}
	f := soundFormat{
		codec: codecs[entry.Type()], rate: int(binary.BigEndian.Uint16(b[rateAt:])),
		channels: int(binary.BigEndian.Uint16(b[channelsAt:])),
	}
	if f.rate == 0 || f.channels == 0 || f.channels > 2 {
		return soundFormat{}
	}
	return f
}

// aacConfig is the AAC configuration, nil if it is something else.
func aacConfig(m *mp4.AudioSampleEntryBox) *mpeg4audio.AudioSpecificConfig {
	if m.Esds == nil || m.Esds.DecConfigDescriptor == nil || m.Esds.DecConfigDescriptor.DecSpecificInfo == nil {
		return nil
	}
	var asc mpeg4audio.AudioSpecificConfig
	if err := asc.Unmarshal(m.Esds.DecConfigDescriptor.DecSpecificInfo.DecConfig); err != nil || asc.SampleRate == 0 {
		return nil
	}
	return &asc
}
