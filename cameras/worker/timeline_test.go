package worker

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// cameraClock is a camera whose RTP times promise fps pictures a second; it takes
// real ones.
type cameraClock struct {
	fps, real float64
	jitter    time.Duration // uniform delay of each packet
	loss      float64
	// stall holds all packets back for a while every period.
	stall, every time.Duration
	// cable is pulled for up to 3 s at a time, up for some seconds in between;
	// what was lost comes when TCP tries again, at intervals that double from
	// 200 ms on (RFC 6298), with all that waited behind it.
	cable bool
	// lumps lets the receiver look at what came only now and then, for 10 s of
	// each minute: a starved processor.
	lumps   bool
	jump    int32 // of the RTP time, in the middle
	start   uint32
	seconds int
	seed    uint64
}

// sent is one packet that arrived: what was sent at wall, with this RTP time.
type sent struct {
	rtp        uint32
	wall, came time.Duration
}

func (c cameraClock) run() (out []sent) {
	r := rand.New(rand.NewPCG(c.seed, 1))
	var free time.Duration // when the packet before had arrived
	plug := cable{r: r}
	var looked time.Duration
	for i := range int(float64(c.seconds) * c.real) {
		wall := epoch + time.Duration(float64(i)/c.real*float64(time.Second))
		rtp := c.start + uint32(int64(float64(i)*90_000/c.fps))
		if i > int(float64(c.seconds)*c.real)/2 {
			rtp += uint32(c.jump)
		}
		if r.Float64() < c.loss {
			continue
		}
		came := wall
		if c.jitter > 0 {
			came += time.Duration(r.Int64N(int64(c.jitter)))
		}
		if c.every > 0 && came%c.every < c.stall {
			came += c.stall - came%c.every
		}
		if c.cable {
			came = plug.through(came)
		}
		if c.lumps && came%time.Minute > 50*time.Second {
			for looked < came {
				looked = max(looked, came-700*time.Millisecond) + time.Duration(300+r.IntN(400))*time.Millisecond
			}
			came = looked
		}
		free = max(free+time.Microsecond, came)
		out = append(out, sent{rtp, wall, free})
	}
	return out
}

// cable is a link that is pulled now and then, with TCP on it.
type cable struct {
	r        *rand.Rand
	down, up time.Duration // the next or present time without a link
	waiting  time.Duration // until then nothing comes
}

// through is when what is sent at t comes.
func (c *cable) through(t time.Duration) time.Duration {
	if t < c.waiting {
		return c.waiting
	}
	if !c.broken(t) {
		return t
	}
	try := t
	for wait := 200 * time.Millisecond; c.broken(try); wait *= 2 {
		try += wait
	}
	c.waiting = try
	return try
}

func (c *cable) broken(t time.Duration) bool {
	for t >= c.up {
		c.down = c.up + 2*time.Second + time.Duration(c.r.Int64N(int64(4*time.Second)))
		c.up = c.down + time.Duration(c.r.Int64N(int64(3*time.Second)))
	}
	return t >= c.down
}

// TestHealthyClocksAreExact sends what networks do to good cameras: the times
// given out stay those of the camera to the tick.
func TestHealthyClocksAreExact(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, c := range map[string]cameraClock{
		"quiet":           {fps: 25, real: 25},
		"100 ppm":         {fps: 25, real: 25.0025},
		"jitter":          {fps: 25, real: 25, jitter: 50 * ms},
		"much jitter":     {fps: 25, real: 25, jitter: 200 * ms},
		"slow and jitter": {fps: 5, real: 5, jitter: 100 * ms},
		"one a second":    {fps: 1, real: 1, jitter: 50 * ms},
		"loss":            {fps: 25, real: 25, jitter: 50 * ms, loss: 0.2},
		"stalls":          {fps: 25, real: 25, jitter: 20 * ms, stall: 2 * time.Second, every: 11 * time.Second},
		"cable":           {fps: 25, real: 25, jitter: 5 * ms, cable: true},
		"cable, 10 fps":   {fps: 10, real: 10, jitter: 5 * ms, cable: true},
		"cable and loss":  {fps: 15, real: 15, jitter: 20 * ms, loss: 0.05, cable: true},
		"cable, 2 fps":    {fps: 2, real: 2, jitter: 5 * ms, cable: true},
		"starved":         {fps: 15, real: 15, jitter: 10 * ms, lumps: true},
		"wrap":            {fps: 30, real: 30, jitter: 30 * ms, start: 1<<32 - 200_000},
	} {
		for seed := range uint64(20) {
			c.seed, c.seconds = seed, 600
			if name == "100 ppm" {
				c.seconds = 900 // tooFar comes later
			}
			line := newTimeline(90_000, 0)
			first := int64(0)
			for i, p := range c.run() {
				got := line.at(p.rtp, p.came)
				if i == 0 {
					first = got - int64(p.rtp-c.start)
				}
				if want := first + int64(p.rtp-c.start); got != want {
					t.Fatalf("%s, seed %d: after %v moved by %d ms", name, seed, p.wall, (got-want)/90)
				}
			}
		}
	}
}

// TestLyingClocksAreFollowed is HAZARDS §6.1, "timestamps jump, wrap, drift":
// a clip is as long as it took, within 2 % or 200 ms, and time never stands
// still.
func TestLyingClocksAreFollowed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		c := cameraClock{
			fps: []float64{10, 15, 25, 30}[r.IntN(4)], jitter: time.Duration(1 + r.Int64N(int64(60*time.Millisecond))),
			loss: []float64{0, 0.01, 0.05, 0.2}[r.IntN(4)], start: r.Uint32(), seconds: 90, seed: seed,
			jump: []int32{0, 0, 3600 * 90_000, -3600 * 90_000, 20 * 90_000, -5 * 90_000}[r.IntN(6)],
		}
		c.real = c.fps * (0.7 + 0.6*r.Float64())
		if seed == 0 {
			c = cameraClock{fps: 25, real: 21, seconds: 90, jitter: 10 * time.Millisecond}
		}
		c.lumps = seed%5 == 1
		line := newTimeline(90_000, 0)
		var last int64
		var walls, times []float64
		for i, p := range c.run() {
			got := line.at(p.rtp, p.came)
			if i > 0 && got <= last {
				t.Fatalf("%+v: %d after %d at %v", c, got, last, p.wall)
			}
			last = got
			walls, times = append(walls, p.wall.Seconds()), append(times, float64(got)/90_000)
			if away := times[i] - walls[i]; math.Abs(away) > 2.2 {
				t.Fatalf("%+v: %.2f s away at %v", c, away, p.wall)
			}
		}
		// Every clip of 10 s and more that begins after a while, and one of 30 s
		// from the first picture on.
		for from := range walls {
			if from > 0 && walls[from] < 12 {
				continue
			}
			for _, length := range []float64{10, 30, 60} {
				to := from
				for to < len(walls)-1 && walls[to]-walls[from] < length {
					to++
				}
				long, took := times[to]-times[from], walls[to]-walls[from]
				jumped := c.jump != 0 && walls[from] < 60 && walls[to] > 45
				if took < length || jumped || (from == 0 || c.lumps) && length < 30 {
					continue
				}
				if wrong := math.Abs(long - took); wrong > max(0.2, 0.02*took) {
					t.Fatalf("%+v: %.2f s in %.2f s, from %.1f s on", c, long, took, walls[from])
				}
			}
		}
	}
}

// TestSoundStaysWithALyingPicture has a camera whose video clock lies and whose
// sound is right: the sound is not dragged off, and both keep together.
func TestSoundStaysWithALyingPicture(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 3))
		jitter := time.Duration(1 + r.Int64N(int64(20*time.Millisecond)))
		picture := cameraClock{fps: 25, real: 25 * (0.7 + 0.6*r.Float64()), jitter: jitter, seconds: 60, seed: seed, start: r.Uint32()}
		heard := cameraClock{fps: 50, real: 50, jitter: jitter, seconds: 60, seed: seed + 1000, start: r.Uint32()}
		video, audio := newTimeline(90_000, 0), newTimeline(90_000, 0)
		pictures, sounds := picture.run(), heard.run()
		apart := func(line *timeline, p sent) float64 {
			return float64(line.at(p.rtp, p.came))/90_000 - p.wall.Seconds()
		}
		allowed := 0.04 + jitter.Seconds()
		if math.Abs(picture.real/picture.fps-1) < leastWrong {
			allowed += tooFar // without sender reports nobody can tell
		}
		var of float64
		for _, p := range pictures {
			of = apart(video, p)
			for len(sounds) > 0 && sounds[0].came <= p.came {
				d := apart(audio, sounds[0])
				if math.Abs(d) > 0.04 {
					t.Fatalf("%+v: the sound is %.0f ms off at %v", picture, d*1000, sounds[0].wall)
				}
				if p.wall > 20*time.Second && math.Abs(d-of) > allowed {
					t.Fatalf("%+v: sound and picture are %.0f ms apart at %v", picture, (d-of)*1000, p.wall)
				}
				sounds = sounds[1:]
			}
		}
		if !audio.steady(40*time.Second) || video.steady(40*time.Second) && math.Abs(picture.real/picture.fps-1) > 0.02 {
			t.Fatalf("%+v: steady %v, %v", picture, audio.steady(40*time.Second), video.steady(40*time.Second))
		}
	}
}

// TestReportsOfALyingPicture adds sender reports each half second, as some
// cameras send: those of the picture say what its clock says.
func TestReportsOfALyingPicture(t *testing.T) {
	t.Parallel()
	const report = 500 * time.Millisecond
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 4))
		picture := cameraClock{fps: 25, real: 25 * (0.75 + 0.5*r.Float64()), jitter: time.Millisecond, seconds: 60, seed: seed}
		if seed%5 == 0 {
			picture.real = picture.fps
		}
		// The sound comes this much later than the picture taken with it.
		later := time.Duration(r.Int64N(int64(300 * time.Millisecond)))
		heard := cameraClock{fps: 50, real: 50, jitter: time.Millisecond, seconds: 60, seed: seed + 1000}
		video, audio := newTimeline(90_000, 0), newTimeline(90_000, 0)
		var lips lipSync
		wall := time.Unix(1e9, 0)
		sounds := heard.run()
		var of float64
		for _, p := range picture.run() {
			v := video.at(p.rtp, p.came)
			of = float64(v)/90_000 - p.wall.Seconds()
			// What the last report and the clock make of it (RFC 3550 §6.4.1).
			if since := (p.wall - epoch) % report; p.wall-since > epoch {
				said := time.Duration(float64(since) * picture.real / picture.fps)
				lips.picture(v, 90_000, wall.Add(p.wall-since+said))
			}
			for len(sounds) > 0 && sounds[0].came+later <= p.came {
				q := sounds[0]
				sounds = sounds[1:]
				var ntp time.Time
				if q.wall > epoch+report {
					ntp = wall.Add(q.wall)
				}
				at := lips.place(audio, video, audio.at(q.rtp, q.came+later), q.came+later, ntp)
				d := float64(at)/90_000 - q.wall.Seconds()
				near := 0.06
				if wrong := math.Abs(picture.real/picture.fps - 1); wrong > 0 && wrong < leastWrong {
					near = 0.1 // too little to be sure, and enough to add up
				}
				right := q.wall < 3*time.Second || math.Abs(d-of) < near
				if lying := picture.real != picture.fps; lying && q.wall < 20*time.Second {
					right = math.Abs(d) < 0.8
				}
				if !right {
					t.Fatalf("seed %d, %+v: sound and picture are %.0f ms apart at %v (%.2f, %.2f)", seed, picture, (d-of)*1000, q.wall, d, of)
				}
			}
		}
	}
}

// FuzzTimeline maps arbitrary RTP times at arbitrary moments: what is given out
// stays above 0 and near arrival, and never goes back by more than B pictures do.
func FuzzTimeline(f *testing.F) {
	f.Add([]byte{0, 0, 0, 10, 40, 0, 0, 14, 16, 40, 0, 0, 14, 16, 40})
	f.Add([]byte{255, 255, 255, 250, 1, 0, 0, 0, 9, 200, 128, 0, 0, 0, 0, 127, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, in []byte) {
		line, now := newTimeline(90_000, 0), epoch
		var rtp uint32
		var most int64
		for ; len(in) >= 5; in = in[5:] {
			rtp += binary.BigEndian.Uint32(in)
			now += time.Duration(in[4]) * 4 * time.Millisecond
			v := line.at(rtp, now)
			arrival := ticks(now, 90_000)
			if v < 0 || v < most-ticks(reorder, 90_000) || v < arrival-ticks(maxStep, 90_000) || v > max(arrival+ticks(maxStep, 90_000), most+1) {
				t.Fatalf("%d at %d after %d", v, arrival, most)
			}
			most = max(most, v)
		}
	})
}
