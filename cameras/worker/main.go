package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/cage"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

const pinSerial, pinTLS = "serial", "tls" // equal to those of package cameras

// verdictWithin bounds the wait for the hub's word on an identity; storing a
// first pin may wait for the hub's database.
const verdictWithin = 15 * time.Second

// Main is the whole child process: it enters the cage, says hello on file
// descriptor 3, and works until the hub says stop or closes the socket, which
// is no error.
func Main() error {
	conn, err := cage.Hub()
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	defer conn.Close()
	lacking, err := cage.Enter(limits())
	if err != nil {
		return fmt.Errorf("worker: entering the cage: %w", err)
	}
	return serve(conn, clock.System{}, lacking)
}

// serve is Main from the hello on; it returns when all goroutines have.
func serve(conn net.Conn, clk clock.Clock, lacking string) error {
	if err := wire.Greet(conn, lacking); err != nil {
		return nil // the hub is gone
	}
	r := wire.NewReader(conn)
	t, body, err := r.Next()
	if err != nil {
		return nil
	}
	if t != wire.TypeStart {
		return errors.New("worker: the hub did not begin with a start")
	}
	start, err := wire.Parse[wire.Start](body)
	if err != nil || start.Version != wire.Version {
		return errors.New("worker: the hub's start is of another version")
	}
	key, err := start.Run.RunKey(start.Hub, start.Camera)
	if err != nil {
		return err
	}
	began := clk.Now()
	w := &worker{clock: clk, start: start, warnings: map[media.StreamID]string{}, verdicts: map[media.StreamID]chan wire.Verdict{}, digests: askedBefore(start)}
	w.now = func() time.Duration { return clk.Now().Sub(began) + epoch }
	w.out = newOutbox(conn, key, w.now)
	w.door = newDoor(w.now, start)
	w.clockThere = newDeviceClock()
	w.eye.w = w
	if err := w.eye.want(start.Motion); err != nil {
		return err
	}
	w.hearing.w = w
	if err := w.hearing.want(start.Sound); err != nil {
		return err
	}
	w.start.Run.Key = nil
	w.bySerial.Store(start.PinKind == pinSerial)
	return w.run(r)
}

// worker is one camera's child process.
type worker struct {
	clock clock.Clock
	now   func() time.Duration // since the start, plus epoch
	start wire.Start
	out   *outbox
	door  *door

	eye     eye
	hearing hearing
	device  *device
	// clockThere is the camera's.
	clockThere deviceClock
	mouth      *mouth
	verdicts   map[media.StreamID]chan wire.Verdict // filled before the goroutines start

	met atomic.Bool // the hub has recognised whoever answered
	// bySerial says that the hub recognises the camera by its serial number: by Start's
	// pin, or one that it learned since.
	bySerial atomic.Bool

	mu       sync.Mutex // guards following
	warnings map[media.StreamID]string
	warned   string
	digests  map[string]bool // addresses that once offered one
}

func (w *worker) run(r *wire.Reader) error {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	w.device = newDevice(w)
	w.verdicts[media.StreamCamera] = w.device.verdicts
	streams := []*stream{newStream(w, media.StreamMain, w.start.Main)}
	w.eye.open(!w.start.Sub.IsZero(), w.now())
	if !w.start.Sub.IsZero() {
		streams = append(streams, newStream(w, media.StreamSub, w.start.Sub))
	}
	for _, s := range streams {
		w.verdicts[s.id] = s.verdicts
		wg.Go(func() { s.run(ctx) })
	}
	w.mouth = newMouth(w, streams[0])
	wg.Go(func() { w.mouth.run(ctx) })
	wg.Go(func() { w.device.run(ctx) })
	wg.Go(func() { w.eye.run(ctx) })
	wg.Go(func() { w.alive(ctx) })
	wg.Go(func() { w.count(ctx, streams) })
	err := w.listen(r)
	// A blocked write must not keep the streams from seeing the end.
	w.out.conn.Close()
	return err
}

// alive shows the hub that this process still turns.
func (w *worker) alive(ctx context.Context) {
	t := time.NewTicker(wire.AlivePeriod)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			w.tell(wire.TypeAlive, nil)
		case <-ctx.Done():
			return
		}
	}
}

// listen obeys the hub until it says stop or is gone.
func (w *worker) listen(r *wire.Reader) error {
	for {
		t, body, err := r.Next()
		if errors.Is(err, wire.ErrProtocol) {
			return err
		}
		if err != nil || t == wire.TypeStop {
			return nil
		}
		if err := w.obey(t, body); errors.Is(err, errGone) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// errGone says that the hub is.
var errGone = errors.New("worker: the hub is gone")

// obey does what one message of the hub says.
func (w *worker) obey(t wire.Type, body []byte) error {
	switch t {
	case wire.TypeRekey:
		return meant(body, w.rekey)
	case wire.TypeSnapshot:
		return meant(body, func(q wire.Request) error {
			w.device.request(q.Number)
			return nil
		})
	case wire.TypeFrame:
		return meant(body, func(q wire.Wanted) error {
			w.eye.frame(q)
			return nil
		})
	case wire.TypeOrder:
		return meant(body, func(o wire.Order) error {
			if err := o.Order.Check(); err != nil {
				return err
			}
			w.device.hands.ask(o)
			return nil
		})
	case wire.TypeMotion:
		return meant(body, w.eye.want)
	case wire.TypeHeat:
		w.eye.warm()
		return nil
	case wire.TypeSound:
		return meant(body, w.hearing.want)
	case wire.TypeVerdict:
		return meant(body, w.judged)
	case wire.TypeTalk, wire.TypeTalkSound, wire.TypeTalkOver:
		return w.mouth.hear(t, body)
	}
	return fmt.Errorf("worker: the hub sent a frame of type %d: %w", t, wire.ErrProtocol)
}

// meant hands on what a message holds.
func meant[T any](body []byte, to func(T) error) error {
	v, err := wire.Parse[T](body)
	if err != nil {
		return err
	}
	return to(v)
}

// rekey seals all that follows under another run's key.
func (w *worker) rekey(run wire.Run) error {
	key, err := run.RunKey(w.start.Hub, w.start.Camera)
	if err != nil {
		return err
	}
	if w.out.rekey(key) != nil {
		return errGone
	}
	return nil
}

// judged hands the hub's word about an identity to the connection that waits for it.
func (w *worker) judged(v wire.Verdict) error {
	c := w.verdicts[v.Stream]
	if v.Talk {
		c = w.mouth.stream.verdicts
	}
	select {
	case c <- v:
	default: // nobody asked, or there is no such stream
	}
	return nil
}

// tell sends a control message; a lost hub is noticed by listen.
func (w *worker) tell(t wire.Type, v any) { _ = w.out.tell(t, v) }

// warn sets one stream's warning, "" for none.
func (w *worker) warn(s media.StreamID, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.warnings[s] = text
	all := ""
	for _, s := range []media.StreamID{media.StreamMain, media.StreamSub, media.StreamCamera, ofEye, ofHearing} {
		if t := w.warnings[s]; t != "" && all != "" {
			all += " " + t
		} else if t != "" {
			all = t
		}
	}
	if all != w.warned {
		w.warned = all
		w.tell(wire.TypeWarning, wire.Warning{Text: all})
	}
}

// beside reports whether an address is of the main stream's host, as the hub resolved
// both: what the camera is recognised by says nothing of any other host.
func (w *worker) beside(to wire.Target) bool {
	mainHost, _, err := net.SplitHostPort(w.start.Main.Dial)
	host, _, err2 := net.SplitHostPort(to.Dial)
	return err == nil && err2 == nil && mainHost == host
}

func anotherDevice() *failure {
	return failed(wire.AnotherDevice, "Another device answers at this address. Nothing of it is shown or recorded.")
}

// refusedAs is the hub's refusal of a device.
func refusedAs(v wire.Verdict) *failure {
	f := failed(wire.AnotherDevice, "%s", v.Reason)
	if v.Rare {
		f.wait = retryRarely
	}
	return f
}

// identify compares what a connection found out with the pin, tells the hub,
// and waits for the hub's own comparison.
func (w *worker) identify(ctx context.Context, verdicts chan wire.Verdict, id wire.Identity) error {
	if w.start.PinKind == pinSerial && w.start.Pin != id.Serial || w.start.PinKind == pinTLS && id.TLS != "" && w.start.Pin != id.TLS {
		if err := w.out.tell(wire.TypeIdentity, id); err != nil { // for the owner, whatever the hub answers
			return io.ErrClosedPipe
		}
		return anotherDevice()
	}
	select {
	case <-verdicts: // of a connection that did not wait for it
	default:
	}
	if err := w.out.tell(wire.TypeIdentity, id); err != nil {
		return io.ErrClosedPipe
	}
	select {
	case v := <-verdicts:
		w.bySerial.Store(v.Serial)
		if !v.OK && v.Reason != "" {
			return refusedAs(v)
		}
		if !v.OK {
			return anotherDevice()
		}
		return nil
	case <-time.After(verdictWithin):
		return failed(wire.Unreachable, "The hub is too busy to check which device answers.")
	case <-ctx.Done():
		return ctx.Err()
	}
}
