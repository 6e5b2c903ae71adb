package worker

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

const (
	// eyeBytes and eyeUnits bound what waits to be looked at: what comes on top is left
	// out, up to the next picture that stands alone. A sub stream fills them in a minute.
	eyeBytes = 4 << 20
	eyeUnits = 1024
	// subWithin is how long the sub stream may bring nothing until the main stream is
	// looked at in its place, which costs more.
	subWithin = 20 * time.Second
	// ofEye is whose the warning is that nobody looks for motion.
	ofEye = media.StreamCamera + 1
)

// eye looks for motion in the pictures of one stream: of the sub stream if there is one
// that can be read, else of the main stream. Who brings pictures never waits for it. The
// zero eye takes none.
type eye struct {
	w *worker

	mu      sync.Mutex // guards following
	on      bool
	sub     bool // there is a sub stream
	wanted  wire.Motion
	of      media.StreamID // whose pictures are looked at; 0 none yet
	lost    bool           // some were left out, and those up to the next that stands alone are
	blind   [media.StreamSub + 1]string
	damaged bool                      // all pictures that are looked at, for some time
	still   [media.StreamSub + 1]bool // all its pictures stand alone: their sizes say nothing
	came    time.Duration             // when the sub stream brought the last picture
	watched time.Duration             // until when somebody looks at where it moves
	past    past
	queue   []glance
	bytes   int           // in it
	wake    chan struct{} // holds a token when something was queued
}

// sight is a picture as it comes. It is the caller's, and holds during the call.
type sight struct {
	sets *paramSets
	data []byte // NAL units, each behind its length
	sync bool
	// another: it begins a connection, or pictures of another kind than those before.
	another bool
	at      time.Duration
}

// glance is one thing to do, in its turn.
type glance struct {
	of    media.StreamID
	units []byte // of a picture, each behind its length
	at    time.Duration
	begin bool         // with it another stream begins, or another kind of pictures
	gap   bool         // some before it were left out
	frame uint32       // a small one of it is the answer to this; 0 to nothing
	large bool         // with a large one
	past  bool         // it was looked at before
	size  int          // instead of a picture: how many bytes one has that is not looked at
	alone bool         // it stands alone
	over  bool         // instead of a picture: the stream ended
	want  *wire.Motion // likewise: this is to be looked for from now on
}

// open lets pictures in.
func (e *eye) open(sub bool, now time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.on, e.sub, e.came, e.wake = true, sub, now, make(chan struct{}, 1)
	wanted := e.wanted
	e.put(glance{want: &wanted})
}

// want says what to look for from now on.
func (e *eye) want(m wire.Motion) error {
	if err := m.Settings.Validate(); err != nil {
		return fmt.Errorf("worker: what the hub wants to be looked for: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wanted = m
	if m.Off {
		for _, g := range e.queue {
			if g.frame != 0 {
				e.none(g.frame, "What is looked for has changed.")
			}
		}
		e.queue, e.bytes, e.of = nil, 0, 0
	}
	if e.on {
		e.put(glance{want: &m})
		e.complain()
	}
	return nil
}

// opens is told what a connection brings.
func (e *eye) opens(of media.StreamID, f format.Format) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.blind[of] = ""
	_, e.still[of] = f.(*format.MJPEG)
	if _, ok := f.(*format.H264); !ok {
		e.blind[of] = "is looked for in H.264 alone, and the camera sends " + codecName(f)
	}
	e.complain()
}

// cannot says why no motion is found in a stream, until its next connection.
func (e *eye) cannot(of media.StreamID, why string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.blind[of] = why
	if e.of == of {
		e.of = 0
	}
	e.complain()
}

// spoilt says whether all pictures that are looked at are damaged. They are looked at all
// the same: the next one may be none of those.
func (e *eye) spoilt(all bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.damaged != all {
		e.damaged = all
		e.complain()
	}
}

// complain tells the hub if no stream is left to be looked at, or nothing to be read in the
// one that is; e.mu is held.
func (e *eye) complain() {
	if !e.on {
		return
	}
	why := e.unseen()
	switch {
	case e.wanted.Off:
		why = ""
	case why == "" && e.damaged:
		why = "Motion is not found, for all pictures of the camera come damaged: what the camera itself notices counts alone."
	case why == "":
	case e.still[media.StreamMain] && (!e.sub || e.still[media.StreamSub]) || len(e.wanted.Settings.Zones)+len(e.wanted.Settings.Masks) > 0:
		why = "Motion " + why + ": what the camera itself notices counts alone."
	default:
		why = "Motion " + why + ": what the camera itself notices counts, and that its pictures need much more room than usual."
	}
	e.w.warn(ofEye, why)
}

// unseen is why no stream is left to be looked at, "" if one is; e.mu is held.
func (e *eye) unseen() string {
	if e.sub && e.blind[media.StreamSub] == "" {
		return ""
	}
	return e.blind[media.StreamMain]
}

// over is told that a connection of a stream ended.
func (e *eye) over(of media.StreamID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.past.forget()
	if e.of == of {
		e.of = 0
	} else if e.blind[of] == "" {
		return
	}
	if e.on {
		e.put(glance{of: of, over: true})
	}
}

// see takes a picture of a stream.
func (e *eye) see(of media.StreamID, s sight) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.on || e.wanted.Off && !s.sync || !e.looksAt(of, s.at) {
		return
	}
	begin := e.of != of || s.another
	if (begin || e.lost) && !s.sync {
		e.lost = true
		return
	}
	g := glance{of: of, at: s.at, begin: begin, gap: e.lost, alone: s.sync}
	size := len(s.data)
	if s.sync {
		for _, n := range slices.Concat(s.sets.sps, s.sets.pps) {
			size += 4 + len(n)
		}
	}
	if e.bytes+size > eyeBytes || len(e.queue) >= eyeUnits {
		e.lost = true
		return
	}
	g.units = make([]byte, 0, size)
	if s.sync {
		for _, n := range slices.Concat(s.sets.sps, s.sets.pps) {
			g.units = append(binary.BigEndian.AppendUint32(g.units, uint32(len(n))), n...)
		}
	}
	g.units = append(g.units, s.data...)
	if s.sync {
		e.keep(&g, s.another)
	}
	if e.wanted.Off {
		if g.past = true; g.frame != 0 {
			e.put(g)
		}
		return
	}
	e.of, e.lost = of, false
	e.put(g)
}

// looksAt says whether a stream is the one to be looked at; e.mu is held.
func (e *eye) looksAt(of media.StreamID, now time.Duration) bool {
	if e.blind[of] != "" {
		return false
	}
	if of == media.StreamSub {
		e.came = now
		return true
	}
	return !e.sub || e.blind[media.StreamSub] != "" || now-e.came > subWithin
}

// put queues what has its turn; e.mu is held.
func (e *eye) put(g glance) {
	e.queue = append(e.queue, g)
	e.bytes += len(g.units)
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// next waits for the next thing to do; false says that the context has ended.
func (e *eye) next(ctx context.Context) (g glance, ok bool) {
	for {
		e.mu.Lock()
		if len(e.queue) > 0 {
			g, e.queue = e.queue[0], e.queue[1:]
			e.bytes -= len(g.units)
			e.mu.Unlock()
			return g, true
		}
		e.queue = nil
		e.mu.Unlock()
		select {
		case <-e.wake:
		case <-ctx.Done():
			return g, false
		}
	}
}
