package journal

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/hub/store"
)

// recentRows is how many of the newest rows are looked at for views that a crash
// left open, where no row says what stood.
const recentRows = 2 * standRows

// cutShort reports whether a row ends a view that a crash cut short.
func cutShort(e Entry) bool { return e.Detail["cut_short"] == true }

// startOf is the row that began what a row ends that was cut short.
func startOf(e Entry) int64 {
	n, _ := e.Detail["began"].(float64)
	return int64(n)
}

// closeViews ends the views that a hub which was killed left open: those that rows
// up to one have a start of and no end. When they really ended is not known: the
// newest of the rows was a sign of life, and the row says that it was cut short.
func (j *Journal) closeViews(ctx context.Context, upTo int64) error {
	if upTo == 0 {
		return nil
	}
	from, err := j.stood(ctx, ever(), ever())
	if err != nil {
		return err
	}
	at := max(upTo-recentRows, 0)
	if from.known() {
		at = from.seq
	} else {
		from = newStanding()
	}
	ears := &heard{Rows: j.cfg.Store, upTo: upTo, since: ever(), until: ever(), open: from.open}
	var seen time.Time // the last sign of life
	for at < upTo {
		page, err := ears.Journal(ctx, at, maxBatch)
		if err != nil {
			return err
		}
		for _, row := range page {
			if at = row.Seq; at <= upTo {
				seen = row.At
			}
		}
		if len(page) == 0 {
			break
		}
	}
	var starts []int64
	for _, seq := range ears.open {
		starts = append(starts, seq)
	}
	slices.Sort(starts)
	for _, seq := range starts {
		if err := j.closeView(ctx, seq, seen); err != nil {
			return err
		}
	}
	return j.flush(ctx)
}

// closeView ends the view that a row began, if the hub wrote that row.
func (j *Journal) closeView(ctx context.Context, seq int64, seen time.Time) error {
	row, err := j.cfg.Store.JournalRow(ctx, seq)
	if err == nil {
		var ours bool
		if ours, err = j.wrote(ctx, row); err == nil && !ours {
			return nil // verify names it
		}
	}
	if errors.Is(err, store.ErrNoRow) {
		return nil // retention removed it, or somebody did, which verify names
	}
	if err != nil {
		return err
	}
	e := entry(row)
	began := e.At
	e.Seq, e.Kind, e.At, e.Count = 0, endOf(e.Kind), seen, 0
	if e.At.Before(began) {
		e.At = began
	}
	e.Span = e.At.Sub(began)
	if e.Detail == nil {
		e.Detail = map[string]any{}
	}
	e.Detail["cut_short"], e.Detail["began"] = true, seq
	j.add(e)
	return nil
}

// wrote reports whether the hub wrote a row where it stands.
func (j *Journal) wrote(ctx context.Context, row store.JournalRow) (bool, error) {
	var before [32]byte
	if row.Seq > 1 {
		b, err := j.cfg.Store.JournalRow(ctx, row.Seq-1)
		if err != nil {
			return false, err
		}
		before = b.Hash
	}
	c := newChecker(j.chain)
	return c.fits(before, row), nil
}
