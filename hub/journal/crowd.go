package journal

import (
	"context"
	"sync"
	"time"

	"lares/hub/store"
)

const (
	// maxRowsOf is how many rows an account may cause at once; then it may one more each
	// rowEvery. What it does beyond that is refused before it is done, so that nobody
	// pushes out others' rows of a year (DefaultRows) in less than weeks, and those who run
	// the hub hear of it on the first day.
	maxRowsOf = 50_000
	rowEvery  = 2 * time.Second
)

// crowd counts the rows that each account causes.
type crowd struct {
	mu   sync.Mutex // guards following
	of   map[store.AccountID]*share
	told map[store.AccountID]bool // of those that cause too many
	news []store.AccountID        // of them: those of whom nobody heard yet
}

func newCrowd() *crowd {
	return &crowd{of: map[store.AccountID]*share{}, told: map[store.AccountID]bool{}}
}

// add counts a row. Those of strangers' tries at an account are none of its own.
func (c *crowd) add(r store.JournalRow) {
	if r.Account.IsZero() || Kind(r.Kind) == SignInRefused {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.shareOf(r.Account, r.At)
	if s.take(); s.left == 0 && !c.told[r.Account] {
		c.told[r.Account] = true
		c.news = append(c.news, r.Account)
	}
	if s.left > maxRowsOf/2 {
		delete(c.told, r.Account)
	}
}

// over reports whether an account has no row left.
func (c *crowd) over(a store.AccountID, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !a.IsZero() && c.shareOf(a, now).left == 0
}

// shareOf is an account's share, grown; mu is held.
func (c *crowd) shareOf(a store.AccountID, now time.Time) *share {
	s := c.of[a]
	if s == nil {
		s = &share{left: maxRowsOf, at: now}
		c.of[a] = s
	}
	s.grow(now, maxRowsOf, rowEvery)
	return s
}

// Crowded reports whether an account has caused so many rows that what it asks for is to
// be refused, but for what takes away a right or opens the account again.
func (j *Journal) Crowded(a store.AccountID) bool {
	return j != nil && j.crowd.over(a, j.cfg.Clock.Now())
}

// tellCrowded tells those who run the hub, and the account itself.
func (j *Journal) tellCrowded(ctx context.Context) error {
	j.crowd.mu.Lock()
	news := j.crowd.news
	j.crowd.news = nil
	j.crowd.mu.Unlock()
	for _, who := range news {
		a, err := j.cfg.Store.Account(ctx, who)
		if err != nil {
			return err
		}
		operators, err := j.cfg.Store.Operators(ctx)
		if err != nil {
			return err
		}
		told := map[store.AccountID]bool{}
		for _, to := range append(operators, who) {
			if told[to] {
				continue
			}
			told[to] = true
			if err := j.Tell(ctx, Notice{Account: to, Kind: NoticeCrowded, Detail: map[string]any{"account": who.String(), "name": a.Name}}); err != nil {
				return err
			}
		}
	}
	return nil
}
