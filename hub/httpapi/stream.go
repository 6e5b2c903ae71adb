package httpapi

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"log/slog"
	"math"
	"net"
	"sync"

	"github.com/valyala/fasthttp"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/hub/account"
	"lares/hub/gate"
)

// chunk bounds a piece on its way to fasthttp, which keeps a few of them.
const chunk = 32 << 10

// stream is one long answer under way.
type stream struct {
	session   account.SessionID
	account   account.ID // whose rights it hangs on
	conn      net.Conn
	cancel    context.CancelFunc
	questions gate.Questions // whether it may go on
}

// cut ends the stream and its connection: an answer whose length was promised
// cannot end early in any other way.
func (k *stream) cut() {
	k.cancel()
	_ = k.conn.Close()
}

// streams are all long answers under way.
type streams struct {
	clock clock.Clock
	log   *slog.Logger

	mu      sync.Mutex // guards the fields below
	open    map[*stream]struct{}
	closing bool
	done    sync.WaitGroup // one count per open stream
}

func newStreams(c clock.Clock, log *slog.Logger) *streams {
	return &streams{clock: c, log: log, open: map[*stream]struct{}{}}
}

func (s *streams) add(k *stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.open[k] = struct{}{}
	s.done.Add(1)
	return true
}

func (s *streams) remove(k *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, k)
	s.done.Done()
}

// matching finds streams by what they are of.
func (s *streams) matching(want func(*stream) bool) []*stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*stream
	for k := range s.open {
		if want(k) {
			found = append(found, k)
		}
	}
	return found
}

// revoked makes the account's streams ask the gate at once.
func (s *streams) revoked(id account.ID) {
	for _, k := range s.matching(func(k *stream) bool { return k.account == id }) {
		k.questions.Hurry()
	}
}

// hurry makes all streams ask the gate at once.
func (s *streams) hurry() {
	for _, k := range s.matching(func(*stream) bool { return true }) {
		k.questions.Hurry()
	}
}

// endSession cuts the session's streams.
func (s *streams) endSession(id account.SessionID) {
	for _, k := range s.matching(func(k *stream) bool { return k.session == id }) {
		k.cut()
	}
}

// shutdown ends all streams and waits for their goroutines; none begins after it.
func (s *streams) shutdown() {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	for _, k := range s.matching(func(*stream) bool { return true }) {
		k.cut()
	}
	s.done.Wait()
}

// body is a long answer: size bytes that write sends through the wire. may is
// asked again and again; its error cuts the answer. done is called at the end, in
// any case, also when the answer never begins.
type body struct {
	size  int64
	write func(context.Context, *gate.Wire) error
	may   func(context.Context) error
	done  func()
}

// send makes b the answer's body. It returns at once; b is written by a
// goroutine of its own, which looks at no part of the request: fasthttp gives
// its buffers to somebody else before they are through.
func (s *streams) send(q *request, b body) error {
	ctx, cancel := context.WithCancel(context.Background())
	k := &stream{
		session: q.caller.Session, account: cmp.Or(q.caller.Account, q.guest.Maker), conn: q.Context().Conn(), cancel: cancel,
		questions: gate.NewQuestions(),
	}
	if !s.add(k) {
		cancel()
		b.done()
		return unavailable()
	}
	var tasks sync.WaitGroup
	tasks.Add(1)
	owner := q.conn
	if fault.On {
		owner = fault.Swap(fault.WireSession, k.session.String(), owner)
	}
	reader := fasthttp.NewStreamReader(func(w *bufio.Writer) {
		defer tasks.Done()
		defer s.recovered(k) // no middleware reaches this goroutine (F8)
		wire := owner.Wire(k.session, flushed{w})
		defer wire.End()
		if err := b.write(ctx, wire); err != nil {
			s.log.Debug("a stream ended early", "err", err)
			k.cut()
		}
	})
	tasks.Go(func() {
		defer s.recovered(k)
		s.ask(ctx, k, b.may)
	})
	q.Context().Response.SetBodyStream(&bodyReader{
		ReadCloser: reader, conn: k.conn, clock: s.clock,
		end: sync.OnceFunc(func() {
			cancel()
			tasks.Wait()
			b.done()
			s.remove(k)
		}),
	}, streamSize(b.size))
	return nil
}

// bodyReader is the end of a body from which fasthttp copies to the connection.
// The stream lasts until fasthttp is through with it, for what lies in between
// is not sent yet.
type bodyReader struct {
	io.ReadCloser
	conn  net.Conn
	clock clock.Clock
	end   func()
}

// Read moves the write deadline before each write to the connection: fasthttp's
// own counts from the answer's begin and would cut a healthy one, or let a
// client that reads nothing hold it for ever (F10).
func (b *bodyReader) Read(p []byte) (int, error) {
	if err := b.conn.SetWriteDeadline(b.clock.Now().Add(progressTimeout)); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p)
}

// Close ends the stream and waits for its goroutines; fasthttp calls it at the
// end and when the client is gone.
func (b *bodyReader) Close() error {
	err := b.ReadCloser.Close()
	b.end()
	return err
}

// flushed hands every piece on at once, in chunks.
type flushed struct{ to *bufio.Writer }

// Write passes b on.
func (f flushed) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		m, err := f.to.Write(b[:min(len(b), chunk)])
		n += m
		if err != nil {
			return n, err
		}
		if err := f.to.Flush(); err != nil {
			return n, err
		}
		b = b[m:]
	}
	return n, nil
}

// streamSize is fasthttp's size of a stream: an int. What does not fit, on a
// 32-bit board, goes out in chunks without a length.
func streamSize(n int64) int {
	if n > math.MaxInt {
		return -1
	}
	return int(n)
}

func (s *streams) recovered(k *stream) {
	if e := recover(); e != nil {
		reportPanic(s.log, e)
		k.cut()
	}
}

// ask cuts the stream when the gate does not say Yes any more. It does not
// write, so no slow client holds it up.
func (s *streams) ask(ctx context.Context, k *stream, may func(context.Context) error) {
	for asking := range k.questions.Each(ctx) {
		if may(asking) != nil && ctx.Err() == nil {
			k.cut()
			return
		}
	}
}
