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

// repairers is how many files are repaired at once: reading them is the disk's work, summing
// them the processor's.
const repairers = 2

// left is what a crash left open of the main streams of cameras, from when to when each file is.
type left map[media.CameraID][]chain

// repairHere repairs what a crash left open in those pools that are there.
func (r *Recorder) repairHere(ctx context.Context, lists map[*disk]listing) (left, map[*disk]bool) {
	crashed, here := left{}, map[*disk]bool{}
	for _, d := range r.disks {
		here[d] = isClosed(d.looked) && d.pool.There()
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
			for id, files := range found {
				crashed[id] = append(crashed[id], files...)
			}
		})
	}
	group.Wait()
	return crashed, here
}

// repairAll repairs what a crash left open.
func (r *Recorder) repairAll(ctx context.Context, rows []ClipRow) left {
	next := make(chan ClipRow)
	var group sync.WaitGroup
	var mu sync.Mutex
	crashed := left{}
	for range repairers {
		group.Go(func() {
			for row := range next {
				file := chain{row.Start, row.Start.Add(r.repair(row))}
				if row.Beside {
					continue
				}
				mu.Lock()
				crashed[row.Camera] = append(crashed[row.Camera], file)
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
		r.recorded(row)
		r.config.Log.Info("clip repaired", "clip", row.Clip.String(), "state", string(row.State), "duration", row.Duration)
	case errors.Is(err, sealed.ErrEmpty): // it never held a picture
		r.queue.put(row.Camera, "empty clip removed", func(ctx context.Context) error {
			if err := r.config.Index.ClipRemoved(ctx, row.Clip); err != nil {
				return err
			}
			r.numbered(row.Pool).litters(litter{row.place(), row.Clip, 0})
			return r.endEvents(ctx)
		})
		return 0
	case errors.Is(err, fs.ErrNotExist), isFormat(err):
		if row.State = StateDamaged; errors.Is(err, fs.ErrNotExist) {
			row.Bytes = 0
		}
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
		if err := r.closed(ctx, row); err != nil {
			return err
		}
		return r.endEvents(ctx) // its event's open clip may have been the last
	})
	if row.State == StateDamaged {
		r.tellLater(row)
	}
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
