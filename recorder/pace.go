package recorder

import (
	"time"

	"lares/cameras/media"
)

const (
	// paceBurst is how many files of a camera may start at once: a pre-roll of a
	// camera that changes its format every 2 s has so many, and a rekey, a gap
	// and a change may come together.
	paceBurst = 4
	// paceRefill is the time after which one more may start. A little below the
	// 2 s of HAZARDS §6.1, so that a camera that changes that often loses nothing
	// to a clock that is not as exact.
	paceRefill = 1900 * time.Millisecond
	// paceTold is how long it is told that files came too fast.
	paceTold = time.Minute
)

// pace bounds how fast the files of one camera follow each other, whatever ends
// them: camera and worker are not trusted to be moderate, and each file costs a
// seal, a signature, syncs and a row. DESIGN.md "Linked parts".
type pace struct {
	full    time.Time // when paceBurst files may start at once again; zero is now
	refused time.Time // when a file was last not started; zero is never
	problem string    // what was told then
}

// allows says whether a file may start at now.
func (p *pace) allows(now time.Time) bool {
	return p.full.Sub(now) <= (paceBurst-1)*paceRefill
}

// count counts a file that started at now.
func (p *pace) count(now time.Time) {
	if p.full.Before(now) {
		p.full = now
	}
	p.full = p.full.Add(paceRefill)
}

// told is what is still to be told at now; "" if nothing is.
func (p *pace) told(now time.Time) string {
	if p.refused.IsZero() || now.Sub(p.refused) > paceTold {
		return ""
	}
	return p.problem
}

// refuse notes that a file was not started at now, because of problem, and says
// whether that is new.
func (p *pace) refuse(now time.Time, problem string) bool {
	fresh := p.told(now) != problem
	p.refused, p.problem = now, problem
	return fresh
}

// mayStart says whether the camera's next file may start now. If not, the
// pictures up to the next IDR are in no clip, and the camera's status says so,
// unless it names a trouble that ends the files.
func (c *camera) mayStart(changed bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.r.config.Clock.Now()
	if c.pace.allows(now) {
		return true
	}
	problem := problemEnds
	if changed {
		problem = problemChanges
	} else if c.status.Problem != "" {
		return false
	}
	if c.pace.refuse(now, problem) {
		c.r.config.Log.Warn("files follow each other too fast: pictures are not recorded", "camera", c.id.String(), "format changed", changed)
	}
	return false
}

// started counts a file that was made, sealed to that key. The first of a key that
// follows another one is not counted: epochs are the owner's and the hub's to make,
// and no worker goes back to a run that it left.
func (c *camera) started(kid media.KeyID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sealed.IsZero() || c.sealed == kid {
		c.pace.count(c.r.config.Clock.Now())
	}
	c.sealed = kid
}
