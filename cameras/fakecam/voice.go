package fakecam

import (
	"context"
	"slices"
	"sync"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	rtpformat "github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"

	"lares/cameras/media/g711"
)

// The encodings of Options.Hears (RFC 3551 §4.5.14, RFC 3640 §3.3.6).
const (
	TalkMu  = "pcmu"
	TalkA   = "pcma"
	TalkAAC = "aac" // AAC-LC, mono, of HeardRate
)

// HeardRate is how many samples a second a camera takes that hears AAC.
const HeardRate = 16000

// maxHeard bounds what a camera remembers of it, in samples: a minute.
const maxHeard = 60 * g711.Rate

// Heard is what a camera was told through its back channel since it started.
type Heard struct {
	// Samples are those that came, one behind the other, a minute at most.
	Samples []int16
	// Units are the access units of AAC in place of samples, each with the RTP time
	// it came with; at most maxUnits.
	Units []HeardUnit
	// Packets of RTP that brought them, and Spurts that began with a marker.
	Packets, Spurts int
	// Gaps are how many samples of RTP time passed without any, between packets of
	// one connection.
	Gaps int
}

// HeardUnit is an access unit that a camera was told.
type HeardUnit struct {
	At   uint32
	Data []byte
}

// maxUnits is a minute of AAC.
const maxUnits = 60 * HeardRate / 1024

// voice is what a camera hears.
type voice struct {
	mu   sync.Mutex // guards following
	got  Heard
	more chan struct{} // closed and replaced when more comes; nil before anybody waits
	ssrc uint32
	next uint32 // RTP time of the next sample, of ssrc

	units *rtpmpeg4audio.Decoder // nil before the first packet of AAC
}

// listens adds a back channel to a description (ONVIF Streaming Specification
// §5.3): only who requires it is told.
func (c *Camera) listens(desc *description.Session) {
	if c.o.NoTalk {
		return
	}
	var f rtpformat.Format
	switch c.o.Hears {
	case TalkA:
		f = &rtpformat.G711{PayloadTyp: pcmaPayload, SampleRate: g711.Rate, ChannelCount: 1}
	case TalkAAC:
		f = &rtpformat.MPEG4Audio{
			PayloadTyp: backPayload, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3,
			Config: &mpeg4audio.AudioSpecificConfig{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: HeardRate, ChannelCount: 1},
		}
	default:
		f = &rtpformat.G711{PayloadTyp: pcmuPayload, MULaw: true, SampleRate: g711.Rate, ChannelCount: 1}
	}
	desc.Medias = append(desc.Medias, &description.Media{Type: description.MediaTypeAudio, IsBackChannel: true, Formats: []rtpformat.Format{f}})
}

// hears takes a packet of a session.
func (c *Camera) hears(m *description.Media, f rtpformat.Format, p *rtp.Packet) {
	if !m.IsBackChannel {
		return
	}
	if a, ok := f.(*rtpformat.MPEG4Audio); ok {
		c.voice.takeUnits(a, p)
		return
	}
	law := g711.A
	if g, ok := f.(*rtpformat.G711); ok && g.MULaw {
		law = g711.Mu
	}
	c.voice.take(law, p)
}

func (e *voice) take(law g711.Law, p *rtp.Packet) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.got.Packets > 0 && p.SSRC == e.ssrc {
		e.got.Gaps += int(int32(p.Timestamp - e.next))
	}
	e.ssrc, e.next = p.SSRC, p.Timestamp+uint32(len(p.Payload))
	e.got.Packets++
	if p.Marker {
		e.got.Spurts++
	}
	for _, octet := range p.Payload[:min(len(p.Payload), maxHeard-len(e.got.Samples))] {
		e.got.Samples = append(e.got.Samples, law.Expand(octet))
	}
	e.tell()
}

// takeBare is take for samples without RTP.
func (e *voice) takeBare(law g711.Law, octets []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, octet := range octets[:min(len(octets), maxHeard-len(e.got.Samples))] {
		e.got.Samples = append(e.got.Samples, law.Expand(octet))
	}
	e.tell()
}

// takeUnits is take for a packet of AAC; one that cannot be read counts alone.
func (e *voice) takeUnits(f *rtpformat.MPEG4Audio, p *rtp.Packet) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.got.Packets++
	if e.units == nil {
		var err error
		if e.units, err = f.CreateDecoder(); err != nil {
			return
		}
	}
	units, err := e.units.Decode(p)
	if err != nil {
		return
	}
	for i, u := range units[:min(len(units), maxUnits-len(e.got.Units))] {
		e.got.Units = append(e.got.Units, HeardUnit{p.Timestamp + uint32(i)*1024, u})
	}
	e.tell()
}

// tell wakes who waits for more; e.mu is held.
func (e *voice) tell() {
	if e.more != nil {
		close(e.more)
		e.more = nil
	}
}

// Heard is what came so far.
func (c *Camera) Heard() Heard {
	c.voice.mu.Lock()
	defer c.voice.mu.Unlock()
	return c.voice.snapshot()
}

func (e *voice) snapshot() Heard {
	got := e.got
	got.Samples, got.Units = slices.Clone(got.Samples), slices.Clone(got.Units)
	return got
}

// AwaitHeard waits until at least so many samples came, or the context ends.
func (c *Camera) AwaitHeard(ctx context.Context, samples int) (Heard, error) {
	return c.AwaitVoice(ctx, func(h *Heard) bool { return len(h.Samples) >= samples })
}

// AwaitVoice waits until what came is enough, or the context ends. Enough must not
// keep or change what it is given.
func (c *Camera) AwaitVoice(ctx context.Context, enough func(*Heard) bool) (Heard, error) {
	e := &c.voice
	for {
		e.mu.Lock()
		if enough(&e.got) {
			got := e.snapshot()
			e.mu.Unlock()
			return got, nil
		}
		if e.more == nil {
			e.more = make(chan struct{})
		}
		more := e.more
		e.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return c.Heard(), ctx.Err()
		}
	}
}
