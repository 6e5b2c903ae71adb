package live

import (
	"context"
	"encoding/json"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
)

const (
	// idleTimeout ends a socket whose client says nothing; it pings each 25 s.
	idleTimeout = 30 * time.Second
	// writeTimeout ends a socket that accepts no message for so long.
	writeTimeout = 10 * time.Second
	// stopTimeout is how long a watch takes to stop; with the time of a question
	// to the gate it stays below the two seconds a revoke may take.
	stopTimeout = 300 * time.Millisecond
	// closeTimeout is spent on saying goodbye.
	closeTimeout = 200 * time.Millisecond
	// stateEvery is how often the camera's state is looked at.
	stateEvery = 500 * time.Millisecond
	// closeSessionEnded tells the page to sign in again.
	closeSessionEnded = 4401
)

var (
	errSessionEnded = errors.New("live: the session ended")
	errShutdown     = errors.New("live: the hub stops")
	errGone         = errors.New("live: the viewer is gone")
)

// Viewer is who watches through one connection. It serves once.
type Viewer struct {
	Caller account.Caller
	// Conn is the connection, pinned to the caller's session.
	Conn *gate.Conn
	// Alive asks whether the session still lives; any error ends the socket.
	Alive func(ctx context.Context) error
	// Show, ShowRecording and ShowGap make an event, a clip that no event began and a gap look
	// as everywhere in the interface.
	Show          func(gate.Event) any
	ShowRecording func(media.CameraID, gate.Recording) any
	ShowGap       func(media.CameraID, gate.Gap) any
}

// socket is one page's connection and its watches.
type socket struct {
	sockets *Sockets
	viewer  Viewer
	cancel  context.CancelCauseFunc
	// questions are whether session and grants still stand.
	questions gate.Questions

	mu      sync.Mutex // guards watches
	watches map[uint32]*watch

	out  *writer
	feed *feed
}

// Upgrade answers the request with a WebSocket and serves it until it ends. The
// caller has checked session and origin. It returns ErrTooMany or ErrClosing
// instead of upgrading; after any other outcome the answer is written.
func (s *Sockets) Upgrade(ctx *fasthttp.RequestCtx, v Viewer) error {
	if err := s.room(&s.pages, v.Caller.Session); err != nil {
		return err
	}
	up := upgrader()
	// A failed upgrade has written its status already.
	_ = up.Upgrade(ctx, func(conn *websocket.Conn) { s.serve(conn, v) })
	return nil
}

// serve runs in the goroutine of the hijacked connection. When it returns,
// every goroutine that could touch the connection is gone and the registry has
// forgotten it: the library would give a kept connection to somebody else
// (HAZARDS F15).
func (s *Sockets) serve(conn *websocket.Conn, v Viewer) {
	defer conn.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(errGone)
	k := &socket{sockets: s, viewer: v, cancel: cancel, questions: gate.NewQuestions(), watches: map[uint32]*watch{}}
	defer k.recovered()
	k.feed = newFeed(k)
	k.out = newWriter(s.cfg.Clock, conn, v, k.end)
	defer k.out.wire.End()
	if s.add(k) != nil {
		return
	}
	defer s.remove(k)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer k.end(errGone)
	// Closing the connection is what releases a blocked reader or writer.
	k.spawn(&tasks, func() { <-ctx.Done(); k.out.finish(closeCode(context.Cause(ctx))) })
	k.spawn(&tasks, func() { k.ask(ctx) })
	k.spawn(&tasks, func() { k.tellStates(ctx) })
	k.spawn(&tasks, func() { k.feed.run(ctx) })
	k.read(ctx, conn, &tasks)
}

// end stops the socket; the first cause counts.
func (k *socket) end(cause error) { k.cancel(cause) }

func (k *socket) spawn(tasks *sync.WaitGroup, f func()) {
	tasks.Go(func() {
		defer k.recovered()
		f()
	})
}

// recovered keeps a panic of one viewer's goroutine from ending the hub.
func (k *socket) recovered() {
	if r := recover(); r != nil {
		k.sockets.cfg.Log.Error("live: panic", "panic", r, "stack", string(debug.Stack()))
		k.end(errGone)
	}
}

// closeCode says why to the page.
func closeCode(cause error) int {
	switch {
	case errors.Is(cause, errSessionEnded):
		return closeSessionEnded
	case errors.Is(cause, errRequest):
		return websocket.ClosePolicyViolation
	}
	return websocket.CloseGoingAway
}

func (k *socket) read(ctx context.Context, conn *websocket.Conn, tasks *sync.WaitGroup) {
	conn.SetReadLimit(maxRequest)
	for ctx.Err() == nil {
		if conn.SetReadDeadline(k.sockets.cfg.Clock.Now().Add(idleTimeout)) != nil {
			return
		}
		kind, text, err := conn.ReadMessage()
		if err != nil {
			return
		}
		r, err := parseRequest(text)
		if err != nil || kind != websocket.TextMessage {
			k.end(errRequest)
			return
		}
		switch r.Op {
		case opPing:
			err = k.out.text(answer{Type: "pong"})
		case opEvents, opEventsStop:
			// On before it is said, so that no event is lost in between.
			k.feed.turn(r.Op == opEvents)
			err = k.out.text(answer{Type: r.Op})
		case opStop:
			k.stop(r.Watch, reasonStopped)
		case opWatch:
			err = k.start(ctx, r, tasks)
		}
		if err != nil {
			return
		}
	}
}

// start begins a watch in a goroutine of its own.
func (k *socket) start(ctx context.Context, r request, tasks *sync.WaitGroup) error {
	k.mu.Lock()
	_, twice := k.watches[r.Watch]
	if twice || len(k.watches) >= maxWatches {
		k.mu.Unlock()
		reason := reasonTooMany
		if twice {
			reason = reasonBadRequest
		}
		return k.out.text(answer{Watch: r.Watch, Type: "ended", Reason: reason})
	}
	w := newWatch(ctx, k, r)
	k.watches[r.Watch] = w
	k.mu.Unlock()
	k.spawn(tasks, w.run)
	return nil
}

func (k *socket) stop(number uint32, reason string) {
	k.mu.Lock()
	w := k.watches[number]
	k.mu.Unlock()
	if w != nil {
		w.stop(reason)
	}
}

func (k *socket) list() []*watch {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := make([]*watch, 0, len(k.watches))
	for _, w := range k.watches {
		all = append(all, w)
	}
	return all
}

func (k *socket) forget(w *watch) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.watches, w.number)
}

// ask asks for session and grants again and again and ends what is not allowed
// any more. It never writes, so no slow client holds it up.
func (k *socket) ask(ctx context.Context) {
	for asking := range k.questions.Each(ctx) {
		if k.viewer.Alive(asking) != nil {
			k.end(errSessionEnded)
		}
		for _, w := range k.list() {
			w.ask(asking)
		}
		k.feed.ask(asking)
		k.awaitStopped(ctx)
	}
}

// awaitStopped ends the whole socket if a watch that was told to stop hangs in
// a write: what lies in a buffer must not drip on.
func (k *socket) awaitStopped(ctx context.Context) {
	late := time.NewTimer(stopTimeout)
	defer late.Stop()
	for _, w := range k.list() {
		if w.ctx.Err() == nil {
			continue
		}
		select {
		case <-w.done:
		case <-ctx.Done():
			return
		case <-late.C:
			k.end(errGone)
			return
		}
	}
}

func (k *socket) tellStates(ctx context.Context) {
	tick := time.NewTicker(stateEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, w := range k.list() {
			if w.tellState() != nil {
				return
			}
		}
	}
}

func encode(a answer) []byte {
	b, err := json.Marshal(a)
	if err != nil {
		panic("live: " + err.Error()) // texts and numbers always encode
	}
	return b
}
