package motion

import (
	"image"
	"time"
)

// whole is a part of one in zones and bounds: places are in 65536ths of a picture.
const whole = 1 << 16

// cover says which zones the cells of a grid belong to.
type cover struct {
	// zones is a bit for each zone that a cell belongs to, nothing where it is ignored.
	zones []uint16
	// ignored are the cells under masks; nil if there is none.
	ignored []bool
}

// raster is where the middles of a grid's cells lie: cell x begins at x*side - left of
// width samples, and y likewise.
type raster struct {
	columns, rows, side      int
	left, top, width, height int
}

// middle is the place of a cell's middle.
func (r raster) middle(x, y int) (int, int) {
	return (x*r.side + r.side/2 - r.left) * whole / r.width, (y*r.side + r.side/2 - r.top) * whole / r.height
}

// part is a rectangle of cells in thousandths of the picture.
func (r raster) part(cells image.Rectangle) image.Rectangle {
	if cells.Empty() {
		return image.Rectangle{}
	}
	at := func(v, before, of int) int { return max(0, min(1000, (v*r.side-before)*1000/of)) }
	return image.Rect(at(cells.Min.X, r.left, r.width), at(cells.Min.Y, r.top, r.height), at(cells.Max.X, r.left, r.width), at(cells.Max.Y, r.top, r.height))
}

// cover lays settings over a grid.
func (s *Settings) cover(r raster) cover {
	n := r.columns * r.rows
	c := cover{zones: make([]uint16, n)}
	if len(s.Zones) == 0 {
		for i := range c.zones {
			c.zones[i] = 1
		}
	}
	for k, z := range s.Zones {
		r.fill(z.Polygon, func(i int) { c.zones[i] |= 1 << k })
	}
	if len(s.Masks) > 0 {
		c.ignored = make([]bool, n)
	}
	for _, m := range s.Masks {
		r.fill(m, func(i int) { c.ignored[i], c.zones[i] = true, 0 })
	}
	return c
}

// fill calls do for each cell whose middle lies in a polygon, and if there is none, for
// those that its corners lie in: no zone is empty because it is small.
func (r raster) fill(p Polygon, do func(i int)) {
	empty := true
	for y := range r.rows {
		for x := range r.columns {
			if p.contains(r.middle(x, y)) {
				do(y*r.columns + x)
				empty = false
			}
		}
	}
	if !empty {
		return
	}
	for _, c := range p {
		x, y := c.place()
		at := func(v, of, before, cells int) int { return max(0, min(cells-1, (v*of/whole+before)/r.side)) }
		do(at(y, r.height, r.top, r.rows)*r.columns + at(x, r.width, r.left, r.columns))
	}
}

// place is a point in whole numbers; the multiplication by a power of two is exact.
func (p Point) place() (x, y int) { return int(p[0] * whole), int(p[1] * whole) }

// contains says that a place lies within: a line from it to the right crosses an odd
// number of sides. A side that is as long as the picture needs 64 bits, which an int has
// not everywhere.
func (p Polygon) contains(x, y int) bool {
	inside := false
	for i := range p {
		ax, ay := p[i].place()
		bx, by := p[(i+1)%len(p)].place()
		if (ay > y) != (by > y) && int64(x-ax) < int64(bx-ax)*int64(y-ay)/int64(by-ay) {
			inside = !inside
		}
	}
	return inside
}

// watch is a zone while it is watched, or the whole picture where no zone is set.
type watch struct {
	name  string
	scale int32 // Q8: of all bounds
	area  int   // 65536ths of the picture
	least time.Duration

	gap     gap
	told    time.Duration // what moved up to then has been told, or is held
	held    Motion        // what was found last
	lasting bool          // it has moved for long enough
}

// watches are those of settings.
func (s *Settings) watches() []watch {
	if len(s.Zones) == 0 {
		return []watch{{scale: scaleOf(s.Sensitivity)}}
	}
	all := make([]watch, len(s.Zones))
	for i, z := range s.Zones {
		w := &all[i]
		if w.scale = scaleOf(z.Sensitivity); z.Sensitivity == 0 {
			w.scale = scaleOf(s.Sensitivity)
		}
		w.name, w.area = z.Name, int(z.MinArea*whole)
		w.least = time.Duration(z.MinDuration) * time.Millisecond
	}
	return all
}

// scaleOf is by how much a sensitivity multiplies bounds (Q8): by one when it is the
// usual one, by three for 1 and by 0.4 for 100.
func scaleOf(sensitivity int) int32 {
	switch v := int32(sensitivity); {
	case v == 0:
		return 256
	case v < UsualSensitivity:
		return 256 + 10*(UsualSensitivity-v)
	default:
		return 256 - 3*(v-UsualSensitivity)
	}
}

// blocks is how many of so many blocks have to change in one part.
func (w *watch) blocks(all int) int { return max(leastMoving(all), w.area*all/whole) }

// pause is how long nothing may move in what lasts on.
const pause = 2 * time.Second

// tell hands times of motion on, once they have lasted long enough.
func (w *watch) tell(s span, at time.Duration, moved func(Motion)) {
	if s.from = max(s.from, w.told); s.from >= s.to {
		return
	}
	m := Motion{From: s.from, To: min(s.to, at), Zone: w.name, Box: s.box}
	w.told = m.To
	if w.least > 0 && !w.lasts(&m) {
		return
	}
	if moved != nil {
		moved(m)
	}
}

// lasts says that what moves has moved for long enough. What was held before that is
// told with it.
func (w *watch) lasts(m *Motion) bool {
	switch joins := w.held.To > 0 && m.From-w.held.To <= pause; {
	case !joins:
		w.lasting = false
	case !w.lasting:
		m.From, m.Box = w.held.From, m.Box.Union(w.held.Box)
	}
	w.held = *m
	w.lasting = w.lasting || m.To-m.From >= w.least
	return w.lasting
}
