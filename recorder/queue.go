package recorder

import (
	"context"
	"fmt"
	"log/slog"
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
)

// queue carries rows to the index, so that no writer waits for the database.
// Rows of one camera keep their order; a row that fails holds up only its own
// camera.
type queue struct {
	log     *slog.Logger
	clock   clock.Clock
	problem func(error) // told each failure, and nil after a success
	wake    chan struct{}
	refused tale // rows that the index did not take; of the goroutine in run

	mu     sync.Mutex // guards following
	lanes  map[media.CameraID][]job
	serial uint64
	lost   tale // rows that were dropped
}

// job is one call of the index; what names it in the log.
type job struct {
	serial uint64
	what   string
	call   func(context.Context) error
}

func newQueue(log *slog.Logger, clock clock.Clock, problem func(error)) *queue {
	return &queue{log: log, clock: clock, problem: problem, wake: make(chan struct{}, 1), lanes: map[media.CameraID][]job{}}
}

// put adds a call; it never blocks.
func (q *queue) put(camera media.CameraID, what string, call func(context.Context) error) {
	q.mu.Lock()
	jobs := q.lanes[camera]
	dropped, told := 0, false
	if len(jobs) >= queueLimit {
		jobs = jobs[1:]
		dropped, told = q.lost.tell(q.clock.Now())
	}
	q.serial++
	q.lanes[camera] = append(jobs, job{q.serial, what, call})
	q.mu.Unlock()
	if told {
		q.log.Error("index does not answer: the oldest waiting rows are dropped, their files stay", "camera", camera.String(), "rows", dropped)
	}
	select {
	case q.wake <- struct{}{}:
	default:
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
	for {
		failed := q.round(ctx)
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
		select {
		case <-q.wake:
		case <-again:
		case <-ctx.Done():
		case <-stop:
			stop = nil
			defer time.AfterFunc(drainLimit, cancel).Stop()
		}
	}
}

// round makes the calls that wait, a camera's up to its first failure.
func (q *queue) round(ctx context.Context) (failed bool) {
	q.mu.Lock()
	cameras := make([]media.CameraID, 0, len(q.lanes))
	for id := range q.lanes {
		cameras = append(cameras, id)
	}
	q.mu.Unlock()
	for _, id := range cameras {
		for j, ok := q.first(id); ok && ctx.Err() == nil; j, ok = q.first(id) {
			if err := q.call(ctx, id, j); err != nil {
				failed = true
				break
			}
			q.pop(id, j)
		}
	}
	return failed
}

func (q *queue) call(ctx context.Context, id media.CameraID, j job) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	err := j.call(ctx)
	if err != nil {
		if times, told := q.refused.tell(q.clock.Now()); told {
			q.log.Error("index does not take rows; trying again", "row", j.what, "camera", id.String(), "times", times, "error", err)
		}
		err = fmt.Errorf("index: %w", err)
	}
	q.problem(err)
	return err
}

func (q *queue) first(id media.CameraID) (job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if jobs := q.lanes[id]; len(jobs) > 0 {
		return jobs[0], true
	}
	return job{}, false
}

// pop takes a finished job away, unless put dropped it for room while it was
// called.
func (q *queue) pop(id media.CameraID, j job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	jobs := q.lanes[id]
	if len(jobs) == 0 || jobs[0].serial != j.serial {
		return
	}
	if len(jobs) == 1 {
		delete(q.lanes, id)
		return
	}
	q.lanes[id] = jobs[1:]
}
