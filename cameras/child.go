package cameras

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/cage"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

const (
	// helloWithin bounds the start of a worker, on a busy small board.
	helloWithin = 10 * time.Second
	// silentFor ends a worker that shows no sign of life.
	silentFor = 5 * wire.AlivePeriod
	// tellWithin bounds a write to a worker that does not read.
	tellWithin = 2 * time.Second
	// stopWithin is how long a worker may take to say goodbye to its camera.
	stopWithin = time.Second
	// rekeyAfter is the life of a run (VAULT §2).
	rekeyAfter = 24 * time.Hour
	// snapshotWithin is above what the worker allows itself.
	snapshotWithin = 25 * time.Second
	// frameWithin is above how far apart cameras send pictures that stand alone.
	frameWithin = 20 * time.Second
	maxPictures = 4

	identities = 8 // waiting to be judged; and digests, to be stored

	// A worker that works says less than five things a second beside its media:
	// states, counts, events. One that says more is listened to more slowly.
	talkAtOnce = 100
	talkEvery  = 50 * time.Millisecond
)

// child is one worker process, its socket, and what it has been told.
type child struct {
	m       *minder
	access  Access
	targets targets
	process *cage.Child
	conn    net.Conn
	said    *cage.Tail
	began   time.Time
	started chan struct{}   // closed when the worker has its start
	exited  <-chan struct{} // closed when the process is gone

	tuned   chan struct{} // holds a token when what to look for changed
	judge   chan wire.Identity
	digests chan media.StreamID // that asked for one
	talk    bucket              // of intake

	voices voices

	orders orders

	ordering sync.Mutex // held while a new run is told: runs are told in the order given out

	mu       sync.Mutex // guards following
	guard    wire.Guard
	accepted [media.StreamCamera + 1]bool // the device behind the stream is the right one
	pending  map[media.RunID]pendingRun
	pictures map[uint32]chan picture
	number   uint32
	moving   bool       // motion was found, and its end not yet
	loud     bool       // likewise a sound
	heat     media.Unit // where it moved last; zero before it was told
	warmed   time.Time  // when the worker was last told that somebody looks
	gone     bool
	outlived bool // it was to seal under another run, and did not
}

type pendingRun struct {
	run  seal.Run
	done chan struct{}
}

type picture struct {
	unit media.Unit
	at   time.Time // of a small one: when it came
	err  error
}

// startChild starts the process.
func startChild(m *minder, a Access, t targets, key seal.RunKey) (*child, error) {
	said := &cage.Tail{}
	process, err := cage.Start(m.f.cfg.Command(), said)
	if err != nil {
		return nil, fmt.Errorf("cameras: starting a camera worker: %w", err)
	}
	c := &child{
		m: m, access: a, targets: t, process: process, conn: process.Conn, said: said,
		started: make(chan struct{}), exited: process.Exited, began: m.f.cfg.Clock.Now(), tuned: make(chan struct{}, 1), judge: make(chan wire.Identity, identities), digests: make(chan media.StreamID, identities),
		talk:    bucket{size: talkAtOnce, every: talkEvery},
		pending: map[media.RunID]pendingRun{}, pictures: map[uint32]chan picture{},
	}
	c.guard.AddRun(key.Run())
	return c, nil
}

// supervise lives as long as the process. replaced reports that its end was
// asked for by a changed or moved camera.
func (c *child) supervise(ctx context.Context, key seal.RunKey) (replaced bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	read := make(chan error, 1)
	wg.Go(func() { read <- c.intake(key) })
	wg.Go(func() { c.judgeAll(ctx) })
	wg.Go(func() { c.tune(ctx) })
	rekey := time.NewTimer(rekeyAfter)
	defer rekey.Stop()
	var moved <-chan time.Time
	if c.targets.named {
		t := time.NewTicker(resolveAgain)
		defer t.Stop()
		moved = t.C
	}
	weighed := time.NewTicker(weighEvery)
	defer weighed.Stop()
	for done := false; !done; {
		select {
		case <-ctx.Done():
			done, err = true, ctx.Err()
		case <-weighed.C:
			if n := weigh(c.process.PID()); n > mostWeight {
				done, err = true, fmt.Errorf("cameras: the camera worker holds %d MiB of memory", n>>20)
			}
		case <-c.m.changed:
			done, replaced = true, true
		case err = <-read:
			done, err = true, c.why(err)
		case <-moved:
			done = c.moved(ctx)
			replaced = done
		case <-rekey.C:
			wg.Go(func() {
				if err := c.renew(ctx); err != nil && ctx.Err() == nil {
					c.m.log.Error("daily change of the run key failed; the worker is restarted", "error", err)
				}
			})
			rekey.Reset(rekeyAfter)
		}
	}
	c.end()
	cancel()
	wg.Wait()
	c.calm()
	if said := lastWords(c.said.Line(), c.access.Username, c.access.Password); said != "" {
		err = fmt.Errorf("%w: %s", err, said)
	}
	return replaced, err
}

// end stops the process and waits for it.
func (c *child) end() {
	c.mu.Lock()
	c.gone = true
	for n, p := range c.pictures {
		p <- picture{err: ErrNotRunning}
		delete(c.pictures, n)
	}
	c.mu.Unlock()
	_ = c.tell(wire.TypeStop, nil) // the closed socket says the same
	c.process.End(stopWithin)
}

// moved reports whether the camera's name leads elsewhere since it cannot be
// reached.
func (c *child) moved(ctx context.Context) bool {
	c.m.mu.Lock()
	lost := c.m.meters[0].status.State == Unreachable
	c.m.mu.Unlock()
	if !lost {
		return false
	}
	t, fault := resolve(ctx, c.access)
	return fault == "" && t != c.targets
}

func (c *child) tell(t wire.Type, v any) error {
	if err := c.conn.SetWriteDeadline(clock.System{}.Now().Add(tellWithin)); err != nil {
		return err
	}
	return wire.Send(c.conn, t, v)
}

func (c *child) tellBytes(t wire.Type, body []byte) error {
	if err := c.conn.SetWriteDeadline(clock.System{}.Now().Add(tellWithin)); err != nil {
		return err
	}
	return wire.SendBytes(c.conn, t, body)
}

// ready waits until the worker may be told more than its start.
func (c *child) ready(ctx context.Context) error {
	select {
	case <-c.started:
		return nil
	case <-c.exited:
		return ErrNotRunning
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *child) snapshot(ctx context.Context) (media.Unit, error) {
	p, err := c.picture(ctx, snapshotWithin, func(n uint32) error {
		return c.tell(wire.TypeSnapshot, wire.Request{Number: n})
	})
	return p.unit, err
}

// frame asks for a small picture of the first that stands alone since a time, or for both sizes.
func (c *child) frame(ctx context.Context, since time.Time, large bool) (time.Time, media.Unit, error) {
	p, err := c.picture(ctx, frameWithin, func(n uint32) error {
		return c.tell(wire.TypeFrame, wire.Wanted{Number: n, AgoMS: c.m.f.cfg.Clock.Now().Sub(since).Milliseconds(), Large: large})
	})
	return p.at, p.unit, err
}

// picture asks for one, with a number, and waits for the answer.
func (c *child) picture(ctx context.Context, within time.Duration, ask func(n uint32) error) (picture, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := c.ready(ctx); err != nil {
		return picture{}, err
	}
	answer := make(chan picture, 1)
	c.mu.Lock()
	if c.gone || len(c.pictures) >= maxPictures {
		c.mu.Unlock()
		return picture{}, ErrNotRunning
	}
	c.number++
	n := c.number
	c.pictures[n] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.pictures, n)
		c.mu.Unlock()
	}()
	if ask(n) != nil {
		return picture{}, ErrNotRunning
	}
	select {
	case p := <-answer:
		return p, p.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return picture{}, ErrNoSnapshot
		}
		return picture{}, ctx.Err()
	}
}
