package app

import (
	"context"
	"sync"
	"time"

	"lares/hub/gate"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

const (
	// databaseKey is where it is noted what was told of the database, beside the names of pools,
	// of which none is like it.
	databaseKey = "/database"
	// databaseAgain is how often it is tried to enter what the database did not take.
	databaseAgain = 10 * time.Second
)

// databaseWatch knows how the database takes what is written to it. What it did not take of that
// is told out of memory.
type databaseWatch struct {
	mu sync.Mutex // guards following
	is diskTold

	// The look's.
	held diskTold  // the trouble of which nobody could be told in the database
	next time.Time // when that is tried again
}

// look notes how the database is, and says since when.
func (w *databaseWatch) look(trouble recorder.PoolTrouble, now time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.is.State != trouble || w.is.Since.IsZero() {
		w.is = diskTold{trouble, now}
	}
	return w.is.Since
}

// now is the trouble with the database, as it was at the last look.
func (w *databaseWatch) now() diskTold {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.is.State == "" {
		return diskTold{}
	}
	return w.is
}

// tellDatabase tells those who run the hub of the database: trouble with it and its end.
func (h *house) tellDatabase(ctx context.Context, trouble recorder.PoolTrouble) error {
	w, now := &h.database, h.clock.Now()
	since := w.look(trouble, now)
	lasts := now.Sub(since)
	if trouble != "" && lasts < diskAfter || trouble == "" && lasts < diskBack {
		return nil
	}
	all, err := h.disksTold(ctx)
	if err != nil {
		return err
	}
	told := all[databaseKey]
	if told.State == trouble && w.held.State == "" || w.held.State == trouble && now.Before(w.next) {
		return nil
	}
	if told.State == "" {
		told = w.held
	}
	kind, detail := journal.NoticeDatabase, map[string]any{"state": string(trouble), "count": int64(1)}
	if told.State == "" {
		told.Since = since
	}
	if all[databaseKey] = (diskTold{trouble, told.Since}); trouble == "" {
		kind, detail = journal.NoticeDatabaseBack, map[string]any{"span_ms": now.Sub(told.Since).Milliseconds(), "count": int64(1)}
		delete(all, databaseKey)
	}
	if err = h.tellOperators(ctx, kind, detail, all); err == nil {
		w.held = diskTold{}
		h.journal.Hold(nil)
	} else if w.next = now.Add(databaseAgain); trouble != "" {
		fresh := w.held.State != trouble
		if w.held = (diskTold{trouble, told.Since}); fresh {
			h.holdDatabase(ctx, since, trouble)
		}
	}
	return err
}

// holdDatabase tells of the database what that does not take.
func (h *house) holdDatabase(ctx context.Context, since time.Time, trouble recorder.PoolTrouble) {
	operators, err := h.store.Operators(ctx)
	if err != nil {
		return // nor can anybody sign in
	}
	var list []journal.Notice
	for _, who := range operators {
		list = append(list, journal.Notice{ID: store.NewNoticeID(), Account: who, At: since, Kind: journal.NoticeDatabase, Detail: map[string]any{"state": string(trouble)}})
	}
	h.journal.Hold(list)
}

// databaseTrouble is why rows are not taken: the recorder tries again and again those that it
// has, also where it is not the disk.
func (h *house) databaseTrouble() recorder.PoolTrouble {
	trouble := h.store.Trouble()
	if trouble == "" && h.recorder.Health().Unlisted {
		trouble = recorder.PoolFails
	}
	return trouble
}

// health is how the recorder and the database do, for who runs the hub.
func (h *house) health() gate.Health {
	is := h.database.now()
	return gate.Health{Database: is.State, Since: is.Since, Recorder: h.recorder.Health()}
}
