package motion

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"lares/cameras/h264"
)

const (
	// drawnEvery is how far apart stills are drawn at most where a camera sends more, while
	// the pictures between them say what they show, and drawnLarge those of a main stream
	// where nothing moves: one of them costs as much as ten others. largeStill is from how
	// many samples on.
	drawnEvery = 3900 * time.Millisecond
	drawnLarge = 5900 * time.Millisecond
	largeStill = 1280*720 + 1
	// known is how many stills are drawn before one is left out that shows nothing, and
	// often how many in a row have to show motion: an event has its picture out of those.
	known, often = 8, 3
	// coldLooks are those at the beginning that none waits of: those of two seconds or three.
	coldLooks = 10
)

// wait keeps a picture between two stills until the next one says whether it matters. It
// is looked at at once where stills are rare, as long as little is known, and while the heat
// is asked for.
func (d *Detector) wait(units [][]byte, at time.Duration) error {
	if at-d.from < rare && d.looks.seen >= coldLooks && d.Heat == nil && d.pending.add(units, at) {
		return nil
	}
	broken := d.flush()
	return errors.Join(broken, d.parse(units, func(p *h264.Picture) { d.look(p, at, 1) }))
}

// parse takes a picture apart.
func (d *Detector) parse(units [][]byte, do func(*h264.Picture)) error {
	p, err := d.parser.Parse(units)
	if err != nil {
		return fmt.Errorf("motion: looking at a picture: %w", err)
	}
	do(p)
	return nil
}

// parseWaiting takes one apart that waits, once: what it said is kept as long as it does.
func (d *Detector) parseWaiting(i int, do func(*h264.Picture)) error {
	if p := d.pending.parsed(i); p != nil {
		do(p)
		return nil
	}
	return d.parse(d.pending.units(i, nil), func(p *h264.Picture) {
		d.pending.keep(i, p)
		do(p)
	})
}

// look looks at the energies of a picture that stands for so many.
func (d *Detector) look(p *h264.Picture, at time.Duration, weight int) {
	d.looks.take(p, at, &d.settings, weight)
	if d.looks.seen <= weight {
		d.tracks = tracks{} // another size of pictures: other cells
	}
	if d.looks.found[0].count >= 0 { // for all zones, or none
		d.tracks.take(d.looks.active, d.looks.grid.columns, &d.looks.cover, at)
		for i := range d.looks.found {
			d.looks.found[i].scattered = d.tracks.whole>>i&1 == 0
		}
	}
	if d.Heat != nil {
		d.Heat(d.heat.ofLook(&d.looks, at))
	}
	d.keep(d.looks.found)
}

// keep keeps what a look found until the next still, and tells it.
func (d *Detector) keep(found []look) {
	score := 0
	for i := range d.watches {
		w := &d.watches[i]
		w.gap.add(found[i])
		score = max(score, 100*found[i].count/w.gap.limit(w.scale))
	}
	d.told(found[0].at, score)
}

// flush looks at all that waits. The error is the first one.
func (d *Detector) flush() error { return d.flushUntil(func() bool { return false }) }

// flushUntil looks at what waits until the last look was enough. What is behind that one
// is told to show nothing.
func (d *Detector) flushUntil(enough func() bool) error {
	var first error
	done := false
	for i, w := range d.pending.looks {
		if done {
			d.told(w.at, 0)
			continue
		}
		err := d.parseWaiting(i, func(p *h264.Picture) {
			if w.old {
				d.looks.remember(p, &d.settings)
				return
			}
			d.look(p, w.at, 1)
			done = enough()
		})
		if first == nil {
			first = err
		}
	}
	if done {
		d.pending.carry()
	} else {
		d.pending.clear()
	}
	return first
}

// flushBack looks at what waits from the last picture back, until one shows no more than
// usual: motion began behind that. None of them is learnt. parse takes one apart.
func (d *Detector) flushBack(parse func(i int, do func(*h264.Picture)) error) error {
	l, waits := &d.looks, d.pending.looks
	defer d.pending.clear()
	counts := make([]int, len(waits))
	var last []bool
	var found [][]look
	var err error
	measure := func(i int) {
		err = errors.Join(err, parse(i, func(p *h264.Picture) { counts[i] = l.remember(p, &d.settings) }))
	}
	for i := len(waits) - 1; i >= 0 && !waits[i].old && err == nil; i-- {
		if last == nil {
			if measure(i); err != nil {
				return err
			}
			last = slices.Clone(l.active)
		}
		active := slices.Clone(l.active)
		copy(l.before, active)
		if i > 0 && err == nil {
			measure(i - 1)
			copy(l.before, l.active)
		}
		copy(l.active, active)
		l.find(waits[i].at, counts[i], 1)
		found = append(found, slices.Clone(l.found))
		copy(l.active, l.before)
		if d.ended(l.found) {
			break
		}
	}
	for i, w := range waits {
		if k := len(waits) - 1 - i; k < len(found) {
			d.keep(found[k])
		} else if !w.old {
			d.told(w.at, 0)
		}
	}
	copy(l.active, last)
	return err
}

// ended says that a look shows no more than usual in any zone.
func (d *Detector) ended(found []look) bool {
	for i := range d.watches {
		w := &d.watches[i]
		if found[i].count >= w.gap.limit(w.scale) {
			return false
		}
	}
	return true
}

// foretold says that a still need not be drawn, and takes it for one that shows what the
// last one did: nothing, and nothing stirs in what waits, or motion, which goes on in the
// last picture before it. Of motion one still in a row at most is left out: it is the stills
// that say when it ends.
func (d *Detector) foretold(at time.Duration) bool {
	apart := drawnApart(d.moving(), d.stills.samples())
	if len(d.pending.looks) == 0 || at-d.drawn >= apart || at-d.from >= rare || d.Heat != nil || d.place.kind != "" {
		return false
	}
	if d.moving() {
		if d.showed < often || d.from > d.drawn || !d.goesOn() {
			return false
		}
		d.passOver(d.score)
		d.told(at, d.score)
		d.close(at, d.stills.found)
		return true
	}
	if d.stills.seen < known {
		return false
	}
	if stirs, err := d.sample(false); err != nil || stirs {
		return false
	}
	d.told(at, 0)
	d.close(at, nil)
	return true
}

// drawnApart is how far apart stills of so many samples are drawn at most.
func drawnApart(moving bool, samples int) time.Duration {
	if !moving && samples >= largeStill {
		return drawnLarge
	}
	return drawnEvery
}

// goesOn says that the last picture that waits moves in those zones that moved last, and in
// no others. Nothing is learnt of it.
func (d *Detector) goesOn() bool {
	last, same := len(d.pending.looks)-1, false
	if d.pending.looks[last].old {
		return false
	}
	err := d.parseWaiting(last, func(p *h264.Picture) {
		d.looks.measure(p, &d.settings)
		same = d.looks.every(func(zone, active int) bool {
			w := &d.watches[zone]
			return w.gap.moving == (active >= w.gap.limit(w.scale))
		})
	})
	return err == nil && same
}

// passOver tells what waits without a look.
func (d *Detector) passOver(score int) {
	for _, w := range d.pending.looks {
		if !w.old {
			d.told(w.at, score)
		}
	}
	d.pending.carry()
}

// moving says that the last still showed motion.
func (d *Detector) moving() bool {
	return slices.ContainsFunc(d.watches, func(w watch) bool { return w.gap.moving })
}

// settle looks at what waits, as far as the still behind it asks for that: at as much as
// shows when motion began or ended, at none where it went on, and at samples where there
// was none; at all of it where stills are rare, and where zones differ.
func (d *Detector) settle(at time.Duration, score int, found []still) error {
	far := at-d.from >= rare
	begins, ends, goes := false, false, true
	for i, f := range found {
		moved, moves := d.watches[i].gap.moving, f.size > 0
		begins, ends, goes = begins || moves && !moved, ends || moved && !moves, goes && moved && moves
	}
	switch {
	case far || (begins || ends) && len(found) > 1:
		return d.flush()
	case begins:
		return d.flushBack(d.parseWaiting)
	case ends:
		return d.flushUntil(func() bool { return d.ended(d.looks.found) })
	case goes:
		d.passOver(min(score, d.score))
		return nil
	}
	_, err := d.sample(true)
	return err
}

// sample looks at every third of the pictures that wait: what counts without a still
// lasts that long. It takes turns which, for encoders spend more on some. If one of them may be part of it, all are looked at. For a still that
// was not drawn, less says that something stirs, and then all of them go on waiting.
func (d *Detector) sample(drawn bool) (stirs bool, err error) {
	n := len(d.pending.looks)
	begin := 0
	if n > 0 && d.pending.looks[0].old {
		begin = 1
	}
	first, weight := begin+d.turn%longRun, longRun
	if n-begin < longRun {
		first, weight = n-1, n-begin
	}
	d.turn++
	seen, before := d.looks.seen, len(d.watches[0].gap.looks) // as many in every zone
	for i := max(begin, first); i < n && !stirs && err == nil; i += longRun {
		err = d.parseWaiting(i, func(p *h264.Picture) {
			if count := d.looks.measure(p, &d.settings); 2*count > d.looks.grid.seen || d.looks.stirs(d.limit(drawn)) {
				stirs = true
				return
			}
			d.looks.remember(p, &d.settings)
			d.look(p, d.pending.looks[i].at, weight)
		})
	}
	if err != nil || stirs {
		d.looks.seen = seen
		for i := range d.watches {
			d.watches[i].gap.looks = d.watches[i].gap.looks[:before]
		}
		if drawn {
			return stirs, errors.Join(err, d.flush())
		}
		return stirs, err
	}
	d.pending.carry()
	return false, nil
}

// limit is what stirs a zone. Where a still is left out for it, less than what counts
// beside one does: three quarters of it.
func (d *Detector) limit(drawn bool) func(zone int) int {
	return func(i int) int {
		w := &d.watches[i]
		if drawn {
			return w.gap.runLimit(w.scale)
		}
		return max(3, w.gap.limit(w.scale)*3/4)
	}
}
