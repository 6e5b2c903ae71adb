package motion

import (
	"image"
	"time"
)

// bridge is how far apart looks are that show the same motion where stills are rare: one
// or two between them may miss it.
const bridge = time.Second

// chain is a time in which one look soon behind the other shows more than usual, from a
// still that shows motion or to one, or by itself.
type chain struct {
	span
	reach  time.Duration // up to when it may go on: its last look, or a blind one behind
	looks  int
	much   int  // the last looks, one behind the other, that show much more than usual
	counts bool // a still shows it, or enough looks do
}

// take takes a look into a chain.
func (c *chain) take(l look, much bool) {
	c.reach, c.to, c.box = l.at, max(c.to, l.at+tail), c.box.Union(l.box)
	if c.looks++; !much {
		c.much = 0
		return
	}
	c.much++
}

// blind says that a look shows nothing, and may have missed what there is.
func (l look) blind(limit int) bool { return l.count < 0 || l.dazzled && l.count < limit }

// stretches is what close does where stills are rare: most of what there is to know is in
// the looks. What a still shows began and ended with the looks that hang together with it;
// what no still shows needs as many with much more than usual as runs asks for, but begins
// and ends with what is more than usual. Looks that are blind end nothing.
func (g *gap) stretches(at time.Duration, moving bool, box image.Rectangle, b bounds) {
	limit, much := g.limit(b.scale), max(b.cells, g.runLimit(b.scale))
	var all []chain
	begin := func(c chain) *chain {
		all = append(all, c)
		return &all[len(all)-1]
	}
	var c *chain
	if g.moving {
		c = begin(chain{span: span{g.from, min(at, g.from+half), g.box}, reach: g.from, counts: true})
	}
	for _, l := range g.looks {
		goes := c != nil && l.at-c.reach <= bridge
		switch {
		case l.blind(limit) && goes:
			c.reach = l.at
		case l.count < limit && c != nil:
			c.much = 0
		case l.count >= limit:
			if !goes {
				c = begin(chain{span: span{from: l.at}})
			}
			c.take(l, l.count >= much && !l.scattered)
			c.counts = c.counts || b.warm && c.much >= longRun
		}
	}
	if moving {
		if c == nil || at-c.reach > bridge {
			c = begin(chain{span: span{from: max(g.from, at-half)}})
		}
		c.to, c.box, c.counts = at, c.box.Union(box), true
	}
	if n := len(all); n > 0 && g.moving && moving && !(n > 1 && min(all[0].looks, all[n-1].looks) >= sighted && all[n-1].from-all[0].to >= pause) {
		g.spans = append(g.spans, span{g.from, at, g.box.Union(box)}) // looks do not see it
		return
	}
	for _, c := range all {
		if c.counts {
			g.spans = append(g.spans, span{c.from, min(c.to, at), c.box})
		}
	}
}

// sighted is how many looks have to show what a still shows for the others to say that it
// is gone.
const sighted = 2
