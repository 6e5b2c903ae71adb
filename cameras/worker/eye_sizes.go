package worker

import (
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/motion"
)

// Where no stream of a camera can be looked at, how large its pictures are says when
// something moves (motion.Sizes).

// weigh takes the size of a picture of a stream that is not looked at.
func (e *eye) weigh(of media.StreamID, size int, alone, another bool, at time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.on || e.wanted.Off || !e.weighs(of, at) || len(e.queue) >= eyeUnits {
		return
	}
	e.put(glance{of: of, size: size, alone: alone, begin: another, at: at})
}

// weighs says whether a stream is the one whose sizes count: the sub stream, or the main
// stream in its place; e.mu is held.
func (e *eye) weighs(of media.StreamID, now time.Duration) bool {
	if e.unseen() == "" || e.still[of] {
		return false
	}
	if of == media.StreamSub {
		e.came = now
		return true
	}
	return !e.sub || e.still[media.StreamSub] || now-e.came > subWithin
}

// weigh takes the size of a picture.
func (g *gaze) weigh(next glance) {
	if g.sizes == nil || next.begin || next.of != g.of {
		g.finish()
		g.of = next.of
		g.sizes = &motion.Sizes{
			Began: func(at time.Duration) {
				g.tell(wire.Notice{Kind: media.KindMotion, Active: true}, at, media.Event{})
			},
			Ended: func(at time.Duration) { g.tell(wire.Notice{Kind: media.KindMotion}, at, media.Event{}) },
		}
		g.counts = g.sizes.Set(g.wanted.Settings)
	}
	if g.last = next.at; g.counts {
		g.sizes.Take(next.size, next.alone, next.at)
	}
}
