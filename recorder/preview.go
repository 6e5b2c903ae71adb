package recorder

import (
	"context"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/recorder/sealed"
)

const (
	// mostFrames is how many small pictures a preview has. When there are more every other
	// one goes, and those to come are as far apart as those that stay: so a file of any length has from
	// half as many on, evenly, and few of its pictures are drawn.
	mostFrames = 16
	// frameStep is how far apart they are at first: pre-roll and post-roll alone have eight,
	// and a camera of which a picture stands alone each two seconds has all of those.
	frameStep = 1900 * time.Millisecond
	// again is how much earlier one that came is asked for again: when it did is told to the
	// moment that a message takes, and the one before it is twice as far away.
	again = 450 * time.Millisecond
	// firstLook is how long into an event a picture is waited for of what moves, or of the
	// camera, before one of any moment is drawn.
	firstLook = time.Second
	// biggestFrame bounds a sealed one while it waits, in bytes, but for the large one: usual
	// ones are a tenth.
	biggestFrame = 64 << 10
)

// preview are the small pictures of a file that is written, by their times. They wait as
// they came, sealed.
type preview struct {
	frames []frame
	step   time.Duration
	next   time.Time // the next one is of then or later
	sought bool      // a large one was asked for
}

type frame struct {
	at   time.Time // when it was taken
	unit media.Unit
}

// frameStep is how far apart the small pictures of a file are at first. A stretch, of which
// there is one all day, gets few: as many as a whole file of it has.
func (r *Recorder) frameStep(stretch bool) time.Duration {
	if stretch {
		return max(frameStep, r.config.MaxClip/mostFrames)
	}
	return frameStep
}

func newPreview(start time.Time, step time.Duration) preview { return preview{step: step, next: start} }

func (p *preview) add(f frame) {
	if p.frames = append(p.frames, f); len(p.frames) > mostFrames {
		for i := range (len(p.frames) + 1) / 2 {
			p.frames[i] = p.frames[2*i]
		}
		p.frames = p.frames[:(len(p.frames)+1)/2]
		apart := p.frames[len(p.frames)-1].at.Sub(p.frames[0].at) / time.Duration(len(p.frames)-1)
		p.step = max(2*p.step, apart*19/20) // a little less, as at first
	}
	p.next = p.frames[len(p.frames)-1].at.Add(p.step)
}

// framed is the answer of the source to who wanted a small picture for a file.
type framed struct {
	part *part
	frame
	large bool
	err   error
}

// takeFrame takes the small picture that was asked for, if it is here, and asks for the
// next one once that may have come: with a large one if the event has no picture else. One is
// asked for at a time.
func (t *take) takeFrame(ctx context.Context) {
	if t.framed(); t.framing || t.part == nil || t.c.isBeside() {
		return
	}
	now := t.c.r.config.Clock.Now()
	since, large := t.part.preview.next, false
	if start := t.c.startOf(t.event); !t.stretch && !t.part.preview.sought {
		if inside := !since.Before(start); inside && now.Sub(start) < firstLook {
			return
		} else if at, ok := t.part.preview.from(start); (ok || inside) && t.unseen() {
			large = true
			if ok {
				since = at.Add(-again)
			}
		}
	}
	if now.Before(since) {
		return
	}
	t.framing, t.part.preview.sought = true, t.part.preview.sought || large
	part := t.part
	t.asking.Go(func() {
		at, u, err := t.c.r.config.Source.Frame(ctx, t.c.id, since, large)
		t.frames <- framed{part, frame{at, u}, large, err}
	})
}

// from is when the first picture was taken of those at some time or later.
func (p *preview) from(start time.Time) (at time.Time, ok bool) {
	i := slices.IndexFunc(p.frames, func(f frame) bool { return !f.at.Before(start) })
	if i < 0 {
		return at, false
	}
	return p.frames[i].at, true
}

// unseen says that the event has no picture: the file has none, the camera gave none, and
// nothing that moved was seen.
func (t *take) unseen() bool {
	if t.asked || t.part.row.Thumbnail {
		return false
	}
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	return t.c.now.event == t.event && t.c.best.Unit.Type != media.UnitSnapshot
}

// framed takes the picture that was asked for, if it is here. One of before its file began
// may be of another epoch.
func (t *take) framed() {
	if !t.framing {
		return
	}
	var f framed
	select {
	case f = <-t.frames:
		t.framing = false
	default:
		return
	}
	if t.part == nil || t.part != f.part {
		return
	}
	p := &t.part.preview
	switch {
	case f.large && f.err != nil: // a small one may do
	case f.err != nil || f.unit.Type != media.UnitSnapshot || len(f.unit.Sealed) > biggestFrame && !f.large || f.at.Before(t.part.began) || !t.c.fits(f.unit, t.part.row.KID):
		p.next = t.c.r.config.Clock.Now().Add(p.step)
	default:
		if f.large {
			t.c.r.See(t.c.id, Sight{At: f.at, Unit: f.unit})
		}
		if n := len(p.frames); n == 0 || f.at.After(p.frames[n-1].at) {
			p.add(f.frame)
		}
	}
}

// takePreview seals the small pictures into the file that is about to end; and where it has
// no small one yet, for the camera's own is none or there is none at all, the first of what
// it is about.
func (t *take) takePreview() {
	if t.part == nil || !t.part.filled {
		return
	}
	t.framed()
	start := t.c.startOf(t.event)
	var frames []sealed.Frame
	small := 0
	for _, f := range t.part.preview.frames {
		p, ok := t.c.pictures(f.unit)
		if !ok || len(p.Small) == 0 {
			continue
		}
		if f.at.Before(start) {
			small = len(frames) + 1
		}
		frames = append(frames, sealed.Frame{Time: t.part.ticks(f.at), JPEG: p.Small})
	}
	if len(frames) == 0 {
		return
	}
	small = min(small, len(frames)-1)
	if !t.part.small && !t.wrote(t.part.smallPicture(frames[small].JPEG, frames[small].Time)) {
		return
	}
	if len(frames) > 1 {
		t.wrote(t.part.film(frames))
	}
}
