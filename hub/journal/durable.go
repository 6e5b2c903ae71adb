package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lares/cameras/clock"
)

const (
	// DefaultPatience is how long the database may take nothing of what is noted
	// before nobody receives anything any more.
	DefaultPatience = 2 * time.Second
	// lookEvery is how often who waits for a commit looks whether there may be one.
	lookEvery = 50 * time.Millisecond
)

// ErrStuck says that the database takes no entries: what would be delivered now
// could be gone from the journal.
var ErrStuck = errors.New("journal: the database takes no entries")

// Mark is an entry on its way. Its methods do nothing on nil.
type Mark struct {
	journal *Journal
	noted   *noted // nil if there was no room for it
}

// Mark notes an entry, which whoever holds the mark may wait for.
func (j *Journal) Mark(e Entry) *Mark {
	if j == nil {
		return nil
	}
	return j.mark(e)
}

func (j *Journal) mark(e Entry) *Mark { return &Mark{j, j.add(e)} }

// lost reports whether the entry found no room: the next of its kind takes its place.
func (m *Mark) lost() bool { return m != nil && m.noted == nil }

// Durable returns when the entry is. It has all that waits committed at once, in one
// commit with what others wait for. It returns ErrStuck if the database takes nothing
// for longer than Config.Patience, or that ctx ended; the entry waits all the same.
func (m *Mark) Durable(ctx context.Context) error {
	if m == nil {
		return nil
	}
	if m.lost() {
		return ErrStuck
	}
	select {
	case <-m.noted.done:
		return nil
	default:
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		m.journal.hurry()
		select {
		case <-m.noted.done:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("journal: waiting for a commit: %w", ctx.Err())
		case <-tick.C:
			if m.journal.Stuck() {
				return ErrStuck
			}
		}
	}
}

// Stuck reports whether the database has taken nothing for longer than
// Config.Patience although something waits for it. A commit that is merely slow is
// none of that, nor are those of others before it.
func (j *Journal) Stuck() bool {
	if j == nil || !j.pace.stuck(j.cfg.Store.Steps(), j.cfg.Patience) {
		return false
	}
	j.hurry() // whoever is refused asks for it to end
	return true
}

// hurry has what waits committed now, by a goroutine that Close waits for.
func (j *Journal) hurry() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.queue) == 0 {
		return
	}
	j.pace.begin()
	if j.hurrying || j.closed {
		return
	}
	j.hurrying = true
	j.hurried.Go(func() {
		for more := true; more; {
			err := j.flush(context.Background())
			j.mu.Lock()
			more = err == nil && len(j.queue) > 0
			j.hurrying = more
			j.mu.Unlock()
			j.warn(context.Background(), "entries wait", err)
		}
	})
}

// pace is how the database takes what the journal has for it, by the machine's
// clock.
type pace struct {
	mu     sync.Mutex // guards following
	tried  time.Time  // since when it takes nothing of what it shall; zero if it does
	steps  uint64     // of the store, when it was looked at last
	moved  time.Time  // when there were more of them than before
	failed bool       // the last commit: no step counts until one succeeds
}

// begin says that the database shall take something.
func (p *pace) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tried.IsZero() {
		p.tried = clock.System{}.Now()
	}
}

// end says whether it did.
func (p *pace) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed = err != nil; !p.failed {
		p.tried = time.Time{}
	}
}

func (p *pace) stuck(steps uint64, patience time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tried.IsZero() {
		return false
	}
	now := clock.System{}.Now()
	if steps != p.steps && !p.failed {
		p.steps, p.moved = steps, now
	}
	return now.Sub(later(p.tried, p.moved)) >= patience
}
