package episode

import (
	"cmp"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/cameras/motion"
)

const (
	// aside is how far from an episode what belongs to it may be told.
	aside = time.Second
	// before is how much of the past is kept while nothing moves: an episode is found at
	// the camera's next still, and begins where its motion did.
	before = 15 * time.Second
	// mostScores and mostStills bound what is kept; of more stills the maps are joined.
	mostScores, mostStills = 1024, 8
)

// reason keeps what says why the episode that goes on counts.
type reason struct {
	settings motion.Settings
	changed  bool          // while the episode went on
	rare     time.Duration // when stills were far apart last
	scores   []scored
	stills   []peak
	joined   peak // of stills that the episode has had
	runs     []run
}

// run is how something moved in a zone of late: pauses of Gap at most do not divide it, as in
// what a zone may ask to last.
type run struct {
	zone     string
	from, to time.Duration
	longest  time.Duration // of those that the episode has had
}

// scored is how much a picture showed.
type scored struct {
	at    time.Duration
	score int
}

// peak is the most that stills showed, in cells of at most media.MaxWhySide to the side.
type peak struct {
	at                        time.Duration
	size                      int
	columns, rows, wide, high int
	least                     float64 // that counts without limits, in parts of the picture
	cells                     []byte
	zones                     []string // that moved in them
}

// peakOf is what one still shows.
func peakOf(s motion.Still) peak {
	h := s.Heat
	join := (max(h.Columns, h.Rows) + media.MaxWhySide - 1) / media.MaxWhySide
	p := peak{at: s.At, size: s.Size, least: s.Least, zones: s.Zones, columns: (h.Columns + join - 1) / join, rows: (h.Rows + join - 1) / join, wide: h.Wide * join, high: h.High * join}
	p.cells = make([]byte, p.columns*p.rows)
	for i, v := range h.Cells {
		cell := &p.cells[i/h.Columns/join*p.columns+i%h.Columns/join]
		*cell = max(*cell, v)
	}
	return p
}

// join takes the warmer of two in each cell; of another grid the one that shows more stays.
func (p *peak) join(o peak) {
	if len(p.cells) != len(o.cells) || p.columns != o.columns {
		first := p.cells == nil
		if o.size > p.size || first {
			*p = o
			p.cells, p.zones = slices.Clone(o.cells), slices.Clone(o.zones)
		}
		if !first {
			p.zones = nil // it shows less than all of any
		}
		return
	}
	p.size = max(p.size, o.size)
	for i, v := range o.cells {
		p.cells[i] = max(p.cells[i], v)
	}
	for _, z := range o.zones {
		if !slices.Contains(p.zones, z) {
			p.zones = append(p.zones, z)
		}
	}
}

// set is told of the settings, and whether an episode goes on.
func (r *reason) set(s motion.Settings, goesOn bool) {
	r.settings, r.changed, r.runs = s, goesOn, nil
}

// moved is told of each time of motion of the episode that goes on.
func (r *reason) moved(m motion.Motion) {
	i := slices.IndexFunc(r.runs, func(o run) bool { return o.zone == m.Zone })
	if i < 0 {
		i = len(r.runs)
		r.runs = append(r.runs, run{zone: m.Zone, from: m.From, to: m.To})
	}
	o := &r.runs[i]
	if m.From-o.to > Gap {
		o.from = m.From
	}
	o.to = m.To
	o.longest = max(o.longest, o.to-o.from)
}

// known is told up to when all motion has been told, before a picture and behind it.
func (r *reason) known(before, now time.Duration) {
	if now-before >= motion.Rare {
		r.rare = now
	}
}

// active is told how much each picture shows. now is the episode that goes on.
func (r *reason) active(at time.Duration, score int, now *Episode) {
	from := at - before
	if now != nil {
		from = now.From
	}
	if len(r.scores) == mostScores {
		r.scores = slices.DeleteFunc(r.scores, func(s scored) bool { return s.at < from })
	}
	if len(r.scores) < mostScores {
		r.scores = append(r.scores, scored{at, score})
	}
}

// seen is told of each still that shows motion.
func (r *reason) seen(s motion.Still, now *Episode) {
	if len(r.stills) == mostStills {
		if now != nil && r.stills[0].at >= now.From-aside {
			r.joined.join(r.stills[0])
		}
		r.stills = slices.Delete(r.stills, 0, 1)
	}
	r.stills = append(r.stills, peakOf(s))
}

// most is when most moved in an episode, of what is known.
func (r *reason) most(v Episode) time.Duration {
	best := scored{at: v.From}
	for _, s := range r.scores {
		if s.at >= v.From && s.at <= v.To && s.score > best.score {
			best = s
		}
	}
	return best.at
}

// zones are those that the episode has had, and begin anew; p is what its stills showed. Those
// that are rare do not show all.
func (r *reason) zones(v Episode, p peak) (all []media.WhyZone) {
	showed := func(zone string) bool {
		return p.size > 0 && r.rare <= v.From && (zone == "" || slices.Contains(p.zones, zone))
	}
	for i, o := range r.runs {
		if o.longest > 0 {
			all = append(all, media.WhyZone{Zone: o.zone, Lasted: int(o.longest.Milliseconds()), Shown: showed(o.zone)})
		}
		r.runs[i].longest = 0
	}
	return all
}

// of is why an episode that is over counted; what is behind it stays for the next.
func (r *reason) of(v Episode) *media.Why {
	w := &media.Why{Sensitivity: cmp.Or(r.settings.Sensitivity, motion.UsualSensitivity), Lasted: int((v.To - v.From).Milliseconds())}
	if len(v.Zones) > 0 {
		w.Zone = v.Zones[0]
	}
	if i := slices.IndexFunc(r.settings.Zones, func(z motion.Zone) bool { return z.Name == w.Zone }); i >= 0 {
		z := r.settings.Zones[i]
		w.Sensitivity, w.MinArea, w.MinDuration = cmp.Or(z.Sensitivity, w.Sensitivity), z.MinArea, z.MinDuration
	}
	for _, s := range r.stills {
		if s.at >= v.From-aside && s.at <= v.To+aside {
			r.joined.join(s)
		}
	}
	p := r.joined
	const whole = 1 << 16
	w.Size, w.Columns, w.Rows, w.Map = p.size, p.columns, p.rows, p.cells
	w.Width, w.Height = float64(p.wide)/whole, float64(p.high)/whole
	w.Area = float64(p.size) / 100 * max(p.least, w.MinArea)
	for _, s := range r.scores {
		if i := int((s.at - v.From) / time.Second); s.at >= v.From && s.at < v.To && i < media.MaxWhySeconds {
			for len(w.Curve) <= i {
				w.Curve = append(w.Curve, 0)
			}
			w.Curve[i] = max(w.Curve[i], byte(min(255, s.score)))
		}
	}
	if zones := r.zones(v, p); !r.changed { // else there were other zones, maybe
		w.Settings, w.Zones = r.settings.Mark(), zones
	}
	r.joined, r.changed = peak{}, false
	r.stills = slices.DeleteFunc(r.stills, func(s peak) bool { return s.at <= v.To })
	r.scores = slices.DeleteFunc(r.scores, func(s scored) bool { return s.at < v.To })
	return w
}
