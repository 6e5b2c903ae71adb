package fakecam

import (
	"context"
	"sync"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	rtpformat "github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/media/g711"
)

// The encodings of Options.Hears (RFC 3551 §4.5.14).
const (
	TalkMu = "pcmu"
	TalkA  = "pcma"
)

// maxHeard bounds what a camera remembers of it, in samples: a minute.
const maxHeard = 60 * g711.Rate

// Heard is what a camera was told through its back channel since it started.
type Heard struct {
	// Samples are those that came, one behind the other, a minute at most.
	Samples []int16
	// Packets of RTP that brought them, and Spurts that began with a marker.
	Packets, Spurts int
	// Gaps are how many samples of RTP time passed without any, between packets of
	// one connection.
	Gaps int
}

// voice is what a camera hears.
type voice struct {
	mu   sync.Mutex // guards following
	got  Heard
	more chan struct{} // closed and replaced when more comes; nil before anybody waits
	ssrc uint32
	next uint32 // RTP time of the next sample, of ssrc
}

// listens adds a back channel to a description (ONVIF Streaming Specification
// §5.3): only who requires it is told.
func (c *Camera) listens(desc *description.Session) {
	if c.o.NoTalk {
		return
	}
	f := &rtpformat.G711{PayloadTyp: pcmaPayload, SampleRate: g711.Rate, ChannelCount: 1}
	if f.MULaw = c.o.Hears == TalkMu; f.MULaw {
		f.PayloadTyp = pcmuPayload
	}
	desc.Medias = append(desc.Medias, &description.Media{Type: description.MediaTypeAudio, IsBackChannel: true, Formats: []rtpformat.Format{f}})
}

// hears takes a packet of a session.
func (c *Camera) hears(m *description.Media, f rtpformat.Format, p *rtp.Packet) {
	if !m.IsBackChannel {
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
	got.Samples = append([]int16(nil), got.Samples...)
	return got
}

// AwaitHeard waits until at least so many samples came, or the context ends.
func (c *Camera) AwaitHeard(ctx context.Context, samples int) (Heard, error) {
	e := &c.voice
	for {
		e.mu.Lock()
		if len(e.got.Samples) >= samples {
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
