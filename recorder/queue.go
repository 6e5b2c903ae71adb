package recorder

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
)

const (
	// queueLimit bounds the index rows that wait for one camera while the
	// database does not answer: a week of clips.
	queueLimit = 4096
	// A database that does not answer is asked again after retryFirst, then
	// ever more slowly up to retryMost.
	retryFirst = 100 * time.Millisecond
	retryMost  = 2 * time.Second
	// callLimit bounds one call of the index.
	callLimit = 10 * time.Second
	// drainLimit bounds how long a stop waits for the index.
	drainLimit = 3 * time.Second
	// gatherFor is how long a row waits for those that belong with it, an event's for its clip's and
	// a clip's end for its event's: each commit syncs, which wears the disk more than what it writes.
	// That of a clip that was opened does not wait, as nobody finds the file without it, and takes
	// what waits of its camera with it. commitRows is how many share one at most.
	gatherFor  = 200 * time.Millisecond
	commitRows = 64
)

// queue carries rows to the index, so that no writer waits for the database.
// Rows of one camera keep their order, and those that come together share a commit, also of
// several cameras; one that fails holds up only its own camera, and what waits then comes alone.
type queue struct {
	index   Index
	log     *slog.Logger
	clock   clock.Clock
	problem func(error) // told each failure, and nil after a success
	wake    chan struct{}
	gathers time.Duration // how long a row waits for others
	refused tale          // rows that the index did not take; of the goroutine in run

	mu     sync.Mutex // guards following
	lanes  map[media.CameraID][]job
	alone  map[media.CameraID]bool // a call for it failed, and what waited then still does
	serial uint64
	lost   tale // rows that were dropped
}

// job is a row for the index, or another call of it; what names it in the log.
type job struct {
	serial uint64
	what   string
	call   func(context.Context) error // nil of a row
	seal   func(context.Context) error // comes before row, outside of the commit; nil is nothing
	row    func(context.Context, RowIndex) error
	now    bool // it waits for no others
}

func newQueue(index Index, log *slog.Logger, clock clock.Clock, problem func(error)) *queue {
	return &queue{
		index: index, log: log, clock: clock, problem: problem, wake: make(chan struct{}, 1), gathers: gatherFor,
		lanes: map[media.CameraID][]job{}, alone: map[media.CameraID]bool{},
	}
}

// put adds a call, which is made at once; it never blocks.
func (q *queue) put(camera media.CameraID, what string, call func(context.Context) error) {
	q.add(camera, job{what: what, call: call, now: true})
}

// putRow adds a row; it never blocks.
func (q *queue) putRow(camera media.CameraID, what string, row func(context.Context, RowIndex) error) {
	q.add(camera, job{what: what, row: row})
}

// putRowNow adds a row that waits for no others; what waits of its camera goes with it.
func (q *queue) putRowNow(camera media.CameraID, what string, row func(context.Context, RowIndex) error) {
	q.add(camera, job{what: what, row: row, now: true})
}

// add puts a job behind those of its camera.
func (q *queue) add(camera media.CameraID, j job) {
	q.mu.Lock()
	jobs := q.lanes[camera]
	dropped, told := 0, false
	if len(jobs) >= queueLimit {
		jobs = jobs[1:]
		dropped, told = q.lost.tell(q.clock.Now())
	}
	q.serial++
	j.serial = q.serial
	q.lanes[camera] = append(jobs, j)
	q.mu.Unlock()
	if told {
		q.log.Error("index does not answer: the oldest waiting rows are dropped, their files stay", "camera", camera.String(), "rows", dropped)
	}
	select {
	case q.wake <- struct{}{}:
	default: // somebody did
	}
}

// waits is how many rows of a camera wait.
func (q *queue) waits(camera media.CameraID) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.lanes[camera])
}

// flush waits until the index has taken all rows put before for a camera.
func (q *queue) flush(ctx context.Context, camera media.CameraID) error {
	taken := make(chan struct{})
	q.put(camera, "flush", func(context.Context) error {
		close(taken)
		return nil
	})
	select {
	case <-taken:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run calls the index until stop is closed, and then until nothing waits or
// drainLimit is over.
func (q *queue) run(stop <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pause := retryFirst
	var due <-chan time.Time // when what waits for others has waited long enough
	for all := true; ; {
		failed, left := q.round(ctx, all)
		if !left {
			due = nil
		}
		if ctx.Err() != nil || stop == nil && !failed {
			return
		}
		var again <-chan time.Time
		if failed {
			again = time.After(pause)
			pause = min(2*pause, retryMost)
		} else {
			pause = retryFirst
			if q.refused.over() {
				q.log.Info("index takes rows again")
			}
		}
		all = true
		select {
		case <-q.wake:
			if due == nil {
				due = time.After(q.gathers)
			}
			all = stop == nil
		case <-due:
			due = nil
		case <-again:
		case <-ctx.Done():
		case <-stop:
			stop = nil
			defer time.AfterFunc(drainLimit, cancel).Stop()
		}
	}
}

// round makes the calls that wait, a camera's up to its first failure: those of all cameras, or of
// those of which something does not wait for others, or failed before; others are left.
func (q *queue) round(ctx context.Context, all bool) (failed, left bool) {
	q.mu.Lock()
	cameras := make([]media.CameraID, 0, len(q.lanes))
	for id, jobs := range q.lanes {
		if all || q.alone[id] || slices.ContainsFunc(jobs, func(j job) bool { return j.now }) {
			cameras = append(cameras, id)
		} else {
			left = true
		}
	}
	q.mu.Unlock()
	q.share(ctx, cameras)
	for _, id := range cameras {
		for jobs := q.first(id); len(jobs) > 0 && ctx.Err() == nil; jobs = q.first(id) {
			err := q.call(ctx, id, jobs)
			q.done(id, jobs, err == nil)
			if err != nil {
				failed = true
				break
			}
		}
	}
	return failed, left
}

// share puts the first rows of several cameras in one commit. If that fails each comes alone.
func (q *queue) share(ctx context.Context, cameras []media.CameraID) {
	var rows []job
	of := map[media.CameraID][]job{}
	for _, id := range cameras {
		jobs := q.first(id)
		if len(jobs) > 0 && jobs[0].call == nil && !q.isAlone(id) && len(rows)+len(jobs) <= commitRows {
			rows, of[id] = append(rows, jobs...), jobs
		}
	}
	if len(of) < 2 {
		return
	}
	err := q.call(ctx, media.CameraID{}, rows)
	for id, jobs := range of {
		q.done(id, jobs, err == nil)
	}
}

func (q *queue) isAlone(id media.CameraID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.alone[id]
}

func (q *queue) call(ctx context.Context, id media.CameraID, jobs []job) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	err := q.make(ctx, jobs)
	if err != nil {
		if times, told := q.refused.tell(q.clock.Now()); told {
			q.log.Error("index does not take rows; trying again", "row", jobs[0].what, "rows", len(jobs), "camera", id.String(), "times", times, "error", err)
		}
		err = fmt.Errorf("index: %w", err)
	}
	q.problem(err)
	return err
}

// make makes one call, or puts rows in one commit.
func (q *queue) make(ctx context.Context, jobs []job) error {
	if call := jobs[0].call; call != nil {
		return call(ctx)
	}
	for _, j := range jobs {
		if j.seal == nil {
			continue
		}
		if err := j.seal(ctx); err != nil {
			return err
		}
	}
	return q.index.Together(ctx, func(rows RowIndex) error {
		for _, j := range jobs {
			if err := j.row(ctx, rows); err != nil {
				return err
			}
		}
		return nil
	})
}

// first is what is to be done next for a camera: one call, or the rows up to one.
func (q *queue) first(id media.CameraID) []job {
	q.mu.Lock()
	defer q.mu.Unlock()
	jobs := q.lanes[id]
	n := 0
	for n < min(len(jobs), commitRows) && jobs[n].call == nil {
		n++
	}
	if q.alone[id] || n == 0 {
		n = min(len(jobs), 1)
	}
	return slices.Clone(jobs[:n])
}

// done takes finished jobs away, but for those that add dropped for room while they were
// made, and notes whether they were taken.
func (q *queue) done(id media.CameraID, jobs []job, taken bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !taken {
		q.alone[id] = true
		return
	}
	last := jobs[len(jobs)-1].serial
	left := slices.DeleteFunc(q.lanes[id], func(j job) bool { return j.serial <= last })
	if len(left) == 0 {
		delete(q.lanes, id)
		delete(q.alone, id)
		return
	}
	q.lanes[id] = left
}

// closed stores what became of a clip at once.
func (r *Recorder) closed(ctx context.Context, row ClipRow) error {
	return r.config.Index.Together(ctx, func(rows RowIndex) error { return rows.ClipClosed(ctx, row) })
}
