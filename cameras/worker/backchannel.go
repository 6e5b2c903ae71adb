package worker

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
	"github.com/pion/rtp"

	"lares/cameras/internal/wire"
	"lares/cameras/media/g711"
)

// writeQueue is how many packets wait for a network that does not take them: 80 ms
// (a power of two, for gortsplib).
const writeQueue = 4

// backChannel is a connection to what the camera listens to.
type backChannel struct {
	*session
	media *description.Media // nil: the camera takes nothing that we can make
	form  format.Format
	coder coder
}

// choose takes the first of the camera's back channels that is spoken. Where a
// camera takes both, G.711 goes before AAC: it is told as it comes.
func (l *backChannel) choose(desc *description.Session) {
	for _, m := range desc.Medias {
		for _, f := range m.Formats {
			c := coderOf(f)
			_, asIs := c.(plain)
			if !m.IsBackChannel || c == nil || l.media != nil && !asIs {
				continue
			}
			l.media, l.form, l.coder = m, f, c
			if asIs {
				m.Formats = []format.Format{f}
				return
			}
		}
	}
	if l.media != nil {
		l.media.Formats = []format.Format{l.form}
	}
}

// codec is the one in which the hub hands over a voice; "" for none.
func (l *backChannel) codec() string {
	switch {
	case l.media == nil:
		return ""
	case l.coder.law() == g711.A:
		return wire.TalkPCMA
	}
	return wire.TalkPCMU
}

// packer makes RTP packets of a speech (RFC 3550 §5.1). It is a loudspeaker.
type packer struct {
	*backChannel
	head  rtp.Header
	first uint32        // RTP time of the beginning
	held  []voicePacket // not yet taken by the connection
	spoke time.Duration // when something was due last
	given uint64        // packets that it has taken
}

func newPacker(l *backChannel) *packer {
	return &packer{
		backChannel: l, first: rand.Uint32(),
		head: rtp.Header{Version: 2, PayloadType: l.form.PayloadType(), SequenceNumber: uint16(rand.Uint32())},
	}
}

func (k *packer) wait() error { return k.client.Wait() }

func (k *packer) send(s *speech, now time.Duration) error {
	for k.more(s, now) {
		p := k.held[0]
		k.head.Timestamp, k.head.Marker = k.first+p.at, p.marker
		err := k.client.WritePacketRTP(k.media, &rtp.Packet{Header: k.head, Payload: p.octets})
		var full liberrors.ErrClientWriteQueueFull
		if errors.As(err, &full) {
			return nil
		}
		if err != nil {
			return err
		}
		k.held = k.held[1:]
		k.given++
		k.head.SequenceNumber++
	}
	return nil
}

// more reports whether there is a packet to send.
func (k *packer) more(s *speech, now time.Duration) bool {
	for len(k.held) == 0 {
		u, ok := s.next(now)
		if ok {
			k.spoke, k.held = now, k.coder.code(nil, u)
			continue
		}
		if s.said() || now-k.spoke >= restAfter {
			k.held = k.coder.rest(nil)
		}
		break
	}
	return len(k.held) > 0
}

func (k *packer) sent() bool {
	stats := k.client.Stats()
	return len(k.held) == 0 && (stats == nil || stats.Session.RTPPacketsSent >= k.given)
}
