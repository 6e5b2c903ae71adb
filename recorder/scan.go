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

// scan brings files and rows together after a start: first what a crash left
// open, then Ready, then the rest, at leisure. DESIGN.md "Recover" numbers
// these steps.
func (r *Recorder) scan(ctx context.Context) {
	rows, err := r.rowsOf(ctx)
	if err != nil {
		return // ctx has ended
	}
	var open, rest []ClipRow
	known := make(map[media.ClipID]struct{}, len(rows))
	for _, row := range rows {
		known[row.Clip] = struct{}{}
		switch {
		case r.isBorn(row.Clip): // made by this process
			continue
		case row.State == StateOpen:
			r.setOpen(row.Clip)
			open = append(open, row)
		default:
			rest = append(rest, row)
		}
		r.dates.behind(row.Start.Add(row.Duration))
		if row.State != StateOpen {
			r.bytes.add(row.Camera, row.Bytes)
		}
	}
	close(r.counted)
	r.setLastly(rows)
	crashed := r.repairAll(ctx, open)
	close(r.ready)
	r.queue.put(media.CameraID{}, "gaps of before", func(ctx context.Context) error {
		gaps, err := r.config.Index.GapsOpen(ctx)
		if err == nil {
			r.goOn(gaps, rows, crashed)
		}
		return err
	})
	r.queue.put(media.CameraID{}, "events ended", r.endEvents)
	r.resume(ctx)
	for _, row := range rest {
		if ctx.Err() != nil {
			return
		}
		r.inspect(ctx, row)
	}
	r.lookAround(ctx, known)
	r.mu.Lock()
	r.born = nil
	r.mu.Unlock()
	r.enforce()
}

// setLastly notes up to when each camera is recorded, by rows that are in order.
func (r *Recorder) setLastly(rows []ClipRow) {
	lastly := map[media.CameraID]time.Time{}
	for _, row := range rows {
		if end := row.Start.Add(row.Duration); end.After(lastly[row.Camera]) {
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
				if old, ok := crashed[row.Camera]; !ok || left.until.After(old.until) {
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
			r.litters(litter{row.Camera, row.Clip, 0})
			return r.endEvents(ctx)
		})
		return 0
	case errors.Is(err, fs.ErrNotExist), isFormat(err):
		row.State = StateDamaged
		r.damaged(row, err)
	default: // the disk: perhaps it is better at the next start
		r.config.Log.Error("clip not repaired", "clip", row.Clip.String(), "error", err)
		r.diskProblem(err)
		r.bytes.add(row.Camera, row.Bytes)
		return 0
	}
	r.bytes.add(row.Camera, row.Bytes)
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
	f, err := r.pool.OpenRepair(row.Camera, row.Clip)
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
// while r.tidy is held still has its row.
func (r *Recorder) inspect(ctx context.Context, row ClipRow) {
	r.tidy.Lock()
	defer r.tidy.Unlock()
	f, err := r.file(row.Camera, row.Clip)
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
func (r *Recorder) lookAround(ctx context.Context, known map[media.ClipID]struct{}) {
	strange := 0
	err := r.pool.Walk(ctx, func(found pool.Found) {
		if _, ok := known[found.Clip]; ok || r.isBorn(found.Clip) {
			return
		}
		what := r.strange(found)
		if strange++; strange <= logged {
			r.config.Log.Warn("file in the clip folder that is not listed", "file", found.Path, "is", what)
		}
	})
	if err != nil && ctx.Err() == nil {
		r.config.Log.Error("looking through the clip folder", "error", err)
	}
}

// strange counts a file that is not listed.
func (r *Recorder) strange(found pool.Found) string {
	err := r.unlisted(found)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case errors.Is(err, sealed.ErrEmpty):
		r.litter = append(r.litter, litter{found.Camera, found.Clip, 0})
		return "empty, and removed"
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
func (r *Recorder) unlisted(found pool.Found) error {
	if found.Clip.IsZero() {
		return sealed.ErrFormat
	}
	f, err := r.file(found.Camera, found.Clip)
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
	if err := r.belongs(f, ClipRow{Camera: found.Camera, Clip: found.Clip}); err != nil {
		return err
	}
	return sealed.Filled(f, size)
}
