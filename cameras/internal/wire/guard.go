package wire

import (
	"slices"
	"time"

	"lares/cameras/media"
)

const (
	// maxRate is the fastest clock a track may count in, in Hz (AAC's 96 kHz
	// and the 90 kHz of video are below).
	maxRate = 192_000
	// ahead is how far a unit's time may run before the hub's: cameras that
	// send their last pictures in a burst, and clocks that drift between two
	// new mappings of the worker.
	ahead = 2 * time.Minute
	// maxReorder bounds composition offsets, in seconds.
	maxReorder = 60
)

// Guard checks the order of what one worker sends. The zero Guard accepts
// nothing until AddRun. It is not safe for concurrent use.
type Guard struct {
	runs    []media.RunID // in the order given out
	streams [media.StreamCamera + 1]order
}

type order struct {
	run   int // index into Guard.runs
	begun bool
	seq   uint64
	dts   [maxTrack + 1]int64
}

// AddRun says that the worker is about to receive a further run.
func (g *Guard) AddRun(id media.RunID) { g.runs = append(g.runs, id) }

// Given reports whether the worker was given the run: media of any other run is
// another camera's, or made up.
func (g *Guard) Given(id media.RunID) bool { return slices.Contains(g.runs, id) }

// Check refuses a unit whose run, number or time does not follow what came
// before; age is how long the worker has lived.
func (g *Guard) Check(u *media.Unit, age time.Duration) error {
	if err := checkShape(u); err != nil {
		return err
	}
	run := slices.Index(g.runs, u.Run)
	o := &g.streams[u.Stream]
	switch {
	case run < 0:
		return violated("a unit of a run that was not given out")
	case o.begun && run < o.run:
		return violated("a unit of a run that was left")
	case o.begun && run == o.run && u.Seq <= o.seq:
		return violated("unit %d after %d", u.Seq, o.seq)
	}
	latest := int64((age+ahead)/time.Second) * maxRate
	if u.DTS < 0 || u.DTS > latest || u.PTS < u.DTS-maxReorder*maxRate || u.PTS > u.DTS+maxReorder*maxRate {
		return violated("a unit at time %d/%d", u.PTS, u.DTS)
	}
	if u.Type == media.UnitVideo || u.Type == media.UnitAudio {
		if o.begun && u.DTS <= o.dts[u.Track] && o.dts[u.Track] != 0 {
			return violated("time %d after %d", u.DTS, o.dts[u.Track])
		}
		o.dts[u.Track] = u.DTS
	}
	o.run, o.begun, o.seq = run, true, u.Seq
	return nil
}
