package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
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
	// maxQueue is where Add begins to write by itself instead of queueing.
	maxQueue = 4096
	// maxWaiting is where entries are lost, and counted, because the database
	// takes none: everything that it guards is refused by then.
	maxWaiting = 4 * maxQueue
	// commitIn bounds a commit on behalf of somebody who waits for it.
	commitIn = 5 * time.Second
	// tidyEvery is how often retention is looked at.
	tidyEvery = time.Hour
)

// Config is what a Journal needs; all fields but Keep and Rows are required.
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
}

const (
	// DefaultKeep is how long entries are kept.
	DefaultKeep = 365 * 24 * time.Hour
	// DefaultRows is how many entries are kept: some 300 MB.
	DefaultRows = 1_000_000
)

// Journal writes what happened. All methods are safe for concurrent use; those
// that note something do nothing on a nil Journal. None may be called inside a
// transaction of the store.
type Journal struct {
	cfg   Config
	views views
	tries tries
	// checking holds one while a check runs.
	checking chan struct{}
	opened   int64 // seq of the newest row when it was opened

	mu    sync.Mutex // guards following
	queue []*noted
	lost  int64

	commit sync.Mutex // held by who commits; guards following
	heads  *heads
	seq    int64    // of the newest row, whoever put it there
	hash   [32]byte // of the newest that this hub wrote
	chain  vault.Chain
}

// noted is an entry that waits to be written.
type noted struct {
	row  store.JournalRow
	done chan struct{} // closed when it is durable
}

// Open reads the heads, brings journal and heads together after a crash and
// returns the journal. Run writes what Add queues.
func Open(ctx context.Context, c Config) (*Journal, error) {
	if c.Keep <= 0 {
		c.Keep = DefaultKeep
	}
	if c.Rows <= 0 {
		c.Rows = DefaultRows
	}
	j := &Journal{cfg: c, chain: c.Vault.Chain(), checking: make(chan struct{}, 1)}
	j.views.open, j.tries.open, j.tries.vain = map[viewKey]*view{}, map[tryKey]*try{}, map[Kind]*share{}
	var err error
	if j.heads, err = openHeads(c.Heads, c.Vault, c.Log); err != nil {
		return nil, err
	}
	if err := j.rejoin(ctx); err != nil {
		return nil, errors.Join(err, j.heads.close())
	}
	j.opened = j.seq
	return j, nil
}

// Add notes an entry and returns; it is durable a moment later. If very many
// wait, it writes them itself.
func (j *Journal) Add(e Entry) {
	if j == nil {
		return
	}
	j.add(e)
	j.mu.Lock()
	full := len(j.queue) >= maxQueue
	j.mu.Unlock()
	if full {
		ctx, cancel := context.WithTimeout(context.Background(), commitIn)
		defer cancel()
		if err := j.flush(ctx); err != nil {
			j.cfg.Log.Error("journal: entries wait", "error", err)
		}
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
	err := j.finish()
	j.commit.Lock()
	defer j.commit.Unlock()
	return errors.Join(err, j.heads.close())
}

// flush commits everything that was queued when it began.
func (j *Journal) flush(ctx context.Context) error {
	j.commit.Lock()
	defer j.commit.Unlock()
	for {
		batch := j.take()
		if len(batch) == 0 {
			return nil
		}
		if err := j.write(ctx, batch); err != nil {
			j.putBack(batch)
			return err
		}
		for _, n := range batch {
			close(n.done)
		}
	}
}

func (j *Journal) take() []*noted {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lost > 0 {
		j.queue = append(j.queue, &noted{
			row:  Entry{At: j.cfg.Clock.Now(), Kind: Lost, Count: j.lost}.row(),
			done: make(chan struct{}),
		})
		j.lost = 0
	}
	n := min(len(j.queue), maxBatch)
	batch := append([]*noted(nil), j.queue[:n]...)
	j.queue = j.queue[n:]
	return batch
}

func (j *Journal) putBack(batch []*noted) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.queue = append(batch, j.queue...)
}

// write commits a batch, then signs it outside the database. The caller holds
// commit.
func (j *Journal) write(ctx context.Context, batch []*noted) error {
	var hashes [][32]byte
	for {
		var err error
		if hashes, err = j.insert(ctx, batch); err == nil {
			break
		}
		// Whether a failed commit happened is for the database to say.
		again := context.WithoutCancel(ctx)
		row, look := j.cfg.Store.JournalRow(again, j.seq+int64(len(batch)))
		if len(hashes) == len(batch) && look == nil && row.Hash == hashes[len(hashes)-1] {
			break
		}
		strangers, look := j.step(again, len(batch))
		if look != nil || strangers == 0 || ctx.Err() != nil {
			return fmt.Errorf("journal: writing: %w", errors.Join(err, look))
		}
	}
	j.seq, j.hash = j.seq+int64(len(hashes)), hashes[len(hashes)-1]
	// The rows are durable: a head that fails is made up for by the next one.
	if err := j.heads.append(batchHead, j.cfg.Clock.Now(), j.seq, hashes); err != nil {
		j.cfg.Log.Error("journal: a head could not be written", "error", err)
	}
	return nil
}

// insert commits a batch and says how its rows are chained, also where it fails.
func (j *Journal) insert(ctx context.Context, batch []*noted) (hashes [][32]byte, err error) {
	seq, newest := j.seq, j.hash
	err = j.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		for _, n := range batch {
			seq++
			n.row.Seq = seq
			if n.row.Owner.IsZero() && !n.row.Camera.IsZero() {
				var err error
				if n.row.Owner, err = tx.CameraOwner(ctx, n.row.Camera); err != nil {
					return err
				}
			}
			newest = j.chain.Sum(0, chained(newest, n.row))
			n.row.Hash = newest
			hashes = append(hashes, newest)
			if err := tx.AddJournal(ctx, n.row); err != nil {
				return err
			}
			if n.row.Kind == string(Refused) {
				if err := tellOfCrossing(ctx, tx, n.row); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return hashes, err
}

// step goes past rows that stand where the next n have to and that this hub did
// not write: they keep their numbers, nothing is chained to them, and verify
// names them. The caller holds commit.
func (j *Journal) step(ctx context.Context, n int) (strangers int, err error) {
	from := j.seq
	for more := true; more; {
		rows, err := j.cfg.Store.Journal(ctx, j.seq, maxBatch)
		if err != nil {
			return strangers, err
		}
		more = len(rows) == maxBatch
		for _, r := range rows {
			if r.Seq > j.seq+int64(n) {
				more = false
				break
			}
			j.seq = r.Seq
			strangers++
		}
	}
	if strangers > 0 {
		j.cfg.Log.Error("journal: somebody else put rows into it: run `lares verify journal`", "from", from+1, "to", j.seq)
		j.cfg.Vault.Refusals().Count("journal")
	}
	return strangers, nil
}
