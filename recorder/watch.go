package recorder

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"lares/cameras/media"
)

// Watch starts the recorder of a camera; again is fine.
func (r *Recorder) Watch(id media.CameraID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.cameras[id]; ok {
		return
	}
	c := r.newCamera(id, r.cover(id), r.tape(id, false))
	c.beside = r.newCamera(id, r.uncovered(id), r.tape(id, true))
	c.beside.files = c.files
	c.cover.point(aim{}, r.config.Clock.Now())
	r.cameras[id] = c
	if r.ctx != nil {
		r.start(c)
	}
}

func (r *Recorder) newCamera(id media.CameraID, g *coverage, t *tape) *camera {
	return &camera{
		r: r, id: id, cover: g, tape: t, writes: &writes{clock: r.config.Clock}, files: new(atomic.Int32), past: past{turn: make(lock, 1)},
		done: make(chan struct{}), wake: make(chan struct{}, 1),
	}
}

// start runs a camera's loops; r.mu is held.
func (r *Recorder) start(c *camera) {
	ctx, cancel := context.WithCancel(r.ctx)
	c.stop = cancel
	for _, c := range c.loops() {
		if ctx.Err() != nil { // too late
			close(c.done)
			continue
		}
		r.loops.Go(func() { c.learn(ctx, r.dates.of(r.config.Clock.Now())) }) // before anything asks
		r.loops.Go(func() { c.run(ctx) })
	}
}

// Forget ends the recorder of a camera and its open clip; it returns when that
// clip is closed, or its disk has not answered for a while: then that ends by itself. The
// recordings stay; see Erase.
func (r *Recorder) Forget(id media.CameraID) {
	r.unwatch(id)
	r.mu.Lock()
	g := r.covers[id]
	delete(r.covers, id)
	delete(r.broken, id)
	r.mu.Unlock()
	if g != nil {
		g.point(aim{}, r.config.Clock.Now())
	}
}

// Rest is Forget for a camera that is off the air until it is watched again: what would be
// recorded of it meanwhile, as Plan says, is a gap that is meant to be.
func (r *Recorder) Rest(id media.CameraID) {
	c := r.unwatch(id)
	r.mu.Lock()
	g := r.cover(id)
	r.mu.Unlock()
	if c == nil && g.resting() {
		return
	}
	to := aim{rest: true}
	if c != nil {
		c.mu.Lock()
		to.due = c.plan.Mode != media.ModeOff
		c.mu.Unlock()
	}
	g.point(to, r.config.Clock.Now())
}

// planRest says what would be recorded of a camera that rests.
func (r *Recorder) planRest(id media.CameraID, m media.Mode) {
	r.mu.Lock()
	g := r.covers[id]
	r.mu.Unlock()
	if g != nil && g.resting() {
		g.point(aim{rest: true, due: m != media.ModeOff}, r.config.Clock.Now())
	}
}

// endWaits is how long is waited for a camera's recorder to end: whoever waits holds up what
// is to be told of others.
const endWaits = 5 * time.Second

// unwatch ends the recorder of a camera, if it has one.
func (r *Recorder) unwatch(id media.CameraID) *camera {
	r.mu.Lock()
	c := r.cameras[id]
	delete(r.cameras, id)
	running := c != nil && c.stop != nil
	r.mu.Unlock()
	if running {
		c.stop()
		r.ended(c)
	}
	return c
}

// ended waits until a camera's loops are over, but not for longer than endWaits.
func (r *Recorder) ended(c *camera) {
	timer := time.NewTimer(endWaits)
	defer timer.Stop()
	for _, c := range c.loops() {
		select {
		case <-c.done:
		case <-timer.C:
			timer.Reset(0) // nor wait for the next one
			r.mu.Lock()
			r.ending[c.id] = append(r.ending[c.id], c.done)
			r.mu.Unlock()
			r.config.Log.Warn("a camera's clip cannot be ended: its disk does not answer", "camera", c.id.String())
		}
	}
}

// stillEnding are the ends of a camera's recorders that nobody waited for.
func (r *Recorder) stillEnding(id media.CameraID) []<-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ending[id] = slices.DeleteFunc(r.ending[id], isClosed)
	if len(r.ending[id]) == 0 {
		delete(r.ending, id)
	}
	return slices.Clone(r.ending[id])
}

func (r *Recorder) camera(id media.CameraID) *camera {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cameras[id]
}
