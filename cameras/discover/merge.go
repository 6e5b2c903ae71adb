package discover

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"maps"
	"net/netip"
	"slices"
	"time"

	"lares/cameras/internal/wire"
)

const (
	// missed is how many rounds, of those in which nothing was lost, a device may be silent
	// before it is forgotten.
	missed = 3
	// scannedFor is how long one is remembered that only a scan found.
	scannedFor = 30 * time.Minute
	// maxVoices bounds what is remembered: each candidate by four ways.
	maxVoices = 4 * MaxCandidates
)

// table puts what was heard together, one entry per device. It is not safe for
// concurrent use.
type table struct {
	sightings map[string]*sighting // by key
	spots     map[netip.Addr]*spot
	macs      map[netip.Addr]string // what the kernel knows
	seq       int
	round     int
	whole     int             // rounds in which nothing was lost
	pick      func(n int) int // a number below n, by chance

	devices []device // made of the sightings; nil is to be made anew
}

// note takes a sighting; whether anything to be shown changed.
func (t *table) note(s wire.Sighting, now time.Time) bool {
	if v := t.sightings[keyOf(s)]; v != nil {
		changed := v.hear(s, t.round, now)
		v.whole = t.whole
		t.devices = nil // when it was heard is shown, too
		return changed
	}
	v := t.admit(s)
	if v == nil {
		return false
	}
	v.hear(s, t.round, now)
	v.whole = t.whole
	t.devices = nil
	return true
}

// admit takes in a sighting. When the table is full, it takes the place of one that
// was heard once, and nothing else where it was, or else of one that was heard in a round
// before this alone: a flood drives out its own, and not what was heard twice. nil where
// there is no room, and for one more at an address that has many.
func (t *table) admit(s wire.Sighting) *sighting {
	here := t.spots[s.Address]
	if here != nil && len(here.sightings) >= maxKnot {
		return nil
	}
	if len(t.sightings) >= maxVoices {
		var weak, past []*sighting
		for _, v := range t.sightings {
			switch {
			case v.weak():
				weak = append(weak, v)
			case v.rounds <= 1 && v.round < t.round:
				past = append(past, v)
			}
		}
		if len(weak) == 0 {
			weak = past
		}
		if len(weak) == 0 {
			return nil
		}
		t.forget(weak[t.pick(len(weak))])
		here = t.spots[s.Address]
	}
	if here == nil {
		if t.spots == nil {
			t.spots, t.sightings = make(map[netip.Addr]*spot), make(map[string]*sighting)
		}
		here = &spot{}
		t.spots[s.Address] = here
	}
	t.seq++
	s.Speaks = slices.Clone(s.Speaks)
	v := &sighting{key: keyOf(s), said: s, ids: claims(s), spot: here, link: t.macs[s.Address.WithZone("")], id: newID(), seq: t.seq}
	here.sightings = append(here.sightings, v)
	t.sightings[v.key] = v
	return v
}

func (t *table) forget(v *sighting) {
	delete(t.sightings, v.key)
	v.spot.sightings = slices.DeleteFunc(v.spot.sightings, func(w *sighting) bool { return v == w })
	if len(v.spot.sightings) == 0 {
		delete(t.spots, v.said.Address)
	}
	t.devices = nil
}

// newID is a name for an entry that says nothing.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// endRound forgets what was not heard for long, and what was of networks that
// are gone; whether anything to be shown changed. In a round in which something was
// lost, silence says nothing.
func (t *table) endRound(l links, lost bool, now time.Time) (changed bool) {
	if !lost {
		t.whole++
	}
	for _, g := range gather(slices.Collect(maps.Values(t.sightings))) {
		changed = t.endFor(g, l, now) || changed
	}
	for _, s := range t.spots { // what a scan found, and belongs to none of many
		for _, v := range slices.Clone(s.sightings) {
			if _, ok := l.neighbour(v.said.Address); !ok || v.said.By == wire.ByScan && now.Sub(v.heard) >= scannedFor && len(s.sightings) > 1 {
				t.forget(v)
			}
		}
	}
	before := t.all()
	for _, v := range t.sightings {
		v.past <<= 1
	}
	t.round++
	t.devices = nil
	front := func(d device) netip.Addr { return d.addresses[0].at }
	return changed || !slices.EqualFunc(before, t.all(), func(a, b device) bool { return front(a) == front(b) })
}

// endFor forgets sightings of one device. Ports that a scan found are its own as
// long as it is heard there, and those of nobody for a while. What stays keeps
// the entry's id.
func (t *table) endFor(g *group, l links, now time.Time) (changed bool) {
	alive := make(map[netip.Addr]bool) // told of, not only scanned
	told := false
	for _, v := range g.sightings {
		if v.said.By != wire.ByScan {
			told = true
			alive[v.said.Address] = alive[v.said.Address] || t.whole-v.whole <= missed
		}
	}
	leader := lead(g.sightings)
	id, seq := leader.id, leader.seq
	var left []*sighting
	for _, v := range g.sightings {
		_, near := l.neighbour(v.said.Address)
		keep := near && t.whole-v.whole <= missed
		if v.said.By == wire.ByScan {
			keep = near && (alive[v.said.Address] || !told && now.Sub(v.heard) < scannedFor)
		}
		if keep {
			left = append(left, v)
		} else {
			t.forget(v)
			changed = true
		}
	}
	if len(left) > 0 {
		v := lead(left)
		v.id, v.seq = id, seq
	}
	return changed
}

// lead is the sighting that came first: its id is the entry's.
func lead(sightings []*sighting) *sighting {
	return slices.MinFunc(sightings, func(v, w *sighting) int { return v.seq - w.seq })
}

// all makes the entries, oldest first: at most MaxCandidates, and perAddress for
// each address; what was heard in two rounds comes before what was heard in two ways,
// and that before others.
func (t *table) all() []device {
	if t.devices != nil {
		return t.devices
	}
	groups := gather(slices.Collect(maps.Values(t.sightings)))
	list := make([]device, 0, len(groups))
	for _, g := range groups {
		list = append(list, assemble(g, t.round))
	}
	slices.SortFunc(list, func(a, b device) int {
		return cmp.Or(a.rank()-b.rank(), a.seq-b.seq)
	})
	shown := make(map[netip.Addr]int)
	list = slices.DeleteFunc(list, func(d device) bool {
		at := d.addresses[0].at
		shown[at]++
		return shown[at] > perAddress
	})
	list = list[:min(len(list), MaxCandidates)]
	slices.SortFunc(list, func(a, b device) int { return a.seq - b.seq })
	t.devices = list
	return list
}

// list is what is to be shown, oldest first.
func (t *table) list() []Candidate {
	all := t.all()
	out := make([]Candidate, 0, len(all))
	for _, d := range all {
		out = append(out, d.candidate(t.macs))
	}
	return out
}

// meet adds what the kernel knows of the neighbours.
func (t *table) meet(macs map[netip.Addr]string) {
	t.macs, t.devices = macs, nil
	for _, v := range t.sightings {
		v.link = macs[v.said.Address.WithZone("")]
	}
}
