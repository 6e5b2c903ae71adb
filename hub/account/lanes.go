package account

import (
	"context"
	"sync"
	"time"
)

const (
	// laneWidth is how many password checks one source has under way: each costs
	// memory and processor time, of which all sources share little.
	laneWidth = 4
	// laneWaiting bounds those of one source that are under way or wait.
	laneWaiting = 64
	laneRetry   = time.Second
)

// lanes keep sources apart that make the hub check passwords: however many one of
// them sends, few of its own are in the way of others.
type lanes struct {
	mu    sync.Mutex // guards lanes and how many are in each
	lanes map[string]*lane
}

type lane struct {
	turns chan struct{}
	in    int
}

func newLanes() *lanes { return &lanes{lanes: map[string]*lane{}} }

// enter waits for a turn of the source. leave gives it back. ErrThrottled says
// that too many wait.
func (l *lanes) enter(ctx context.Context, source string) (leave func(), err error) {
	l.mu.Lock()
	k := l.lanes[source]
	if k == nil {
		k = &lane{turns: make(chan struct{}, laneWidth)}
		l.lanes[source] = k
	}
	if k.in >= laneWaiting {
		l.mu.Unlock()
		return nil, ErrThrottled{RetryAfter: laneRetry}
	}
	k.in++
	l.mu.Unlock()
	select {
	case k.turns <- struct{}{}:
		return func() { <-k.turns; l.out(source, k) }, nil
	case <-ctx.Done():
		l.out(source, k)
		return nil, ctx.Err()
	}
}

func (l *lanes) out(source string, k *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.in--; k.in == 0 {
		delete(l.lanes, source)
	}
}
