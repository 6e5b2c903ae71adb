package worker

import (
	"context"
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

const (
	// talkSilence ends a talk in which nothing is said.
	talkSilence = 5 * time.Second
	// talkLongest is for how long somebody may speak at once.
	talkLongest = 5 * time.Minute
	// writeQueue is how many packets wait for a network that does not take them: 80
	// ms (a power of two, for gortsplib).
	writeQueue = 4
)

// backChannel is a connection to what the camera listens to.
type backChannel struct {
	*session
	media *description.Media // nil: the camera takes nothing that we can make
	form  *format.G711
	law   g711.Law
}

// choose takes the first of the camera's back channels that takes G.711 of 8 kHz,
// mono.
func (l *backChannel) choose(desc *description.Session) {
	for _, m := range desc.Medias {
		for _, f := range m.Formats {
			g, ok := f.(*format.G711)
			if !m.IsBackChannel || !ok || g.SampleRate != g711.Rate || g.ChannelCount != 1 {
				continue
			}
			l.media, l.form, l.law = m, g, g711.A
			if g.MULaw {
				l.law = g711.Mu
			}
			m.Formats = []format.Format{g}
			return
		}
	}
}

func (l *backChannel) codec() string {
	switch {
	case l.media == nil:
		return ""
	case l.law == g711.A:
		return wire.TalkPCMA
	}
	return wire.TalkPCMU
}

// carry sends what is said until it is over, and says why that is.
func (l *backChannel) carry(ctx context.Context, s *speech) (why string, err error) {
	ended := make(chan error, 1)
	go func() { ended <- l.client.Wait() }()
	defer func() { l.hangUp(); <-ended }()
	out := &packer{line: l, first: rand.Uint32(), head: rtp.Header{Version: 2, PayloadType: l.form.PayloadTyp, SequenceNumber: uint16(rand.Uint32())}}
	began := l.w.now()
	tick := time.NewTicker(slotTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return wire.TalkAsked, nil
		case err := <-ended:
			ended <- err
			return "", lost(err)
		case <-tick.C:
		}
		now := l.w.now()
		if err := out.send(s, now); err != nil {
			return "", err
		}
		why := spoken(s, now, now-began)
		if why == "" || why == wire.TalkAsked && !out.sent() && s.quiet(now) < talkSilence {
			continue
		}
		return why, nil
	}
}

// packer makes RTP packets of a speech (RFC 3550 §5.1).
type packer struct {
	line  *backChannel
	head  rtp.Header
	first uint32     // RTP time of the beginning
	held  *utterance // the connection had no room for it
	given uint64     // packets that it has taken
}

// send sends what is due. What the connection does not take waits.
func (k *packer) send(s *speech, now time.Duration) error {
	for {
		if k.held == nil {
			p, ok := s.next(now)
			if !ok {
				return nil
			}
			k.held = &p
		}
		k.head.Timestamp, k.head.Marker = k.first+k.held.at, k.held.first
		err := k.line.client.WritePacketRTP(k.line.media, &rtp.Packet{Header: k.head, Payload: k.held.octets})
		var full liberrors.ErrClientWriteQueueFull
		if errors.As(err, &full) {
			return nil
		}
		if err != nil {
			return err
		}
		k.held = nil
		k.given++
		k.head.SequenceNumber++
	}
}

// sent reports whether everything is on the network: closing the connection would
// leave out what waits.
func (k *packer) sent() bool {
	stats := k.line.client.Stats()
	return k.held == nil && (stats == nil || stats.Session.RTPPacketsSent >= k.given)
}

// lost is the end of a connection by the camera.
func lost(err error) error {
	if err == nil {
		err = failed(wire.Unreachable, "The connection to the camera ended.")
	}
	return err
}

// spoken says why a talk is over; "" if it is not.
func spoken(s *speech, now, took time.Duration) string {
	switch {
	case s.said():
		return wire.TalkAsked
	case s.quiet(now) >= talkSilence:
		return wire.TalkSilent
	case took >= talkLongest:
		return wire.TalkTooLong
	}
	return ""
}
