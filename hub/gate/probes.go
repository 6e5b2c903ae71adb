package gate

import (
	"sync"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/probe"
)

// probes are the looks that go on and those that are kept, in memory alone.
type probes struct {
	mu      sync.Mutex // guards following
	kept    map[media.ProbeID]probed
	busy    map[string]bool        // hosts that are looked at
	refused map[string][]time.Time // wrong passwords by host
}

func newProbes() *probes {
	return &probes{kept: map[media.ProbeID]probed{}, busy: map[string]bool{}, refused: map[string][]time.Time{}}
}

// begin takes a place among those that look, one for each host: looks beside each
// other would try the same wrong password each.
func (p *probes) begin(d probe.Device, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	if len(p.refused[d.Host()]) >= maxRefusals {
		return ErrLockedOut
	}
	if len(p.busy) >= maxProbing || p.busy[d.Host()] {
		return ErrProbing
	}
	p.busy[d.Host()] = true
	return nil
}

// end gives the place back, and remembers a wrong password.
func (p *probes) end(d probe.Device, l probe.Look, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, d.Host())
	if l.Code == probe.WrongPassword {
		host := d.Host()
		p.refused[host] = append(p.refused[host], now)
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

// forget drops what is too old, and all after a clock that was set back.
func (p *probes) forget(now time.Time) {
	over := func(at time.Time, life time.Duration) bool { age := now.Sub(at); return age < 0 || age > life }
	for id, x := range p.kept {
		if over(x.at, probeKept) {
			delete(p.kept, id)
		}
	}
	for host, list := range p.refused {
		for len(list) > 0 && over(list[0], refusedFor) {
			list = list[1:]
		}
		if p.refused[host] = list; len(list) == 0 {
			delete(p.refused, host)
		}
	}
}
