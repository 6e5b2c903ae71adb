package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"lares/cameras/clock"
	"lares/hub/store"
	"lares/hub/vault"
)

const (
	// flushEvery is how long an entry waits for others to share its commit.
	flushEvery = 150 * time.Millisecond
	// maxBatch bounds one commit, and so the record of its hashes.
	maxBatch = 1000
	// maxQueue is where what waits is written at once.
	maxQueue = 4096
	// maxWaiting is where entries are lost, and counted, because the database
	// takes none: whoever would receive something is refused long before, see
	// Mark.Durable and Stuck.
	maxWaiting = 4 * maxQueue
	// commitIn bounds a commit on behalf of somebody who waits for it.
	commitIn = 5 * time.Second
	// tidyEvery is how often retention is looked at.
	tidyEvery = time.Hour
)

// Config is what a Journal needs; all fields but Keep, Rows and Patience are required.
type Config struct {
	Store *store.Store
	Vault *vault.Vault
	Clock clock.Clock
	Log   *slog.Logger
	// Heads is the path of journal.heads.
	Heads string
	// Keep is how long entries are kept; 0 is DefaultKeep. Rows bounds their
	// number; 0 is DefaultRows.
	Keep time.Duration
	Rows int64
	// Patience is how long the database may take nothing; 0 is DefaultPatience.
	Patience time.Duration
}

const (
	// DefaultKeep is how long entries are kept.
	DefaultKeep = 365 * 24 * time.Hour
	// DefaultRows is how many entries are kept: some 300 MB.
	DefaultRows = 1_000_000
)

// Journal writes what happened. All methods are safe for concurrent use; those
// that note something do nothing on a nil Journal. None but Due may be called inside
// a transaction of the store.
type Journal struct {
	cfg   Config
	views views
	tries *tries
	crowd *crowd
	turns turns // of checks

	opened int64 // seq of the newest row when it was opened

	held atomic.Pointer[[]Notice] // what the database does not take

	pace    pace
	hurried sync.WaitGroup // who commits because somebody waits

	mu       sync.Mutex // guards following
	queue    []*noted
	lost     int64
	hurrying bool // somebody commits because somebody waits
	closed   bool

	commit sync.Mutex // held by who commits; guards following
	heads  *heads
	seq    int64    // of the newest row, whoever put it there
	hash   [32]byte // of the newest that this hub wrote
	own    place    // that one
	chain  vault.Chain
}

// Open reads the heads, brings journal and heads together after a crash, writes what
// waited for it, and returns the journal. Run writes what Add queues.
func Open(ctx context.Context, c Config) (*Journal, error) {
	if c.Keep <= 0 {
		c.Keep = DefaultKeep
	}
	if c.Rows <= 0 {
		c.Rows = DefaultRows
	}
	if c.Patience <= 0 {
		c.Patience = DefaultPatience
	}
	j := &Journal{cfg: c, chain: c.Vault.Chain(), turns: newTurns(), tries: newTries(), crowd: newCrowd()}
	j.views.open = map[viewKey]*view{}
	var err error
	if j.heads, err = openHeads(c.Heads, c.Vault, c.Log); err != nil {
		return nil, err
	}
	if err := j.rejoin(ctx); err != nil {
		return nil, errors.Join(err, j.heads.close())
	}
	j.opened, j.own = j.seq, place{j.seq, j.hash}
	j.warn(ctx, "what waited is not written yet", j.drain(ctx))
	return j, nil
}

// Add notes an entry and returns; it is durable a moment later.
func (j *Journal) Add(e Entry) {
	if j == nil {
		return
	}
	j.add(e)
	j.relieve()
}

// relieve has what waits written if it is very much. The caller does not wait for it:
// a crossing is noted inside of transactions, and by the goroutine that writes.
func (j *Journal) relieve() {
	j.mu.Lock()
	full := len(j.queue) >= maxQueue
	j.mu.Unlock()
	if full {
		j.hurry()
	}
}

// Put notes an entry and returns when it is durable.
func (j *Journal) Put(ctx context.Context, e Entry) error {
	if j == nil {
		return nil
	}
	n := j.add(e)
	if n == nil {
		return fmt.Errorf("journal: writing %s: too many wait", e.Kind)
	}
	if err := j.flush(ctx); err != nil {
		return err
	}
	select {
	case <-n.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("journal: writing %s: %w", e.Kind, ctx.Err())
	}
}

func (j *Journal) add(e Entry) *noted {
	if e.At.IsZero() {
		e.At = j.cfg.Clock.Now()
	}
	n := &noted{row: e.row(), done: make(chan struct{})}
	j.crowd.add(n.row)
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.queue) >= maxWaiting {
		j.lost++
		return nil
	}
	j.queue = append(j.queue, n)
	return n
}

// Run ends the views that a crash left open, writes what was added and prunes what
// is old, until the context ends; then it ends the open views and writes what is
// left.
func (j *Journal) Run(ctx context.Context) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	var tidied time.Time
	var look lookout
	look.do(func() { j.warn(ctx, "views that a crash left open are still so", j.closeViews(ctx, j.opened)) })
	for {
		select {
		case <-ctx.Done():
			look.Wait()
			return j.finish()
		case <-tick.C:
		}
		now := j.cfg.Clock.Now()
		j.settle(now, false)
		if err := j.flush(ctx); err != nil && ctx.Err() == nil {
			j.cfg.Log.Error("journal: entries wait", "error", err)
		}
		j.warn(ctx, "nobody heard who fills it", j.tellCrowded(ctx))
		if tidied.IsZero() || now.Sub(tidied) >= tidyEvery {
			tidied = now
			j.warn(ctx, "old entries are still there", j.tidy(ctx, now))
		}
		if look.due(j.newest(), now) {
			look.do(func() { j.warn(ctx, "what stands is not written", j.stand(ctx)) })
		}
	}
}

// warn logs an error, unless it is the end of the hub.
func (j *Journal) warn(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		j.cfg.Log.Error("journal: "+what, "error", err)
	}
}

// Flush writes what waits, and what is coalesced and over.
func (j *Journal) Flush(ctx context.Context) error {
	if j == nil {
		return nil
	}
	j.settle(j.cfg.Clock.Now(), false)
	return j.flush(ctx)
}

// settle ends views and tries that are over, or all of them.
func (j *Journal) settle(now time.Time, all bool) {
	for _, e := range j.tries.over(now, all) {
		j.add(e)
	}
	for _, e := range j.views.over(now, all) {
		j.add(e)
	}
}

func (j *Journal) finish() error {
	j.settle(j.cfg.Clock.Now(), true)
	ctx, cancel := context.WithTimeout(context.Background(), commitIn)
	defer cancel()
	return j.flush(ctx)
}

// Close ends the open views, writes what is left and releases the file of the
// heads. Nothing may be noted afterwards.
func (j *Journal) Close() error {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.hurried.Wait()
	err := j.finish()
	j.commit.Lock()
	defer j.commit.Unlock()
	return errors.Join(err, j.heads.close())
}
