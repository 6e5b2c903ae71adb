package worker

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// maxAsked is how many wait for the one before to be answered.
const maxAsked = 8

// mouth speaks through the camera, on a connection of its own: ONVIF's back channel
// over RTSP (ONVIF Streaming Specification §5.3), DVRIP's, or a maker's over HTTP. One
// speaks at a time.
type mouth struct {
	*stream // the main stream's address, with verdicts of its own

	main  *stream
	asked chan *speaker

	mu    sync.Mutex // guards following
	busy  *speaker   // who speaks, or is about to
	known bool       // what the camera takes
	takes string     // the codec, "" for none
	at    int64      // how often the main stream had connected when it told
}

// speaker is one talk, or the question for one.
type speaker struct {
	wire.Talk

	mu     sync.Mutex // guards following
	cancel context.CancelFunc
	speech *speech // nil until the camera listens
	over   bool
}

func newMouth(w *worker, main *stream) *mouth {
	s := newStream(w, media.StreamMain, main.to)
	s.talk = true
	return &mouth{stream: s, main: main, asked: make(chan *speaker, maxAsked)}
}

// run lets one after the other speak until the context ends.
func (m *mouth) run(ctx context.Context) {
	for {
		select {
		case k := <-m.asked:
			end := m.attend(ctx, k)
			m.mu.Lock()
			if m.busy == k {
				m.busy = nil
			}
			m.mu.Unlock()
			m.answer(end)
		case <-ctx.Done():
			return
		}
	}
}

func (m *mouth) answer(t wire.Talked) { m.w.tell(wire.TypeTalked, t) }

// hear obeys what the hub says of talks. It never waits.
func (m *mouth) hear(t wire.Type, body []byte) error {
	switch t {
	case wire.TypeTalk:
		ask, err := wire.Parse[wire.Talk](body)
		if err != nil {
			return err
		}
		m.begin(ask)
	case wire.TypeTalkSound:
		n, sound, err := wire.ParseTalkSound(body)
		if err != nil {
			return err
		}
		if k := m.speaker(n); k != nil {
			k.say(m.w.now(), sound)
		}
	case wire.TypeTalkOver:
		over, err := wire.Parse[wire.Request](body)
		if err != nil {
			return err
		}
		if k := m.speaker(over.Number); k != nil {
			k.end()
		}
	}
	return nil
}

// begin hands a talk to run, or answers it at once. Who only asks takes nobody's
// turn.
func (m *mouth) begin(ask wire.Talk) {
	if takes, ok := m.knows(); ok && ask.Ask {
		m.answer(wire.Talked{Number: ask.Number, State: wire.TalkTakes, Codec: takes})
		return
	}
	if !m.queue(&speaker{Talk: ask}) {
		m.answer(wire.Talked{Number: ask.Number, State: wire.TalkOver, Why: wire.TalkTaken})
	}
}

func (m *mouth) queue(k *speaker) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy != nil {
		return false
	}
	select {
	case m.asked <- k:
	default:
		return false
	}
	if !k.Ask {
		m.busy = k
	}
	return true
}

// knows is what the camera takes, if it told so since it last came back.
func (m *mouth) knows() (takes string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.takes, m.known && m.at == m.main.connects.Load()
}

// learn remembers what the camera takes; connects is how often the main stream had
// connected before it was asked.
func (m *mouth) learn(takes string, connects int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known, m.at, m.takes = true, connects, takes
}

func (m *mouth) speaker(number uint32) *speaker {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy == nil || m.busy.Number != number {
		return nil
	}
	return m.busy
}

// attend lets one speak and tells how it ended.
func (m *mouth) attend(ctx context.Context, k *speaker) wire.Talked {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	k.mu.Lock()
	k.cancel = cancel
	over := k.over
	k.mu.Unlock()
	end := wire.Talked{Number: k.Number, State: wire.TalkOver, Why: wire.TalkAsked}
	if over {
		return end
	}
	takes, fresh := m.knows()
	why, err := "", error(nil)
	if !k.Ask || !fresh {
		why, err = m.converse(ctx, k)
		takes, _ = m.knows()
	}
	switch {
	case err == nil && k.Ask:
		return wire.Talked{Number: k.Number, State: wire.TalkTakes, Codec: takes}
	case err == nil:
		end.Why = why
	case ctx.Err() == nil:
		end.Why, end.Text = wire.TalkFailed, explain(err, m.where(), m.w.start.Password != "").text
	}
	return end
}

// converse is one connection to speak, or to ask.
func (m *mouth) converse(ctx context.Context, k *speaker) (why string, err error) {
	p, f := newPlace(m.to)
	if f != nil {
		return "", f
	}
	switch p.says {
	case "rtsp", "rtsps":
		return m.converseRTSP(ctx, k, p)
	case "dvrip":
		return m.converseDVRIP(ctx, k, p)
	}
	if to, speak, ok := m.maker(p); ok {
		return m.converseHTTP(ctx, k, to, speak)
	}
	return wire.TalkNone, nil // the other languages have no back channel
}

func (m *mouth) converseRTSP(ctx context.Context, k *speaker, p place) (why string, err error) {
	s, d := m.newSession(p)
	s.client.RequestBackChannels = true
	s.client.WriteQueueSize, d.narrow = writeQueue, true
	if err := s.client.Start(); err != nil {
		return "", err
	}
	defer s.client.Close()
	stop := context.AfterFunc(ctx, s.client.Close)
	defer stop()
	l := &backChannel{session: s}
	err = s.openIn(ctx, d, func(ctx context.Context, target *url.URL) error { return m.open(ctx, l, target, k.Ask) })
	if err == nil && l.media == nil {
		if to, speak, ok := m.maker(p); ok {
			s.client.Close()
			return m.converseHTTP(ctx, k, to, speak)
		}
	}
	if err != nil || k.Ask {
		return "", err
	}
	if l.media == nil {
		return wire.TalkNone, nil
	}
	k.listened(newSpeech(l.coder.law(), m.w.now()))
	m.answer(wire.Talked{Number: k.Number, State: wire.TalkReady, Codec: l.codec()})
	return m.carry(ctx, k.speech, newPacker(l))
}

// open goes from OPTIONS to PLAY of what the camera listens to; only to DESCRIBE
// where it is asked for that alone.
func (m *mouth) open(ctx context.Context, l *backChannel, target *url.URL, only bool) error {
	connects := m.main.connects.Load()
	desc, err := l.describe(ctx, target)
	if err != nil && !refusesTalk(err) {
		return err
	}
	if err == nil {
		l.choose(desc)
	}
	m.learn(l.codec(), connects)
	if l.media == nil || only {
		return nil
	}
	// A voice goes to no other device.
	if err := l.know(ctx); err != nil {
		return err
	}
	if err := l.setup(desc.BaseURL, l.media); err != nil {
		return err
	}
	_, err = l.client.Play(nil)
	return err
}

// refusesTalk reports whether a camera answers that it does not know what is
// required (RFC 2326 §12.32), in one of the ways cameras say so.
func refusesTalk(err error) bool {
	var status liberrors.ErrClientBadStatusCode
	if !errors.As(err, &status) {
		return false
	}
	switch status.Code {
	case base.StatusOptionNotSupported, base.StatusNotImplemented, base.StatusBadRequest:
		return true
	}
	return false
}

// say takes a piece of voice; what comes before the camera listens is lost.
func (k *speaker) say(now time.Duration, sound []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.speech != nil && !k.over {
		k.speech.add(now, sound)
	}
}

// listened says that the camera listens.
func (k *speaker) listened(s *speech) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.speech = s; k.over {
		s.end()
	}
}

// end ends the talk: at once before the camera listens, else when all is said.
func (k *speaker) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.over = true
	switch {
	case k.speech != nil:
		k.speech.end()
	case k.cancel != nil:
		k.cancel()
	}
}
