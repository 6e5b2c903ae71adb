package worker

import (
	"encoding/binary"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	mediaopus "github.com/bluenviron/mediacommon/v2/pkg/codecs/opus"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

// octets are G.711 in RTP (RFC 3551 §4.5.14): each byte is a sample, whatever the
// size of the packet.
type octets struct {
	channels int
	out      [1]frame
}

func (g *octets) frames(p *rtp.Packet) []frame {
	n := len(p.Payload) / g.channels
	if n == 0 {
		return nil
	}
	g.out[0] = frame{p.Payload[:n*g.channels], int64(n)}
	return g.out[:]
}

func g711Track(id uint8, f *format.G711) (t media.Track, ok bool) {
	if f.SampleRate < 8_000 || f.SampleRate > 48_000 || f.ChannelCount < 1 || f.ChannelCount > 2 {
		return t, false
	}
	t = media.Track{
		ID: id, Codec: media.PCMA, MIME: "alaw",
		ClockRate: uint32(f.SampleRate), SampleRate: uint32(f.SampleRate), Channels: uint8(f.ChannelCount),
	}
	if f.MULaw {
		t.Codec, t.MIME = media.PCMU, "ulaw"
	}
	return t, true
}

// opus is Opus in RTP, RFC 7587: a packet is a frame, and says how long it is.
type opus struct {
	out [1]frame
}

const (
	opusRate = 48_000
	// maxOpusTicks is 120 ms, the most that a packet may hold (RFC 6716 §3.4).
	maxOpusTicks = opusRate * 120 / 1000
)

func (o *opus) frames(p *rtp.Packet) []frame {
	ticks := mediaopus.PacketDuration2(p.Payload) // looks at two bytes, if there are
	if ticks <= 0 || ticks > maxOpusTicks {
		return nil
	}
	o.out[0] = frame{p.Payload, ticks}
	return o.out[:]
}

// opusTrack describes Opus of one or two channels. More would need a mapping of
// channels that no camera sends.
func opusTrack(id uint8, f *format.Opus) (t media.Track, ok bool) {
	if f.ChannelCount < 1 || f.ChannelCount > 2 {
		return t, false
	}
	return media.Track{
		ID: id, Codec: media.Opus, MIME: "opus", Config: dOps(byte(f.ChannelCount)),
		ClockRate: opusRate, SampleRate: opusRate, Channels: uint8(f.ChannelCount),
	}, true
}

// dOps is the body of the OpusSpecificBox (Encapsulation of Opus in ISO Base
// Media File Format §4.3.2). The samples to skip at the start hide how an
// encoder begins; a recording begins somewhere in a camera's stream, where
// there is nothing to hide and no sample to spare.
func dOps(channels byte) []byte {
	b := []byte{0, channels}
	b = binary.BigEndian.AppendUint16(b, 0) // PreSkip
	b = binary.BigEndian.AppendUint32(b, opusRate)
	b = binary.BigEndian.AppendUint16(b, 0) // OutputGain
	return append(b, 0)                     // ChannelMappingFamily: mono or stereo
}
