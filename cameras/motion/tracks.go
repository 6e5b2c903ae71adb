package motion

import (
	"cmp"
	"image"
	"slices"
	"time"
)

const (
	// least is how many active cells hang together in a thing that may go somewhere, most
	// which part of the picture it is at most, and crowd how many times as many cells may
	// be active in the whole look: among more of its like it is noise.
	least, most, crowd = 5, 6, 6
	// reach is how far from where a track was expected the next thing may be (Q8 cells),
	// and lost how long a track goes on unseen.
	reach = 3 << 8
	lost  = 900 * time.Millisecond
	// strongAge, strongWay and strongPart are how many looks a track has to have, how far
	// it has to have gone (Q8 cells), and how much of its path that has to be (of 256), to
	// count without a still.
	strongAge, strongWay, strongPart = 5, 5 << 8, 180
	// strongPace is how long a track may have taken for each of its looks: a thing is seen
	// in most of them.
	strongPace = 450 * time.Millisecond
	// maxTracks bounds what is followed at once: more is no thing that goes somewhere.
	maxTracks = 32
)

// thing is a part of active cells that hang together: where its middle lies (Q8 cells),
// how large it is, and which cells it lies in.
type thing struct {
	x, y, size int32
	box        image.Rectangle
	zones      uint16 // that its cells belong to
}

// track is a thing followed over looks.
type track struct {
	from, at       time.Duration
	startX, startY int32
	x, y           int32
	stepX, stepY   int32 // to its place in the last look from the one before
	path           int32
	age            int
	taken          bool            // by a thing of this look
	size           int32           // the largest it had
	box            image.Rectangle // around all of its way
	zones          uint16          // that it was in
}

// tracks follows what goes somewhere.
type tracks struct {
	things []thing
	whole  uint16 // the zones of parts that are no noise, however large
	all    []track
	stack  []int32
	left   []bool
	spans  []trackSpan // of strong ones, since they were last taken
}

// trackSpan is when a strong track was, in which zones, and how large.
type trackSpan struct {
	span  // its box is in cells
	zones uint16
	size  int32
}

// take follows the active cells of a look.
func (t *tracks) take(active []bool, columns int, c *cover, at time.Duration) {
	t.find(active, columns, c)
	for i := range t.all {
		t.all[i].taken = false
	}
	for _, c := range t.things {
		t.follow(c, at)
	}
	kept := t.all[:0]
	for _, k := range t.all {
		if at-k.at <= lost {
			kept = append(kept, k)
		}
	}
	t.all = kept
}

// follow gives a thing to the track that expects it nearest, or begins one.
func (t *tracks) follow(c thing, at time.Duration) {
	var best *track
	nearest := int32(reach)
	for i := range t.all {
		k := &t.all[i]
		if k.taken {
			continue
		}
		d := far(c.x-k.x-k.stepX, c.y-k.y-k.stepY)
		if d < nearest {
			best, nearest = k, d
		}
	}
	if best == nil {
		if len(t.all) < maxTracks {
			t.all = append(t.all, track{
				from: at, at: at, startX: c.x, startY: c.y, x: c.x, y: c.y, age: 1, taken: true,
				size: c.size, box: c.box, zones: c.zones,
			})
		}
		return
	}
	best.move(c, at)
	if best.strong() {
		t.tell(best)
	}
}

// move takes a track on.
func (k *track) move(c thing, at time.Duration) {
	k.stepX, k.stepY = (c.x-k.x+k.stepX)/2, (c.y-k.y+k.stepY)/2
	k.path += far(c.x-k.x, c.y-k.y)
	k.x, k.y, k.at, k.taken = c.x, c.y, at, true
	k.age++
	k.size, k.box, k.zones = max(k.size, c.size), k.box.Union(c.box), k.zones|c.zones
}

// tell keeps when a strong track was: over what it was told to be before.
func (t *tracks) tell(k *track) {
	s := trackSpan{span{k.from, k.at + tail, k.box}, k.zones, k.size}
	for i := range t.spans {
		if t.spans[i].from == k.from && t.spans[i].box.In(k.box) {
			t.spans[i] = s
			return
		}
	}
	if len(t.spans) < maxTracks {
		t.spans = append(t.spans, s)
	}
}

// strong says that a track went so far, and so straight, that nothing but a thing does.
func (k *track) strong() bool {
	way := far(k.x-k.startX, k.y-k.startY)
	return k.age >= strongAge && way >= strongWay && way*256 >= k.path*strongPart && k.at-k.from <= time.Duration(k.age)*strongPace
}

// far is a distance: the longer side and half of the shorter.
func far(x, y int32) int32 {
	x, y = max(x, -x), max(y, -y)
	return max(x, y) + min(x, y)/2
}

// strong appends to spans when strong tracks were in a zone since forget, with as many
// cells at once as asked for.
func (t *tracks) strong(spans []span, zone, cells int, r raster) []span {
	for _, s := range t.spans {
		if s.zones>>zone&1 != 0 && int(s.size) >= cells {
			spans = append(spans, span{s.from, s.to, r.part(s.box)})
		}
	}
	return spans
}

// forget says that the strong tracks have been told.
func (t *tracks) forget() { t.spans = t.spans[:0] }

// union sorts times and joins those that touch, in place.
func union(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	joined := spans[:0]
	for _, s := range spans {
		if n := len(joined); n > 0 && s.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, s.to)
			joined[n-1].box = joined[n-1].box.Union(s.box)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// find fills things.
func (t *tracks) find(active []bool, columns int, cover *cover) {
	t.things, t.whole = t.things[:0], 0
	t.left = append(t.left[:0], active...)
	all := int32(0)
	for i, on := range t.left {
		if !on {
			continue
		}
		c := t.part(int32(i), int32(columns), cover)
		if all += c.size; c.size >= least {
			t.things = append(t.things, c)
		}
	}
	t.things = slices.DeleteFunc(t.things, func(c thing) bool {
		if c.size*crowd < all {
			return true
		}
		t.whole |= c.zones
		return int(c.size)*most > len(active)
	})
}

// part is the thing that an active cell belongs to.
func (t *tracks) part(first, columns int32, cover *cover) thing {
	var c thing
	t.left[first] = false
	t.stack = append(t.stack[:0], first)
	for len(t.stack) > 0 {
		i := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		x, y := i%columns, i/columns
		c.size, c.x, c.y = c.size+1, c.x+x, c.y+y
		c.box, c.zones = c.box.Union(image.Rect(int(x), int(y), int(x)+1, int(y)+1)), c.zones|cover.zones[i]
		for yy := max(0, y-1); yy <= y+1; yy++ {
			for xx := max(0, x-1); xx <= min(columns-1, x+1); xx++ {
				if j := yy*columns + xx; int(j) < len(t.left) && t.left[j] {
					t.left[j] = false
					t.stack = append(t.stack, j)
				}
			}
		}
	}
	c.x, c.y = c.x<<8/c.size, c.y<<8/c.size
	return c
}
