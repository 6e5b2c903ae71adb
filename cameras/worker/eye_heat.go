package worker

import (
	"time"

	"lares/cameras/media"
	"lares/cameras/motion"
)

const (
	// heatFor is how long heat is told after it was last asked for: who looks asks each
	// second, and may be late.
	heatFor = 5 * time.Second
	// heatEvery is how often it is told, of the time of pictures, at most.
	heatEvery = 400 * time.Millisecond
)

// warm says that somebody looks at where it moves. While nothing is looked at nothing is
// told.
func (e *eye) warm() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.watched = e.w.now() + heatFor
}

// isWatched says whether somebody does.
func (e *eye) isWatched() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.w.now() < e.watched
}

// stirring is how warm a cell is told to be at most by what moves between two pictures that
// stand alone: it does not count by itself, and the greatest sensitivity counts from 41 on.
const stirring = 40

// glow is the heat that is told: what the last picture that stands alone showed, and what
// has moved since, which fades, so that a person sees it.
type glow struct {
	heat  motion.Heat // its own cells
	still []byte      // of those, what the last one showed
	told  time.Duration
}

// add takes the heat of a picture. The grids of a stream differ by a row or column.
func (w *glow) add(h motion.Heat) {
	if w.heat.Wide != h.Wide || w.heat.High != h.High || h.Columns > w.heat.Columns || h.Rows > w.heat.Rows {
		w.heat = h
		w.heat.Cells, w.still = make([]byte, len(h.Cells)), make([]byte, len(h.Cells))
	}
	w.heat.At = h.At
	if h.Still {
		clear(w.still)
		clear(w.heat.Cells)
	}
	for i, before := range w.heat.Cells {
		fading := before - (before+3)/4
		if x, y := i%w.heat.Columns, i/w.heat.Columns; x < h.Columns && y < h.Rows {
			v := h.Cells[y*h.Columns+x]
			if h.Still {
				w.still[i] = v
			} else {
				fading = max(fading, byte(int(min(v, 100))*stirring/100))
			}
		}
		w.heat.Cells[i] = max(fading, w.still[i])
	}
}

// due says whether it is to be told now, and if so that it was. A clock may have been set
// back.
func (w *glow) due() bool {
	if since := w.heat.At - w.told; w.told != 0 && since >= 0 && since < heatEvery {
		return false
	}
	w.told = w.heat.At
	return true
}

// shine has the watcher tell where it moves while somebody looks, and only then: it costs
// more than to find that something does.
func (g *gaze) shine() {
	if !g.e.isWatched() {
		g.watcher.Heat, g.glow = nil, glow{}
		return
	}
	g.watcher.Heat = func(h motion.Heat) {
		if g.glow.add(h); g.glow.due() {
			// a lost hub is noticed by who reads from it
			_ = g.e.w.out.channels[media.StreamCamera].heated(g.of, g.glow.heat.Append(nil))
		}
	}
}
