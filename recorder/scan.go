package recorder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/seal"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

const (
	// scanPage is how many rows the start-up scan asks for at once.
	scanPage = 1000
	// repairers is how many files are repaired at once: reading them is the
	// disk's work, summing them the processor's.
	repairers = 2
	// logged is how many strange files the scan names in the log.
	logged = 10
)

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
	close(r.ready)
	r.queue.put(media.CameraID{}, "gaps of before", func(ctx context.Context) error {
		gaps, err := r.config.Index.GapsOpen(ctx)
		if err == nil {
			r.goOn(gaps, rows, crashed)
		}
		return err
	})
	r.queue.put(media.CameraID{}, "events ended", r.endEvents)
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
				r.repairAll(ctx, l.open)
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
		r.dates.behind(row.Start.Add(row.Duration))
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

// repairHere repairs what a crash left open in those pools that are there, and says up to when
// each camera is recorded.
func (r *Recorder) repairHere(ctx context.Context, lists map[*disk]listing) (map[media.CameraID]hung, map[*disk]bool) {
	crashed, here := map[media.CameraID]hung{}, map[*disk]bool{}
	timer := time.NewTimer(diskWaits)
	defer timer.Stop()
	for _, d := range r.disks {
		select {
		case <-d.looked:
			here[d] = d.pool.There()
		case <-timer.C:
			timer.Reset(0) // nor wait for the next one
		}
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	for d := range here {
		if !here[d] {
			continue
		}
		group.Go(func() {
			found := r.repairAll(ctx, lists[d].open)
			mu.Lock()
			defer mu.Unlock()
			for id, left := range found {
				if old, ok := crashed[id]; !ok || left.until.After(old.until) {
					crashed[id] = left
				}
			}
		})
	}
	group.Wait()
	return crashed, here
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

// sift looks at all that is in the pool.
func (d *disk) sift(ctx context.Context, l listing) {
	d.resume(ctx)
	for _, row := range l.rest {
		if ctx.Err() != nil {
			return
		}
		d.inspect(ctx, row)
	}
	d.lookAround(ctx, l.known)
	d.r.enforce()
}

// setLastly notes up to when each camera is recorded, by rows that are in order.
func (r *Recorder) setLastly(rows []ClipRow) {
	lastly := map[media.CameraID]time.Time{}
	for _, row := range rows {
		if end := row.Start.Add(row.Duration); !row.Beside && end.After(lastly[row.Camera]) {
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

// repairAll repairs what a crash left open, and tells up to when each camera is recorded.
func (r *Recorder) repairAll(ctx context.Context, rows []ClipRow) map[media.CameraID]hung {
	next := make(chan ClipRow)
	var group sync.WaitGroup
	var mu sync.Mutex
	crashed := map[media.CameraID]hung{}
	for range repairers {
		group.Go(func() {
			for row := range next {
				left := hung{row.Start.Add(r.repair(row)), row.Stretch}
				mu.Lock()
				if old, ok := crashed[row.Camera]; !row.Beside && (!ok || left.until.After(old.until)) {
					crashed[row.Camera] = left
				}
				mu.Unlock()
			}
		})
	}
	for _, row := range rows {
		if ctx.Err() != nil {
			break
		}
		next <- row
	}
	close(next)
	group.Wait()
	return crashed
}

// repair ends a file that a crash left open, stores what became of it, and returns how long it
// is.
func (r *Recorder) repair(row ClipRow) time.Duration {
	defer r.clearOpen(row.Clip)
	report, err := r.repairFile(row)
	switch {
	case err == nil:
		row.State = endState(report.State)
		row.Bytes = report.Whole + sealed.EndSize
		row.Duration = media90(int64(report.Until), fmp4.TimeScale)
		row.Thumbnail, row.Preview = report.Thumbnail, report.Preview
		r.dates.behind(row.Start.Add(row.Duration))
		r.config.Log.Info("clip repaired", "clip", row.Clip.String(), "state", string(row.State), "duration", row.Duration)
	case errors.Is(err, sealed.ErrEmpty): // it never held a picture
		r.queue.put(row.Camera, "empty clip removed", func(ctx context.Context) error {
			if err := r.config.Index.ClipRemoved(ctx, row.Clip); err != nil {
				return err
			}
			r.numbered(row.Pool).litters(litter{row.Camera, row.Clip, 0})
			return r.endEvents(ctx)
		})
		return 0
	case errors.Is(err, fs.ErrNotExist), isFormat(err):
		row.State = StateDamaged
		r.damaged(row, err)
	default: // the disk: perhaps it is better when it is back, or at the next start
		r.config.Log.Error("clip not repaired", "clip", row.Clip.String(), "error", err)
		d := r.numbered(row.Pool)
		d.outcome(err)
		d.unmended(row)
		r.bytes.add(row.place(), row.Bytes)
		return 0
	}
	r.bytes.add(row.place(), row.Bytes)
	r.queue.put(row.Camera, "clip repaired", func(ctx context.Context) error {
		if err := r.config.Index.ClipClosed(ctx, row); err != nil {
			return err
		}
		return r.endEvents(ctx) // its event's open clip may have been the last
	})
	return row.Duration
}

// endEvents ends the events that a crash left without an end.
func (r *Recorder) endEvents(ctx context.Context) error {
	return r.config.Index.EventsOver(ctx, r.going())
}

// going are the events that go on now.
func (r *Recorder) going() (events []media.EventID) {
	r.mu.Lock()
	cameras := slices.Collect(maps.Values(r.cameras))
	r.mu.Unlock()
	for _, c := range cameras {
		c.mu.Lock()
		if !c.now.event.IsZero() {
			events = append(events, c.now.event)
		}
		for _, f := range c.former {
			events = append(events, f.row.Event)
		}
		c.mu.Unlock()
	}
	return events
}

func (r *Recorder) repairFile(row ClipRow) (sealed.Report, error) {
	f, err := r.numbered(row.Pool).pool.OpenRepair(row.Camera, row.Clip)
	if err != nil {
		return sealed.Report{}, err
	}
	defer f.Close()
	if err := r.belongs(f, row); err != nil {
		return sealed.Report{}, err
	}
	size, err := f.Size()
	if err != nil {
		return sealed.Report{}, fmt.Errorf("recorder: %w", err)
	}
	return sealed.Repair(f, size, r.config.Keys.Signers(), r.config.Keys.Sign)
}

// belongs says whether a file is the clip that its row and name say it is.
func (r *Recorder) belongs(f pool.File, row ClipRow) error {
	h, _, err := sealed.ReadHeader(f, r.config.Keys.Signers())
	if err == nil && (h.Camera != row.Camera || h.Clip != row.Clip) {
		r.config.Crossed(fault.FileOpen, row.Camera)
		err = seal.ErrCrossed
	}
	return err
}

// isFormat says whether an error is about what a file holds, not the disk.
func isFormat(err error) bool {
	return errors.Is(err, sealed.ErrFormat) || errors.Is(err, sealed.ErrForeign) ||
		errors.Is(err, sealed.ErrVersion) || errors.Is(err, seal.ErrCrossed)
}

func (r *Recorder) damaged(row ClipRow, err error) {
	r.config.Log.Error("clip is damaged", "clip", row.Clip.String(), "camera", row.Camera.String(), "error", err)
	r.mu.Lock()
	r.found.Damaged++
	r.mu.Unlock()
}

// inspect looks at the ends of a file whose row is not open: it reads header
// and end, nothing between. The listing may be old by now: a file that is there
// while d.tidy is held still has its row.
func (d *disk) inspect(ctx context.Context, row ClipRow) {
	r := d.r
	if d.tidy.hold(ctx) != nil {
		return
	}
	defer d.tidy.release()
	f, err := d.file(row.Camera, row.Clip)
	if errors.Is(err, fs.ErrNotExist) {
		if row.State != StateDamaged && row.State != StateRemoving && ctx.Err() == nil {
			r.config.Log.Error("clip is listed but its file is not there", "clip", row.Clip.String())
		}
		return
	}
	if err != nil {
		r.config.Log.Error("looking at a clip", "clip", row.Clip.String(), "error", err)
		return
	}
	defer f.Close()
	err = r.belongs(f, row)
	if err == nil {
		var size int64
		if size, err = f.Size(); err == nil {
			_, _, err = sealed.ReadEnd(f, size, r.config.Keys.Signers())
		}
	}
	if err == nil || row.State == StateDamaged || row.State == StateRemoving || !isFormat(err) {
		return
	}
	row.State = StateDamaged
	r.damaged(row, err)
	// not through the queue: the row might be removed before its turn comes
	if err := r.config.Index.ClipClosed(ctx, row); err != nil && ctx.Err() == nil {
		r.config.Log.Error("damaged clip not marked; the next start does", "clip", row.Clip.String(), "error", err)
	}
}

// lookAround counts the files that no row names. They are never deleted, for a
// database may be older than its files, or lost: but for those that a crash left before
// they held a picture.
func (d *disk) lookAround(ctx context.Context, known map[media.ClipID]struct{}) {
	r, strange := d.r, 0
	err := d.pool.Walk(ctx, func(found pool.Found) {
		if _, ok := known[found.Clip]; ok || r.isBorn(found.Clip) {
			return
		}
		what := d.strange(found)
		if strange++; strange <= logged {
			r.config.Log.Warn("file in the clip folder that is not listed", "file", found.Path, "is", what)
		}
	})
	if err != nil && ctx.Err() == nil {
		r.config.Log.Error("looking through the clip folder", "error", err)
	}
}

// strange counts a file that is not listed.
func (d *disk) strange(found pool.Found) string {
	r := d.r
	err := d.unlisted(found)
	if errors.Is(err, sealed.ErrEmpty) {
		d.litters(litter{found.Camera, found.Clip, 0})
		return "empty, and removed"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.found.Unknown++
		return "a clip of this hub"
	case isFormat(err):
		r.found.Foreign++
		return "foreign"
	}
	return err.Error()
}

// unlisted says what is not right with a file that is not listed.
func (d *disk) unlisted(found pool.Found) error {
	if found.Clip.IsZero() {
		return sealed.ErrFormat
	}
	f, err := d.file(found.Camera, found.Clip)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	switch {
	case err != nil:
		return err
	case size < sealed.HeaderSize:
		return sealed.ErrEmpty
	}
	if err := d.r.belongs(f, ClipRow{Camera: found.Camera, Clip: found.Clip}); err != nil {
		return err
	}
	return sealed.Filled(f, size)
}
