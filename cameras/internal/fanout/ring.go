package fanout

import (
	"time"

	"lares/cameras/media"
)

// entry is a unit and the configuration under which it plays.
type entry struct {
	unit   media.Unit
	config *media.Unit
}

// entryCost is about what an entry takes besides its unit's bytes: a worker that
// sends units of nothing fills a ring too.
const entryCost = 256

func (e *entry) cost() int { return cost(&e.unit) }

func cost(u *media.Unit) int { return len(u.Sealed) + entryCost }

// ring is a queue of entries that begins, whenever it holds a sync unit, with
// one. A slice with a moving head serves: it is copied once per doubling.
type ring struct {
	entries []entry
	head    int
	bytes   int
	most    int   // bytes
	syncs   []int // absolute positions of sync units, rising
	base    int   // absolute position of entries[head]
}

func (r *ring) len() int        { return len(r.entries) - r.head }
func (r *ring) at(i int) *entry { return &r.entries[r.head+i] }

func (r *ring) push(e entry, keep time.Duration) {
	if e.unit.Sync {
		r.syncs = append(r.syncs, r.base+r.len())
	} else if len(r.syncs) == 0 {
		return // nobody could start here
	}
	r.entries = append(r.entries, e)
	r.bytes += e.cost()
	// Every sync unit but the last that is old enough makes what is before it
	// needless: a reader that asks for keep starts there.
	for len(r.syncs) > 1 && e.unit.Received.Sub(r.sync(1).unit.Received) >= keep {
		r.dropTo(r.syncs[1])
	}
	for r.bytes > r.most {
		if len(r.syncs) > 1 {
			r.dropTo(r.syncs[1])
			continue
		}
		r.clear() // one group of pictures above the limit: wait for the next
	}
}

func (r *ring) sync(i int) *entry { return r.at(r.syncs[i] - r.base) }

func (r *ring) dropTo(position int) {
	n := position - r.base
	for i := range n {
		r.bytes -= r.at(i).cost()
		*r.at(i) = entry{}
	}
	r.head += n
	r.base = position
	r.syncs = r.syncs[1:]
	if r.head > len(r.entries)/2 {
		k := copy(r.entries, r.entries[r.head:])
		clear(r.entries[k:])
		r.entries, r.head = r.entries[:k], 0
	}
}

func (r *ring) clear() {
	r.base += r.len()
	clear(r.entries)
	r.entries, r.head, r.bytes, r.syncs = r.entries[:0], 0, 0, nil
}

// atLeast finds the newest sync unit received at or before t, or the oldest;
// -1 without any.
func (r *ring) atLeast(t time.Time) int {
	if len(r.syncs) == 0 {
		return -1
	}
	i := len(r.syncs) - 1
	for i > 0 && r.sync(i).unit.Received.After(t) {
		i--
	}
	return r.syncs[i] - r.base
}

// newest finds the newest sync unit if it is of the run; else -1.
func (r *ring) newest(run media.RunID) int {
	if len(r.syncs) == 0 {
		return -1
	}
	if last := len(r.syncs) - 1; r.sync(last).unit.Run == run {
		return r.syncs[last] - r.base
	}
	return -1
}
