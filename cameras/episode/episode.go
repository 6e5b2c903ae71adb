// Package episode makes episodes of what moves in the stream of a camera: times of motion
// that follow each other closely are one, and of each the picture that shows most is
// drawn. The worker of a camera and `lares detect` run this code.
package episode

import (
	"cmp"
	"errors"
	"image"
	"slices"
	"time"

	"lares/cameras/h264"
	"lares/cameras/media"
	"lares/cameras/motion"
	"lares/cameras/picture"
)

const (
	// Gap is how far apart times of motion are at most that are one episode.
	Gap = 2 * time.Second
	// Width of pictures, in pixels, at most.
	Width = 640
	// better is by how much more a picture has to show than the one before, in percent:
	// each is drawn, and most of an episode look alike.
	better = 120
)

// Episode is a time in which something moved.
type Episode struct {
	From, To time.Duration
	// Zones are the names of those that it moved in, in the order of what came first.
	Zones []string
	// Box is around what moved, in thousandths of the picture's width and height.
	Box image.Rectangle
	// Why is why it counted, once it is over.
	Why *media.Why
}

// Picture shows what moves.
type Picture struct {
	At   time.Duration
	Size int // as in motion.Still; 0 of one that shows none, where no other does
	// JPEG and Small are files of at most Width and picture.Small pixels to the side.
	JPEG, Small []byte
}

// Watcher finds the episodes in one stream. Its functions are called from within Take and
// Finish; each may be nil. One goroutine uses it.
type Watcher struct {
	// Active, Moved and Tampered are those of the motion.Detector.
	Active   func(at time.Duration, score int)
	Moved    func(motion.Motion)
	Tampered func(motion.Tamper)
	// Heat is that of the motion.Detector. It may be given and taken away between two
	// pictures.
	Heat func(motion.Heat)
	// Began is told of an episode that goes on, Ended of it once it is over: when nothing
	// more will be told of the time up to Gap behind it.
	Began, Ended func(Episode)
	// Best is told of the picture of an episode that goes on, and of each that shows more;
	// where none shows motion, of the one next to where most moved, before Ended. Without it
	// none is made.
	Best func(Picture)

	detector motion.Detector
	ready    bool
	fresh    []motion.Motion // found in this picture
	shown    Picture         // likewise
	drawn    drawn           // this picture, if it was for somebody to see it
	failed   error           // to draw it
	now      *Episode        // goes on; nil for none
	begins   bool            // nobody was told of it yet
	best     Picture         // of it
	last     time.Duration   // when the one before it ended
	reason   reason          // why it counts
	near     near
}

// Set is motion.Detector.Set.
func (w *Watcher) Set(s motion.Settings) error {
	err := w.detector.Set(s)
	if err == nil {
		w.reason.set(s, w.now != nil)
	}
	return err
}

// Take is motion.Detector.Take.
func (w *Watcher) Take(units [][]byte, at time.Duration) error {
	w.prepare()
	w.drawn = drawn{}
	w.detector.Heat = w.Heat
	known := w.detector.Known()
	err := w.detector.Take(units, at)
	w.reason.known(known, w.detector.Known())
	if w.Best != nil && err == nil {
		w.near.keep(units, at)
	}
	w.join()
	if w.now != nil && w.detector.Known()-w.now.To > Gap {
		w.end()
	}
	err = errors.Join(err, w.failed)
	w.failed = nil
	return err
}

// Draw is motion.Detector.Draw. The picture that Take got last is not drawn again if it was
// for its motion.
func (w *Watcher) Draw(units [][]byte, at time.Duration, rough bool) (*image.YCbCr, *h264.SPS, error) {
	if w.Drawn(at) {
		return w.drawn.picture, w.drawn.sps, nil
	}
	w.drawn = drawn{}
	return w.detector.Draw(units, rough)
}

// Drawn says whether the picture of a time is one that Draw does not draw again.
func (w *Watcher) Drawn(at time.Duration) bool { return w.drawn.picture != nil && w.drawn.at == at }

// Finish is motion.Detector.Finish: what goes on ends.
func (w *Watcher) Finish(at time.Duration) {
	w.prepare()
	known := w.detector.Known()
	w.detector.Finish(at)
	w.reason.known(known, w.detector.Known())
	w.join()
	w.end()
}

func (w *Watcher) prepare() {
	if w.ready {
		return
	}
	w.ready = true
	w.detector.Seen, w.detector.Tampered = w.seen, w.Tampered
	w.detector.Active = func(at time.Duration, score int) {
		if w.reason.active(at, score, w.now); w.Active != nil {
			w.Active(at, score)
		}
	}
	w.detector.Moved = func(m motion.Motion) {
		if w.fresh = append(w.fresh, m); w.Moved != nil {
			w.Moved(m)
		}
	}
}

// drawn is a picture that was drawn, with its time.
type drawn struct {
	at      time.Duration
	picture *image.YCbCr
	sps     *h264.SPS
}

// seen draws a still if it shows enough. Whether it is of the episode that goes on is known
// when the motion before it has been told.
func (w *Watcher) seen(s motion.Still) {
	w.reason.seen(s, w.now)
	if w.Best == nil || w.now != nil && s.At-w.now.To <= Gap && !w.more(s.Size) {
		return
	}
	p, sps, err := s.Draw()
	if err != nil {
		w.failed = err
		return
	}
	w.drawn = drawn{s.At, p, sps}
	file, small, err := picture.Pair(p, Width, picture.Small, picture.Of(sps))
	if err != nil {
		w.failed = err
		return
	}
	w.shown = Picture{s.At, s.Size, file, small}
}

func (w *Watcher) more(size int) bool { return 100*size > better*w.best.Size }

// join adds what was found to the episode that goes on, or begins another. Zones are told
// one after the other, and what had to last before it counts is told late.
func (w *Watcher) join() {
	slices.SortStableFunc(w.fresh, func(a, b motion.Motion) int { return cmp.Compare(a.From, b.From) })
	for _, m := range w.fresh {
		if w.now != nil && m.From-w.now.To > Gap {
			w.end()
		}
		if w.now == nil {
			from := max(m.From, w.last)
			w.now = &Episode{From: from, To: from, Box: m.Box}
			w.begins = true
		}
		w.reason.moved(m)
		w.now.To, w.now.Box = max(w.now.To, m.To), w.now.Box.Union(m.Box)
		if m.Zone != "" && !slices.Contains(w.now.Zones, m.Zone) {
			w.now.Zones = append(w.now.Zones, m.Zone)
		}
	}
	w.fresh = w.fresh[:0]
	if w.now == nil {
		return
	}
	if w.begins && w.Began != nil {
		w.Began(*w.now)
	}
	w.begins = false
	w.choose()
	w.nearest()
}

// choose takes the still that was drawn for the episode's picture, if it shows more.
func (w *Watcher) choose() {
	p := w.shown
	if p.JPEG == nil || p.At < w.now.From-Gap || !w.more(p.Size) {
		return
	}
	w.best, w.shown = p, Picture{}
	w.Best(p)
}

// end ends the episode that goes on, if there is one.
func (w *Watcher) end() {
	if w.now == nil {
		return
	}
	v := *w.now
	if w.begins && w.Began != nil { // it was as short as that
		w.Began(v)
	}
	w.begins = false
	w.drawNearest()
	v.Why = w.reason.of(v)
	w.now, w.best, w.last = nil, Picture{}, v.To
	if w.Ended != nil {
		w.Ended(v)
	}
}
