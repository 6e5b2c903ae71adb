package worker

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"lares/cameras/media/aac"
	"lares/cameras/media/g711"
)

// restAfter is how long a voice pauses until what a coder holds back is told.
const restAfter = 300 * time.Millisecond

// voicePacket is the payload of one RTP packet of a voice.
type voicePacket struct {
	octets []byte
	at     uint32 // RTP time since the beginning
	marker bool
}

// coder makes a camera's codec of a voice, which comes as G.711.
type coder interface {
	// law is the one in which the voice comes.
	law() g711.Law
	// code appends the packets that an utterance completes.
	code(dst []voicePacket, u utterance) []voicePacket
	// rest appends those of what is not told yet, because the voice pauses.
	rest(dst []voicePacket) []voicePacket
}

// coderOf gives the coder for a format of a back channel; nil for one that is not
// spoken: other than G.711 of 8 kHz, mono, and AAC-LC.
func coderOf(f format.Format) coder {
	switch f := f.(type) {
	case *format.G711:
		switch {
		case f.SampleRate != g711.Rate || f.ChannelCount != 1:
			return nil
		case f.MULaw:
			return plain(g711.Mu)
		}
		return plain(g711.A)
	case *format.MPEG4Audio:
		if c, err := newAACCoder(f); err == nil {
			return c
		}
	}
	return nil
}

// plain is a voice that is told as it comes.
type plain g711.Law

func (d plain) law() g711.Law { return g711.Law(d) }

func (d plain) code(dst []voicePacket, u utterance) []voicePacket {
	return append(dst, voicePacket{u.octets, u.at, u.first})
}

func (d plain) rest(dst []voicePacket) []voicePacket { return dst }

const (
	// mostPayload is what a packet carries at most, for networks of 1,500 octets.
	mostPayload = 1400
	// RFC 3640 §3.3.6 lays the lengths of AAC's headers down.
	sizeLength, indexLength = 13, 3
)

// aacCoder tells a voice as AAC-LC (RFC 3640 §3.3.6). A short pause is told as
// silence; before a longer one a frame is filled up, and one more is told, as the
// listener hears each a frame late.
type aacCoder struct {
	rate    uint32
	encoder *aac.Encoder
	raiser  *raiser
	open    bool // a spurt goes on
	waiting []int16
	next    uint32 // RTP time of what waits
}

func newAACCoder(f *format.MPEG4Audio) (*aacCoder, error) {
	if f.Config == nil || f.Config.Type != mpeg4audio.ObjectTypeAACLC || f.Config.FrameLengthFlag || f.SizeLength != sizeLength || f.IndexLength != indexLength {
		return nil, aac.ErrFormat
	}
	e, err := aac.NewEncoder(f.Config.SampleRate, f.Config.ChannelCount)
	if err != nil {
		return nil, err
	}
	return &aacCoder{rate: uint32(f.Config.SampleRate), encoder: e, raiser: newRaiser(f.Config.SampleRate)}, nil
}

func (c *aacCoder) law() g711.Law { return g711.Mu }

func (c *aacCoder) code(dst []voicePacket, u utterance) []voicePacket {
	at := uint32(uint64(u.at) * uint64(c.rate) / g711.Rate)
	gap := int32(at - c.next - uint32(len(c.waiting)))
	switch {
	case !c.open:
		c.next = max(c.next, at)
	case u.first && gap > int32(c.rate*uint32(restAfter/time.Millisecond)/1000):
		dst = c.rest(dst)
		c.next = max(c.next, at)
	case u.first && gap > 0:
		c.waiting = append(c.waiting, make([]int16, gap)...)
	}
	c.open = true
	for _, o := range u.octets {
		c.waiting = c.raiser.add(c.waiting, g711.Mu.Expand(o))
	}
	for len(c.waiting) >= aac.FrameLength {
		dst = c.frame(dst)
	}
	return dst
}

func (c *aacCoder) rest(dst []voicePacket) []voicePacket {
	if !c.open {
		return dst
	}
	for range 2 {
		c.waiting = append(c.waiting, make([]int16, aac.FrameLength-len(c.waiting))...)
		dst = c.frame(dst)
	}
	c.encoder.Reset()
	c.raiser.reset()
	c.open = false
	return dst
}

// frame tells the first frame of what waits, in as many packets as it takes
// (RFC 3640 §3.1, §3.2): each says how long the whole is.
func (c *aacCoder) frame(dst []voicePacket) []voicePacket {
	unit := c.encoder.Encode((*[aac.FrameLength]int16)(c.waiting))
	size := len(unit)
	for len(unit) > 0 {
		n := min(len(unit), mostPayload)
		octets := binary.BigEndian.AppendUint16(nil, sizeLength+indexLength)
		octets = binary.BigEndian.AppendUint16(octets, uint16(size<<indexLength))
		dst = append(dst, voicePacket{append(octets, unit[:n]...), c.next, n == len(unit)})
		unit = unit[n:]
	}
	c.waiting = slices.Delete(c.waiting, 0, aac.FrameLength)
	c.next += aac.FrameLength
	return dst
}
