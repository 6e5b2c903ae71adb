package recorder

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/seal"
)

const (
	// stall ends a file when nothing came for so long: a camera that is away.
	// Shorter gaps stay gaps inside the file.
	stall = 5 * time.Second
	// startSpace is what must be free to start a file: some seconds of a clip,
	// so that a full disk does not fill up with empty ones. In bytes.
	startSpace = 8 << 20
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
	notes   []note // of this event, for the files
	said    spoken // all of them together, for the index

	snapshots chan media.Unit
	asking    sync.WaitGroup
	asked     bool
	picture   media.Unit // the camera's answer, until there is a file of its epoch

	most    int // that the best picture of a file so far shows
	frames  chan framed
	framing bool // a small picture was asked for
}

func newTake(c *camera, event media.EventID) *take {
	return &take{c: c, event: event, snapshots: make(chan media.Unit, 1), frames: make(chan framed, 1)}
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
	defer t.stopReading(reader)
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

// open opens a unit into the take's buffer, valid until the next one.
func (t *take) open(u media.Unit) (media.AccessUnit, error) {
	if t.opener == nil || t.opener.Run() != u.Run {
		if t.opener = t.c.opener(u.Run); t.opener == nil {
			return media.AccessUnit{}, errNoKey
		}
	}
	au, buf, err := t.opener.Open(t.buf[:0], u)
	t.buf = buf
	return au, err
}

// idle is a look around while no unit comes.
func (t *take) idle(ctx, snapshots context.Context) error {
	t.attend()
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
		return !t.c.now.event.IsZero() || !t.c.plan.Mode.Continuous()
	case t.c.plan.Mode == media.ModeOff:
		return true
	}
	if p := t.c.formerOf(t.event); p != nil {
		return !t.c.unsaid(t.event) && !now.Before(p.until)
	}
	return !t.c.unsaid(t.event) && t.c.now.over(now, t.c.postRoll)
}

// unit records one unit of the stream.
func (t *take) unit(ctx, snapshots context.Context, u media.Unit) error {
	t.attend()
	alone := u.Type == media.UnitVideo && u.Sync
	if t.isOver(u.Received) && (alone || !t.handsOn()) {
		return errDone
	}
	if u.Type == media.UnitConfig {
		return t.configure(ctx, u)
	}
	if u.Type != media.UnitVideo && u.Type != media.UnitAudio || u.Run != t.run || t.recorded(u) || t.unwanted(u) {
		return nil
	}
	kept := false
	if u.Type == media.UnitVideo {
		missed := t.missed(u)
		defer func() {
			if !kept {
				missed++
			}
			t.c.drops(missed)
		}()
	}
	if alone {
		t.hush()
		if t.turns(u) {
			return errOther
		}
	}
	if t.joint && !t.follows(u) || t.part != nil && !t.c.fits(u, t.part.row.KID) {
		t.endPart()
	}
	t.joint = false
	if t.part != nil && (t.part.rolls(u) || t.part.file.Left() || alone && t.part.d != t.c.disk()) {
		t.endPart()
	}
	if t.part == nil {
		if !alone || t.c.fits(u, t.c.sealed) && !t.c.mayStart(t.turned) {
			return nil
		}
		if err := t.startPart(ctx, snapshots, u); err != nil {
			return err
		}
	}
	au, err := t.open(u)
	if err != nil { // a hole: go on at the next IDR
		t.endPart()
		return err
	}
	t.began, t.last = true, media.Unit{Run: u.Run, Stream: u.Stream, Track: u.Track, Seq: u.Seq, DTS: u.DTS, Received: u.Received}
	t.takeSnapshot(ctx)
	t.takeFrame(snapshots)
	if t.part == nil {
		return nil
	}
	kept, err = t.part.add(au)
	if kept = t.wrote(err) && kept; kept && u.Type == media.UnitVideo {
		at, _ := t.at(u)
		t.c.cover.wrote(pictured{u.Run, at}, u.Received)
	}
	return nil
}

// recorded says whether u was recorded before: the source is read again from a
// little earlier.
func (t *take) recorded(u media.Unit) bool {
	if !t.began || u.Run != t.last.Run {
		return t.began && u.Received.Before(t.last.Received)
	}
	return u.Seq <= t.last.Seq
}

// startPart starts the next file of the event with the IDR u.
func (t *take) startPart(ctx, snapshots context.Context, u media.Unit) error {
	key, err := t.c.key(u)
	if err != nil {
		return err
	}
	start := t.course.of(u.Received, t.c.r.dates.of(u.Received), t.stretch)
	row := ClipRow{Camera: t.c.id, Event: t.event, Part: t.parts, Start: start}
	if t.stretch {
		row.Event, row.Part, row.Stretch, row.Beside = media.NewEventID(), 0, true, t.c.isBeside()
	}
	part, err := t.c.openPart(row, key, t.config, u)
	if err != nil {
		return err
	}
	t.part, t.parts, t.turned = part, t.parts+1, false
	t.c.started(key.KID)
	t.c.begins(part.began)
	t.c.trouble(nil)
	t.c.report(func(s *Status) { s.Recording, s.Clip, s.Durable = true, part.row.Clip, part.writer.Durable() })
	for _, n := range t.notes {
		if !t.wrote(part.note(n.in(key.KID))) {
			return nil
		}
	}
	t.askSnapshot(snapshots)
	return nil
}

// wrote looks at the outcome of a write: a failed one ends the file.
func (t *take) wrote(err error) bool {
	if err != nil {
		t.c.cover.lost(t.part.began.Add(media90(int64(t.part.writer.Until()), fmp4.TimeScale)))
		t.c.drops(t.part.held - 1) // without what is in hand
		t.part.d.outcome(err)
		t.part.fail()
		t.dropPart()
		t.c.trouble(err)
		return false
	}
	t.part.d.outcome(nil)
	durable := t.part.writer.Durable()
	t.c.report(func(s *Status) { s.Durable = durable })
	return true
}

// endPart ends the file that is open, if one is.
func (t *take) endPart() {
	t.takeBest()
	t.takePreview()
	if t.part == nil {
		return
	}
	if err := t.part.end(); err != nil {
		t.part.d.outcome(err)
		t.c.trouble(err)
	}
	t.dropPart()
	t.c.r.enforce()
}

func (t *take) dropPart() {
	t.part = nil
	t.c.report(func(s *Status) { s.Recording, s.Clip = false, media.ClipID{} })
}
