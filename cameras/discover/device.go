package discover

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"lares/cameras/internal/serials"
	"lares/cameras/internal/wire"
)

const maxAddresses = 4 // of one device

// device is one entry of the table, made of its sightings.
type device struct {
	id        string
	seq       int
	addresses []place
	uuid      word
	vendor    word
	model     word
	name      word
	serial    word
	mac       string // claimed
	speaks    []spoken
	sightings int
	rounds    int // in how many it was heard
	heard     time.Time
}

// place is an address and when it was last heard.
type place struct {
	at    netip.Addr
	round int
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
	round  int
}

type spoken struct {
	wire.Protocol

	at      netip.Addr
	scanned bool // and the device says nothing of it
}

// weights of what the ways say: what is made for it before what is made for
// people before guesses.
func weight(by string) int {
	return map[string]int{
		wire.ByDHIP: 6, wire.BySADP: 6, wire.ByDVRIP: 4, wire.ByTPLink: 6, wire.ByWSD: 5, wire.BySSDP: 3, wire.ByMDNS: 2, wire.ByScan: 1,
	}[by]
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
	if !serials.Weak(s.Serial) {
		out = append(out, claim{s.By + " serial", strings.ToLower(s.Serial)})
	}
	return out
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
		out = append(out, spoken{p, at, false})
	}
	return out
}

// assemble makes an entry of the sightings of a device, which are by key. Of words
// those of the way that knows best are taken, and of its own the newest.
func assemble(g *group, round int) device {
	first := lead(g.sightings)
	d := device{id: first.id, seq: first.seq, sightings: len(g.sightings)}
	for _, v := range g.sightings {
		d.reach(v)
		s := v.said
		uuid := s.UUID
		if strings.HasPrefix(uuid, hapPrefix) {
			uuid = ""
		}
		for _, w := range []struct {
			text string
			into *word
		}{{uuid, &d.uuid}, {s.Vendor, &d.vendor}, {s.Model, &d.model}, {s.Name, &d.name}, {s.Serial, &d.serial}} {
			if now := (word{w.text, weight(s.By), v.round}); w.text != "" && now.before(*w.into) {
				*w.into = now
			}
		}
		if s.MAC != "" {
			d.mac = s.MAC // there is one at most, or they would be two devices
		}
		d.rounds = max(d.rounds, v.rounds)
		if v.heard.After(d.heard) {
			d.heard = v.heard
		}
	}
	for _, scanned := range []bool{false, true} {
		for _, v := range g.sightings {
			if (v.said.By == wire.ByScan) == scanned {
				d.learn(v, scanned)
			}
		}
	}
	slices.SortStableFunc(d.speaks, func(p, q spoken) int { return rankOf(p.Name) - rankOf(q.Name) })
	d.order(round)
	return d
}

// before reports whether a word is to be taken instead of another.
func (w word) before(o word) bool {
	return w.weight > o.weight || w.weight == o.weight && w.round > o.round
}

// rankOf orders languages: what tells most of a device first.
func rankOf(name string) int {
	return slices.Index([]string{wire.SpeaksONVIF, wire.SpeaksRTSP, wire.SpeaksHTTP, wire.SpeaksHTTPS}, name) & 7
}

// reach adds the sighting's address.
func (d *device) reach(v *sighting) {
	at := slices.IndexFunc(d.addresses, func(p place) bool { return p.at == v.said.Address })
	if at < 0 {
		d.addresses = append(d.addresses, place{v.said.Address, v.round})
		return
	}
	d.addresses[at].round = max(d.addresses[at].round, v.round)
}

// order puts addresses at which it was heard in the last round, or since, before
// others, and IPv4 before IPv6, which many cameras announce and do not serve.
func (d *device) order(round int) {
	rank := func(p place) (n int) {
		if p.round < round-1 {
			n += 2
		}
		if !p.at.Is4() {
			n++
		}
		return n
	}
	slices.SortFunc(d.addresses, func(p, q place) int { return cmp.Or(rank(p)-rank(q), p.at.Compare(q.at)) })
	d.addresses = d.addresses[:min(len(d.addresses), maxAddresses)]
}

// learn adds what the sighting speaks. A port that only a scan found is not added
// where the device itself names one for the language.
func (d *device) learn(v *sighting, scanned bool) {
	for _, p := range v.said.Speaks {
		at := v.said.Address
		known := slices.IndexFunc(d.speaks, func(q spoken) bool {
			return q.at == at && q.Name == p.Name && (q.Port == p.Port || scanned && !q.scanned)
		})
		switch {
		case known < 0 && len(d.speaks) < 2*wire.MaxProtocols:
			d.speaks = append(d.speaks, spoken{p, at, scanned})
		case known >= 0 && d.speaks[known].Port == p.Port:
			// Not every way to be heard tells of paths and TLS.
			d.speaks[known].Path = cmp.Or(d.speaks[known].Path, p.Path)
			d.speaks[known].TLS = d.speaks[known].TLS || p.TLS
		}
	}
}

// rank is lower for what was heard more often: in several rounds, in several ways, once.
func (d *device) rank() int {
	switch {
	case d.rounds > 1:
		return 0
	case d.sightings > 1:
		return 1
	}
	return 2
}

// candidate is the device as it is shown.
func (d *device) candidate(macs map[netip.Addr]string) Candidate {
	c := Candidate{
		ID: d.id, Vendor: d.vendor.text, Model: d.model.text, Name: d.name.text, Serial: d.serial.text, UUID: d.uuid.text,
		MAC: macs[d.addresses[0].at.WithZone("")], Heard: d.heard,
	}
	if c.MAC == "" {
		c.MAC = d.mac
	}
	for _, p := range d.addresses {
		c.Addresses = append(c.Addresses, p.at)
	}
	for _, p := range d.speaks {
		if p.at == c.Addresses[0] {
			c.Speaks = append(c.Speaks, Protocol{Name: p.Name, Port: p.Port, URL: addressOf(p.Protocol, p.at)})
		}
	}
	return c
}
