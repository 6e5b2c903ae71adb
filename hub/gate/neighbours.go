package gate

import (
	"net/netip"
	"slices"
	"time"
)

const (
	// soughtAgain is how often the kernel is made to find out who is at one
	// address, and maxSought at how many at a time: each costs a datagram, and a
	// network may be full of devices that do not exist.
	soughtAgain = time.Minute
	maxSought   = 32
)

// neighbours is what the kernel sees of the hub's networks, read once, and of
// whom it was asked in vain.
type neighbours struct {
	known map[netip.Addr]string
	// Those that say they are looked for are found out about before others.
	claiming, others []netip.Addr
}

func (g *Gate) neighbours() *neighbours { return &neighbours{known: g.cfg.LinkAddresses()} }

// at is the link layer address behind an address; "" where the kernel knows none
// now.
func (n *neighbours) at(a netip.Addr, claims bool) string {
	mac := n.known[a]
	switch {
	case mac != "":
	case claims:
		n.claiming = append(n.claiming, a)
	default:
		n.others = append(n.others, a)
	}
	return mac
}

// seek has the kernel find out whom it did not know, a few at a time and none too
// often.
func (g *Gate) seek(n *neighbours) {
	now := g.cfg.Clock.Now()
	g.asking.Lock()
	for a, at := range g.sought {
		if past := now.Sub(at); past >= soughtAgain || past < 0 { // the clock was set back
			delete(g.sought, a)
		}
	}
	var todo []netip.Addr
	for _, a := range slices.Concat(n.claiming, n.others) {
		if _, lately := g.sought[a]; !lately && len(todo) < maxSought {
			g.sought[a] = now
			todo = append(todo, a)
		}
	}
	g.asking.Unlock()
	for _, a := range todo {
		g.cfg.FindLink(a)
	}
}
