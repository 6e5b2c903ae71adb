package discover

import (
	"hash/maphash"
	"io"
	"net/netip"
	"slices"
	"sync"

	"lares/cameras/internal/wire"
)

const (
	// queued is how many sightings of one way wait for the hub; what comes
	// beside that in a flood is lost, and asked for again in the next round.
	queued = 64
	// remembered bounds what is known to be told, per way.
	remembered = 4096
	// perAddress is how many devices one address may show by one way; recorders
	// and bridges show many.
	perAddress = 16
)

// outbox tells the hub what was seen, each thing once a round, and each way of
// hearing in its turn: a flood on one does not drown the others.
type outbox struct {
	hub  io.Writer
	seed maphash.Seed

	mu     sync.Mutex // guards following
	ways   []*way
	more   *sync.Cond
	lost   bool // something had no place
	closed bool
}

// way is one way of hearing.
type way struct {
	by    string
	queue []wire.Sighting
	told  map[uint64]struct{}
	from  map[netip.Addr]int
}

func newOutbox(hub io.Writer) *outbox {
	o := &outbox{hub: hub, seed: maphash.MakeSeed()}
	o.more = sync.NewCond(&o.mu)
	return o
}

// saw takes a sighting, unless it is malformed, was told before, or there are
// too many.
func (o *outbox) saw(s wire.Sighting) {
	s = trim(s)
	if s.Check() != nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	w := o.wayLocked(s.By)
	key := maphash.Comparable(o.seed, key{s.Address, s.MAC, s.UUID, s.Serial, s.Vendor, s.Model, s.Name}) ^ protocolsHash(o.seed, s.Speaks)
	if _, ok := w.told[key]; ok || o.closed || w.from[s.Address] >= perAddress {
		return
	}
	if len(w.queue) >= queued {
		o.lost = true
		return
	}
	if len(w.told) >= remembered {
		clear(w.told)
		clear(w.from)
	}
	w.told[key] = struct{}{}
	w.from[s.Address]++
	w.queue = append(w.queue, s)
	o.more.Signal()
}

// key is what makes two sightings the same, beside what the device speaks.
type key struct {
	address                                netip.Addr
	mac, uuid, serial, vendor, model, name string
}

func protocolsHash(seed maphash.Seed, list []wire.Protocol) (h uint64) {
	for _, p := range list {
		h ^= maphash.Comparable(seed, p)
	}
	return h
}

func (o *outbox) wayLocked(by string) *way {
	if at := slices.IndexFunc(o.ways, func(w *way) bool { return w.by == by }); at >= 0 {
		return o.ways[at]
	}
	w := &way{by: by, told: map[uint64]struct{}{}, from: map[netip.Addr]int{}}
	o.ways = append(o.ways, w)
	return w
}

// run sends until close, and then what is left; a lost hub ends it.
func (o *outbox) run() {
	for turn := 0; ; turn++ {
		s, ok := o.next(turn)
		if !ok {
			_ = wire.Send(o.hub, wire.TypeSearched, wire.Searched{Lost: o.lossy()}) // nobody is there to be told otherwise
			return
		}
		if wire.Send(o.hub, wire.TypeSighting, s) != nil {
			return
		}
	}
}

// next waits for a sighting, of the ways in turn.
func (o *outbox) next(turn int) (s wire.Sighting, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		for i := range o.ways {
			if w := o.ways[(turn+i)%len(o.ways)]; len(w.queue) > 0 {
				s, w.queue = w.queue[0], w.queue[1:]
				return s, true
			}
		}
		if o.closed {
			return s, false
		}
		o.more.Wait()
	}
}

// lossy reports whether something was heard and cannot be told.
func (o *outbox) lossy() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lost
}

// close says that nothing comes any more.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.more.Signal()
}
