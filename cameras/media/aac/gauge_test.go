package aac

import (
	"bytes"
	"encoding/binary"
	"math"
	"os/exec"
	"slices"
	"strconv"
	"testing"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"lares/cameras/media/costtest"
)

func db(power float64) float64 { return 10 * math.Log10(power) }

// meanOf is what a gauge makes of frames, all together, and false if it cannot read one.
func meanOf(t *testing.T, rate int, frames [][]byte) float64 {
	t.Helper()
	g, err := NewGauge(rate)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, f := range frames {
		p, ok := g.Power(f)
		if !ok {
			t.Fatalf("frame %d of %d Hz cannot be read", i, rate)
		}
		sum += p
	}
	return sum / float64(len(frames))
}

// TestSteps: each word of the codebook is read as what it is.
func TestSteps(t *testing.T) {
	for place, c := range steps {
		w := &writer{}
		w.put(c.bits, c.word)
		r := reader{data: w.out}
		if got := r.step(); got != place-farthest || r.at != int(c.bits) {
			t.Errorf("%+v is %d, want %d", c, got, place-farthest)
		}
	}
}

// TestGauge: a voice has about its level at each rate, as loud as it may be, and in one
// channel as in two; hum has much less than it has.
func TestGauge(t *testing.T) {
	for _, rate := range []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000} {
		for channels := 1; channels <= 2; channels++ {
			said := voice(rate, rate)
			level := func(loud float64) (heard, is float64) {
				sum := 0.0
				samples := slices.Clone(said)
				for i, v := range said {
					samples[i] = int16(float64(v) * math.Pow(10, loud/20))
					sum += float64(samples[i]) * float64(samples[i])
				}
				return db(meanOf(t, rate, encode(t, samples, rate, channels))), db(sum / float64(len(said)) / (1 << 30))
			}
			loud, is := level(0)
			if math.Abs(loud-is) > 3 {
				t.Errorf("%d Hz, %d channels: %.1f dB, want about %.1f", rate, channels, loud, is)
			}
			if faint, _ := level(-30); math.Abs(loud-faint-30) > 1 {
				t.Errorf("%d Hz, %d channels: 30 dB less is %.1f dB, and %.1f before", rate, channels, faint, loud)
			}
		}
		hum := make([]int16, rate)
		for i := range hum {
			hum[i] = int16(3000 * math.Sin(2*math.Pi*50*float64(i)/float64(rate)))
		}
		if got := db(meanOf(t, rate, encode(t, hum, rate, 1))); got > -36 {
			t.Errorf("%d Hz: hum of -24 dB has %.1f", rate, got)
		}
	}
	for _, rate := range []int{0, -1, 7350, 96000} {
		if _, err := NewGauge(rate); err != ErrFormat {
			t.Errorf("%d Hz: %v", rate, err)
		}
	}
}

// TestElements: what stands before a channel is passed over; a common window, short ones in
// groups, noise and intensity are read as ISO/IEC 14496-3 has them.
func TestElements(t *testing.T) {
	const rate = 16000
	g, err := NewGauge(rate)
	if err != nil {
		t.Fatal(err)
	}
	step := func(w *writer, by int) { w.put(steps[by+farthest].bits, steps[by+farthest].word) }
	fills := func(w *writer) {
		w.put(3, 6)
		w.put(4, 2)
		w.put(16, 0xffff)
		w.put(3, 6)
		w.put(4, 15)
		w.put(8, 2) // sixteen
		for range 16 {
			w.put(8, 0xff)
		}
		w.put(3, 4)
		w.put(4, 0)
		w.put(1, 1) // aligned
		w.put(8, 1)
		w.put(uint8(w.left), 0)
		w.put(8, 0xff)
	}
	long := func(w *writer) {
		w.put(4, 0) // long windows of the sine shape
		w.put(6, 40)
		w.put(1, 0)
	}
	word := func(w *writer, book, place int) { w.put(words[book][place].bits, words[book][place].word) }
	// Ten bands of codebook 1, one of noise, and intensity up to the end.
	body := func(w *writer) {
		for _, s := range [][2]uint32{{0, 10}, {1, 10}, {13, 1}, {15, 19}} {
			w.put(4, s[0])
			w.put(5, s[1])
		}
		for range 10 {
			step(w, 2)
		}
		w.put(9, 256+30)
		for range 19 {
			step(w, -7)
		}
		w.put(1, 1) // two pulses
		w.put(2, 1)
		w.put(6, 3)
		w.put(18, 0x3ffff)
		w.put(1, 1) // one filter of three coefficients of four bits
		w.put(2, 1)
		w.put(1, 1)
		w.put(6, 9)
		w.put(5, 3)
		w.put(2, 0)
		w.put(12, 0xfff)
		w.put(1, 0)
		for b := 10; b < 20; b++ {
			for range g.long.lines[b] / 4 {
				word(w, 1, 80) // 1, 1, 1, 1
			}
		}
	}
	const gain = 150
	want := 0.0
	for b := 10; b < 20; b++ {
		want += g.long.weights[b] * float64(g.long.lines[b]) * math.Exp2(float64(gain+2*(b-9)-100)/2)
	}
	want += g.long.weights[20] * math.Exp2(float64(gain-90+30)/2)

	one := &writer{}
	fills(one)
	one.put(7, 0)
	one.put(8, gain)
	long(one)
	body(one)

	two := &writer{}
	two.put(3, 1)
	two.put(4, 0)
	two.put(1, 1)
	long(two)
	two.put(2, 1)
	two.put(20, 0xfffff)
	two.put(20, 0xfffff)
	two.put(8, gain)
	body(two)
	two.put(8, gain)
	body(two)

	// Three groups of five, two and one short windows, each with one band of codebook 11.
	eight := &writer{}
	eight.put(7, 0)
	eight.put(8, gain)
	eight.put(1, 0)
	eight.put(2, 2)
	eight.put(1, 0)
	eight.put(4, 9)
	eight.put(7, 0b1111010)
	wantEight := 0.0
	for range 3 {
		eight.put(4, 0)
		eight.put(3, 7)
		eight.put(3, 1)
		eight.put(4, 11)
		eight.put(3, 1)
	}
	many := []int{5, 2, 1}
	for i, n := range many {
		step(eight, -6)
		pair := math.Pow(1000, 8.0/3) + math.Pow(3, 8.0/3)
		wantEight += float64(n*g.short.lines[8]/2) * g.short.weights[8] * pair * math.Exp2(float64(gain-6*(i+1)-100)/2)
	}
	eight.put(3, 0)
	for _, n := range many {
		for range n * g.short.lines[8] / 2 {
			word(eight, 11, 16*17+3)
			eight.put(2, 0b10)     // signs
			eight.put(6, 0b111110) // five more than four bits
			eight.put(9, 1000-(1<<9))
		}
	}
	for name, c := range map[string]struct {
		data []byte
		want float64
	}{"one": {one.out, want}, "two": {two.out, 2 * want}, "eight": {eight.out, wantEight}} {
		if got, ok := g.Power(c.data); !ok || math.Abs(got/c.want-1) > 1e-9 {
			t.Errorf("%s: %g %t, want %g", name, got, ok, c.want)
		}
		for n := range len(c.data) - 1 {
			if p, ok := g.Power(c.data[:n]); ok {
				t.Errorf("%s: %g from the first %d octets of %d", name, p, n, len(c.data))
			}
		}
	}
	if _, ok := g.Power([]byte{0xe0}); ok {
		t.Error("a block with nothing in it has a level")
	}
}

// other are the frames that ffmpeg makes of samples.
func other(t *testing.T, samples []int16, rate int, channels, bits string) (frames [][]byte) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: nobody else to encode")
	}
	in := make([]byte, 0, 2*len(samples))
	for _, v := range samples {
		in = binary.LittleEndian.AppendUint16(in, uint16(v))
	}
	c := exec.Command("ffmpeg", "-v", "error", "-f", "s16le", "-ar", strconv.Itoa(rate), "-ac", "1", "-i", "-",
		"-ac", channels, "-c:a", "aac", "-b:a", bits, "-f", "adts", "-")
	c.Stdin = bytes.NewReader(in)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var packets mpeg4audio.ADTSPackets
	if err := packets.Unmarshal(out); err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		frames = append(frames, p.AU)
	}
	return frames
}

// TestOthersAAC: what another encoder makes of a voice has about the level of that voice,
// short windows, noise and joint stereo included.
func TestOthersAAC(t *testing.T) {
	for _, c := range []struct {
		rate     int
		channels string
		bits     string
	}{
		{8000, "1", "16k"}, {16000, "1", "32k"}, {16000, "1", "96k"}, {48000, "2", "64k"}, {48000, "2", "256k"}, {48000, "1", "64k"}, {48000, "1", "128k"},
		{48000, "1", "160k"}, {44100, "1", "256k"}, {32000, "1", "128k"}, {24000, "1", "96k"},
	} {
		samples := voice(c.rate, 2*c.rate)
		for i := range samples {
			if i%c.rate < c.rate/4 { // a clap, and then the voice
				samples[i] = int16(float64(samples[i]) * 3 * math.Exp(-float64(i%c.rate)/200))
			}
		}
		sum := 0.0
		for _, v := range samples {
			sum += float64(v) * float64(v)
		}
		want := db(sum / float64(len(samples)) / (1 << 30))
		if c.channels == "2" {
			want -= 3 // ffmpeg gives each half of the power
		}
		if got := db(meanOf(t, c.rate, other(t, samples, c.rate, c.channels, c.bits))); math.Abs(got-want) > 3 {
			t.Errorf("%v: %.1f dB, want about %.1f", c, got, want)
		}
	}
}

// TestFrugal: a frame costs no memory.
func TestFrugal(t *testing.T) {
	g, err := NewGauge(16000)
	if err != nil {
		t.Fatal(err)
	}
	frame := encode(t, voice(16000, 4096), 16000, 1)[2]
	if n := testing.AllocsPerRun(100, func() { g.Power(frame) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzGauge: nothing makes it stumble, and no level is below none.
func FuzzGauge(f *testing.F) {
	e, err := NewEncoder(16000, 2)
	if err != nil {
		f.Fatal(err)
	}
	said := voice(16000, FrameLength)
	f.Add(e.Encode((*[FrameLength]int16)(said)))
	f.Add([]byte{0x02, 0xff, 0xff, 0xff, 0xff})
	gauges := []*Gauge{}
	for _, rate := range []int{8000, 16000, 24000, 48000} {
		g, err := NewGauge(rate)
		if err != nil {
			f.Fatal(err)
		}
		gauges = append(gauges, g)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, g := range gauges {
			costtest.Within(t, func() {
				if p, ok := g.Power(data); ok && !(p >= 0) {
					t.Errorf("%v", p)
				}
			})
		}
	})
}

// TestWords: each codebook has a word for each of its values, and none is another's beginning:
// they fill all that bits can say. A voice's are those of the encoder.
func TestWords(t *testing.T) {
	for n, b := range spectra[1:] {
		n++
		want, base := 1, b.most+1
		if b.signed {
			base = 2*b.most + 1
		}
		for range b.size {
			want *= base
		}
		full := 0
		for place, c := range words[n] {
			full += 1 << (16 - c.bits)
			w := &writer{}
			w.put(c.bits, c.word)
			r := reader{data: w.out}
			if got := r.word(spectraTrees[n]); got != place || r.at != int(c.bits) {
				t.Errorf("codebook %d: %d in %d bits, want %d in %d", n, got, r.at, place, c.bits)
			}
		}
		if len(words[n]) != want || full != 1<<16 {
			t.Errorf("codebook %d: %d words, want %d, that fill %d of %d", n, len(words[n]), want, full, 1<<16)
		}
	}
}
