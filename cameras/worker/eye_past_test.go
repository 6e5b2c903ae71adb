package worker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"io/fs"
	"os"
	"runtime"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/h264"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/picture"
	"lares/cameras/seal"
)

// framing is an eye that sees people walking for twelve seconds, ten pictures a second, one
// each two seconds alone, and a hub that asks it for small pictures.
type framing struct {
	t    *testing.T
	e    *eye
	g    gaze
	conn *written
	now  time.Duration
	key  seal.RunKey
	// large says that pictures may come with a large one.
	large bool
}

func newFraming(t *testing.T, sub bool) *framing {
	f := &framing{t: t, conn: &written{}, key: seal.RestoreRunKey(media.NewHubID(), media.NewCameraID(), media.NewRunID(), [seal.KeySize]byte{1})}
	w := &worker{now: func() time.Duration { return f.now }, warnings: map[media.StreamID]string{}}
	w.out = newOutbox(f.conn, f.key, w.now)
	w.eye.w = w
	w.eye.open(sub, 0)
	f.e = &w.eye
	f.g = gaze{e: f.e, film: allowance{left: filmFirst}}
	return f
}

// play shows the film to the eye up to some time of it, and has it look at what comes.
func (f *framing) play(of media.StreamID, until time.Duration, then func(at time.Duration)) {
	f.t.Helper()
	f.playFile("../fakecam/clip/people-sub.mp4", of, until, then)
}

func (f *framing) playFile(film string, of media.StreamID, until time.Duration, then func(at time.Duration)) {
	f.t.Helper()
	start := f.now
	end := errors.New("that was all")
	err := fakecam.ReadH264(film, 10, func(at time.Duration, units [][]byte) error {
		if at > until {
			return end
		}
		f.now = start + at
		sets, data := &paramSets{}, []byte(nil)
		for _, u := range units {
			switch u[0] & 0x1f {
			case nalSPS:
				sets.sps = [][]byte{u}
			case nalPPS:
				sets.pps = [][]byte{u}
			default:
				data = append(data, behindLength(u)...)
			}
		}
		f.e.see(of, sight{sets: sets, data: data, sync: len(sets.sps) > 0, at: f.now})
		f.look()
		if then != nil {
			then(at)
		}
		return nil
	})
	if err != nil && err != end {
		f.t.Fatal(err)
	}
}

// look has done what waits.
func (f *framing) look() {
	for {
		f.e.mu.Lock()
		var next *glance
		if len(f.e.queue) > 0 {
			next = &f.e.queue[0]
			f.e.queue = f.e.queue[1:]
			f.e.bytes -= len(next.units)
		}
		f.e.mu.Unlock()
		if next == nil {
			return
		}
		f.g.do(*next)
	}
}

// ask asks for the first picture since a time.
func (f *framing) ask(number uint32, since time.Duration) {
	f.e.frame(wire.Wanted{Number: number, AgoMS: (f.now - since).Milliseconds()})
	f.look()
}

// told are the answers since the last call: when the picture came, or why there is none.
func (f *framing) told() (all []string) {
	f.t.Helper()
	opener := f.key.Opener()
	for r := wire.NewReader(f.conn); ; {
		typ, body, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			f.t.Fatal(err)
		}
		switch typ {
		case wire.TypeNone:
			none, err := wire.Parse[wire.NoPicture](body)
			if err != nil {
				f.t.Fatal(err)
			}
			all = append(all, fmt.Sprintf("%d: %s", none.Number, none.Reason))
		case wire.TypeFramed:
			m, u, err := wire.ParseFrame(body)
			if err != nil {
				f.t.Fatal(err)
			}
			u.Camera = f.key.Camera()
			au, _, err := opener.Open(nil, u)
			if err != nil {
				f.t.Fatal(err)
			}
			p, err := media.ParsePictures(au.Data)
			if err != nil || len(p.Large) != 0 && !f.large {
				f.t.Fatalf("%d large bytes, %v", len(p.Large), err)
			}
			if c, err := jpeg.DecodeConfig(bytes.NewReader(p.Small)); err != nil || c.Width != picture.Small || c.Height != 120 {
				f.t.Errorf("a picture of %dx%d, %v", c.Width, c.Height, err)
			}
			all = append(all, fmt.Sprintf("%d: of stream %v at %v", m.Number, m.Of, f.now-m.Ago))
		}
	}
}

func (f *framing) wants(what string, want ...string) {
	f.t.Helper()
	if got := f.told(); fmt.Sprint(got) != fmt.Sprint(want) {
		f.t.Errorf("%s: told %q, want %q", what, got, want)
	}
}

// TestFrames: a hub gets the first picture since the time it says, of the past or once it
// comes, whether anybody looks for motion or not; not of pictures that are gone, and one
// answer for each question.
func TestFrames(t *testing.T) {
	for _, off := range []bool{false, true} {
		f := newFraming(t, true)
		if err := f.e.want(wire.Motion{Off: off}); err != nil {
			t.Fatal(err)
		}
		f.now = time.Minute
		f.play(media.StreamSub, 7900*time.Millisecond, nil)
		f.ask(1, f.now-time.Hour)
		f.wants("the oldest", "1: of stream sub at 1m0s")
		f.ask(2, time.Minute+1)
		f.wants("one of the past", "2: of stream sub at 1m2s")
		f.ask(3, time.Minute+4*time.Second)
		f.wants("one of that moment", "3: of stream sub at 1m4s")
		if f.g.last != f.now && !off {
			t.Errorf("at %v the last picture that was looked at is that of %v", f.now, f.g.last)
		}
		f.ask(4, f.now)
		f.wants("one to come")
		f.ask(5, f.now)
		f.wants("another one instead", "4: Another picture was asked for.")
		f.now += 100 * time.Millisecond
		f.play(media.StreamSub, 0, nil)
		f.wants("it came", "5: of stream sub at 1m8s")
		f.now += pastFor + time.Second
		f.play(media.StreamSub, 0, nil)
		f.ask(6, time.Minute)
		f.wants("long after", "6: of stream sub at 1m21s")
		f.e.over(media.StreamSub)
		f.ask(7, time.Minute)
		f.wants("of a connection that ended")
	}
}

// TestFramesCostLittle: who asks for pictures all the time gets as many macroblocks as the
// pace allows, and after a quiet time a whole preview; the large one of an event always, which
// counts as well.
func TestFramesCostLittle(t *testing.T) {
	const size = 320 / 16 * 240 / 16
	f := newFraming(t, true)
	if err := f.e.want(wire.Motion{Off: true}); err != nil {
		t.Fatal(err)
	}
	number := uint32(0)
	asked := func(times int, apart time.Duration, large bool) (drawn, refused int) {
		t.Helper()
		f.large = large
		for range times {
			f.now += apart
			number++
			f.e.frame(wire.Wanted{Number: number, Large: large})
			f.play(media.StreamSub, 0, nil)
			for _, told := range f.told() {
				switch told {
				case fmt.Sprintf("%d: Enough pictures were drawn for now.", number):
					refused++
				case fmt.Sprintf("%d: of stream sub at %v", number, f.now):
					drawn++
				default:
					t.Fatalf("told %q", told)
				}
			}
		}
		return drawn, refused
	}
	const quarter = time.Second / 4
	f.g.film = allowance{left: 4 * size}
	drawn, refused := asked(40, quarter, false)
	if most := (4*size+filmPace*10)/size + 1; drawn > most || drawn < most-2 || drawn+refused != 40 {
		t.Errorf("%d drawn and %d refused of 40 in 10 s, at most %d are to be", drawn, refused, most)
	}
	if drawn, refused := asked(20, quarter, true); drawn != 20 || refused != 0 {
		t.Errorf("%d of 20 large ones", drawn)
	}
	if drawn, _ := asked(10, quarter, false); drawn != 0 {
		t.Errorf("%d small ones behind them", drawn)
	}
	for _, quiet := range []time.Duration{time.Hour, 365 * 24 * time.Hour} {
		f.now += quiet
		if asked(1, quarter, false); f.g.film.left != filmSaved-size {
			t.Errorf("after %v in which nobody asked %d macroblocks are left, want %d", quiet, f.g.film.left, filmSaved-size)
		}
	}
}

// TestFramesOnce: a small picture that was made is not drawn again for who asks for the same
// one, nor is one that came with a large one; a large one is drawn.
func TestFramesOnce(t *testing.T) {
	const size = 320 / 16 * 240 / 16
	f := newFraming(t, true)
	if err := f.e.want(wire.Motion{Off: true}); err != nil {
		t.Fatal(err)
	}
	f.play(media.StreamSub, 5*time.Second, nil)
	f.g.film = allowance{left: filmSaved, at: f.now}
	for i, c := range []struct {
		since time.Duration
		large bool
		drawn int
		at    string
	}{
		{0, false, 1, "0s"}, {0, false, 0, "0s"}, {time.Second, true, 1, "2s"}, {time.Second, false, 0, "2s"},
		{0, true, 1, "0s"}, {3 * time.Second, false, 1, "4s"}, {0, false, 0, "0s"},
	} {
		left, number := f.g.film.left, uint32(i+1)
		f.large = c.large
		f.e.frame(wire.Wanted{Number: number, AgoMS: (f.now - c.since).Milliseconds(), Large: c.large})
		f.look()
		f.wants("again", fmt.Sprintf("%d: of stream sub at %s", number, c.at))
		if got := left - f.g.film.left; got != c.drawn*size {
			t.Errorf("question %d cost %d macroblocks, want %d pictures", number, got, c.drawn)
		}
	}
	f.large = false
	for range 2 * pastMost {
		f.now += time.Second
		f.play(media.StreamSub, 0, nil)
		f.g.film.left = filmSaved
		f.ask(1, f.now)
	}
	if n := len(f.g.smalls); n != pastMost {
		t.Errorf("%d small pictures are kept", n)
	}
}

// TestFramesAreFew: however often pictures stand alone, and however large they are, few are
// kept; another kind of pictures begins anew.
func TestFramesAreFew(t *testing.T) {
	e, _ := newEye(false)
	sets := &paramSets{sps: [][]byte{{0x67, 1}}, pps: [][]byte{{0x68, 2}}}
	see := func(at time.Duration, bytes int, another bool) {
		t.Helper()
		e.see(media.StreamMain, sight{sets: sets, data: append(binary.BigEndian.AppendUint32(nil, uint32(bytes)), make([]byte, bytes)...), sync: true, at: at, another: another})
		drained(e)
		sum := 0
		for _, g := range e.past.kept {
			sum += len(g.units)
		}
		if n := len(e.past.kept); n > pastMost || sum > pastBytes || sum != e.past.bytes {
			t.Fatalf("%d pictures of %d bytes are kept, counted %d", n, sum, e.past.bytes)
		}
	}
	e.frame(wire.Wanted{Number: 1}) // at a minute
	if see(time.Minute-1, 1000, false); e.past.number != 1 {
		t.Error("a picture of before is the one that was waited for")
	}
	if see(time.Minute, 1000, false); e.past.number != 0 {
		t.Error("a picture of then is not")
	}
	e.past.forget()
	for i := range 200 {
		see(time.Duration(i)*50*time.Millisecond, 1000, false)
	}
	if n := len(e.past.kept); n != pastMost || e.past.kept[1].at-e.past.kept[0].at < pastApart {
		t.Errorf("%d pictures are kept", n)
	}
	for i := range 10 {
		see(time.Duration(20+i)*time.Second, 300_000, false)
	}
	if n := len(e.past.kept); n != 3 {
		t.Errorf("%d large pictures are kept", n)
	}
	see(40*time.Second, pastBytes, false)
	see(42*time.Second, 1000, false)
	see(44*time.Second, 1000, false)
	if see(46*time.Second, 1000, true); len(e.past.kept) != 1 {
		t.Errorf("%d pictures are kept behind a change", len(e.past.kept))
	}
}

// TestNoFrames of a camera whose pictures are not drawn, of one that switches what it looks
// for, and of pictures that make no sense: there is an answer each time.
func TestNoFrames(t *testing.T) {
	f := newFraming(t, false)
	f.e.cannot(media.StreamMain, "is not looked for")
	f.ask(1, 0)
	f.wants("nothing can be read", "1: No picture of the camera is drawn.")

	f = newFraming(t, false)
	f.ask(2, 0)
	f.play(media.StreamMain, 0, nil)
	f.wants("the first picture", "2: of stream main at 0s")
	f.e.see(media.StreamMain, sight{sets: &paramSets{}, data: behindLength([]byte{0x65, 0xff}), sync: true, at: time.Second})
	f.now = time.Second
	f.ask(3, time.Second)
	f.wants("no picture", "3: The picture cannot be drawn.")
	f.now = 2 * time.Second
	f.e.frame(wire.Wanted{Number: 4})
	f.e.see(media.StreamMain, sight{sets: &paramSets{}, data: behindLength([]byte{0x65}), sync: true, at: f.now})
	if err := f.e.want(wire.Motion{Off: true}); err != nil {
		t.Fatal(err)
	}
	f.look()
	f.wants("nobody looks any more", "4: What is looked for has changed.")
}

// TestFramesTakeLittle: where nobody looks for motion, a small picture of 1920x1080 is made in
// less than a MiB, and one with a large one in half of one more, all that is allocated counted; the
// race detector takes half of both. The picture alone is 3 MB.
func TestFramesTakeLittle(t *testing.T) { // not beside others: what they allocate would count
	stream, err := os.ReadFile("../../../shared/data/h264/main_indoor.264")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("../shared/data/h264 is not there: no picture of 1080p is drawn")
	}
	if err != nil {
		t.Fatal(err)
	}
	next, idr := glance{frame: 1}, false
	h264.Split(stream, func(n []byte) bool {
		idr = h264.Type(n) == nalIDR
		next.units = append(next.units, behindLength(n)...)
		return !idr
	})
	f := newFraming(t, false)
	f.conn.discard = true
	for large, most := range map[bool]uint64{false: 1 << 20, true: 3 << 19} {
		next.large, f.g.film.left = large, filmSaved
		next.at += time.Second
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f.g.frame(next)
		runtime.ReadMemStats(&after)
		t.Logf("large %v: %d KiB", large, (after.TotalAlloc-before.TotalAlloc)>>10)
		if n := after.TotalAlloc - before.TotalAlloc; n > most || f.g.film.left != filmSaved-8160 {
			t.Errorf("large %v: %d bytes, %d macroblocks are left", large, n, f.g.film.left)
		}
	}
}
