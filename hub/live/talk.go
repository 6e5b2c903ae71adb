package live

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

const (
	// maxTalks bounds all voices of a hub, maxTalksOfOne those of a session.
	maxTalks      = 64
	maxTalksOfOne = 4

	// A message of a voice is 20 to 60 ms of 8 kHz, two bytes a sample.
	sampleBytes = 2
	minVoice    = sampleBytes * 160
	maxVoice    = sampleBytes * cameras.MaxSound
)

// Voices carries voices to cameras; cameras.Fleet is one.
type Voices interface {
	Talk(ctx context.Context, id media.CameraID) (*cameras.Talk, error)
}

// TalkGate says who may speak and notes it; gate.Gate is one.
type TalkGate interface {
	AdmitTalk(ctx context.Context, c account.Caller, camera media.CameraID) (gate.Pass, error)
	Talking(p gate.Pass) (*gate.Talking, error)
	Denied(c account.Caller, camera media.CameraID)
}

// The reasons a voice ends for, beside those of a watch.
const (
	reasonTaken   = "taken"    // somebody else speaks through the camera
	reasonNoTalk  = "no talk"  // the camera takes no voice
	reasonPrivate = "private"  // it is off the air
	reasonSilent  = "silent"   // nothing was said for a while
	reasonTooLong = "too long" // it went on for as long as it may
	reasonCamera  = "camera"   // it cannot be reached, or not any more
)

// talker is one page's connection to speak through one camera.
type talker struct {
	sockets *Sockets
	viewer  Viewer
	camera  media.CameraID
	out     *writer
	// questions are whether session and grant still stand.
	questions gate.Questions

	cancel context.CancelCauseFunc // of the socket
	hush   context.CancelCauseFunc // of the voice
	hushed chan struct{}           // closed when the camera hears nothing more
	voice  atomic.Pointer[cameras.Talk]
	number uint64 // in the order of Sockets; set by addTalk
}

// Talk answers the request with a WebSocket that carries a voice to the camera;
// else it is as Upgrade.
func (s *Sockets) Talk(ctx *fasthttp.RequestCtx, v Viewer, camera media.CameraID) error {
	if err := s.room(&s.voices, v.Caller.Session); err != nil {
		return err
	}
	up := upgrader()
	// A failed upgrade has written its status already.
	_ = up.Upgrade(ctx, func(conn *websocket.Conn) { s.serveTalk(conn, v, camera) })
	return nil
}

// serveTalk is serve for a voice, and ends like it.
func (s *Sockets) serveTalk(conn *websocket.Conn, v Viewer, camera media.CameraID) {
	defer conn.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(errGone)
	k := &talker{sockets: s, viewer: v, camera: camera, questions: gate.NewQuestions(), cancel: cancel, hushed: make(chan struct{})}
	defer k.recovered()
	voice, hush := context.WithCancelCause(ctx)
	defer hush(errGone)
	k.hush = hush
	k.out = newWriter(s.cfg.Clock, conn, v, k.end)
	defer k.out.wire.End()
	if s.addTalk(k) != nil {
		return
	}
	defer s.removeTalk(k)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer k.end(errGone)
	k.spawn(&tasks, func() { <-ctx.Done(); k.out.finish(closeCode(context.Cause(ctx))) })
	k.spawn(&tasks, func() { k.ask(voice) })
	k.spawn(&tasks, func() { k.speak(voice) })
	k.read(ctx, conn)
}

// end stops the socket; the first cause counts.
func (k *talker) end(cause error) { k.cancel(cause) }

func (k *talker) spawn(tasks *sync.WaitGroup, f func()) {
	tasks.Go(func() {
		defer k.recovered()
		f()
	})
}

func (k *talker) recovered() {
	if r := recover(); r != nil {
		k.sockets.cfg.Log.Error("live: panic", "panic", r, "stack", string(debug.Stack()))
		k.end(errGone)
	}
}

// ask asks for session and grant again and again, and ends what is not allowed any
// more. It never writes.
func (k *talker) ask(ctx context.Context) {
	for asking := range k.questions.Each(ctx) {
		if k.viewer.Alive(asking) != nil {
			k.end(errSessionEnded)
			return
		}
		if _, err := k.admit(asking); err != nil {
			k.hush(stopped(talkReason(err)))
			return
		}
	}
}

func (k *talker) admit(ctx context.Context) (gate.Pass, error) {
	return k.sockets.cfg.TalkGate.AdmitTalk(ctx, k.viewer.Caller, k.camera)
}

// speak carries the voice until it ends, says why, and ends the socket. The camera
// hears nothing more before the page is told.
func (k *talker) speak(ctx context.Context) {
	reason := k.turn(ctx)
	// A socket that cannot take it has ended itself.
	_ = k.out.text(answer{Type: "ended", Reason: reason})
	k.end(errGone)
}

// turn is the voice from its predecessor's end to its own.
func (k *talker) turn(ctx context.Context) (reason string) {
	defer close(k.hushed)
	k.relieve(ctx)
	return k.carry(ctx)
}

// relieve ends what the same page says through the camera: somebody lets go and
// presses again before the rest of a voice is said.
func (k *talker) relieve(ctx context.Context) {
	for _, old := range k.sockets.talkersOf(k.follows) {
		old.hush(stopped(reasonStopped))
		select {
		case <-old.hushed:
		case <-ctx.Done():
		}
	}
}

func (k *talker) follows(old *talker) bool {
	return old.viewer.Caller.Session == k.viewer.Caller.Session && old.camera == k.camera && old.number < k.number
}

func (k *talker) carry(ctx context.Context) (reason string) {
	g := k.sockets.cfg.TalkGate
	asking, cancel := gate.Question(ctx)
	pass, err := k.admit(asking)
	cancel()
	if err != nil {
		if errors.Is(err, gate.ErrNotFound) {
			g.Denied(k.viewer.Caller, k.camera)
		}
		return talkReason(err)
	}
	t, err := k.sockets.cfg.Voices.Talk(ctx, k.camera)
	if err != nil {
		return k.why(ctx, err)
	}
	defer t.Close()
	noted, err := g.Talking(pass)
	if err != nil {
		return talkReason(err)
	}
	defer noted.End()
	k.voice.Store(t)
	if k.out.text(answer{Type: "ready"}) != nil {
		return reasonStopped
	}
	select {
	case <-ctx.Done():
	case <-t.Done():
	}
	t.Close() // before anything that may wait
	switch t.End() {
	case cameras.TalkSilent:
		return reasonSilent
	case cameras.TalkTooLong:
		return reasonTooLong
	}
	return k.why(ctx, nil)
}

// why is the reason of an end that the hub did not wish for, or that the gate did.
func (k *talker) why(ctx context.Context, err error) string {
	var s stopped
	if errors.As(context.Cause(ctx), &s) {
		return string(s)
	}
	switch {
	case ctx.Err() != nil:
		return reasonStopped
	case errors.Is(err, cameras.ErrTalking):
		return reasonTaken
	case errors.Is(err, cameras.ErrNoTalk):
		return reasonNoTalk
	}
	if err != nil {
		k.sockets.cfg.Log.Info("live: a camera cannot be spoken through", "camera", k.camera, "error", err)
	}
	// A camera that is taken off the air is gone first.
	asking, cancel := gate.Question(ctx)
	defer cancel()
	if _, err := k.admit(asking); err != nil {
		return talkReason(err)
	}
	return reasonCamera
}

func talkReason(err error) string {
	if errors.Is(err, gate.ErrPrivate) {
		return reasonPrivate
	}
	return reasonOf(err)
}

// read takes the voice until the page ends it.
func (k *talker) read(ctx context.Context, conn *websocket.Conn) {
	conn.SetReadLimit(maxVoice)
	for ctx.Err() == nil {
		if conn.SetReadDeadline(k.sockets.cfg.Clock.Now().Add(idleTimeout)) != nil {
			return
		}
		kind, b, err := conn.ReadMessage()
		if err != nil {
			return
		}
		samples, err := parseVoice(b)
		if err != nil || kind != websocket.BinaryMessage {
			k.end(errRequest)
			return
		}
		if t := k.voice.Load(); t != nil {
			t.Say(samples)
		}
	}
}

// parseVoice reads one message: samples of 16 bits, little-endian as browsers have
// them.
func parseVoice(b []byte) ([]int16, error) {
	if len(b) < minVoice || len(b) > maxVoice || len(b)%sampleBytes != 0 {
		return nil, errRequest
	}
	samples := make([]int16, len(b)/sampleBytes)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(b[i*sampleBytes:]))
	}
	return samples, nil
}

// upgrader makes a WebSocket of a request whose origin the caller has checked.
func upgrader() websocket.FastHTTPUpgrader {
	return websocket.FastHTTPUpgrader{
		HandshakeTimeout: 5 * time.Second, ReadBufferSize: 4096, WriteBufferSize: 4096,
		CheckOrigin: func(*fasthttp.RequestCtx) bool { return true }, // done, and stricter, by the caller
	}
}
