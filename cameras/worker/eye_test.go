package worker

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"

	"lares/cameras/fakecam"
	"lares/cameras/h264"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// newEye is one that nothing is looked at by yet, and what it tells the hub.
func newEye(sub bool) (*eye, *written) {
	conn := &written{}
	w := &worker{now: func() time.Duration { return time.Minute }, warnings: map[media.StreamID]string{}}
	w.out = newOutbox(conn, seal.RestoreRunKey(media.NewHubID(), media.NewCameraID(), media.NewRunID(), [seal.KeySize]byte{1}), w.now)
	w.eye.w = w
	w.eye.open(sub, 0)
	return &w.eye, conn
}

// warnings are those the hub was told since the last call.
func warnings(t *testing.T, conn *written) (texts []string) {
	t.Helper()
	for r := wire.NewReader(conn); ; {
		typ, body, err := r.Next()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		if typ == wire.TypeWarning {
			m, err := wire.Parse[wire.Warning](body)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, m.Text)
		}
	}
}

func behindLength(n []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(n))), n...)
}

// drained are the pictures that wait.
func drained(e *eye) (all []glance) {
	for {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		g, ok := e.next(ctx)
		if !ok {
			return all
		}
		if g.want == nil {
			all = append(all, g)
		}
	}
}

// TestEyeIsNeverWaitedFor: nobody looks, and pictures come on: so much is kept, and the
// rest is left out up to one that stands alone, before which the gap is known.
func TestEyeIsNeverWaitedFor(t *testing.T) {
	e, _ := newEye(false)
	sets := &paramSets{sps: [][]byte{{0x67, 1}}, pps: [][]byte{{0x68, 2}}}
	picture := behindLength(bytes.Repeat([]byte{0x41}, 100_000))
	see := func(sync bool) { e.see(media.StreamMain, sight{sets: sets, data: picture, sync: sync}) }
	see(false) // nothing begins with it
	for i := range 1000 {
		see(i%10 == 0)
	}
	if e.bytes > eyeBytes {
		t.Errorf("%d bytes wait", e.bytes)
	}
	all := drained(e)
	if len(all) != eyeBytes/len(picture) || !all[0].begin || !bytes.HasPrefix(all[0].units, []byte{0, 0, 0, 2, 0x67, 1, 0, 0, 0, 2, 0x68, 2}) || e.bytes != 0 {
		t.Fatalf("%d pictures, %d bytes left", len(all), e.bytes)
	}
	for i, g := range all[1:] {
		if g.begin || g.gap {
			t.Errorf("picture %d: %v %v", i+1, g.begin, g.gap)
		}
	}
	see(false)
	if left := drained(e); len(left) > 0 {
		t.Errorf("%d pictures behind a gap that do not stand alone", len(left))
	}
	see(true)
	see(false)
	if all = drained(e); len(all) != 2 || !all[0].gap || all[0].begin || all[1].gap {
		t.Errorf("behind the gap: %+v", all)
	}
	picture = behindLength([]byte{0x41})
	for range 2 * eyeUnits {
		see(true)
	}
	if n := len(drained(e)); n > eyeUnits {
		t.Errorf("%d small pictures wait", n)
	}
}

// TestEyeChooses the sub stream where it can be read, and the main stream in its place
// where it brings nothing or what cannot be read.
func TestEyeChooses(t *testing.T) {
	e, conn := newEye(true)
	sets := &paramSets{}
	see := func(of media.StreamID, at time.Duration) {
		e.see(of, sight{sets: sets, data: behindLength([]byte{0x65}), sync: true, at: at})
	}
	of := func() (all []media.StreamID) {
		for _, g := range drained(e) {
			if !g.over {
				all = append(all, g.of)
			}
		}
		return all
	}
	one := func(what string, want media.StreamID) {
		t.Helper()
		if got := of(); len(got) != 1 || got[0] != want {
			t.Errorf("%s: of %v", what, got)
		}
	}
	see(media.StreamMain, time.Second)
	if got := of(); len(got) > 0 {
		t.Errorf("the main stream, while the sub stream may come: %v", got)
	}
	see(media.StreamMain, subWithin+time.Second)
	one("no sub stream came", media.StreamMain)
	see(media.StreamSub, subWithin+2*time.Second)
	see(media.StreamMain, subWithin+2*time.Second)
	one("the sub stream came", media.StreamSub)
	e.over(media.StreamMain)
	if got := drained(e); len(got) > 0 {
		t.Errorf("the end of the stream that is not looked at: %+v", got)
	}
	e.over(media.StreamSub)
	if got := drained(e); len(got) != 1 || !got[0].over {
		t.Errorf("the end of the one that is: %+v", got)
	}
	e.opens(media.StreamSub, &format.H265{})
	see(media.StreamSub, subWithin+3*time.Second)
	see(media.StreamMain, subWithin+3*time.Second)
	one("the sub stream is H.265", media.StreamMain)
	if said := warnings(t, conn); len(said) > 0 {
		t.Errorf("while the main stream is looked at: %q", said)
	}
	e.opens(media.StreamMain, &format.MJPEG{})
	e.opens(media.StreamMain, &format.MJPEG{})
	if said := warnings(t, conn); len(said) != 1 || !strings.Contains(said[0], "H.264 alone, and the camera sends MJPEG:") {
		t.Errorf("nothing can be looked at: %q", said)
	}
	e.opens(media.StreamSub, &format.H264{})
	see(media.StreamSub, subWithin+4*time.Second)
	one("the sub stream is H.264", media.StreamSub)
	if said := warnings(t, conn); len(said) != 1 || said[0] != "" {
		t.Errorf("the sub stream can be looked at: %q", said)
	}
	if err := e.want(wire.Motion{Off: true}); err != nil {
		t.Fatal(err)
	}
	see(media.StreamSub, subWithin+5*time.Second)
	if got := of(); len(got) > 0 {
		t.Errorf("switched off: %v", got)
	}
}

// TestEyeRefuses: a stream that cannot be read is looked at no more, and the hub is told
// why, once.
func TestEyeRefuses(t *testing.T) {
	e, conn := newEye(false)
	interlaced := &paramSets{sps: [][]byte{{0x67, 77, 0, 30, 0xfb, 0x40}}, pps: [][]byte{{0x68, 0xce, 0x3c, 0x80}}}
	g := gaze{e: e}
	for range 3 {
		e.see(media.StreamMain, sight{sets: interlaced, data: behindLength([]byte{0x65, 0x88}), sync: true})
		for _, next := range drained(e) {
			g.do(next)
		}
	}
	if said := warnings(t, conn); len(said) != 1 || !strings.Contains(said[0], "interlace") {
		t.Errorf("said %q", said)
	}
	e.opens(media.StreamMain, &format.H264{})
	e.see(media.StreamMain, sight{sets: interlaced, data: behindLength([]byte{0x65, 0x88}), sync: true})
	if got := drained(e); len(got) != 1 || !got[0].begin {
		t.Errorf("a new connection: %+v", got)
	}
}

// TestEyeAllDamaged: while all pictures of a stream are damaged the hub is told, and that
// they are not any more with the first that can be read. Of a few damaged ones it is not, and
// of damaged pictures that nobody looks for motion in.
func TestEyeAllDamaged(t *testing.T) {
	e, conn := newEye(false)
	g := gaze{e: e}
	begin := time.Duration(0)
	// play plays twelve seconds, of which each picture is damaged that a function picks.
	play := func(damaged func(n int, sync bool) bool) {
		t.Helper()
		n := 0
		if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 10, func(at time.Duration, units [][]byte) error {
			var data []byte
			sync := len(units) > 1
			for _, u := range units {
				if h264.IsSlice(u) && damaged(n, sync) {
					u = append(slices.Clone(u[:len(u)/2]), bytes.Repeat([]byte{0xff}, len(u)/2)...)
				}
				data = append(data, behindLength(u)...)
			}
			g.do(glance{of: media.StreamMain, units: data, at: begin + at, begin: begin == 0 && n == 0})
			n++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		begin += 12 * time.Second
	}
	want := func(when string, texts ...string) {
		t.Helper()
		said := warnings(t, conn)
		if len(said) != len(texts) {
			t.Fatalf("%s: said %q", when, said)
		}
		for i, text := range texts {
			if (text == "") != (said[i] == "") || !strings.Contains(said[i], text) {
				t.Errorf("%s: said %q", when, said)
			}
		}
	}
	all := func(int, bool) bool { return true }
	play(func(n int, _ bool) bool { return n%20 >= 2 })
	want("one picture in ten is sound")
	play(func(_ int, sync bool) bool { return sync })
	want("those between are sound")
	play(func(n int, _ bool) bool { return n < 80 })
	want("the first eight seconds are damaged")
	for range 2 {
		play(all)
	}
	want("all are damaged", "all pictures of the camera come damaged")
	play(func(n int, _ bool) bool { return n != 40 })
	want("one is sound", "")
	play(all)
	want("all are damaged again", "damaged")
	off := wire.Motion{Off: true}
	if err := e.want(off); err != nil {
		t.Fatal(err)
	}
	g.do(glance{want: &off})
	want("switched off", "")
	play(all)
	want("nobody looks")
}

// TestEyeGoesOn: motion that goes on for long is told again now and then, until its end.
func TestEyeGoesOn(t *testing.T) {
	e, conn := newEye(false)
	g := gaze{e: e, of: media.StreamMain}
	g.tell(wire.Notice{Kind: media.KindMotion, Active: true}, 0, media.Event{})
	told := 0
	count := func() int {
		for r := wire.NewReader(conn); ; {
			typ, _, err := r.Next()
			if err != nil {
				return told
			}
			if typ == wire.TypeNoticed {
				told++
			}
		}
	}
	for g.last < time.Hour {
		g.goesOn()
		g.last += time.Second
	}
	if n := count(); n != 6 {
		t.Errorf("told %d times in an hour", n)
	}
	g.tell(wire.Notice{Kind: media.KindMotion}, g.last, media.Event{})
	g.last += time.Hour
	if g.goesOn(); count() != 7 {
		t.Error("told again behind its end")
	}
}

// TestEyeThroughGaps: motion ends where pictures are left out and where a stream ends, and
// each beginning has its end.
func TestEyeThroughGaps(t *testing.T) {
	e, conn := newEye(false)
	g := gaze{e: e}
	n := 0
	if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 10, func(at time.Duration, units [][]byte) error {
		n++
		var data []byte
		for _, u := range units {
			data = append(data, behindLength(u)...)
		}
		sync := len(units) > 1
		if n > 50 && n <= 80 {
			return nil
		}
		g.do(glance{of: media.StreamMain, units: data, at: at, begin: n == 1, gap: n == 81 && sync})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	g.do(glance{of: media.StreamMain, over: true})
	var states []bool
	pictures := 0
	for r := wire.NewReader(conn); ; {
		typ, body, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch typ {
		case wire.TypeNoticed:
			notice, _, err := wire.ParseNoticed(body)
			if err != nil {
				t.Fatal(err)
			}
			states = append(states, notice.Active)
		case wire.TypeBest:
			if _, _, err := wire.ParseBest(body); err != nil {
				t.Fatal(err)
			}
			if pictures++; len(states)%2 == 0 {
				t.Error("a picture of no motion")
			}
		}
	}
	if len(states) != 4 || !states[0] || states[1] || !states[2] || states[3] || pictures == 0 {
		t.Errorf("told %v and %d pictures", states, pictures)
	}
}
