package discover

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"lares/cameras/internal/wire"
)

const (
	maxAddresses = 4 // of one device
	maxIDs       = 12
	// shortSerial is a serial that many devices may share.
	shortSerial = 6
)

// device is one entry of the table.
type device struct {
	id        string
	addresses []place
	ids       []claim
	vendor    word
	model     word
	name      word
	serial    word
	mac       string // claimed
	kernel    string // the kernel's MAC of its first address
	speaks    []spoken
	ways      uint8
	round     int // in which it was heard last
	rounds    int // in how many it was heard
	heard     time.Time
}

// place is an address and when it was last heard, and by which ways in that
// round.
type place struct {
	at    netip.Addr
	round int
	ways  uint8
}

// claim is an identifier of one kind. Two devices with different ones of a kind
// are two.
type claim struct {
	kind  string // "mac", "hap", or the way it was heard with "uuid" or "serial"
	value string
}

// word is a text and how well its source knows.
type word struct {
	text   string
	weight int
}

type spoken struct {
	wire.Protocol

	at netip.Addr
}

// weights of what the ways say: what is made for it before what is made for
// people before guesses.
func weight(by string) int {
	return map[string]int{
		wire.ByDHIP: 6, wire.ByDVRIP: 4, wire.ByTPLink: 6, wire.ByWSD: 5, wire.BySSDP: 3, wire.ByMDNS: 2, wire.ByScan: 1,
	}[by]
}

// bit of a way in device.ways.
func bit(by string) uint8 {
	for i, way := range []string{wire.ByMDNS, wire.ByWSD, wire.BySSDP, wire.ByDVRIP, wire.ByDHIP, wire.ByTPLink, wire.ByScan} {
		if way == by {
			return 1 << i
		}
	}
	return 0
}

// claims are the identifiers in a sighting.
func claims(s wire.Sighting) (out []claim) {
	if s.MAC != "" {
		out = append(out, claim{"mac", s.MAC})
	}
	if strings.HasPrefix(s.UUID, hapPrefix) {
		out = append(out, claim{"hap", s.UUID})
	} else if s.UUID != "" {
		out = append(out, claim{s.By + " uuid", s.UUID})
	}
	if len(s.Serial) >= shortSerial {
		out = append(out, claim{s.By + " serial", strings.ToLower(s.Serial)})
	}
	return out
}

// shares reports whether two lists have an identifier in common, of whatever
// kind: one uuid may be told by two protocols.
func shares(a, b []claim) bool {
	for _, x := range a {
		if slices.ContainsFunc(b, func(y claim) bool { return x.value == y.value }) {
			return true
		}
	}
	return false
}

// contradict reports whether two lists are of two devices.
func contradict(a, b []claim) bool {
	for _, x := range a {
		if slices.ContainsFunc(b, func(y claim) bool { return x.kind == y.kind && x.value != y.value }) {
			return true
		}
	}
	return false
}

// sole are the languages that a device speaks on one port alone.
func sole(name string) bool {
	return name == wire.SpeaksONVIF || name == wire.SpeaksRTSP || name == wire.SpeaksHomeKit || name == wire.SpeaksDVRIP
}

// portsDiffer reports whether two devices behind one address speak one language
// on two ports: they are two.
func portsDiffer(a, b []spoken) bool {
	for _, x := range a {
		if sole(x.Name) && slices.ContainsFunc(b, func(y spoken) bool { return x.Name == y.Name && x.at == y.at }) &&
			!slices.ContainsFunc(b, func(y spoken) bool { return x.Name == y.Name && x.at == y.at && x.Port == y.Port }) {
			return true
		}
	}
	return false
}

func spokenAt(list []wire.Protocol, at netip.Addr) []spoken {
	out := make([]spoken, 0, len(list))
	for _, p := range list {
		out = append(out, spoken{p, at})
	}
	return out
}

// lives reports whether the device has the address.
func (d *device) lives(at netip.Addr) bool {
	return slices.ContainsFunc(d.addresses, func(p place) bool { return p.at == at })
}

// elsewhere reports whether the device answered for itself at another IPv4
// address in this very round, by the same way: then what has its identifier
// here is a second device with the same one. Some makers give one to all.
func (d *device) elsewhere(s wire.Sighting, round int) bool {
	if s.By != wire.ByWSD && s.By != wire.BySSDP || !s.Address.Is4() {
		return false
	}
	if s.MAC != "" && slices.Contains(d.ids, claim{"mac", s.MAC}) {
		return false
	}
	return !d.lives(s.Address) && slices.ContainsFunc(d.addresses, func(p place) bool {
		return p.at.Is4() && p.round == round && p.ways&bit(s.By) != 0
	})
}

// learn adds what a sighting says; whether anything to be shown changed.
func (d *device) learn(s wire.Sighting, round int, now time.Time) (changed bool) {
	if at := slices.IndexFunc(d.addresses, func(p place) bool { return p.at == s.Address }); at >= 0 {
		p := &d.addresses[at]
		if p.round != round {
			p.round, p.ways = round, 0
		}
		p.ways |= bit(s.By)
	} else if len(d.addresses) < maxAddresses {
		d.addresses = append(d.addresses, place{s.Address, round, bit(s.By)})
		d.order(0)
		changed = true
	}
	for _, c := range claims(s) {
		if !slices.Contains(d.ids, c) && len(d.ids) < maxIDs {
			d.ids = append(d.ids, c)
			changed = true
		}
	}
	if s.MAC != "" && s.MAC != d.mac {
		d.mac, changed = s.MAC, true
	}
	for _, w := range []struct {
		text string
		into *word
	}{{s.Vendor, &d.vendor}, {s.Model, &d.model}, {s.Name, &d.name}, {s.Serial, &d.serial}} {
		if w.text != "" && weight(s.By) >= w.into.weight && (w.text != w.into.text || weight(s.By) > w.into.weight) {
			changed = changed || w.text != w.into.text
			*w.into = word{w.text, weight(s.By)}
		}
	}
	for _, p := range s.Speaks {
		changed = d.learnProtocol(spoken{p, s.Address}) || changed
	}
	d.ways |= bit(s.By)
	if d.round != round {
		d.round = round
		d.rounds++
	}
	d.heard = now
	return changed
}

// order puts addresses at which it was heard in the round or later before
// others, and IPv4 before IPv6, which many cameras announce and do not serve.
func (d *device) order(round int) {
	rank := func(p place) (n int) {
		if p.round < round {
			n += 2
		}
		if !p.at.Is4() {
			n++
		}
		return n
	}
	slices.SortStableFunc(d.addresses, func(p, q place) int { return rank(p) - rank(q) })
}

func (d *device) learnProtocol(p spoken) bool {
	if at := slices.IndexFunc(d.speaks, func(q spoken) bool { return q.Name == p.Name && q.Port == p.Port && q.at == p.at }); at >= 0 {
		if p.Path == "" || p.Path == d.speaks[at].Path {
			return false
		}
		d.speaks[at].Path = p.Path
		return true
	}
	if len(d.speaks) >= 2*wire.MaxProtocols {
		return false
	}
	d.speaks = append(d.speaks, p)
	return true
}

// absorb takes over what is known of the same device under another entry.
func (d *device) absorb(e *device) {
	for _, p := range e.addresses {
		if !d.lives(p.at) && len(d.addresses) < maxAddresses {
			d.addresses = append(d.addresses, p)
		}
	}
	d.order(0)
	for _, c := range e.ids {
		if !slices.Contains(d.ids, c) && len(d.ids) < maxIDs {
			d.ids = append(d.ids, c)
		}
	}
	for _, w := range []struct{ from, into *word }{{&e.vendor, &d.vendor}, {&e.model, &d.model}, {&e.name, &d.name}, {&e.serial, &d.serial}} {
		if w.from.weight > w.into.weight {
			*w.into = *w.from
		}
	}
	if d.mac == "" {
		d.mac = e.mac
	}
	for _, p := range e.speaks {
		d.learnProtocol(p)
	}
	d.ways |= e.ways
	d.round, d.rounds = max(d.round, e.round), max(d.rounds, e.rounds)
	if e.heard.After(d.heard) {
		d.heard = e.heard
	}
}

// candidate is the device as it is shown.
func (d *device) candidate() Candidate {
	c := Candidate{
		ID: d.id, Vendor: d.vendor.text, Model: d.model.text, Name: d.name.text, Serial: d.serial.text, MAC: d.kernel, Heard: d.heard,
	}
	if c.MAC == "" {
		c.MAC = d.mac
	}
	for _, p := range d.addresses {
		c.Addresses = append(c.Addresses, p.at)
	}
	for _, k := range d.ids {
		if c.UUID == "" && strings.HasSuffix(k.kind, " uuid") {
			c.UUID = k.value
		}
	}
	for _, p := range d.speaks {
		if p.at == c.Addresses[0] {
			c.Speaks = append(c.Speaks, Protocol{Name: p.Name, Port: p.Port, URL: addressOf(p.Protocol, p.at)})
		}
	}
	return c
}
