package worker

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/media/aac"
	"lares/cameras/media/g711"
)

// spurt tells n slots of a tone that begin at RTP time at of 8 kHz.
func spurt(c coder, at uint32, n int) (out []voicePacket) {
	for i := range n {
		u := utterance{at: at + uint32(i*slotOctets), first: i == 0}
		for k := range slotOctets {
			u.octets = g711.Mu.Append(u.octets, int16(8000*math.Sin(float64(i*slotOctets+k)/3)))
		}
		out = c.code(out, u)
	}
	return out
}

// TestAACSpurts: frames follow each other without a hole while somebody speaks,
// through a short pause too; a longer one ends with a filled frame and one more,
// and what comes then has its own time.
func TestAACSpurts(t *testing.T) {
	c := coderOf(&format.MPEG4Audio{PayloadTyp: 98, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3, Config: aacLC(16000)})
	if c == nil || c.law() != g711.Mu {
		t.Fatalf("%v", c)
	}
	got := spurt(c, 800, 10)                              // 200 ms: 3,200 samples
	got = append(got, spurt(c, 800+1600+400, 10)...)      // 50 ms later: 7,200
	if got = append(got, c.rest(nil)...); len(got) != 9 { // 7 and a part, and one more
		t.Fatalf("%d frames", len(got))
	}
	for i, p := range got {
		if want := uint32(1600 + i*aac.FrameLength); p.at != want || !p.marker {
			t.Errorf("frame %d has time %d, not %d, marker %v", i, p.at, want, p.marker)
		}
		if header := binary.BigEndian.Uint32(p.octets); header>>16 != 16 || int(header&0xffff)>>3 != len(p.octets)-4 || header&7 != 0 {
			t.Errorf("frame %d of %d octets begins with %08x", i, len(p.octets), header)
		}
	}
	if again := c.rest(nil); len(again) != 0 {
		t.Errorf("%d frames of nothing", len(again))
	}
	soon := spurt(c, 4600, 10) // within the time that the last frames fill
	if want := got[8].at + aac.FrameLength; len(soon) == 0 || soon[0].at != want {
		t.Errorf("the next begins at %+v, not %d", soon, want)
	}
	late := spurt(c, 80_000, 10)
	if len(late) < 4 || late[1].at != soon[len(soon)-1].at+2*aac.FrameLength || late[2].at != 160_000 {
		t.Errorf("after a pause: %+v", late)
	}
}

// TestRaise: a tone keeps its level and pitch at each rate, and nothing is added.
func TestRaise(t *testing.T) {
	for _, rate := range []int{8000, 11025, 16000, 44100, 48000} {
		r := newRaiser(rate)
		var out []int16
		for i := range 2 * g711.Rate {
			out = r.add(out, int16(10000*math.Sin(2*math.Pi*1000*float64(i)/g711.Rate)))
		}
		if len(out) != 2*rate {
			t.Errorf("%d samples at %d Hz of 2 s", len(out), rate)
		}
		worst := 0.0
		for i := rate / 2; i < len(out); i++ {
			want := 10000 * math.Sin(2*math.Pi*1000*(float64(i)/float64(rate)-float64(taps)/g711.Rate))
			worst = max(worst, math.Abs(want-float64(out[i])))
		}
		if worst > 500 {
			t.Errorf("at %d Hz it is off by %.0f", rate, worst)
		}
	}
}
