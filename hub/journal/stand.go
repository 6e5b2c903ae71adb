package journal

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// standRows and standEvery are when rows say anew what stands: so many rows, a
	// third of a second's reading, or a day's, are what a check of the last day
	// reads beyond it.
	standRows  = 10_000
	standEvery = 24 * time.Hour
)

// stand writes what stands into the journal, if it is time: from the rows since
// the last time, each compared with its hash and head.
func (j *Journal) stand(ctx context.Context) error {
	now := j.cfg.Clock.Now()
	j.commit.Lock()
	at := place{j.seq, j.hash}
	j.commit.Unlock()
	from, err := j.stood(ctx, ever(), ever())
	if err != nil || at.seq == 0 {
		return err
	}
	since := from.at
	if !from.known() {
		first, err := j.cfg.Store.Journal(ctx, 0, 1)
		if err != nil || len(first) == 0 {
			return err
		}
		since = first[0].At
	}
	if at.seq == from.last || at.seq-from.last < standRows && now.Sub(since).Abs() < standEvery { // a clock may be set back
		return nil
	}
	rows := &heard{Rows: j.cfg.Store, upTo: at.seq, since: ever(), until: ever()}
	r, report, err := j.replay(ctx, from, rows)
	if err != nil {
		return err
	}
	for _, e := range rows.views {
		r.visit(e.Entry)
	}
	start := j.start()
	maps.DeleteFunc(r.open, func(_ viewKey, seq int64) bool { return seq <= start })
	s := r.standing
	s.place, s.at = at, now
	s.shift, s.high, s.top = rows.line.shift, rows.line.high, rows.line.top
	s.broken = brokenUpTo(report, at.seq)
	for _, e := range s.entries() {
		e.At = now
		j.add(e)
	}
	return j.flush(ctx)
}

// brokenUpTo is the newest row up to one that a report calls wrong, now or
// before; 0 if none is, or it is no more there.
func brokenUpTo(r Report, seq int64) int64 {
	newest := r.Broken
	for _, f := range r.First {
		if f.Seq <= seq {
			newest = max(newest, f.Seq)
		}
	}
	return newest
}

// lookout does, one after the other and beside Run, what reads many rows: the first
// time it may take long, and nothing may wait for it.
type lookout struct {
	sync.WaitGroup
	busy atomic.Bool
	rows int64     // seq when it was last due
	at   time.Time // when that was
}

// due reports whether to look what stands, and notes it.
func (l *lookout) due(seq int64, now time.Time) bool {
	if l.busy.Load() || !l.at.IsZero() && seq-l.rows < standRows && now.Sub(l.at) < tidyEvery {
		return false
	}
	l.rows, l.at = seq, now
	return true
}

func (l *lookout) do(f func()) {
	l.busy.Store(true)
	l.Go(func() {
		defer l.busy.Store(false)
		f()
	})
}

// newest is the seq of the newest row.
func (j *Journal) newest() int64 {
	j.commit.Lock()
	defer j.commit.Unlock()
	return j.seq
}
