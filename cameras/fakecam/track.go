package fakecam

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	rtpformat "github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"
)

// outTrack is one track towards RTP (RFC 3550 §5.1, §6.4.1).
type outTrack struct {
	media *description.Media
	rate  int64
	// pack makes packets of the units of one sample; their timestamps count
	// from the sample's.
	pack func(units [][]byte) ([]*rtp.Packet, error)
	// tell puts new parameter sets into the description; nil for tracks
	// without.
	tell func(f format)

	first   uint32 // RTP time of the start
	shift   uint32 // what faults have added to it
	ssrc    uint32
	seq     uint16
	packets uint32
	octets  uint32
	told    [][]byte // parameter sets in the description
}

const (
	videoPayload = 96
	audioPayload = 97
	jpegPayload  = 26 // RFC 3551 Table 5, as are
	pcmuPayload  = 0
	pcmaPayload  = 8
	backPayload  = 98 // AAC of a back channel
)

func newTrack(desc *description.Session, kind description.MediaType, f rtpformat.Format) *outTrack {
	m := &description.Media{Type: kind, Formats: []rtpformat.Format{f}}
	desc.Medias = append(desc.Medias, m)
	var first [6]byte
	rand.Read(first[:])
	return &outTrack{
		media: m, rate: int64(f.ClockRate()),
		first: binary.BigEndian.Uint32(first[:]), seq: binary.BigEndian.Uint16(first[4:]),
	}
}

// newVideo describes the pictures of a feed.
func newVideo(desc *description.Session, in format, told ParameterSets) (*outTrack, error) {
	var t *outTrack
	switch in.video {
	case codecH265:
		f := &rtpformat.H265{PayloadTyp: videoPayload}
		e, err := f.CreateEncoder()
		if err != nil {
			return nil, err
		}
		t = newTrack(desc, description.MediaTypeVideo, f)
		t.pack = e.Encode
		t.tell = func(in format) { f.SafeSetParams(in.param(hevcVPS), in.param(hevcSPS), in.param(hevcPPS)) }
	case codecJPEG:
		f := &rtpformat.MJPEG{}
		e, err := f.CreateEncoder()
		if err != nil {
			return nil, err
		}
		t = newTrack(desc, description.MediaTypeVideo, f)
		t.pack = func(units [][]byte) ([]*rtp.Packet, error) { return e.Encode(units[0]) }
	default:
		f := &rtpformat.H264{PayloadTyp: videoPayload, PacketizationMode: 1}
		e, err := f.CreateEncoder()
		if err != nil {
			return nil, err
		}
		t = newTrack(desc, description.MediaTypeVideo, f)
		t.pack = e.Encode
		t.tell = func(in format) { f.SafeSetParams(in.param(typeSPS), in.param(typePPS)) }
	}
	if told == InBandOnly {
		t.tell = nil
	}
	t.describe(in)
	return t, nil
}

// describe puts the parameter sets of a feed into the description if they are
// others than before.
func (t *outTrack) describe(in format) {
	if t.tell != nil && !slices.EqualFunc(t.told, in.params, bytes.Equal) {
		t.told = in.params
		t.tell(in)
	}
}

// newSound describes the sound of a feed; nil if it is silent.
func newSound(desc *description.Session, in soundFormat) (*outTrack, error) {
	switch in.codec {
	case soundAAC:
		f := &rtpformat.MPEG4Audio{PayloadTyp: audioPayload, Config: in.aac, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3}
		e, err := f.CreateEncoder()
		if err != nil {
			return nil, err
		}
		t := newTrack(desc, description.MediaTypeAudio, f)
		t.pack = e.Encode
		return t, nil
	case soundOpus:
		f := &rtpformat.Opus{PayloadTyp: audioPayload, ChannelCount: in.channels}
		e, err := f.CreateEncoder()
		if err != nil {
			return nil, err
		}
		t := newTrack(desc, description.MediaTypeAudio, f)
		t.pack = func(units [][]byte) ([]*rtp.Packet, error) {
			p, err := e.Encode(units[0])
			return []*rtp.Packet{p}, err
		}
		return t, nil
	case soundALaw, soundULaw:
		return newG711(desc, in)
	}
	return nil, nil
}

var errSound = errors.New("fakecam: sound that RTP cannot carry")

func newG711(desc *description.Session, in soundFormat) (*outTrack, error) {
	if in.channels < 1 || in.rate < 1 {
		return nil, errSound
	}
	f := &rtpformat.G711{PayloadTyp: audioPayload, MULaw: in.codec == soundULaw, SampleRate: in.rate, ChannelCount: in.channels}
	const staticRate = 8000 // of the payload types that need no description (RFC 3551 §4.5.14)
	if in.rate == staticRate && in.channels == 1 {
		f.PayloadTyp = pcmaPayload
		if f.MULaw {
			f.PayloadTyp = pcmuPayload
		}
	}
	e, err := f.CreateEncoder()
	if err != nil {
		return nil, err
	}
	t := newTrack(desc, description.MediaTypeAudio, f)
	t.pack = func(units [][]byte) ([]*rtp.Packet, error) { return e.Encode(units[0]) }
	return t, nil
}
