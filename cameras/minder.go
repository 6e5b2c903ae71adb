package cameras

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/internal/fanout"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

const (
	// A worker that ends is replaced soon, one that keeps ending every second.
	restartSoon  = 200 * time.Millisecond
	restartLate  = time.Second
	restartCalm  = 10 * time.Second // a life that counts as one
	keepRuns     = 4
	resolveAgain = 10 * time.Second

	// A camera that comes and goes all day long does not fill the log.
	logAtOnce = 20
	logEvery  = 10 * time.Second
)

// minder is the restarting shell around one camera's mortal workers. The
// fan-outs and the status outlive them.
type minder struct {
	f    *Fleet
	id   media.CameraID
	log  *slog.Logger
	main *fanout.Stream
	sub  *fanout.Stream

	cancel  context.CancelFunc // guarded by Fleet.mu
	changed chan struct{}      // holds a token when Access changed

	judging sync.Mutex // one identity after the other, so that one pin is learned

	mu      sync.Mutex // guards following
	camera  Camera
	child   *child
	drawing bool       // a run is drawn for a child that is not there yet
	runs    []seal.Run // the last ones, the current one last
	status  Status     // what is not of its streams
	meters  [2]meter
	talk    bucket // of the log
	workers string // warning of the worker
	pinless string // warning of the pin
	// stranger is what the device that is refused now would be recognised by.
	stranger Pin
}

func newMinder(f *Fleet, c Camera) *minder {
	now := f.cfg.Clock.Now()
	m := &minder{
		f: f, id: c.ID, camera: c, changed: make(chan struct{}, 1),
		log:  f.cfg.Log.With("camera", c.ID.String()),
		main: fanout.New(c.ID, c.PreRoll, f.waiting), sub: fanout.New(c.ID, c.PreRoll, f.waiting),
		meters: [2]meter{newMeter(media.StreamMain, now), newMeter(media.StreamSub, now)},
		talk:   bucket{size: logAtOnce, every: logEvery},
	}
	m.camera.Motion, m.camera.Sound = m.usable(c.Motion), m.audible(c.Sound)
	return m
}

// set changes the camera; what was learned and the caller does not know yet is
// kept.
func (m *minder) set(c Camera) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.camera
	if c.Access.Pin.IsZero() && c.Access.Main == old.Access.Main && c.Access.ONVIF == old.Access.ONVIF {
		c.Access.Pin = old.Access.Pin
	}
	c.Access.Digest.Main = c.Access.Digest.Main || c.Access.Main == old.Access.Main && old.Access.Digest.Main
	c.Access.Digest.Sub = c.Access.Digest.Sub || c.Access.Sub == old.Access.Sub && old.Access.Digest.Sub
	if c.Access.MAC == "" {
		c.Access.MAC = old.Access.MAC
	}
	m.setMotion(m.usable(c.Motion))
	m.setSound(m.audible(c.Sound))
	c.Motion, c.Sound = m.camera.Motion, m.camera.Sound
	// No worker is told what only says where to look.
	m.camera, m.stranger = c, Pin{}
	m.main.SetPreRoll(c.PreRoll)
	m.sub.SetPreRoll(c.PreRoll)
	was := old.Access
	was.Pin, was.Digest, was.MAC, was.UUID, was.NotAt = c.Access.Pin, c.Access.Digest, c.Access.MAC, c.Access.UUID, c.Access.NotAt
	if was != c.Access || !old.Access.Pin.IsZero() && old.Access.Pin != c.Access.Pin || old.Private != c.Private {
		m.nudge()
	}
}

// talks says whether the log takes another line about the camera now.
func (m *minder) talks() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.talk.take(m.f.cfg.Clock.Now())
}

// close ends the readers.
func (m *minder) close() {
	m.main.Close()
	m.sub.Close()
}

func (m *minder) fanout(s media.StreamID) *fanout.Stream {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case s == media.StreamMain:
		return m.main
	case s == media.StreamSub && m.camera.Access.Sub != "":
		return m.sub
	}
	return nil
}

func (m *minder) currentChild() *child {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.child
}

func (m *minder) access() Access {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.camera.Access
}

// run replaces worker by worker until the context ends.
func (m *minder) run(ctx context.Context) {
	m.f.slot(ctx)
	wait := restartSoon
	for ctx.Err() == nil {
		select {
		case <-m.changed: // the attempt reads the newest
		default:
		}
		if m.private() {
			m.hide(ctx)
			continue
		}
		began := m.f.cfg.Clock.Now()
		replaced, err := m.attempt(ctx)
		if ctx.Err() != nil {
			return
		}
		if replaced {
			wait = restartSoon
			continue
		}
		m.log.Warn("camera worker ended", "error", err)
		if m.f.cfg.Clock.Now().Sub(began) > restartCalm {
			wait = restartSoon
		}
		m.restarting(wait, err)
		clock.Pause(ctx, wait)
		wait = min(2*wait, restartLate)
	}
}

func (m *minder) private() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.camera.Private
}

// hide is the life of a camera that is off the air, until it is changed.
func (m *minder) hide(ctx context.Context) {
	m.main.Clear()
	m.sub.Clear()
	m.reportAll(wire.State{Code: string(Private)})
	for m.private() {
		select {
		case <-m.changed:
		case <-ctx.Done():
			return
		}
	}
	m.reportAll(wire.State{Code: wire.Connecting})
}

// attempt is the life of one worker. replaced reports an end that somebody
// asked for.
func (m *minder) attempt(ctx context.Context) (replaced bool, err error) {
	a := m.access()
	if fault.On {
		a = fault.Swap(fault.CameraAccess, m.id.String(), a)
	}
	if a.Camera != m.id {
		return false, m.crossed(fault.CameraAccess)
	}
	targets, problem := resolve(ctx, a)
	if problem != "" {
		m.reportAll(wire.State{Code: wire.Unreachable, Message: problem, RetryMS: restartLate.Milliseconds()})
		select {
		case <-m.changed:
		case <-ctx.Done():
		case <-time.After(restartLate):
		}
		return true, nil
	}
	m.draws(true)
	defer m.draws(false) // of an attempt that came to nothing
	run, key, err := m.newRun(ctx)
	if err != nil {
		return false, err
	}
	c, err := startChild(m, a, targets, key)
	if err != nil {
		return false, err
	}
	m.adopt(c, run)
	m.f.cfg.RunStarted(run, key.Opener)
	replaced, err = c.supervise(ctx, key)
	m.abandon()
	return replaced, err
}

// newRun draws the next run key, which must be of this camera.
func (m *minder) newRun(ctx context.Context) (seal.Run, seal.RunKey, error) {
	run, key, err := m.f.cfg.NewRun(ctx, m.id)
	if err != nil {
		return run, key, err
	}
	if fault.On {
		run = fault.Swap(fault.WorkerSpawn, m.id.String(), run)
	}
	if run.Camera != m.id || key.Camera() != m.id || key.Run() != run.ID {
		return seal.Run{}, seal.RunKey{}, m.crossed(fault.WorkerSpawn)
	}
	return run, key, nil
}

// crossed reports that something of another camera was refused.
func (m *minder) crossed(site fault.Site) error {
	m.f.cfg.Crossed(site, m.id)
	return fmt.Errorf("cameras: %s: %w", site, seal.ErrCrossed)
}

func (m *minder) adopt(c *child, run seal.Run) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.child, m.drawing = c, false
	m.status.Worker = c.process.PID()
	m.addRun(run)
}

// addRun makes run the current one; m.mu is held.
func (m *minder) addRun(run seal.Run) {
	m.runs = append(m.runs, run)
	if len(m.runs) > keepRuns {
		m.runs = append([]seal.Run(nil), m.runs[len(m.runs)-keepRuns:]...)
	}
}

func (m *minder) abandon() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.child, m.status.Worker = nil, 0
	m.workers = "" // the next one tells what it warns of, and not what it does not
	for i := range m.meters {
		m.meters[i].left()
	}
}

func (m *minder) restarting(wait time.Duration, err error) {
	message := "The camera's worker ended and is being restarted."
	if errors.Is(err, errOutlived) {
		message = "The camera's keys changed and its worker did not take the new ones: it was ended and is being restarted."
	}
	m.reportAll(wire.State{Code: wire.Connecting, Message: message, RetryMS: wait.Milliseconds()})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status.Restarts++
}
