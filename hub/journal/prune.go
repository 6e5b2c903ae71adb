package journal

import (
	"context"
	"errors"
	"time"

	"lares/hub/store"
)

// pruneAtOnce bounds one transaction of retention, so that nobody waits for it.
const pruneAtOnce = 2000

// tidy removes what is older than Config.Keep or more than Config.Rows: a
// checkpoint is signed first, then the rows before it go. A crash between is
// made up for the next time.
func (j *Journal) tidy(ctx context.Context, now time.Time) error {
	point, err := j.point(ctx, now)
	if err != nil {
		return err
	}
	removed := int64(0)
	for point > 0 {
		var n int64
		err := j.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.PruneJournal(ctx, point, pruneAtOnce)
			return err
		})
		if err != nil {
			return err
		}
		if removed += n; n < pruneAtOnce {
			break
		}
	}
	if removed > 0 {
		j.Add(Entry{Kind: Pruned, Count: removed, Detail: map[string]any{"until": point}})
	}
	return nil
}

// point is the seq up to which rows go, signed as a checkpoint; 0 if none was
// ever needed.
func (j *Journal) point(ctx context.Context, now time.Time) (int64, error) {
	until, err := j.cfg.Store.JournalUntil(ctx, now.Add(-j.cfg.Keep))
	if err != nil {
		return 0, err
	}
	until = max(until, j.newest()-j.cfg.Rows)
	// Where rows say what stood, the oldest ones go up to there: so nothing that was
	// given before them is forgotten. A day's rows, or standRows, stay longer for it.
	stood, err := j.stoodFirst(ctx, func(s standing) bool { return s.seq <= until })
	if err != nil {
		return 0, err
	}
	j.commit.Lock()
	defer j.commit.Unlock()
	start, _ := j.heads.found.start()
	if stood.known() {
		if stood.seq <= start {
			return start, nil
		}
		return stood.seq, j.checkpoint(now, stood.place)
	}
	// The newest row always stays: the next one is chained to it.
	until = min(until, j.seq-1)
	if until <= start {
		return start, nil
	}
	row, err := j.cfg.Store.JournalRow(ctx, until)
	if errors.Is(err, store.ErrNoRow) { // inside a gap that somebody made: it stays to be seen
		return start, nil
	}
	if err != nil {
		return 0, err
	}
	return until, j.checkpoint(now, place{until, row.Hash})
}

// checkpoint signs that rows up to a place are no longer kept. The caller holds
// commit.
func (j *Journal) checkpoint(now time.Time, at place) error {
	return j.heads.put(j.heads.signed(checkpoint, now, at.seq, [][32]byte{at.hash}))
}
