package recorder

import (
	"context"
	"sync"
	"time"

	"lares/cameras/media"
)

// scanPage is how many rows the start-up scan asks for at once.
const scanPage = 1000

// listing is what the index lists of a pool at its first scan.
type listing struct {
	open, rest []ClipRow
	known      map[media.ClipID]struct{} // of all pools
}

// scan brings files and rows together after a start: first what a crash left
// open, then Ready, then the rest, at leisure. Of a pool that is not there it waits until it
// is. DESIGN.md "Recover" numbers these steps.
func (r *Recorder) scan(ctx context.Context) {
	rows, err := r.rowsOf(ctx)
	if err != nil {
		return // ctx has ended
	}
	lists := r.list(rows, true)
	close(r.counted)
	r.setLastly(rows)
	crashed, here := r.repairHere(ctx, lists)
	r.queue.put(media.CameraID{}, "gaps of before", func(ctx context.Context) error {
		gaps, err := r.config.Index.GapsOpen(ctx)
		if err != nil {
			return err
		}
		last, err := r.config.Index.DueLast(ctx)
		if err == nil {
			r.goOn(gaps, rows, crashed, last)
		}
		return err
	})
	r.queue.put(media.CameraID{}, "events ended", r.endEvents)
	close(r.ready)
	var group sync.WaitGroup
	for _, d := range r.disks {
		group.Go(func() {
			l := lists[d]
			if !here[d] {
				if !d.arrives(ctx) {
					return
				}
				again, err := r.rowsOf(ctx) // much may have gone meanwhile
				if err != nil {
					return
				}
				l = r.list(again, false)[d]
				late := r.repairAll(ctx, l.open)
				r.queue.put(media.CameraID{}, "gaps of what was repaired", func(context.Context) error { // behind those of before
					r.mu.Lock()
					defer r.mu.Unlock()
					r.uncover(late)
					return nil
				})
			}
			d.sift(ctx, l)
		})
	}
	group.Wait()
	r.mu.Lock()
	r.born = nil
	r.mu.Unlock()
}

// list sorts the clips that were not made since the start by their pools; the first time they
// are counted.
func (r *Recorder) list(rows []ClipRow, first bool) map[*disk]listing {
	lists, known := map[*disk]listing{}, make(map[media.ClipID]struct{}, len(rows))
	elsewhere := 0
	for _, row := range rows {
		known[row.Clip] = struct{}{}
		d := r.numbered(row.Pool)
		l := lists[d]
		switch {
		case r.isBorn(row.Clip): // made by this process
			continue
		case d == nil:
			elsewhere++
			continue
		case row.State == StateOpen:
			r.setOpen(row.Clip)
			l.open = append(l.open, row)
		default:
			l.rest = append(l.rest, row)
		}
		r.recorded(row)
		if first && row.State != StateOpen {
			r.bytes.add(row.place(), row.Bytes)
		}
		lists[d] = l
	}
	for _, d := range r.disks {
		l := lists[d]
		l.known = known
		lists[d] = l
	}
	if first && elsewhere > 0 {
		r.mu.Lock()
		r.strange = true
		r.mu.Unlock()
		r.config.Log.Warn("recordings are listed that lie in a pool which the settings do not name any more: they stay listed, and cannot be played", "clips", elsewhere)
	}
	return lists
}

// arrives waits until the pool is there; false: ctx has ended.
func (d *disk) arrives(ctx context.Context) bool {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for !d.pool.There() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return false
		}
	}
	return ctx.Err() == nil
}

// setLastly notes up to when each camera was recorded before the start.
func (r *Recorder) setLastly(rows []ClipRow) {
	lastly := map[media.CameraID]time.Time{}
	for _, row := range rows {
		if end := row.Start.Add(row.Duration); !row.Beside && !r.isBorn(row.Clip) && end.After(lastly[row.Camera]) {
			lastly[row.Camera] = end
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastly = lastly
}

// rowsOf lists all clips, trying until the index answers or ctx ends.
func (r *Recorder) rowsOf(ctx context.Context) ([]ClipRow, error) {
	var rows []ClipRow
	q := ClipQuery{Limit: scanPage}
	for {
		page, err := r.config.Index.Clips(ctx, q)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			r.indexProblem(err)
			r.config.Log.Error("the index does not list the clips; trying again", "error", err)
			select {
			case <-time.After(retryMost):
			case <-ctx.Done():
			}
			continue
		}
		rows = append(rows, page...)
		if len(page) < scanPage {
			return rows, nil
		}
		last := page[len(page)-1]
		q.After, q.AfterClip = last.Start, last.Clip
	}
}

func (r *Recorder) isBorn(clip media.ClipID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.born[clip]
	return ok
}
