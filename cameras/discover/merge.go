package discover

import (
	"crypto/rand"
	"encoding/hex"
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"lares/cameras/internal/wire"
)

const (
	// missed is how many rounds a device may be silent before it is forgotten.
	missed = 3
	// scannedFor is how long one is remembered that only a scan found.
	scannedFor = 30 * time.Minute
)

// table puts sightings together, one entry per device. It does nothing but
// compare, and is not safe for concurrent use.
type table struct {
	devices []*device
	round   int
	pick    func(n int) int // a number below n, by chance
}

// note takes a sighting; whether anything to be shown changed.
func (t *table) note(s wire.Sighting, now time.Time) bool {
	d := t.find(s)
	if d == nil {
		if d = t.admit(s); d == nil {
			return false
		}
		d.learn(s, t.round, now)
		return true
	}
	if !d.learn(s, t.round, now) {
		return false
	}
	t.join(d)
	return true
}

// find looks for the device: first by what identifies it, then by its address,
// where one device lives unless something says otherwise.
func (t *table) find(s wire.Sighting) *device {
	ids := claims(s)
	for _, d := range t.devices {
		if shares(d.ids, ids) && !contradict(d.ids, ids) && !d.elsewhere(s, t.round) {
			return d
		}
	}
	var here []*device
	for _, d := range t.devices {
		if d.lives(s.Address) && !contradict(d.ids, ids) && !portsDiffer(d.speaks, spokenAt(s.Speaks, s.Address)) {
			here = append(here, d)
		}
	}
	if len(here) > 1 {
		here = slices.DeleteFunc(here, func(d *device) bool {
			return !slices.ContainsFunc(d.speaks, func(p spoken) bool {
				return slices.ContainsFunc(s.Speaks, func(q wire.Protocol) bool { return p.at == s.Address && p.Name == q.Name && p.Port == q.Port })
			})
		})
	}
	if len(here) != 1 {
		return nil
	}
	return here[0]
}

// admit makes an entry. When the table is full, it takes the place of one that
// was heard once, in one way: a flood drives out its own, and not what was
// heard twice. nil where there is no room, and for one more at an address that
// shows many.
func (t *table) admit(s wire.Sighting) *device {
	neighbours := 0
	for _, d := range t.devices {
		if d.lives(s.Address) {
			neighbours++
		}
	}
	if neighbours >= perAddress || neighbours > 0 && s.By == wire.ByScan {
		return nil
	}
	d := &device{id: newID()}
	if len(t.devices) < MaxCandidates {
		t.devices = append(t.devices, d)
		return d
	}
	var weak []int
	for i, e := range t.devices {
		if e.rounds <= 1 && bits.OnesCount8(e.ways) == 1 {
			weak = append(weak, i)
		}
	}
	if len(weak) == 0 {
		return nil
	}
	t.devices[weak[t.pick(len(weak))]] = d
	return d
}

// newID is a name for an entry that says nothing.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// join unites d with entries that turned out to be the same device: what was
// heard of it before may have had nothing in common. The older name stays.
func (t *table) join(d *device) {
	for i := 0; i < len(t.devices); i++ {
		e := t.devices[i]
		if e == d || contradict(d.ids, e.ids) || !shares(d.ids, e.ids) && (!t.together(d, e) || portsDiffer(d.speaks, e.speaks)) || t.twins(d, e) {
			continue
		}
		older, younger := d, e
		if slices.Index(t.devices, e) < slices.Index(t.devices, d) {
			older, younger = e, d
		}
		older.absorb(younger)
		t.devices = slices.DeleteFunc(t.devices, func(x *device) bool { return x == younger })
		d, i = older, -1
	}
}

// together reports whether the two, and nobody else, live at one address.
func (t *table) together(d, e *device) bool {
	for _, p := range d.addresses {
		if !e.lives(p.at) {
			continue
		}
		others := 0
		for _, x := range t.devices {
			if x != d && x != e && x.lives(p.at) {
				others++
			}
		}
		if others == 0 {
			return true
		}
	}
	return false
}

// twins reports whether the two answered for themselves at two IPv4 addresses
// in one round: they are two, whatever they share.
func (t *table) twins(d, e *device) bool {
	direct := bit(wire.ByWSD) | bit(wire.BySSDP)
	for _, p := range d.addresses {
		for _, q := range e.addresses {
			if p.at.Is4() && q.at.Is4() && p.at != q.at && p.round == q.round && p.ways&q.ways&direct != 0 && (d.mac == "" || d.mac != e.mac) {
				return true
			}
		}
	}
	return false
}

// endRound forgets who was not heard for long, and addresses of networks that
// are gone; whether anything to be shown changed.
func (t *table) endRound(l links, now time.Time) (changed bool) {
	scan := bit(wire.ByScan)
	before := len(t.devices)
	t.devices = slices.DeleteFunc(t.devices, func(d *device) bool {
		n := len(d.addresses)
		d.addresses = slices.DeleteFunc(d.addresses, func(p place) bool {
			_, ok := l.neighbour(p.at)
			return !ok || d.round == t.round && t.round-p.round >= missed
		})
		changed = changed || len(d.addresses) != n
		d.speaks = slices.DeleteFunc(d.speaks, func(p spoken) bool { return !d.lives(p.at) })
		if len(d.addresses) == 0 {
			return true
		}
		if front := d.addresses[0]; d.round == t.round {
			d.order(t.round) // where it is now, before where it was
			changed = changed || d.addresses[0].at != front.at
		}
		if d.ways == scan && now.Sub(d.heard) < scannedFor {
			return false
		}
		return t.round-d.round >= missed
	})
	t.round++
	return changed || len(t.devices) != before
}

// list is what is to be shown, oldest first.
func (t *table) list() []Candidate {
	out := make([]Candidate, 0, len(t.devices))
	for _, d := range t.devices {
		out = append(out, d.candidate())
	}
	return out
}

// meet adds what the kernel knows of the neighbours.
func (t *table) meet(macs map[netip.Addr]string) (changed bool) {
	for _, d := range t.devices {
		if mac := macs[d.addresses[0].at.WithZone("")]; mac != "" && mac != d.kernel {
			d.kernel, changed = mac, true
		}
	}
	return changed
}
