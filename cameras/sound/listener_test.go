package sound

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/media/aac"
	"lares/cameras/media/g711"
)

// place makes what is heard at one: noise of a level that may change, in dB of full scale,
// and whatever else a test adds, sample by sample.
type place struct {
	rate   int
	random *rand.Rand
	level  func(s float64) float64 // of the noise, at a time in seconds
	also   func(s float64) float64 // added; full scale is 1
}

func quiet(float64) float64 { return -55 }

// burst is a tone of 900 Hz at a level between two times, all in seconds.
func burst(from, to, level float64) func(s float64) float64 {
	return func(s float64) float64 {
		if s < from || s >= to {
			return 0
		}
		return math.Sqrt2 * math.Pow(10, level/20) * math.Sin(2*math.Pi*900*s)
	}
}

// hear is what stands out in so many seconds of a place, heard in G.711 as a camera sends
// it, in packets of 20 ms.
func (p place) hear(t *testing.T, seconds int, s Settings) (found []Loud) {
	t.Helper()
	l, err := NewListener(s)
	if err != nil {
		t.Fatal(err)
	}
	began := 0
	l.Began = func(Loud) { began++ }
	l.Ended = func(e Loud) { found = append(found, e) }
	p.rate, p.random = 8000, rand.New(rand.NewPCG(3, 4))
	o := NewOctets(g711.Mu, p.rate, 1)
	packet := make([]int16, p.rate/50)
	for n := range seconds * 50 {
		noise := math.Pow(10, p.level(float64(n)/50)/20)
		for i := range packet {
			at := float64(n*len(packet)+i) / float64(p.rate)
			v := p.random.NormFloat64() * noise
			if p.also != nil {
				v += p.also(at)
			}
			packet[i] = int16(max(-1, min(v, 1)) * math.MaxInt16)
		}
		l.Take(o.Power(g711.Mu.Append(nil, packet...)), time.Duration(n)*20*time.Millisecond, 20*time.Millisecond)
	}
	l.Finish()
	if began != len(found) {
		t.Errorf("%d began, and %d ended", began, len(found))
	}
	return found
}

func about(got time.Duration, want, tolerance float64) bool {
	return math.Abs(got.Seconds()-want) <= tolerance
}

// TestNothing: what a place is like is no event, nor that it slowly changes.
func TestNothing(t *testing.T) {
	gusts := rand.New(rand.NewPCG(5, 6))
	var windy [300]float64 // half a second each
	for i := 0; i < len(windy); {
		blows := gusts.IntN(5) < 2
		for n := 1 + gusts.IntN(6); n > 0 && i < len(windy); n-- {
			if windy[i] = -45; blows {
				windy[i] = -29
			}
			i++
		}
	}
	for name, p := range map[string]place{
		"noise":             {level: quiet},
		"rain that sets in": {level: func(s float64) float64 { return -60 + max(0, min((s-30)*3, 35)) }},
		"rain that ends":    {level: func(s float64) float64 { return -25 - max(0, min((s-30)*10, 35)) }},
		"a day that begins": {level: func(s float64) float64 { return -60 + s/5 }},
		"gusts":             {level: func(s float64) float64 { return windy[int(2*s)] }},
		// Mains hum that comes and goes, as a microphone's cable is touched.
		"hum": {level: quiet, also: func(s float64) float64 {
			if int(s)%20 < 10 {
				return 0
			}
			return 0.05 * math.Sin(2*math.Pi*50*s)
		}},
		// A gain that creeps up by 24 dB while it is quiet, and falls at once.
		"a gain that pumps": {level: func(s float64) float64 { return -55 + 3*math.Mod(s, 8) }},
		"drops on the case": {level: quiet, also: func(s float64) float64 {
			if math.Mod(s, 0.9) > 0.03 {
				return 0
			}
			return 0.3 * math.Sin(2*math.Pi*700*s)
		}},
		"a lorry that goes by": {level: func(s float64) float64 { return -55 + 25*math.Exp(-(s-60)*(s-60)/50) }},
	} {
		t.Run(name, func(t *testing.T) {
			for _, e := range p.hear(t, 150, Settings{}) {
				if e.From > time.Minute || name != "gusts" { // which must be known first
					t.Errorf("%v, and nothing happens", e)
				}
			}
		})
	}
}

// TestStandsOut: what is loud of a sudden is one event, when it is.
func TestStandsOut(t *testing.T) {
	both := func(a, b func(float64) float64) func(float64) float64 {
		return func(s float64) float64 { return a(s) + b(s) }
	}
	for name, c := range map[string]struct {
		place
		from, to, tolerance float64
		over                int // at least
	}{
		"a bark":                      {place{level: quiet, also: burst(40, 40.25, -25)}, 40, 40.25, 0.1, 25},
		"in rain":                     {place{level: func(float64) float64 { return -30 }, also: burst(40, 41, -10)}, 40, 41, 0.1, 15},
		"soon after rain":             {place{level: func(s float64) float64 { return -25 - max(0, min((s-30)*10, 35)) }, also: burst(85, 86, -30)}, 85, 86, 0.1, 20},
		"over hum":                    {place{level: quiet, also: both(burst(40, 41, -32), func(s float64) float64 { return 0.04 * math.Sin(2*math.Pi*50*s) })}, 40, 41, 0.1, 15},
		"where nothing else is heard": {place{level: func(float64) float64 { return -120 }, also: burst(40, 41, -40)}, 40, 41, 0.1, 20},
		"with pauses":                 {place{level: quiet, also: both(burst(40, 41, -25), burst(43.5, 44, -25))}, 40, 44, 0.1, 25},
		"an alarm of half a minute":   {place{level: quiet, also: burst(40, 70, -25)}, 40, 70, 0.1, 25},
		"a machine that is switched on": {place{level: func(s float64) float64 {
			if s < 40 {
				return -55
			}
			return -25
		}}, 40, 85, 2, 25},
		"while the gain creeps": {place{level: func(s float64) float64 { return -55 + 3*math.Mod(s, 8) }, also: burst(44, 45, -5)}, 44, 48, 0.1, 20}, // until it falls,
	} {
		t.Run(name, func(t *testing.T) {
			found := c.hear(t, 120, Settings{})
			if len(found) != 1 || !about(found[0].From, c.from, 0.1) || !about(found[0].To, c.to, c.tolerance) || found[0].Over < c.over {
				t.Errorf("%v, want one from %.2f s to %.2f s, at least %d dB over the floor", found, c.from, c.to, c.over)
			}
		})
	}
}

// TestAgain: a child that cries, and rests, and cries again, is heard each time.
func TestAgain(t *testing.T) {
	cries := func(s float64) float64 {
		if s < 40 || math.Mod(s, 10) > 4 {
			return 0
		}
		return burst(0, math.Inf(1), -25)(s)
	}
	if found := (place{level: quiet, also: cries}).hear(t, 108, Settings{}); len(found) != 7 {
		t.Errorf("%v, and a child cries seven times", found)
	}
}

// TestSettings: how far over the floor, how long and how far apart is up to who listens.
func TestSettings(t *testing.T) {
	faint := place{level: quiet, also: burst(40, 41, -45)}
	short := place{level: quiet, also: burst(40, 40.1, -25)}
	twice := place{level: quiet, also: func(s float64) float64 { return burst(40, 41, -25)(s) + burst(44, 45, -25)(s) }}
	for name, c := range map[string]struct {
		place
		settings Settings
		want     int
	}{
		"faint, usual":        {faint, Settings{}, 0},
		"faint":               {faint, Settings{Over: 6}, 1},
		"short, usual":        {short, Settings{}, 0},
		"short":               {short, Settings{MinDuration: 100 * time.Millisecond}, 1},
		"long":                {twice, Settings{MinDuration: 2500 * time.Millisecond}, 0},
		"twice, usual":        {twice, Settings{}, 2},
		"twice, one cooldown": {twice, Settings{Cooldown: 4 * time.Second}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if found := c.hear(t, 60, c.settings); len(found) != c.want {
				t.Errorf("%v, want %d", found, c.want)
			}
		})
	}
	for _, s := range []Settings{{Over: 2}, {Over: 61}, {MinDuration: -1}, {MinDuration: 11 * time.Second}, {Cooldown: 1}, {Cooldown: time.Hour}} {
		if _, err := NewListener(s); err == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}

// TestTimes: a time without sound ends what goes on, and does not make unheard what was
// usual before; one that lies back ends it too; a frame may be of any length.
func TestTimes(t *testing.T) {
	const faint, strong, step = 1e-6, 1e-2, 70 * time.Millisecond
	l, err := NewListener(Settings{})
	if err != nil {
		t.Fatal(err)
	}
	var began, ended []Loud
	l.Began = func(e Loud) { began = append(began, e) }
	l.Ended = func(e Loud) { ended = append(ended, e) }
	at := 5 * time.Second
	take := func(power float64, n int) {
		for range n {
			l.Take(power, at, step)
			at += step
		}
	}
	take(faint, 200)
	if take(strong, 10); len(began) != 1 || len(ended) != 0 || !about(began[0].From, 19, 0.06) {
		t.Fatalf("%v %v, want one that began at 19 s", began, ended)
	}
	at += time.Hour
	if take(strong, 10); len(ended) != 1 || !about(ended[0].To, 19.7, 0.06) || len(began) != 2 || began[1].From < time.Hour {
		t.Fatalf("%v %v, want the first ended before the gap, and another behind it", began, ended)
	}
	at = 0
	if take(faint, 10); len(ended) != 2 {
		t.Fatalf("%v, want both ended", ended)
	}
	l.Finish()
	l.Finish()
	if len(ended) != 2 {
		t.Errorf("%v after the end", ended)
	}
}

// TestStranger: nothing is loud before it is known what is usual.
func TestStranger(t *testing.T) {
	if found := (place{level: quiet, also: burst(5, 6, -20)}).hear(t, 15, Settings{}); len(found) != 0 {
		t.Errorf("%v in the first six seconds", found)
	}
}

// TestNonsense: no power makes it stumble.
func TestNonsense(t *testing.T) {
	l, err := NewListener(Settings{})
	if err != nil {
		t.Fatal(err)
	}
	lowest, highest := 0, -96
	l.Heard = func(_ time.Duration, level, floor int) {
		lowest, highest = min(lowest, level, floor), max(highest, level, floor)
	}
	for i, p := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 0, 1e300, 1, 5e-324} {
		l.Take(p, time.Duration(i)*time.Second, time.Second)
	}
	if lowest != -96 || highest != 0 {
		t.Errorf("levels from %d to %d", lowest, highest)
	}
}

// TestLevels: a tone of a known level has it in each gauge, of one channel and of two, and
// hum has much less than it has.
func TestLevels(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		tone := func(hz float64, channels int) (out []int16) {
			for i := range rate {
				v := int16(math.Sqrt2 * 3276.8 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))) // -20 dB
				for range channels {
					out = append(out, v)
				}
			}
			return out
		}
		db := func(power float64) float64 { return 10 * math.Log10(power) }
		for channels := 1; channels <= 2; channels++ {
			if got := db(NewSamples(rate, channels).Power(tone(1500, channels))); math.Abs(got+20) > 1.5 {
				t.Errorf("%d Hz, %d channels: %.1f dB, want -20", rate, channels, got)
			}
			if got := db(NewSamples(rate, channels).Power(tone(50, channels))); got > -38 {
				t.Errorf("%d Hz, %d channels: hum has %.1f dB, want 18 less than -20", rate, channels, got)
			}
			for _, law := range []g711.Law{g711.A, g711.Mu} {
				if got := db(NewOctets(law, rate, channels).Power(law.Append(nil, tone(1500, channels)...))); math.Abs(got+20) > 1.5 {
					t.Errorf("law %d, %d Hz, %d channels: %.1f dB, want -20", law, rate, channels, got)
				}
			}
		}
	}
	if p := NewSamples(8000, 2).Power([]int16{1}); p != 0 {
		t.Errorf("half a sample has %v", p)
	}
	if p := NewOctets(g711.A, 8000, 0).Power(nil); p != 0 {
		t.Errorf("nothing has %v", p)
	}
}

// TestGauges: each codec has its gauge, and what has none is refused by name.
func TestGauges(t *testing.T) {
	e, err := aac.NewEncoder(8000, 1)
	if err != nil {
		t.Fatal(err)
	}
	var tone [aac.FrameLength]int16
	for i := range tone {
		tone[i] = int16(4634 * math.Sin(2*math.Pi*float64(i)/8)) // -20 dB
	}
	e.Encode(&tone)
	for codec, data := range map[media.Codec][]byte{
		media.AAC: e.Encode(&tone), media.PCMA: g711.A.Append(nil, tone[:]...), media.PCMU: g711.Mu.Append(nil, tone[:]...),
	} {
		g, err := NewGauge(codec, 8000, 1)
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := g(data); !ok || math.Abs(10*math.Log10(p)+20) > 8 {
			t.Errorf("%v: %.1f dB %t, want about -20", codec, 10*math.Log10(p), ok)
		}
		if _, ok := g(nil); ok {
			t.Errorf("%v: nothing has a level", codec)
		}
	}
	for want, of := range map[string]media.Track{
		"this is FLAC":            {Codec: media.FLAC, SampleRate: 48000},
		"this is AAC of 96000 Hz": {Codec: media.AAC, SampleRate: 96000},
	} {
		if _, err := NewGauge(of.Codec, int(of.SampleRate), 1); !errors.Is(err, ErrUnheard) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestFrugal: a packet costs no memory.
func TestFrugal(t *testing.T) {
	l, err := NewListener(Settings{})
	if err != nil {
		t.Fatal(err)
	}
	o := NewOctets(g711.A, 8000, 1)
	packet := make([]byte, 400)
	var at time.Duration
	if n := testing.AllocsPerRun(1000, func() {
		l.Take(o.Power(packet), at, 50*time.Millisecond)
		at += 50 * time.Millisecond
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
