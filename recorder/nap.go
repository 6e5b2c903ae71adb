package recorder

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A machine that sleeps stops the clock that nobody sets, and goes on with a wall clock that is as much
// later as it slept: to who compares the two it looks like a clock that was set. The kernel keeps a third
// one, which runs on asleep and which nobody sets either.

// kernel is the machine's own word for Config.Machine.
func kernel() (ran, slept time.Duration) {
	mono, boot := kernelClock(unix.CLOCK_MONOTONIC), kernelClock(unix.CLOCK_BOOTTIME)
	return mono, boot - mono
}

// kernelClock reads a clock without the scheduler being told of the call, which never waits: for one that it is told
// of its monitor thread wakes up, and this is asked with each picture.
func kernelClock(clock uintptr) time.Duration {
	var at unix.Timespec
	_, _, _ = unix.RawSyscall(unix.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&at)), 0) // every kernel has both
	return time.Duration(at.Nano())
}

const (
	// napLeast is how long the machine slept at least for that to be told: as long as a gap is.
	napLeast = gapLeast
	// stoppedLeast is how long nobody looked for what is missing, who does so each second, if the hub
	// did not run meanwhile.
	stoppedLeast = 10 * time.Second
)

// naps tells whether the machine slept since it was asked last.
type naps struct{ total time.Duration }

// since says for how long, by how long it did until now; 0 is not worth telling.
func (n *naps) since(total time.Duration) time.Duration {
	slept := total - n.total
	n.total = total
	if slept < napLeast {
		return 0
	}
	return slept
}

// naps are those from now on.
func (r *Recorder) naps() naps {
	_, total := r.config.Machine()
	return naps{total}
}

// slept says whether the machine did since the take last asked: what comes now is of another time, so no
// file goes on, and no event.
func (t *take) slept() bool {
	if _, total := t.c.r.config.Machine(); t.naps.since(total) == 0 {
		return false
	}
	t.endPart()
	t.over = !t.stretch
	return t.over
}

// wake looks whether the machine slept: then nothing of before is recorded any more.
func (r *Recorder) wake(n *naps, now time.Time) {
	_, total := r.config.Machine()
	slept := n.since(total)
	if slept == 0 {
		return
	}
	r.config.Log.Info("the machine slept", "for", slept.Round(time.Second))
	r.mu.Lock()
	cameras := r.all()
	r.mu.Unlock() // a camera's is locked before it
	for _, c := range cameras {
		c.mu.Lock()
		c.from = now
		c.mu.Unlock()
	}
}

// wakes begins a gap of the hub where the machine slept since it was asked last, or lets the one that goes on
// be as much longer; at is when what is told now came. g.mu is held.
func (g *coverage) wakes(at time.Time) {
	_, total := g.machine()
	slept := g.naps.since(total)
	if slept == 0 || !g.aim.due {
		return
	}
	if g.open.From.IsZero() { // that of a camera at rest goes on
		g.begin(GapHub, at)
		g.store()
	}
	g.napped += slept
	g.woke = at
}

// stale says of a picture that is told now whether it came before the machine slept: its clock shows a
// time before that, though it came at about the same by the clock that nobody sets. g.mu is held.
func (g *coverage) stale(at time.Time) bool {
	if g.napped == 0 || at.After(g.woke) {
		return false
	}
	return at.Round(0).Sub(g.until.Round(0))-at.Sub(g.until) < g.napped/2
}

// stopped says whether nobody looked for so long that the hub did not run; g.mu is held.
func (g *coverage) stopped() bool {
	ran, _ := g.machine()
	return ran-g.looked > stoppedLeast
}

// looks says that somebody looks now; g.mu is held.
func (g *coverage) looks(now time.Time) {
	g.wakes(now)
	if g.stopped() {
		g.woke = now
	}
	g.looked, _ = g.machine()
}
