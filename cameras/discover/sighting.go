package discover

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"lares/cameras/internal/wire"
)

// sighting is what was heard at one address, by one way, of one identity on the
// same ports, however often. Which sightings are of one device is worked out from
// all of them anew, so that the order in which they came decides nothing.
type sighting struct {
	key  string // orders sightings, and is the same for the same
	said wire.Sighting
	ids  []claim
	spot *spot
	link string // the link layer address that the kernel knows there; "" for none

	id     string // of the entry it leads
	seq    int    // when it came, among all
	round  int    // in which it was heard last
	rounds int    // in how many it was heard
	whole  int    // how many rounds nothing was lost in, when it was heard last
	past   uint64 // bit n: heard n rounds ago
	heard  time.Time
}

// spot is an address and the sightings there.
type spot struct{ sightings []*sighting }

// keyOf makes a sighting's key. Ports are of it: an advertisement that says nothing
// else of its device is known by them.
func keyOf(s wire.Sighting) string {
	ports := make([]string, 0, len(s.Speaks))
	for _, p := range s.Speaks {
		ports = append(ports, fmt.Sprintf("%s:%d", p.Name, p.Port))
	}
	slices.Sort(ports)
	return fmt.Sprintf("%s|%q|%q|%q|%q|%v", s.Address, s.By, s.UUID, s.MAC, strings.ToLower(s.Serial), ports)
}

// hear takes what the sighting says now; whether anything to be shown changed.
func (v *sighting) hear(s wire.Sighting, round int, now time.Time) (changed bool) {
	for _, w := range []struct {
		text string
		into *string
	}{{s.Vendor, &v.said.Vendor}, {s.Model, &v.said.Model}, {s.Name, &v.said.Name}, {s.Serial, &v.said.Serial}} {
		if w.text != "" && w.text != *w.into {
			*w.into, changed = w.text, true
		}
	}
	for _, p := range s.Speaks {
		for i := range v.said.Speaks {
			q := &v.said.Speaks[i]
			if q.Name != p.Name || q.Port != p.Port {
				continue
			}
			if p.Path != "" && p.Path != q.Path {
				q.Path, changed = p.Path, true
			}
			if p.TLS != q.TLS {
				q.TLS, changed = p.TLS, true
			}
		}
	}
	if v.rounds == 0 || v.round != round {
		v.round = round
		v.rounds++
	}
	v.past |= 1
	v.heard = now
	return changed
}

// weak reports whether it was heard once, and nothing in another way at its
// address.
func (v *sighting) weak() bool {
	return v.rounds <= 1 && !slices.ContainsFunc(v.spot.sightings, func(w *sighting) bool { return v.said.By != w.said.By })
}

// direct reports whether its device answered for itself: mDNS does not tell who
// spoke, and a scan asks nobody for a name.
func (v *sighting) direct() bool { return v.said.By != wire.ByMDNS && v.said.By != wire.ByScan }

// twins reports whether two sightings answered for themselves, in the same way, at
// two IPv4 addresses in one round: they are of two devices, whatever they share,
// but for a link layer address. Some makers give one UUID to all.
func (v *sighting) twins(w *sighting) bool {
	a, b := v.said.Address, w.said.Address
	return v.direct() && v.said.By == w.said.By && a.Is4() && b.Is4() && a != b && v.past&w.past != 0 &&
		(v.said.MAC == "" || v.said.MAC != w.said.MAC)
}

// clones reports whether two sightings claim one link layer address at two addresses
// behind which the kernel knows two others: they are of two devices. Where it knows the
// one that they claim behind one of them, that is a device with cable and radio.
func (v *sighting) clones(w *sighting) bool {
	claimed := v.said.MAC
	return claimed != "" && claimed == w.said.MAC && v.said.Address != w.said.Address &&
		v.link != "" && w.link != "" && v.link != w.link && v.link != claimed && w.link != claimed
}

// group is sightings that are of one device.
type group struct {
	sightings []*sighting // by key
	ids       []claim
	speaks    []spoken
}

func alone(v *sighting) *group {
	return &group{sightings: []*sighting{v}, ids: v.ids, speaks: spokenAt(v.said.Speaks, v.said.Address)}
}

// apart reports whether two groups cannot be of one device. Strictly, they are
// two where they speak one language on two ports of one address.
func (g *group) apart(h *group, strict bool) bool {
	if contradict(g.ids, h.ids) || strict && portsDiffer(g.speaks, h.speaks) {
		return true
	}
	for _, v := range g.sightings {
		if v.direct() && slices.ContainsFunc(h.sightings, v.twins) || slices.ContainsFunc(h.sightings, v.clones) {
			return true
		}
	}
	return false
}

// tie is a reason for which sightings are of one device.
type tie struct {
	of     func(*group) []string // what groups that are tied have in common
	strict bool
	common int // that more groups have in common ties nobody
}

const (
	// maxCommon bounds the groups that one identifier ties: what more have is
	// none.
	maxCommon = 16
	// maxKnot bounds the groups that are looked at together, and so the work a
	// hostile network makes: as many as one address may have sightings.
	maxKnot = 48
)

// ties in the order they are looked at: from those that are never wrong.
func ties() []tie {
	here := func(at netip.Addr, rest string) string { return at.String() + " " + rest }
	return []tie{
		{of: func(g *group) (out []string) { // one port of one address is one device's
			for _, p := range g.speaks {
				out = append(out, here(p.at, fmt.Sprintf("%s:%d", p.Name, p.Port)))
			}
			return out
		}, common: maxKnot},
		{of: func(g *group) (out []string) { // one identifier at one address
			for _, v := range g.sightings {
				for _, c := range v.ids {
					out = append(out, here(v.said.Address, c.value))
				}
			}
			return out
		}, common: maxKnot},
		{of: func(g *group) (out []string) { // one identifier anywhere
			for _, c := range g.ids {
				out = append(out, c.value)
			}
			return out
		}, common: maxCommon},
		{of: func(g *group) (out []string) { // one address
			for _, v := range g.sightings {
				out = append(out, v.said.Address.String())
			}
			return out
		}, strict: true, common: maxKnot},
	}
}

// bind unites groups by one tie. Where one could be of several that are not of
// each other, nobody knows of which, and all of them stay as they are.
func bind(groups []*group, by tie) []*group {
	tied := make(map[string][]int)
	for i, g := range groups {
		for _, k := range by.of(g) {
			if at := tied[k]; len(at) == 0 || at[len(at)-1] != i {
				tied[k] = append(at, i)
			}
		}
	}
	knot := make([]int, len(groups)) // the least member of the knot each is in
	for i := range knot {
		knot[i] = i
	}
	least := func(i int) int {
		for knot[i] != i {
			knot[i] = knot[knot[i]]
			i = knot[i]
		}
		return i
	}
	for _, list := range tied {
		if len(list) > by.common {
			continue
		}
		for n, i := range list {
			for _, j := range list[n+1:] {
				if a, b := least(i), least(j); a != b && !groups[i].apart(groups[j], by.strict) {
					knot[max(a, b)] = min(a, b)
				}
			}
		}
	}
	members := make(map[int][]*group)
	for i, g := range groups {
		members[least(i)] = append(members[least(i)], g)
	}
	out := groups[:0:0]
	for i := range groups {
		switch m := members[i]; {
		case len(m) > maxKnot || !united(m, by.strict):
			out = append(out, m...)
		case len(m) > 0:
			out = append(out, unite(m))
		}
	}
	return out
}

// united reports whether all of the groups can be of one device.
func united(list []*group, strict bool) bool {
	for n, g := range list {
		if slices.ContainsFunc(list[n+1:], func(h *group) bool { return g.apart(h, strict) }) {
			return false
		}
	}
	return true
}

func unite(list []*group) *group {
	if len(list) == 1 {
		return list[0]
	}
	one := &group{}
	for _, g := range list {
		one.sightings = append(one.sightings, g.sightings...)
		for _, c := range g.ids {
			if !slices.Contains(one.ids, c) {
				one.ids = append(one.ids, c)
			}
		}
		for _, p := range g.speaks {
			if !slices.Contains(one.speaks, p) {
				one.speaks = append(one.speaks, p)
			}
		}
	}
	slices.SortFunc(one.sightings, func(v, w *sighting) int { return cmp.Compare(v.key, w.key) })
	return one
}

// gather works out which sightings are of one device. What only a scan found is the
// ports of an address: of the one device there, or of one more where there is
// none.
func gather(sightings []*sighting) []*group {
	sightings = slices.SortedFunc(slices.Values(sightings), func(v, w *sighting) int { return cmp.Compare(v.key, w.key) })
	var groups []*group
	var scanned []*sighting
	for _, v := range sightings {
		if v.said.By == wire.ByScan {
			scanned = append(scanned, v)
		} else {
			groups = append(groups, alone(v))
		}
	}
	for _, by := range ties() {
		groups = bind(groups, by)
	}
	here := make(map[netip.Addr][]*group)
	for _, g := range groups {
		for _, v := range g.sightings {
			if at := here[v.said.Address]; len(at) == 0 || at[len(at)-1] != g {
				here[v.said.Address] = append(at, g)
			}
		}
	}
	for _, v := range scanned {
		switch at := here[v.said.Address]; {
		case len(at) == 1:
			at[0].sightings = append(at[0].sightings, v)
		case len(at) == 0:
			g := alone(v)
			here[v.said.Address] = []*group{g}
			groups = append(groups, g)
		}
	}
	return groups
}
