package worker

import (
	"context"
	"errors"
	"os"
	"time"

	"lares/cameras/dvrip"
	"lares/cameras/internal/wire"
	"lares/cameras/media/g711"
)

// converseDVRIP is one connection to speak, or to ask, in DVRIP. Such a camera says
// whether it has a loudspeaker when somebody claims it. That of a recorder is all its
// cameras', which may be several people's: it is nobody's.
func (m *mouth) converseDVRIP(ctx context.Context, k *speaker, p place) (why string, err error) {
	if m.w.start.Recorder {
		m.learn("", m.main.connects.Load())
		if k.Ask {
			return "", nil
		}
		return wire.TalkNone, nil
	}
	d := &direct{stream: m.stream, route: &route{s: m.stream, to: p}}
	defer d.route.cut()
	stop := context.AfterFunc(ctx, d.route.cut)
	defer stop()
	connects := m.main.connects.Load()
	c, err := m.claim(ctx, d, k.Ask)
	d.route.settle(d.name(err))
	switch {
	case errors.Is(err, dvrip.ErrRefused):
		m.learn("", connects)
		if k.Ask {
			return "", nil
		}
		return wire.TalkNone, nil
	case err != nil:
		return "", d.name(err)
	}
	m.learn(wire.TalkPCMA, connects)
	if k.Ask {
		return "", nil
	}
	k.listened(newSpeech(g711.A, m.w.now()))
	m.answer(wire.Talked{Number: k.Number, State: wire.TalkReady, Codec: wire.TalkPCMA})
	why, err = m.carry(ctx, k.speech, &dvripSpeaker{route: d.route, to: c})
	return why, d.name(err)
}

// claim goes as far as the claim, and unless that is all, until the camera listens,
// within the time of opening a stream.
func (m *mouth) claim(ctx context.Context, d *direct, only bool) (c *dvrip.Client, err error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	stop := context.AfterFunc(ctx, d.route.cut)
	err = contained(func() error {
		what, f := dvripStream(d.route.to.url, m.w.start.Username, m.w.start.Password)
		if f != nil {
			return f
		}
		conn, err := d.route.dial(ctx)
		if err != nil {
			return err
		}
		if f := d.unasked(false); f != nil {
			return f
		}
		if c, err = dvrip.Claim(conn, what); err != nil || only {
			return err
		}
		return c.Speak()
	})
	if !stop() {
		return nil, errStalled
	}
	return c, err
}

// dvripSpeaker is a loudspeaker. It tells a voice in pieces of 40 ms; a pause ends with one
// that is filled with silence.
type dvripSpeaker struct {
	route *route
	to    *dvrip.Client
	piece [dvrip.VoicePiece]byte
	n     int           // of it
	spoke time.Duration // when something was due last
}

func (l *dvripSpeaker) send(s *speech, now time.Duration) error {
	for u, ok := s.next(now); ok; u, ok = s.next(now) {
		l.spoke = now
		l.n += copy(l.piece[l.n:], u.octets)
		if err := l.tell(); err != nil {
			return err
		}
	}
	if l.n == 0 || !s.said() && now-l.spoke < restAfter {
		return nil
	}
	for ; l.n < len(l.piece); l.n++ {
		l.piece[l.n] = g711.A.Silence()
	}
	return l.tell()
}

// tell sends the piece once it is full; slots fill it without a rest.
func (l *dvripSpeaker) tell() error {
	if l.n < len(l.piece) {
		return nil
	}
	l.n = 0
	return l.to.Say(&l.piece)
}

func (l *dvripSpeaker) sent() bool { return l.n == 0 }

// wait takes a camera that says nothing for a listening one.
func (l *dvripSpeaker) wait() error {
	for {
		if err := contained(l.to.Hear); !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

func (l *dvripSpeaker) hangUp() { l.route.cut() }
