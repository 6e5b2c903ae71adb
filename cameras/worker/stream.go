package worker

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// stream keeps one stream of the camera connected: an endless shell around
// mortal sessions.
type stream struct {
	w  *worker
	id media.StreamID
	to wire.Target

	verdicts chan wire.Verdict // the hub's answers to this stream's identities
	talk     bool              // its connections are there to speak
	stats    streamStats
	still    stillness
	form     int  // of passwords, which goes out
	formed   bool // the camera takes it

	connects  atomic.Int64
	everLive  bool
	lastVideo int64 // DTS given out last, in ticks of the video's clock
	lastAudio int64
	lastRate  int // the video clock lastVideo counts in
	lastSound int // the audio clock lastAudio counts in
}

func newStream(w *worker, id media.StreamID, to wire.Target) *stream {
	return &stream{w: w, id: id, to: to, verdicts: make(chan wire.Verdict, 1)}
}

// run connects again and again until the context ends.
func (s *stream) run(ctx context.Context) {
	s.tell(wire.State{Code: wire.Connecting})
	var since time.Duration // of the first failure after something worked
	failing := false
	for ctx.Err() == nil {
		began := s.w.now()
		played, err := s.connect(ctx)
		s.w.eye.over(s.id)
		s.w.hearing.over(s.id)
		if ctx.Err() != nil {
			return
		}
		if played || !failing {
			since, failing = s.w.now(), true
		}
		f := explain(err, s.where(), s.w.start.Password != "")
		now := s.w.now()
		wait := retryIn(f, now-since)
		if !f.rare() && !played {
			// From try to try: one that took its time has waited already.
			wait = max(wait-(now-began), retryAtOnce)
		} else if f.code == wire.Connecting && now-began >= lastedFor {
			wait = retryAtOnce
		}
		s.tell(wire.State{Code: f.code, Message: f.text, RetryMS: max(wait.Milliseconds(), 1)})
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// connect runs one connection in the language that the address names. This
// switch is all the languages there are (HAZARDS I4).
func (s *stream) connect(ctx context.Context) (played bool, err error) {
	if s.id != media.StreamMain && !s.w.beside(s.to) {
		return false, failed(wire.AnotherDevice, "The address leads to another device than the main stream. Nothing of it is shown or recorded.")
	}
	p, f := newPlace(s.to)
	if f != nil {
		return false, f
	}
	switch p.says {
	case "rtsp", "rtsps":
		return s.session(ctx, p)
	case "http", "https", "eseecloud", "kasa", "doorbird":
		return s.direct(ctx, p, newWeb)
	case "tapo":
		return s.direct(ctx, p, newTapo)
	case "rtmp":
		return s.direct(ctx, p, newRTMP)
	case "dvrip":
		return s.direct(ctx, p, newDVRIP)
	}
	return false, failed(wire.Incompatible, "Lares does not speak what the address of the camera begins with.")
}

// retryIn is the pause after a failure, by the rules of DESIGN §3.
func retryIn(f *failure, failingFor time.Duration) time.Duration {
	switch {
	case f.wait > 0:
		return f.wait
	case f.rare():
		return retryRarely
	case failingFor < retrySoonFor:
		return retrySoon
	}
	return time.Duration(float64(retryLater) * (0.8 + 0.4*rand.Float64()))
}

func (s *stream) where() string {
	p, err := newPlace(s.to)
	if err != nil {
		return "the given address"
	}
	return p.name
}

// tell reports the stream's state to the hub.
func (s *stream) tell(st wire.State) {
	st.Stream, st.Connects = s.id, int(min(s.connects.Load(), wire.MaxCount))
	s.w.tell(wire.TypeState, st)
}

// live tells the hub that pictures come, what they are, and whether they stand still.
func (s *stream) live(c media.Config) {
	st := wire.State{Code: wire.Live}
	if s.still.frozen {
		st.Code, st.Message = wire.Frozen, "The camera sends the same picture again and again."
	}
	for i, t := range c.Tracks {
		if i > 0 {
			st.Codec += " + "
		}
		st.Codec += t.Codec.String()
		if t.Codec.Video() {
			st.Width, st.Height = int(t.Width), int(t.Height)
		}
	}
	s.tell(st)
}

// identify tells the hub what the connection found out and waits for its
// word: before it nothing is asked of the camera.
func (s *stream) identify(ctx context.Context, tlsKey string) error {
	id, err := s.w.device.identity(ctx)
	if err != nil {
		return err
	}
	id.Stream, id.TLS, id.Talk = s.id, tlsKey, s.talk
	if err := s.w.identify(ctx, s.verdicts, id); err != nil {
		return err
	}
	if s.id == media.StreamSub && s.w.device.hands.ofAnother(ctx, s.to.URL) {
		return anotherChannel()
	}
	return nil
}
