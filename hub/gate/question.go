package gate

import (
	"context"
	"iter"
	"time"
)

const (
	// askEvery is how often what runs long asks whether it may go on; with
	// askTimeout it stays below the two seconds a revoke may take.
	askEvery   = time.Second
	askTimeout = 500 * time.Millisecond
)

// Questions are when something that runs longer than a request, a stream or a
// socket, asks the gate again. One goroutine uses Each.
type Questions struct {
	now chan struct{} // holds one when the gate is to be asked at once
}

// NewQuestions makes the questions of one thing that runs.
func NewQuestions() Questions { return Questions{now: make(chan struct{}, 1)} }

// Hurry makes the next question one of now. It does not block.
func (q Questions) Hurry() {
	select {
	case q.now <- struct{}{}:
	default: // it is about to
	}
}

// Each yields the context of a question, see Question, each second and after
// Hurry, until ctx ends. Who loops must not wait for a slow client.
func (q Questions) Each(ctx context.Context) iter.Seq[context.Context] {
	return func(yield func(context.Context) bool) {
		tick := time.NewTicker(askEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			case <-q.now:
			}
			asking, cancel := Question(ctx)
			more := yield(asking)
			cancel()
			if !more {
				return
			}
		}
	}
}

// Question bounds what the gate is asked on behalf of ctx. That ctx ends
// meanwhile, because the viewer leaves, does not break it off: that would look
// like a database in doubt.
func Question(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
}
