package fanout

import "sync"

// MaxWaiting bounds what waits for the disk in all streams of a hub together, in bytes, beside
// what their rings hold anyway.
const MaxWaiting = 64 << 20

// Budget bounds what waits for readers of the past, of however many streams: where it is too
// much, whose most waits loses it. So a reader with less than an equal part loses nothing,
// whatever waits for others. Safe for concurrent use.
type Budget struct {
	most int

	mu   sync.Mutex // guards following; taken behind a reader's
	held map[*Reader]int
	sum  int
}

// NewBudget is one of so many bytes.
func NewBudget(most int) *Budget { return &Budget{most: most, held: map[*Reader]int{}} }

// hold says how much waits for a reader; 0 forgets it.
func (b *Budget) hold(r *Reader, bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sum += bytes - b.held[r]
	if b.held[r] = bytes; bytes == 0 {
		delete(b.held, r)
	}
}

// keep has those lose what waits for whom it is too much. No reader's lock is held.
func (b *Budget) keep() {
	for r := b.over(); r != nil; r = b.over() {
		r.forget()
	}
}

// half says whether half of it or more is held.
func (b *Budget) half() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return 2*b.sum >= b.most
}

// over is for whom most waits, if it is too much.
func (b *Budget) over() (most *Reader) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sum <= b.most {
		return nil
	}
	for r, n := range b.held {
		if most == nil || n > b.held[most] {
			most = r
		}
	}
	return most
}
