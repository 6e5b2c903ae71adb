package motion

import "time"

const (
	// sizesEvery is over which time the sizes of pictures are a mean, and sizesSettling how many
	// behind one that stands alone are left out: encoders spend there what they saved on it.
	sizesEvery    = 500 * time.Millisecond
	sizesSettling = 3
	// sizesWarm are the means in which what is usual is only learnt, sizesSure those in a row
	// that have to be larger, and sizesRest those that do not, for it to be over.
	sizesWarm, sizesSure, sizesRest = 16, 2, 4
	// sizesSpread is by how many deviations a mean has to be larger than usual (Q8 of one),
	// sizesShare by which share of what is usual at least, and sizesLeast by how many bytes.
	sizesSpread, sizesShare, sizesLeast = 3 << 8, 128, 40
	// sizesLongest is after which time what is larger is usual.
	sizesLongest = 2 * time.Minute
	// sizesGap is how long nothing may come.
	sizesGap = 10 * time.Second
)

// Sizes finds that something moves in nothing but how large the pictures are between those
// that stand alone. It is for a stream that is not taken apart, such as one of H.265: it costs
// nothing, sees what moves large or fast where the camera spends bits as it needs them, and
// hardly anything where it spends the same all the time. Where it moves it does not know.
//
// What is usual follows the smallest sizes, for what moves makes them larger; how far they
// stray from that is learnt all the time, so that a place that is never at rest tells nothing.
//
// Its functions are called from within Take and Finish; each may be nil. One goroutine
// uses it.
type Sizes struct {
	// Began is told when something moves, and Ended when that was over: since when, and
	// until when.
	Began, Ended func(at time.Duration)

	scale     int32 // Q8: of what has to be exceeded; 0 is one
	begun     bool
	from      time.Duration // of the mean that is made
	last      time.Duration // the picture before
	sum, n    int64
	since     int   // pictures since the last one that stood alone
	usual     int64 // Q8: bytes
	deviation int64 // Q8: bytes
	seen      int   // means
	larger    int   // means in a row
	first     time.Duration
	moving    bool
	moved     time.Duration // until when something did
}

// Set makes it take the sensitivity of settings. It says false where they have zones or
// masks: then it is not known whether what moves counts.
func (z *Sizes) Set(s Settings) bool {
	z.scale = scaleOf(s.Sensitivity)
	return len(s.Zones) == 0 && len(s.Masks) == 0
}

// Take takes the size of a picture, in bytes, and its time; times do not go back.
func (z *Sizes) Take(size int, alone bool, at time.Duration) {
	if !z.begun || at-z.last > sizesGap {
		z.Finish()
		z.begun, z.from, z.sum, z.n, z.since = true, at, 0, 0, 0
	}
	z.last = at
	if at-z.from >= sizesEvery {
		if z.n > 0 {
			z.mean(z.sum<<8/z.n, at)
		}
		z.from, z.sum, z.n = at, 0, 0
	}
	if z.since++; alone {
		z.since = 0
	} else if z.since > sizesSettling {
		z.sum, z.n = z.sum+int64(size), z.n+1
	}
}

// Finish says that the stream ended, or that some of it is left out: what moves ends. What is
// usual stays.
func (z *Sizes) Finish() {
	if z.moving {
		z.end()
	}
	z.begun, z.larger = false, 0
}

func (z *Sizes) end() {
	z.moving, z.larger = false, 0
	if z.Ended != nil {
		z.Ended(z.moved)
	}
}

// mean takes a mean (Q8) of what came since z.from.
func (z *Sizes) mean(m int64, at time.Duration) {
	if z.seen == 0 {
		z.usual, z.deviation = m, m/4
	}
	z.seen++
	larger := z.seen > sizesWarm && m-z.usual > z.bound()
	z.learn(m, larger)
	switch {
	case !larger:
		z.larger = 0
		if z.moving && at-z.moved >= sizesRest*sizesEvery {
			z.end()
		}
		return
	case z.larger == 0 && !z.moving:
		z.first = z.from
	}
	z.larger++
	z.moved = at
	if !z.moving && z.larger >= sizesSure {
		if z.moving = true; z.Began != nil {
			z.Began(z.first)
		}
	}
	if z.moving && at-z.first > sizesLongest {
		z.usual = m
		z.end()
	}
}

// bound is by how much a mean has to be larger than usual (Q8).
func (z *Sizes) bound() int64 {
	scale := int64(z.scale)
	if scale == 0 {
		scale = 1 << 8
	}
	return max(z.deviation*sizesSpread>>8, z.usual*sizesShare>>8)*scale>>8 + sizesLeast<<8
}

// learn lets what is usual follow.
func (z *Sizes) learn(m int64, larger bool) {
	stray := m - z.usual
	if stray < 0 {
		stray = -stray
	}
	up, down, pace := int64(100), int64(10), int64(20) // one part of so many
	switch {
	case z.seen <= sizesWarm:
		up, down = 10, 5
	case larger:
		up, pace = 200, 50
	}
	z.deviation += (min(stray, 4*z.deviation+50<<8) - z.deviation) / pace
	if m > z.usual {
		z.usual += (min(m, 2*z.usual+100<<8) - z.usual) / up
	} else {
		z.usual -= (z.usual - m) / down
	}
}
