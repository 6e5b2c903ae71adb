package recorder

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
)

const (
	// stall ends a file when nothing came for so long: a camera that is away.
	// Shorter gaps stay gaps inside the file.
	stall = 5 * time.Second
	// startSpace is what must be free to start a file: some seconds of a clip,
	// so that a full disk does not fill up with empty ones. In bytes.
	startSpace = 8 << 20
	// leastSpace is how much stays free of a disk that is recorded to, in bytes: for what has to be
	// written before a clip goes, if the index is there, and for the ends of files.
	leastSpace = startSpace / 2
)

var (
	errFull  = errors.New("recorder: disk is full")
	errNoKey = errors.New("recorder: no key for the camera's run")
	// errSource says that the camera's units cannot be read, errSilent that none
	// came for the time of stall.
	errSource = errors.New("recorder: reading the camera")
	errSilent = fmt.Errorf("recorder: no picture from the camera for %v", stall)
)

// take is the recording of one event, or of one stretch: attempts to read the source, files, and
// what belongs to them. All of its state dies with the event.
type take struct {
	c       *camera
	event   media.EventID // that it records; zero of a stretch
	stretch bool
	asks    media.StreamID // the one that is to be read
	stream  media.StreamID // that is read: what is here is of it
	told    media.Config   // of the run below; none before the first
	config  media.Config   // what is recorded of it
	silent  bool           // that is without sound
	run     media.RunID
	joint   bool // the run is new, and none of its units was looked at
	part    *part
	parts   int
	turned  bool // the configuration changed since the last part started
	began   bool // a unit was recorded: run and seq below are the newest's
	last    media.Unit
	read    place     // the newest picture that was read, recorded or not
	fresh   bool      // the reader is new
	heard   time.Time // when a unit last came, or was dealt with
	course  course
	opener  *seal.Opener
	buf     []byte
	sent    media.Unit // the newest configuration that was read
	notes   []note     // of this event, for the files
	said    spoken     // all of them together, for the index
	naps    naps
	over    bool // the machine slept: the event ended before

	snapshots chan media.Unit
	asking    sync.WaitGroup
	asked     bool
	picture   media.Unit // the camera's answer, until there is a file of its epoch

	most    int // that the best picture of a file so far shows
	frames  chan framed
	framing bool // a small picture was asked for
}

func newTake(c *camera, event media.EventID) *take {
	t := &take{c: c, event: event, naps: c.r.naps(), snapshots: make(chan media.Unit, 1), frames: make(chan framed, 1)}
	if !event.IsZero() { // what is recorded before it is of its own clock
		t.course = course{c.startOf(event), c.row(event).Start}
	}
	return t
}

// record runs attempts until the event is over or ctx ends, and ends the event.
func (t *take) record(ctx context.Context) {
	snapshots, cancel := context.WithCancel(ctx)
	defer t.asking.Wait()
	defer cancel()
	defer t.c.nudge() // lets go of the last wait
	t.attend()
	for ctx.Err() == nil {
		err := t.attempt(ctx, snapshots)
		t.endPart()
		if t.settle() {
			return
		}
		if ctx.Err() != nil {
			break
		}
		if !errors.Is(err, errDone) && !errors.Is(err, errOther) { // else a trigger came just in time
			t.c.trouble(err)
			t.pause(ctx)
		}
		t.attend()
	}
	if t.stretch {
		return
	}
	t.attend()
	row, _ := t.c.over(t.event, t.c.r.config.Clock.Now(), true, spoken{})
	t.c.putEvent(row, StoreKey{}, EventText{})
}

func (t *take) pause(ctx context.Context) {
	timer := time.NewTimer(backoff)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.c.wake:
	case <-ctx.Done():
	}
}

// errDone says that the event is over.
var errDone = errors.New("recorder: event is over")

// errOther says that another stream is to be recorded.
var errOther = errors.New("recorder: another stream is to be read")

// attempt reads the source until the event is over (errDone), the source ends
// or nothing can be made of it.
func (t *take) attempt(ctx, snapshots context.Context) error {
	reader, err := t.source()
	if err != nil {
		return fmt.Errorf("%w: %w", errSource, err)
	}
	left := false // to who records next
	defer func() { t.stopReading(reader, left) }()
	if reader.Camera() != t.c.id {
		t.c.r.config.Crossed(fault.FanOut, t.c.id)
		return fmt.Errorf("%w: %w", errSource, seal.ErrCrossed)
	}
	t.heard = t.c.r.config.Clock.Now()
	t.c.mu.Lock()
	t.c.reader = reader
	t.c.mu.Unlock()
	t.fresh = true
	for {
		u, err := t.next(ctx, reader)
		switch {
		case err == nil:
			err = t.unit(ctx, snapshots, u)
			t.heard = t.c.r.config.Clock.Now() // it is listened again
			left = errors.Is(err, errDone) && t.leave(reader, u)
		case errors.Is(err, media.ErrLagging):
			t.endPart()
			t.c.trouble(err)
			err = nil
		case ctx.Err() == nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
			err = t.idle(ctx, snapshots)
		default:
			err = fmt.Errorf("%w: %w", errSource, err)
		}
		if err != nil {
			return err
		}
	}
}

// least is how far back is read at least: who reads of the past may wait for the disk much
// longer than who reads of the present, whose units are no longer live.
const least = time.Millisecond

// preRoll is how far back to read a stream: before the event at first, of a stretch hardly at
// all, nor where another stream was recorded; then behind the last unit recorded, which is not
// recorded twice.
func (t *take) preRoll(s media.StreamID) time.Duration {
	if !t.began || s != t.stream {
		t.c.mu.Lock()
		defer t.c.mu.Unlock()
		if t.stretch || t.began {
			return least
		}
		if p := t.c.formerOf(t.event); p != nil {
			return max(p.pre+t.c.r.config.Clock.Now().Sub(p.start), least)
		}
		return max(t.c.now.pre+t.c.now.late, least)
	}
	away := t.c.r.config.Clock.Now().Sub(t.last.Received)
	return min(max(away, least), max(t.c.r.config.PreRoll, least))
}

// next waits for a unit, at most a tick or until somebody calls nudge.
func (t *take) next(ctx context.Context, reader media.Reader) (media.Unit, error) {
	t.c.mu.Lock()
	if t.c.wait == nil || t.c.wait.Err() != nil {
		if t.c.interrupt != nil {
			t.c.interrupt()
		}
		t.c.wait, t.c.interrupt = context.WithTimeout(ctx, tick)
	}
	wait := t.c.wait
	t.c.waits = true
	t.c.mu.Unlock()
	u, err := reader.Next(wait)
	t.c.mu.Lock()
	t.c.waits = false
	t.c.mu.Unlock()
	return u, err
}

// attend writes down new triggers, which are no stretch's.
func (t *take) attend() {
	if t.stretch {
		return
	}
	for _, n := range t.c.taken(t.event) {
		if n.began {
			t.notes, t.said, t.most = nil, spoken{}, 0
			t.c.putEvent(n.row, StoreKey{}, EventText{})
		}
		note := t.note(n)
		if !note.IsZero() && (n.seen == nil || t.takes(note)) {
			t.said.add(note)
			t.c.putEvent(n.row, t.said.key, t.said.text)
		}
		if n.ended {
			continue
		}
		t.notes = append(t.notes, note)
		if t.part != nil && t.part.row.Event == n.event {
			t.wrote(t.part.note(note.in(t.part.row.KID)))
		}
	}
}

// idle is a look around while no unit comes.
func (t *take) idle(ctx, snapshots context.Context) error {
	t.attend()
	if t.slept() {
		return errDone
	}
	t.takeSnapshot(ctx)
	t.takeFrame(snapshots)
	now := t.c.r.config.Clock.Now()
	since := now
	if !t.began {
		since = now.Add(-tick) // what it begins with may be on its way
	}
	if t.isOver(since) && !t.handsOn() {
		return errDone
	}
	if (t.part != nil || t.stretch) && now.Sub(t.heard) > stall {
		t.endPart()
		t.c.trouble(errSilent)
	}
	return nil
}

func (t *take) isOver(now time.Time) bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	switch {
	case t.stretch:
		// What waited for the disk belongs to the stretch up to where the event reaches back.
		return !t.c.now.event.IsZero() && !now.Before(t.c.now.start.Add(-t.c.now.pre)) || !t.c.plan.Mode.Continuous()
	case t.c.plan.Mode == media.ModeOff:
		return true
	}
	if p := t.c.formerOf(t.event); p != nil {
		return !t.c.unsaid(t.event) && !now.Before(p.until)
	}
	return !t.c.unsaid(t.event) && t.c.now.over(now, t.c.postRoll)
}
