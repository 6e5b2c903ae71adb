package motion

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"slices"
	"time"

	"lares/cameras/h264"
)

const (
	// lookEvery is how often the pictures between stills are looked at, and settling
	// how many behind a still are not: encoders spend there what they saved on it.
	lookEvery = 280 * time.Millisecond
	settling  = 3
	// longest is how long a still is waited for: a little longer than the ten seconds that
	// cameras which save on stills let pass.
	longest = 11 * time.Second
	// rare is how far apart stills are that tracks have to stand in for.
	rare = 3 * time.Second
)

// Still is a picture that stands alone and shows motion.
type Still struct {
	At time.Duration
	// Size is how large the largest part that moves is, in hundredths of the least that
	// counts. Box is around all that moves, in samples.
	Size int
	Box  image.Rectangle
	// Draw draws it as it is meant to be seen, which costs as much again as comparing it
	// did. It may be called while this is told; what it returns is the detector's own and
	// holds as long.
	Draw func() (*image.YCbCr, *h264.SPS, error)
	// Zones are those it moves in; none where none is set.
	Zones []string
	// Heat is where it moves, and Least how large a part counts where no zone wants more, in
	// parts of the picture.
	Heat  Heat
	Least float64
}

// Motion is a time in which something moved.
type Motion struct {
	From, To time.Duration
	// Zone is the name of the zone that it moved in, nothing where no zone is set: what
	// moves in two zones is told for each of them.
	Zone string
	// Box is around what moved, in thousandths of the picture's width and height.
	Box image.Rectangle
}

// Detector finds the motion in one stream (see the package). Its functions are called
// from within Take and Finish; each may be nil. One goroutine uses it.
type Detector struct {
	// Active is told of each picture that was looked at how much moves: hundredths of
	// what would count beside a still, in the zone with the most.
	Active func(at time.Duration, score int)
	// Seen is told of each still that was compared and shows motion.
	Seen func(Still)
	// Moved is told of the times of motion, one after the other for each zone, once they
	// are known.
	Moved func(Motion)
	// Tampered is told when the camera does not show its place any more, and when it does
	// again.
	Tampered func(Tamper)
	// Heat is told where it moves, of each still and each picture between. While it is
	// there all of those are looked at, which costs more: it is for when somebody watches.
	Heat func(Heat)

	settings Settings
	watches  []watch // by zone; one where none is set
	parser   h264.Parser
	decoder  h264.Decoder
	stills   stills
	looks    looks
	tracks   tracks
	place    place
	heat     heat
	pending  pending
	sets     []byte // the parameter sets that were learnt last
	begun    bool
	blind    bool // nothing is to be seen between the last still and the next
	after    int  // pictures since the last still
	looked   time.Duration
	from     time.Duration // the last still, or when waiting for one was given up
	drawn    time.Duration // the last still that was
	showed   int           // how many in a row showed motion, up to that one
	score    int           // of that one
	turn     int           // of samples
}

// Set makes the detector take what counts from settings, from the next picture on: what
// it has learnt stays. What moves at that moment may be told twice, or not at all. An
// error is ErrSettings, and nothing has changed.
func (d *Detector) Set(s Settings) error {
	if err := s.Validate(); err != nil {
		return err
	}
	_ = d.flush() // what cannot be read says nothing
	d.settings = s
	d.watches = s.watches()
	for i := range d.watches {
		d.watches[i].gap.from, d.watches[i].told = d.from, d.from
	}
	d.looks.sps, d.stills.laid = nil, false
	d.tracks = tracks{}
	return nil
}

// Take takes an access unit and its time; times do not go back. An error says that a
// picture could not be read, this one or one before it that had waited: h264.ErrUnsupported
// that none can, of others the next may.
func (d *Detector) Take(units [][]byte, at time.Duration) error {
	if err := d.learn(units); err != nil || !slices.ContainsFunc(units, h264.IsSlice) {
		return err
	}
	if !d.begun {
		d.begin(at)
	}
	if intra(units) {
		d.after = 0
		return d.still(units, at)
	}
	var broken error
	if d.after++; at-d.from >= longest {
		broken = d.flush()
		d.close(at, nil)
	}
	if d.after <= settling || at-d.looked < lookEvery || disposable(units) || d.blind {
		return broken
	}
	d.looked = at
	return errors.Join(broken, d.wait(units, at))
}

// begin is the first picture.
func (d *Detector) begin(at time.Duration) {
	if d.watches == nil {
		d.watches = d.settings.watches()
	}
	d.begun, d.from = true, at
	for i := range d.watches {
		d.watches[i].gap.from = at
	}
}

// learn takes the parameter sets of an access unit, if they are not those of the last
// one. What was kept is taken apart before, by those that it was made with.
func (d *Detector) learn(units [][]byte) error {
	sets := slices.Collect(parameterSets(units))
	if len(sets) == 0 || d.knows(sets) {
		return nil
	}
	_ = d.flush() // what cannot be read says nothing
	d.sets = d.sets[:0]
	if _, err := d.parser.Parse(sets); err != nil {
		return fmt.Errorf("motion: reading parameter sets: %w", err)
	}
	if _, _, err := d.decoder.Decode(sets); err != nil {
		return fmt.Errorf("motion: reading parameter sets: %w", err)
	}
	d.sets = append(d.sets, bytes.Join(sets, nil)...)
	return nil
}

// knows says that parameter sets are those that were learnt last.
func (d *Detector) knows(sets [][]byte) bool { return bytes.Equal(bytes.Join(sets, nil), d.sets) }

// ErrOther says that a picture was made with other parameter sets than those of now.
var ErrOther = errors.New("motion: a picture of other parameter sets")

// Draw draws a picture of the stream that stands alone, one of the past or the one that Take
// got last; edges are not smoothed if it may be rough, for who wants to see it small. It is the
// detector's own and holds until the next call of anything. One without parameter sets is taken
// to be of those of now. Errors are ErrOther and those of Take.
func (d *Detector) Draw(units [][]byte, rough bool) (*image.YCbCr, *h264.SPS, error) {
	if sets := slices.Collect(parameterSets(units)); len(sets) > 0 && !d.knows(sets) {
		return nil, nil, ErrOther
	}
	d.decoder.Rough, d.decoder.Grey = rough, false
	p, sps, err := d.decoder.Decode(units)
	if err == nil && p == nil {
		err = h264.ErrDamaged
	}
	if err != nil {
		return nil, nil, fmt.Errorf("motion: drawing a picture: %w", err)
	}
	return p, sps, nil
}

// still compares a picture that stands alone, unless it is known what that shows.
func (d *Detector) still(units [][]byte, at time.Duration) error {
	if d.foretold(at) {
		return nil
	}
	d.decoder.Rough, d.decoder.Grey = true, true
	p, _, err := d.decoder.Decode(units)
	if err != nil {
		return fmt.Errorf("motion: drawing a picture: %w", err)
	}
	d.drawn = at
	d.stills.take(p, &d.settings, d.watches)
	if d.Tampered != nil {
		d.recognise(at)
	}
	found := d.stills.found
	score := 0
	for i, f := range found {
		score = max(score, 100*f.size/d.watches[i].blocks(len(d.stills.now)))
	}
	if d.Heat != nil {
		d.Heat(d.heat.ofStill(&d.stills, at))
	}
	broken := d.settle(at, score, found)
	if score > 0 && d.Seen != nil {
		d.show(units, p.Rect, at, score)
	}
	d.told(at, score)
	d.score = score
	d.close(at, found)
	if d.showed++; !d.moving() {
		d.showed = 0
	}
	return broken
}

// recognise asks whether a still shows the place. When it does again, pictures before it and
// those up to the next still say nothing about what moves, and those behind that are learnt
// anew: the encoder catches up in them.
func (d *Detector) recognise(at time.Duration) {
	back := d.place.take(&d.stills, at, d.Tampered)
	if d.blind = back || d.place.dark; d.blind {
		for _, w := range d.pending.looks {
			if !w.old {
				d.told(w.at, 0)
			}
		}
		d.pending.clear()
		for i := range d.watches {
			d.watches[i].gap.looks = d.watches[i].gap.looks[:0]
		}
		d.tracks = tracks{}
	}
	if back {
		d.stills.back()
		d.looks.seen = 0
	}
	if d.place.kind == "" {
		d.stills.keep()
	}
}

// told tells how much a picture shows.
func (d *Detector) told(at time.Duration, score int) {
	if d.Active != nil {
		d.Active(at, score)
	}
}

// show tells of a still that shows motion, whose samples lie in seen.
func (d *Detector) show(units [][]byte, seen image.Rectangle, at time.Duration, score int) {
	s := Still{At: at, Size: score, Heat: d.heat.ofStill(&d.stills, at), Least: float64(leastMoving(len(d.stills.now))) / float64(len(d.stills.now))}
	s.Draw = func() (*image.YCbCr, *h264.SPS, error) {
		d.decoder.Rough, d.decoder.Grey = false, false
		p, sps, err := d.decoder.Decode(units)
		if err != nil {
			return nil, nil, fmt.Errorf("motion: drawing a picture: %w", err)
		}
		return p, sps, nil
	}
	var blocks image.Rectangle
	for i, f := range d.stills.found {
		blocks = blocks.Union(f.box)
		if w := &d.watches[i]; f.size > 0 && w.name != "" {
			s.Zones = append(s.Zones, w.name)
		}
	}
	side := d.stills.side
	s.Box = image.Rectangle{Min: blocks.Min.Mul(side), Max: blocks.Max.Mul(side)}.Add(seen.Min).Intersect(seen)
	d.Seen(s)
}

// close ends the time since the last still, with what the still at its end shows by zone;
// nothing when there is none.
func (d *Detector) close(at time.Duration, found []still) {
	for i := range d.watches {
		if found == nil {
			d.closeZone(i, at, false, image.Rectangle{})
			continue
		}
		d.closeZone(i, at, found[i].size > 0, d.stills.raster.part(found[i].box))
	}
	d.from = at
	d.tracks.forget()
}

// closeZone is close for one zone, which moves in a box or not.
func (d *Detector) closeZone(i int, at time.Duration, moving bool, box image.Rectangle) {
	w := &d.watches[i]
	cells := w.area * len(d.looks.active) / whole
	spans := w.gap.close(at, moving, box, bounds{scale: w.scale, cells: cells, warm: d.looks.seen > warmLooks+10})
	if at-d.from >= rare {
		spans = union(d.tracks.strong(spans, i, cells, d.looks.raster))
	}
	for _, s := range spans {
		w.tell(s, at, d.Moved)
	}
}

// Known is up to when all motion has been told, but for what has not lasted long enough.
func (d *Detector) Known() time.Duration { return d.from }

// Finish says that the stream ended, or that some of it is left out: what is taken behind
// it does not go on from what was before, but what was learnt stays.
func (d *Detector) Finish(at time.Duration) {
	if !d.begun {
		return
	}
	last := make([]still, len(d.watches)) // what moved goes on, as if another still said so
	for i := range last {
		if d.watches[i].gap.moving {
			last[i].size = minMoving
		}
	}
	_ = d.settle(at, d.score, last) // what cannot be read says nothing
	for i := range d.watches {
		g := &d.watches[i].gap
		d.closeZone(i, at, g.moving, g.box)
		g.moving = false
	}
	d.from, d.showed = at, 0
	d.tracks.forget()
}
