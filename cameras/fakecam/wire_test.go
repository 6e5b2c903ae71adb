package fakecam_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/pion/rtcp"

	"lares/cameras/fakecam"
)

// busy is a card with sound and many packets per second.
func busy(t *testing.T) (*fakecam.Camera, *listener) {
	t.Helper()
	c := start(t, fakecam.Options{Name: t.Name(), Audio: true, Source: fakecam.TestCard{FPS: 25, GOP: 120 * time.Millisecond}})
	l := listen(t, c.MainURL())
	eventually(t, "pictures and sound", func() bool { return len(l.got(l.video)) > 20 && len(l.got(l.sound)) > 5 })
	return c, l
}

// span waits until packets of a track have come for so long, and returns them
// from index from on.
func (l *listener) span(t *testing.T, m *description.Media, from int, long time.Duration) []arrival {
	t.Helper()
	var got []arrival
	eventually(t, "packets", func() bool {
		if got = l.got(m); len(got) <= from {
			return false
		}
		got = got[from:]
		return got[len(got)-1].at.Sub(got[0].at) >= long
	})
	return got
}

// missing counts the sequence numbers that never came, and the packets that
// came after a later one.
func missing(got []arrival) (lost, late int) {
	seen := map[uint16]bool{}
	first, last := got[0].SequenceNumber, got[0].SequenceNumber
	for _, p := range got {
		seen[p.SequenceNumber] = true
		if int16(p.SequenceNumber-last) < 0 {
			late++
		} else {
			last = p.SequenceNumber
		}
	}
	return int(last-first) + 1 - len(seen), late
}

func TestLoss(t *testing.T) {
	c, l := busy(t)
	for _, fault := range []struct {
		fault     fakecam.Fault
		low, high float64
	}{{fakecam.Loss1, 0.001, 0.03}, {fakecam.Loss5, 0.02, 0.09}, {fakecam.Loss20, 0.14, 0.26}} {
		c.SetFault(fault.fault)
		got := l.span(t, l.video, len(l.got(l.video)), 3*time.Second)
		lost, late := missing(got)
		if part := float64(lost) / float64(lost+len(got)); part < fault.low || part > fault.high || late > 0 {
			t.Errorf("%v: %d of %d packets lost, %d late", fault.fault, lost, lost+len(got), late)
		}
	}
	c.SetFault(fakecam.None)
	healthy(t, l)
}

// healthy waits until pictures have come one after the other again.
func healthy(t *testing.T, l *listener) {
	t.Helper()
	from := len(l.got(l.video))
	eventually(t, "consecutive pictures", func() bool {
		whole := &listener{video: l.video, packets: map[*description.Media][]arrival{l.video: l.got(l.video)[from:]}}
		pics := whole.pictures(t)
		if len(pics) < 8 {
			return false
		}
		pics = pics[len(pics)-6:]
		for i, p := range pics {
			if p.mark.Name == (fakecam.Mark{}).Name || p.mark.Frame != pics[0].mark.Frame+uint64(i) {
				return false
			}
		}
		return true
	})
}

func TestReorder(t *testing.T) {
	c, l := busy(t)
	from := len(l.got(l.video))
	c.SetFault(fakecam.Reorder)
	l.span(t, l.video, from, 2*time.Second)
	c.SetFault(fakecam.None)
	healthy(t, l)
	got := l.got(l.video)[from:]
	if lost, late := missing(got); lost > 0 || late < 20 {
		t.Errorf("of %d packets %d were lost and %d late", len(got), lost, late)
	}
	for i, p := range got {
		for _, q := range got[i+1:] {
			if int16(q.SequenceNumber-p.SequenceNumber) < 0 && q.at.Sub(p.at) > reorderWindow+time.Second {
				t.Fatalf("a packet came %v too late", q.at.Sub(p.at))
			}
		}
	}
}

const reorderWindow = 50 * time.Millisecond

// pace is how many seconds of RTP time went by in one of the camera's, by its
// reports from index from on.
func pace(t *testing.T, l *listener, m *description.Media, from int) float64 {
	t.Helper()
	const enough = 8
	var got []*rtcp.SenderReport
	eventually(t, "reports", func() bool { got = l.told(m); return len(got) >= from+enough })
	first, last := got[from], got[len(got)-1]
	said := float64(int32(last.RTPTime-first.RTPTime)) / float64(m.Formats[0].ClockRate())
	return said / (float64(last.NTPTime-first.NTPTime) / (1 << 32))
}

func TestDrift(t *testing.T) {
	c, l := busy(t)
	c.SetFault(fakecam.Drift)
	begun := len(l.told(l.video)) + 1
	if p := pace(t, l, l.video, begun); math.Abs(p-21./25) > 0.01 {
		t.Errorf("pictures claim %.3f of the time that goes by", p)
	}
	if p := pace(t, l, l.sound, begun); math.Abs(p-1) > 0.01 {
		t.Errorf("sound claims %.3f of the time that goes by", p)
	}
	pics := l.pictures(t)
	for i := 1; i < len(pics); i++ {
		if step := pics[i].time - pics[i-1].time; step != 90000/25 {
			t.Errorf("picture %d is %d ticks after the one before", i, step)
		}
	}
	c.SetFault(fakecam.None)
	eventually(t, "pictures that claim all the time that went by", func() bool {
		return math.Abs(pace(t, l, l.video, 0)-1) < 0.02
	})
	healthy(t, l)
}

// steps are the seconds by which the RTP time of a track moved more than the
// time of arrival, where it is more than a minute.
func (l *listener) steps(m *description.Media) (out []float64) {
	got := l.got(m)
	for i := 1; i < len(got); i++ {
		said := float64(int32(got[i].Timestamp-got[i-1].Timestamp)) / float64(m.Formats[0].ClockRate())
		if step := said - got[i].at.Sub(got[i-1].at).Seconds(); math.Abs(step) > 60 {
			out = append(out, step)
		}
	}
	return out
}

func TestJumps(t *testing.T) {
	c, l := busy(t)
	hour := time.Hour.Seconds()
	var want []float64
	for _, f := range []struct {
		fault fakecam.Fault
		steps []float64
	}{
		{fakecam.JumpForward, []float64{hour}}, {fakecam.None, []float64{-hour}},
		{fakecam.JumpBack, []float64{-hour}}, {fakecam.None, []float64{hour}},
	} {
		c.SetFault(f.fault)
		want = append(want, f.steps...)
		for _, m := range []*description.Media{l.video, l.sound} {
			eventually(t, "the step", func() bool { return len(l.steps(m)) >= len(want) })
		}
	}
	for _, m := range []*description.Media{l.video, l.sound} {
		if got := l.steps(m); !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1 }) {
			t.Errorf("%s: steps of %.1f s, not of %.1f s", m.Type, got, want)
		}
	}
	healthy(t, l)
}

func TestWrap(t *testing.T) {
	c, l := busy(t)
	c.SetFault(fakecam.Wrap)
	began := time.Now()
	for _, m := range []*description.Media{l.video, l.sound} {
		var wrapped arrival
		eventually(t, "the wrap", func() bool {
			got := l.got(m)
			for i := 1; i < len(got); i++ {
				if got[i-1].Timestamp > 1<<31+1<<30 && got[i].Timestamp < 1<<30 && got[i].at.After(began) &&
					got[i].Timestamp-got[i-1].Timestamp < 1<<20 {
					wrapped = got[i]
					return true
				}
			}
			return false
		})
		if after := wrapped.at.Sub(began); after < time.Second || after > 4*time.Second {
			t.Errorf("%s: wrapped after %v", m.Type, after)
		}
	}
	healthy(t, l)
	c.SetFault(fakecam.None)
	healthy(t, l)
}

func TestResolution(t *testing.T) {
	c := start(t, fakecam.Options{Name: "Sizes", Source: fakecam.TestCard{FPS: 10}})
	l := listen(t, c.MainURL())
	l.await(t, 3)
	c.SetFault(fakecam.Resolution)
	var sizes []int
	look := func() bool {
		sizes = sizes[:0]
		for _, p := range l.pictures(t) {
			for i, u := range p.units {
				var sps h264.SPS
				if u[0]&0x1f != 7 || sps.Unmarshal(u) != nil {
					continue
				}
				if i > 0 || p.units[len(p.units)-1][0]&0x1f != 5 {
					t.Fatal("a parameter set without an IDR")
				}
				if len(sizes) == 0 || sizes[len(sizes)-1] != sps.Width() {
					sizes = append(sizes, sps.Width())
				}
			}
		}
		return len(sizes) >= 3
	}
	eventually(t, "sizes", look)
	c.SetFault(fakecam.None)
	eventually(t, "the own size", func() bool { return look() && sizes[len(sizes)-1] == 640 })
	if slices.Sort(sizes); len(slices.Compact(sizes)) != 3 {
		t.Errorf("widths %d", sizes)
	}
	pics := l.pictures(t)
	begin := slices.IndexFunc(pics, func(p shown) bool { return p.units[0][0]&0x1f == 7 })
	var stream []byte
	for _, p := range pics[begin:] {
		stream = append(stream, annexB([]picture{{units: p.units}})...)
	}
	if raw := decodeAs(t, "h264", stream); len(raw) == 0 {
		t.Error("nothing decoded")
	}
	healthy(t, l)
}

func TestEmptyPayload(t *testing.T) {
	c, l := busy(t)
	before := map[*description.Media]int{l.video: len(l.got(l.video)), l.sound: len(l.got(l.sound))}
	c.SetFault(fakecam.EmptyPayload)
	for m, from := range before {
		var empty, short, whole int
		eventually(t, "broken packets", func() bool {
			empty, short, whole = 0, 0, 0
			for _, p := range l.got(m)[from:] {
				switch len(p.Payload) {
				case 0:
					empty++
				case 1:
					short++
				default:
					whole++
				}
			}
			return empty > 3 && short > 3 && whole > 10
		})
		if lost, late := missing(l.got(m)[from:]); lost+late > 0 {
			t.Errorf("%s: %d lost, %d late", m.Type, lost, late)
		}
	}
	c.SetFault(fakecam.None)
	healthy(t, l)
}

func TestEndlessFragment(t *testing.T) {
	for _, c := range []struct{ name, args string }{
		{name: "card"}, {"h265.mp4", "libx265"}, {"mjpeg.mp4", "mjpeg"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := fakecam.Options{Name: "Endless"}
			if c.args != "" {
				o.Source = fakecam.File{Path: record(t, c.name, "-an", "-c:v", c.args, "-pix_fmt", "yuvj420p")}
			}
			cam := start(t, o)
			l := listen(t, cam.MainURL())
			l.await(t, 3)
			before := l.count(l.video)
			cam.SetFault(fakecam.EndlessFragment)
			eventually(t, "fragments", func() bool { return l.count(l.video) > before+2500 })
			got := l.got(l.video)[before:]
			got = got[slices.IndexFunc(got, func(p arrival) bool { return len(p.Payload) == 1400 }):]
			rate := map[uint32]int{} // bytes of one picture
			for _, p := range got {
				if rate[p.Timestamp] += len(p.Payload); p.Marker {
					t.Fatal("a picture ends")
				}
			}
			delete(rate, got[len(got)-1].Timestamp)
			for _, n := range rate {
				if n < 400_000 || n > 1_400_000 { // of a tenth or a twenty-fifth of a second
					t.Errorf("%d bytes instead of a picture", n)
				}
			}
			whole := &listener{video: l.video, packets: map[*description.Media][]arrival{l.video: got}}
			if pics := whole.pictures(t); len(pics) > 0 {
				t.Errorf("%d pictures in it", len(pics))
			}
			cam.SetFault(fakecam.None)
			healthy(t, l)
		})
	}
}
