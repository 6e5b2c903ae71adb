package gate

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/probe"
	"lares/hub/account"
)

// probes are the looks that go on and those that are kept, in memory alone.
type probes struct {
	mu      sync.Mutex // guards following
	kept    map[media.ProbeID]probed
	busy    map[string]bool      // devices that are looked at, by each of their names
	looking int                  // how many looks go on
	refused map[string][]refusal // wrong passwords, by each of a device's names
}

// refusal is a wrong password that an account gave for a device.
type refusal struct {
	by account.ID
	at time.Time
}

func newProbes() *probes {
	return &probes{kept: map[media.ProbeID]probed{}, busy: map[string]bool{}, refused: map[string][]refusal{}}
}

// known names the device at an address, however its host was spelled: by the address,
// and by the link layer address behind it, for a device has several addresses. That is
// known once the hub spoke to it there, so ask again after a look.
func (g *Gate) known(at netip.Addr) []string {
	if link := g.cfg.LinkAddress(at); link != "" {
		return []string{at.String(), link}
	}
	return []string{at.String()}
}

// begin takes a place among those that look, one for each device: looks beside each
// other would try the same wrong password each.
func (p *probes) begin(device []string, by account.ID, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	for _, name := range device {
		own := 0
		for _, r := range p.refused[name] {
			if r.by == by {
				own++
			}
		}
		if own >= maxRefusals || len(p.refused[name]) >= maxRefusalsOfAll {
			return ErrLockedOut
		}
	}
	if p.looking >= maxProbing || slices.ContainsFunc(device, func(name string) bool { return p.busy[name] }) {
		return ErrProbing
	}
	p.looking++
	for _, name := range device {
		p.busy[name] = true
	}
	return nil
}

// end gives the place of the same names back.
func (p *probes) end(device []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.looking--
	for _, name := range device {
		delete(p.busy, name)
	}
}

// refuse remembers that a device refused an account's password.
func (p *probes) refuse(device []string, by account.ID, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range device {
		p.refused[name] = append(p.refused[name], refusal{by, now})
	}
}

// keep holds a probe; when there are too many, the oldest goes.
func (p *probes) keep(id media.ProbeID, x probed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, again := p.kept[id]; !again && len(p.kept) >= maxProbes {
		oldest := id
		at := x.at
		for other, y := range p.kept {
			if !y.at.After(at) {
				oldest, at = other, y.at
			}
		}
		delete(p.kept, oldest)
	}
	p.kept[id] = x
}

// drop forgets a probe.
func (p *probes) drop(id media.ProbeID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.kept, id)
}

func (p *probes) find(id media.ProbeID, now time.Time) (probed, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	x, ok := p.kept[id]
	if fault.On && ok {
		x = fault.Swap(fault.Probe, x.account.String(), x)
	}
	return x, ok
}

// channelAt is which channel the newest look of a caller's session found at an address
// of a stream, and how many its device had to offer.
func (p *probes) channelAt(c account.Caller, main string) (source string, of int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var at time.Time
	for _, x := range p.kept {
		if x.session != c.Session || x.account != c.Account || ok && x.at.Before(at) {
			continue
		}
		told := slices.Clone(x.channels)
		for _, s := range x.look.Streams {
			told = append(told, probe.MetChannel{Source: s.Source, URL: s.URL})
		}
		for _, c := range told {
			if c.Source != "" && c.URL != "" && sameAddress(c.URL, main) {
				source, of, ok, at = c.Source, offers(x.look), true, x.at
			}
		}
	}
	return source, of, ok
}

// forget drops what is too old, and all after a clock that was set back.
func (p *probes) forget(now time.Time) {
	over := func(at time.Time, life time.Duration) bool { age := now.Sub(at); return age < 0 || age > life }
	for id, x := range p.kept {
		if over(x.at, probeKept) {
			delete(p.kept, id)
		}
	}
	for name, list := range p.refused {
		for len(list) > 0 && over(list[0].at, refusedFor) {
			list = list[1:]
		}
		if p.refused[name] = list; len(list) == 0 {
			delete(p.refused, name)
		}
	}
}
