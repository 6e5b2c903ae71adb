package recorder

import (
	"maps"
	"sync"

	"lares/cameras/media"
)

// tally counts the bytes of all listed clips, by camera.
type tally struct {
	mu    sync.Mutex // guards following
	of    map[media.CameraID]int64
	total int64
}

func (t *tally) add(id media.CameraID, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[media.CameraID]int64{}
	}
	t.total += n
	if t.of[id] += n; t.of[id] == 0 {
		delete(t.of, id)
	}
}

func (t *tally) sum() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

// all is a copy of it.
func (t *tally) all() map[media.CameraID]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		return map[media.CameraID]int64{}
	}
	return maps.Clone(t.of)
}
