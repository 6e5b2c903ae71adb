package recorder

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"lares/cameras/media"
)

const (
	// tick is how often a recorder without media looks around.
	tick = time.Second
	// backoff is between two tries to read a source or to start a file.
	backoff = 500 * time.Millisecond
)

// camera is the recorder of one camera: a loop that waits for an event and
// records it, again and again. Everything that touches media runs there.
type camera struct {
	r      *Recorder
	id     media.CameraID
	beside *camera // records its sub stream beside it; nil of that
	stop   context.CancelFunc
	cover  *coverage
	writes *writes
	files  *atomic.Int32 // that are open, of this loop and the other one of the camera
	tape   *tape
	past   past
	done   chan struct{} // closed when the loop has returned
	wake   chan struct{} // something below changed

	sealed media.KeyID // the loop's: of the newest file
	strays bool        // likewise: the log was told that files are dated ahead of the clock
	unread *unread     // likewise: a reader in which something waits for who records next
	filmed []filmed    // likewise: the newest files of stretches that are over, at most formerMost

	mu        sync.Mutex // guards following
	now       situation
	arming    arming
	plan      Plan
	from      time.Time // nothing of before is recorded: it was ModeOff
	former    []former  // events before it whose takes have yet to end them
	visits    visits    // how many began one after the other
	ended     time.Time // when the event before it did
	settled   settled   // that event
	best      Sight     // of the event that goes on, not written down yet
	since     time.Time // when the newest file began
	notes     []noted
	runs      []run // newest last, at most mostRuns
	status    Status
	waits     bool               // the loop, for the camera
	reader    media.Reader       // of the loop, while it reads
	dropped   int64              // pictures that were to be recorded, without those of reader
	told      string             // the trouble that the log was told of
	pace      pace               // of the files
	wait      context.Context    // of the loop for a unit
	interrupt context.CancelFunc // ends it
}

// noted is a trigger that the loop has not written down yet.
type noted struct {
	event media.EventID
	began bool
	row   EventRow
	at    time.Time
	kind  media.Kind
	unit  *media.Unit
	// source is who noticed it.
	source media.Source
	ended  bool // it tells an end: more words, but nothing that began
	// seen is what was recognised on a picture of it; nil of a trigger.
	seen *Recognised
	// class and text are what somebody outside says, and run is the camera's newest then.
	class, text string
	run         media.RunID
}

// trigger merges t and returns the event it belongs to: none of what is withheld.
func (c *camera) trigger(t Trigger) (event media.EventID) {
	c.mu.Lock()
	now := c.r.config.Clock.Now()
	if t.At.IsZero() {
		t.At = now
	}
	_, going := c.now.active[state{t.Kind, t.Source}]
	if !c.arming.withholds(t, going) {
		event = c.merge(t, now)
	}
	c.mu.Unlock()
	c.nudge()
	return event
}

// merge puts t, of a known time, into what goes on; c.mu is held.
func (c *camera) merge(t Trigger, now time.Time) media.EventID {
	if toldLate(t.Source) && c.now.event.IsZero() && t.At.Before(c.ended) {
		t.At = c.ended // the rest is in the event before
	}
	active := c.succeed(&t, now)
	began := c.now.trigger(t, now, c.roll(t.Kind))
	c.now.goOn(active)
	if began {
		c.now.date = c.called(t.At)
		c.aim(c.now.start)
	}
	event, starts := c.now.event, t.Active || t.Hold
	if !event.IsZero() && (starts || toldLate(t.Source) && t.Unit != nil) {
		c.notes = append(c.notes, noted{
			event: event, began: began, row: c.now.row(c.id), at: c.now.dated(t.At), kind: t.Kind, unit: t.Unit, source: t.Source, ended: !starts,
			class: t.Class, text: t.Text, run: c.newestRun(),
		})
	}
	c.status.Event = event
	return event
}

// nudge makes the loop look at what changed.
func (c *camera) nudge() {
	c.mu.Lock()
	if c.interrupt != nil {
		c.interrupt()
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run waits for events, and records them and what is between them, until ctx ends.
func (c *camera) run(ctx context.Context) {
	defer close(c.done)
	defer c.forgets()
	began, last := false, media.Unit{}
	for ctx.Err() == nil {
		duty, event := c.duty()
		if duty == dutyWait {
			began = false
			c.forgets()
			select {
			case <-c.wake:
			case <-ctx.Done():
			}
			continue
		}
		t := newTake(c, event)
		if t.stretch = duty == dutyStretch; t.stretch {
			t.after(began, last)
		}
		t.record(ctx)
		if t.began { // else the stretch behind it goes on from what was recorded before
			began, last = true, t.last
		}
	}
	for { // what began behind another event a moment ago ends with the hub, too
		duty, event := c.duty()
		if duty != dutyEvent {
			return
		}
		newTake(c, event).record(ctx)
	}
}

// row is that of an event that goes on, or of one that another began behind.
func (c *camera) row(event media.EventID) EventRow {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.formerOf(event); p != nil {
		return p.row
	}
	return c.now.row(c.id)
}

// startOf is when such an event began, as the clock told it.
func (c *camera) startOf(event media.EventID) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.formerOf(event); p != nil {
		return p.start
	}
	return c.now.start
}

// over ends an event if its time has come, or by force, and returns its row; said is
// what was said of it.
func (c *camera) over(event media.EventID, now time.Time, force bool, said spoken) (EventRow, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !force && c.unsaid(event) {
		return EventRow{}, false
	}
	if p := c.formerOf(event); p != nil {
		row := p.row
		c.former = slices.DeleteFunc(c.former, func(p former) bool { return p.row.Event == event })
		c.settled = settled{row, said, now.Add(recogniseWithin)}
		return row, true
	}
	if !force && !c.now.over(now, c.postRoll) {
		return EventRow{}, false
	}
	row, end := c.now.row(c.id), c.now.end
	if len(c.now.active) > 0 { // still going on: it ends with us
		end = now
	}
	row.End = c.now.dated(end)
	at := now
	if !force && c.now.until.Before(now) {
		at = c.now.until
	}
	c.now, c.status.Event, c.ended, c.best = situation{}, media.EventID{}, end, Sight{}
	c.aim(at)
	c.settled = settled{row, said, now.Add(recogniseWithin)}
	return row, true
}

// taken returns what there is to do for an event since the last call.
func (c *camera) taken(event media.EventID) (notes []noted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var rest []noted
	for _, n := range c.notes {
		if n.event == event {
			notes = append(notes, n)
		} else {
			rest = append(rest, n)
		}
	}
	c.notes = rest
	return notes
}

// aim tells the coverage what is to be recorded from a time on; c.mu is held.
func (c *camera) aim(at time.Time) {
	to := aim{due: c.plan.Mode != media.ModeOff}
	if !c.plan.Mode.Continuous() && to.due {
		to.event, to.idle = c.now.event, c.now.event.IsZero()
	}
	c.cover.point(to, at)
}

// unsaid says whether there is something to write down of an event; c.mu is held.
func (c *camera) unsaid(event media.EventID) bool {
	return slices.ContainsFunc(c.notes, func(n noted) bool { return n.event == event })
}

// report changes the status that others see.
func (c *camera) report(change func(*Status)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.status)
}

// trouble says why nothing is recorded, in plain words to people and as it is to
// the log; nil says that something is.
func (c *camera) trouble(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	c.mu.Lock()
	fresh := c.told != text
	c.told, c.status.Problem = text, plain(err)
	c.mu.Unlock()
	if err != nil {
		c.cover.because(c.cause(err))
	}
	if err != nil && fresh {
		c.r.config.Log.Warn("not recording", "camera", c.id.String(), "error", err)
	}
}

// calm ends the trouble of an event that is over, unless only the next file can show that it
// is gone: that of the disk, or of the key.
func (c *camera) calm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.status.Problem {
	case problemFull, problemFolder, problemDisk, problemKey:
	default:
		c.told, c.status.Problem = "", ""
	}
}

// putEvent queues an event's row; text, if there is any, is sealed on the way.
func (c *camera) putEvent(row EventRow, k StoreKey, text EventText) {
	seal := func(ctx context.Context) error {
		if text.IsZero() || row.Text.Sealed != nil {
			return nil
		}
		plain, err := json.Marshal(text)
		if err != nil {
			return fmt.Errorf("recorder: encoding an event: %w", err)
		}
		if row.Text, err = c.r.config.Keys.SealEvent(ctx, row.Camera, row.Event, row.Start, k, plain); err != nil {
			return fmt.Errorf("recorder: sealing an event: %w", err)
		}
		return nil
	}
	c.r.queue.add(c.id, job{what: "event", seal: seal, row: func(ctx context.Context, rows RowIndex) error { return rows.EventPut(ctx, row) }})
}
