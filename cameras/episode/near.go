package episode

import (
	"slices"
	"time"

	"lares/cameras/h264"
	"lares/cameras/picture"
)

// largestNear bounds a picture that is kept, in bytes: of a sub stream they have a tenth, and
// three are kept.
const largestNear = 512 << 10

// alone is a picture that stands alone, as it came.
type alone struct {
	units [][]byte
	at    time.Duration
}

// near keeps the picture of an episode that pictures between those that stand alone found, and
// none of those: the one inside it that is nearest to where most moved, else the one next to it.
type near struct {
	last   [2]alone // the newest ones: of what is found between them, nothing was told before
	chosen alone    // of the episode that goes on
}

// keep keeps a picture, if it stands alone; its memory is its own.
func (n *near) keep(units [][]byte, at time.Duration) {
	size, slice := 0, false
	for _, u := range units {
		if h264.IsSlice(u) {
			if slice = true; !h264.IsIntra(u) {
				return
			}
		}
		size += len(u)
	}
	if !slice || size > largestNear {
		return
	}
	own := make([][]byte, len(units))
	for i, u := range units {
		own[i] = slices.Clone(u)
	}
	n.last = [2]alone{n.last[1], {own, at}}
}

// choose takes the better one of those that are kept, for what is known of the episode now.
func (n *near) choose(v Episode, most time.Duration) {
	for _, a := range n.last {
		if a.units == nil {
			continue
		}
		if n.chosen.units == nil {
			n.chosen = a
			continue
		}
		off, before := v.off(a.at), v.off(n.chosen.at)
		if off < before || off == before && (a.at-most).Abs() < (n.chosen.at-most).Abs() {
			n.chosen = a
		}
	}
}

// off is how far outside of the episode a time lies. Who comes is found a moment late, so that
// moment is of it.
func (v Episode) off(at time.Duration) time.Duration {
	return max(0, v.From-aside-at, at-v.To)
}

// nearest takes the episode's picture where none that stands alone showed motion.
func (w *Watcher) nearest() {
	if w.Best != nil && w.best.JPEG == nil {
		w.near.choose(*w.now, w.reason.most(*w.now))
	}
}

// drawNearest draws that picture for the episode that ends. Of one that cannot be drawn there is
// none, and it is no reason to look no more.
func (w *Watcher) drawNearest() {
	w.nearest()
	a := w.near.chosen
	w.near.chosen = alone{}
	if w.Best == nil || w.best.JPEG != nil || a.units == nil {
		return
	}
	p, sps, err := w.Draw(a.units, a.at, false)
	if err != nil {
		return
	}
	if file, small, err := picture.Pair(p, Width, picture.Small, picture.Of(sps)); err == nil {
		w.Best(Picture{At: a.at, JPEG: file, Small: small})
	}
}
