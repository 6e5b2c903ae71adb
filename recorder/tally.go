package recorder

import (
	"maps"
	"sync"

	"lares/recorder/retention"
)

// tally counts the bytes of all listed clips, by camera and pool.
type tally struct {
	mu    sync.Mutex // guards following
	of    map[retention.Place]int64
	total int64
}

func (t *tally) add(at retention.Place, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[retention.Place]int64{}
	}
	t.total += n
	if t.of[at] += n; t.of[at] == 0 {
		delete(t.of, at)
	}
}

// in is the sum of a pool.
func (t *tally) in(pool int) (n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for at, bytes := range t.of {
		if at.Pool == pool {
			n += bytes
		}
	}
	return n
}

func (t *tally) sum() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

// all is a copy of it.
func (t *tally) all() map[retention.Place]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		return map[retention.Place]int64{}
	}
	return maps.Clone(t.of)
}
