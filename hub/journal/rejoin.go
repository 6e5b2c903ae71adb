package journal

import (
	"context"
	"errors"

	"lares/hub/store"
	"lares/hub/vault"
)

// rejoin brings rows and heads together at the start.
//
// Rows newer than the newest head are what a crash between commit and head
// leaves: they are signed, as late, if this hub or a former one wrote them. Rows
// missing below the newest head stay missing: the journal goes on with the next
// number after it, so that the gap is there for good. They were durable before the
// head was, so no crash loses them: the database was put back, or somebody took
// them out, and nothing stored opens until the operator confirms.
func (j *Journal) rejoin(ctx context.Context) error {
	if err := j.adopt(ctx); err != nil {
		return err
	}
	newest := j.heads.newest
	j.seq = newest.seq
	if newest.seq > 0 {
		j.hash = newest.hash()
	}
	last, err := j.cfg.Store.LastJournal(ctx)
	switch {
	case errors.Is(err, store.ErrNoRow):
		if start, _ := j.heads.found.start(); newest.seq > start {
			j.cfg.Log.Error("journal: all rows are gone, though they were signed: run `lares verify journal`", "newest", newest.seq)
			return j.cfg.Vault.Older(ctx, "journal")
		}
		return nil
	case err != nil:
		return err
	case last.Seq < newest.seq:
		j.cfg.Log.Error("journal: the newest rows are gone, though they were signed: run `lares verify journal`", "newest", last.Seq, "signed", newest.seq)
		return j.cfg.Vault.Older(ctx, "journal")
	case last.Seq == newest.seq && last.Hash != j.hash:
		j.cfg.Log.Error("journal: the newest row is not the one that was signed: run `lares verify journal`", "seq", last.Seq)
		return j.cfg.Vault.Older(ctx, "journal")
	case last.Seq == newest.seq:
		return nil
	}
	return j.resign(ctx, last)
}

// adopt takes the checkpoint that a former hub signed: after a restore there are
// its rows and no heads.
func (j *Journal) adopt(ctx context.Context) error {
	if len(j.heads.found.heads) > 0 {
		return nil
	}
	former, err := readHeads(j.cfg.Heads+FormerSuffix, j.chain)
	if err != nil {
		return err
	}
	seq, sum := former.start()
	first, err := j.cfg.Store.Journal(ctx, 0, 1)
	if err != nil || seq == 0 || len(first) == 0 || first[0].Seq == 1 { // nothing was pruned yet
		return err
	}
	return j.heads.put(j.heads.signed(checkpoint, j.cfg.Clock.Now(), seq, [][32]byte{sum}))
}

// checker tells which rows a hub wrote. Former hubs wrote before later ones.
type checker struct {
	chain vault.Chain
	age   int // of who wrote the newest row that fits
}

func newChecker(c vault.Chain) checker { return checker{chain: c, age: c.Ages() - 1} }

// fits reports whether the hub wrote a row after the row of a hash.
func (c *checker) fits(before [32]byte, r store.JournalRow) bool {
	b := chained(before, r)
	for age := c.age; age >= 0; age-- {
		if c.chain.Sum(age, b) == r.Hash {
			c.age = age
			return true
		}
	}
	return false
}

// resign signs the rows that no head covers and that the hub wrote, and says so
// in a row of its own. Others stay unsigned.
func (j *Journal) resign(ctx context.Context, last store.JournalRow) error {
	from, count, strangers := j.seq, int64(0), int64(0)
	c := newChecker(j.chain)
	for at := j.seq; at < last.Seq; {
		rows, err := j.cfg.Store.Journal(ctx, at, maxBatch)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		var run [][32]byte
		for _, r := range rows {
			at = r.Seq
			if !c.fits(j.hash, r) {
				strangers++
				continue
			}
			if len(run) > 0 && r.Seq != j.seq+1 {
				if err := j.heads.append(lateHead, j.cfg.Clock.Now(), j.seq, run); err != nil {
					return err
				}
				run = nil
			}
			j.seq, j.hash, count, run = r.Seq, r.Hash, count+1, append(run, r.Hash)
		}
		if len(run) > 0 {
			if err := j.heads.append(lateHead, j.cfg.Clock.Now(), j.seq, run); err != nil {
				return err
			}
		}
	}
	if strangers > 0 {
		j.cfg.Log.Error("journal: somebody else put rows into it: run `lares verify journal`", "after", from, "rows", strangers)
	}
	j.add(Entry{Kind: Resigned, Count: count, Detail: map[string]any{"after": from, "strangers": strangers}})
	return nil
}
