package detector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder"
)

// patience bounds every wait of the tests; none is ever waited out.
const patience = 20 * time.Second

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// box is a detector that answers when it is told to, and notes what it is shown.
type box struct {
	address string
	let     chan string // answers, in turn; closed: always "person"

	mu    sync.Mutex // guards following
	shown []string
	going int // questions under way
	most  int // of these, at once
}

func newBox(t *testing.T) *box {
	t.Helper()
	b := &box{let: make(chan string, 100)}
	b.address = serve(t, func(w http.ResponseWriter, r *http.Request) {
		file, _, err := r.FormFile("image")
		if err != nil {
			t.Error(err)
			return
		}
		picture, err := io.ReadAll(file)
		if err != nil {
			return
		}
		b.mu.Lock()
		b.shown = append(b.shown, string(picture))
		b.going++
		b.most = max(b.most, b.going)
		b.mu.Unlock()
		defer func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.going--
		}()
		select {
		case label := <-b.let:
			if label == "fails" {
				w.WriteHeader(500)
				return
			}
			if label == "" {
				label = "person"
			}
			fmt.Fprintf(w, `{"success":true,"predictions":[{"label":%q,"confidence":0.9}]}`, label)
		case <-r.Context().Done():
		}
	})
	return b
}

// saw waits until it was shown these pictures, in turn.
func (b *box) saw(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	wait(t, fmt.Sprintf("the pictures %q", want), func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		got = slices.Clone(b.shown)
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		t.Fatalf("shown %q, want %q", got, want)
	}
}

// rig is an Asker with cameras and what came of their pictures.
type rig struct {
	*Asker
	t     *testing.T
	clock *clock.Manual
	stop  func()

	mu      sync.Mutex // guards following
	targets map[media.CameraID]Target
	asked   int // for targets
	found   []recorder.Recognised
	crossed []fault.Site
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, clock: clock.NewManual(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)), targets: map[media.CameraID]Target{}}
	r.Asker = New(Config{
		Clock: r.clock, Log: slog.New(slog.DiscardHandler), Here: true,
		Target: func(_ context.Context, id media.CameraID, bytes int) (Target, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.asked++
			to, ok := r.targets[id]
			if !ok {
				return to, errors.New("no exit")
			}
			if bytes <= 0 {
				t.Errorf("a picture of %d bytes", bytes)
			}
			return to, nil
		},
		Found: func(seen recorder.Recognised) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.found = append(r.found, seen)
		},
		Crossed: func(site fault.Site, _ media.CameraID) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.crossed = append(r.crossed, site)
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- r.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ran:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("Run does not return")
		}
	})
	t.Cleanup(r.stop)
	wait(t, "it to run", func() bool {
		r.Asker.mu.Lock()
		defer r.Asker.mu.Unlock()
		return r.ctx != nil
	})
	return r
}

// camera is one whose owner set a detector.
type camera struct {
	r      *rig
	id     media.CameraID
	event  media.EventID
	run    seal.Run
	sealer *seal.Sealer
}

// camera has the pictures of a new camera go to a detector.
func (r *rig) camera(owner string, b *box) *camera {
	r.t.Helper()
	c := &camera{r: r, id: media.NewCameraID(), event: media.NewEventID()}
	lane := Lane(owner + " " + b.address)
	r.to(c, Target{c.id, lane, Settings{Address: b.address}})
	if !r.Set(c.id, lane) {
		r.t.Error("a new camera lacks no run")
	}
	c.newRun()
	return c
}

func (r *rig) to(c *camera, to Target) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.targets[c.id] = to
}

func (c *camera) newRun() {
	c.r.t.Helper()
	live, err := seal.GenerateKey()
	if err != nil {
		c.r.t.Fatal(err)
	}
	run, key, err := seal.NewRun(media.NewHubID(), c.id, live.Public())
	if err != nil {
		c.r.t.Fatal(err)
	}
	c.run, c.sealer = run, key.Sealer(media.StreamCamera)
	c.r.AddRun(run, key.Opener)
}

// picture makes one, sealed.
func (c *camera) picture(text string) recorder.Picture {
	u, _ := c.sealer.Seal(nil, media.AccessUnit{Type: media.UnitSnapshot, Data: (media.Pictures{Large: []byte(text), Small: []byte("small")}).Append(nil)})
	return recorder.Picture{Camera: c.id, Event: c.event, Sight: recorder.Sight{At: c.r.clock.Now(), Size: 100, Unit: u}}
}

func (c *camera) show(text string) { c.r.Pictured(c.picture(text)) }

// recognised waits until so many answers were handed on.
func (r *rig) recognised(n int) []recorder.Recognised {
	r.t.Helper()
	var got []recorder.Recognised
	wait(r.t, fmt.Sprintf("%d answers", n), func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		got = slices.Clone(r.found)
		return len(got) >= n
	})
	if len(got) != n {
		r.t.Fatalf("%d answers, want %d", len(got), n)
	}
	return got
}

// idle waits until no lane is busy.
func (r *rig) idle() {
	r.t.Helper()
	wait(r.t, "the questions to end", func() bool {
		r.Asker.mu.Lock()
		defer r.Asker.mu.Unlock()
		for _, l := range r.lanes {
			if l.busy {
				return false
			}
		}
		return true
	})
}

// TestAsker: a picture is opened when its turn comes and shown; what counts is handed on,
// with the event and the run of the picture.
func TestAsker(t *testing.T) {
	b, r := newBox(t), newRig(t)
	door := r.camera("ann", b)
	b.let <- "dog"
	door.show("one")
	b.saw(t, "one")
	seen := r.recognised(1)[0]
	if seen.Camera != door.id || seen.Event != door.event || seen.Run != door.run.ID || seen.Class != Animal {
		t.Errorf("%+v", seen)
	}
	b.let <- "chair"
	door.show("two")
	b.saw(t, "one", "two")
	r.idle()
	r.recognised(1)
	if s, ok := r.Status(door.id); !ok || s.Fault != "" || !s.Asked.Equal(r.clock.Now()) {
		t.Errorf("%+v, %v", s, ok)
	}
	none := r.Asker
	stranger := &camera{r: r, id: media.NewCameraID(), event: media.NewEventID()}
	stranger.newRun()
	none.Pictured(stranger.picture("of a camera without a detector"))
	if _, ok := r.Status(stranger.id); ok {
		t.Error("a camera without a detector has a status")
	}
	r.idle()
	b.saw(t, "one", "two")
}

// TestOneAtATime: of the pictures that wait for one detector the newer one of an event
// takes the place of the one before, few wait, and those too long are left out. Another
// owner's question to the same address waits for none of them.
func TestOneAtATime(t *testing.T) {
	b, r := newBox(t), newRig(t)
	door, yard := r.camera("ann", b), r.camera("ann", b)
	door.show("first")
	b.saw(t, "first")
	door.show("worse")
	yard.show("of the yard")
	door.show("better")
	other := r.camera("bob", b)
	other.show("of another owner")
	b.saw(t, "first", "of another owner")
	for range 4 {
		b.let <- ""
	}
	b.saw(t, "first", "of another owner", "better", "of the yard")
	r.idle()
	if b.most != 2 {
		t.Errorf("%d questions at once of two owners", b.most)
	}
	r.recognised(4)

	gate := r.camera("ann", b)
	gate.show("holds it up")
	b.saw(t, "first", "of another owner", "better", "of the yard", "holds it up")
	for i := range mostWaiting + 3 {
		many := r.camera("ann", b)
		many.show(fmt.Sprint("waits ", i))
	}
	l := r.lanes[Lane("ann "+b.address)]
	r.Asker.mu.Lock()
	waiting := len(l.waiting)
	first := l.waiting[0].Camera
	r.Asker.mu.Unlock()
	if waiting != mostWaiting {
		t.Errorf("%d pictures wait", waiting)
	}
	r.clock.Advance(waitsFor + time.Second)
	late := r.camera("ann", b)
	late.show("late")
	for range 3 {
		b.let <- ""
	}
	b.saw(t, "first", "of another owner", "better", "of the yard", "holds it up", "late")
	r.idle()
	if r.cameras[first].asked != 0 {
		t.Error("what waited too long was asked about")
	}
}

// TestFewPerEvent: of one event so many pictures are asked about and no more; of the next
// as many again.
func TestFewPerEvent(t *testing.T) {
	b, r := newBox(t), newRig(t)
	door := r.camera("ann", b)
	var want []string
	for range 2 {
		for i := range perEvent + 3 {
			text := fmt.Sprint(door.event, i)
			b.let <- ""
			door.show(text)
			if i < perEvent {
				want = append(want, text)
			}
			b.saw(t, want...)
			r.idle()
		}
		for len(b.let) > 0 {
			<-b.let
		}
		door.event = media.NewEventID()
	}
}

// TestBreaker: a detector that fails is asked no more for a while that grows with each
// time, up to its bound, whatever happens meanwhile; once it answers all is forgotten.
func TestBreaker(t *testing.T) {
	b, r := newBox(t), newRig(t)
	door := r.camera("ann", b)
	began := r.clock.Now()
	asked := 0
	try := func(answer string) {
		t.Helper()
		for len(b.let) > 0 {
			<-b.let
		}
		b.let <- answer
		door.event = media.NewEventID()
		door.show("picture")
		r.idle()
	}
	shown := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.shown)
	}
	pause := firstPause
	for range 10 {
		try("fails")
		if asked++; shown() != asked {
			t.Fatalf("asked %d times, want %d", shown(), asked)
		}
		s, _ := r.Status(door.id)
		if s.Fault != FaultStatus || !s.Since.Equal(began) || !s.Next.Equal(r.clock.Now().Add(pause)) {
			t.Fatalf("%+v, want the next one in %v", s, pause)
		}
		r.clock.Advance(pause - time.Millisecond)
		if try(""); shown() != asked {
			t.Fatalf("asked again before %v were over", pause)
		}
		r.clock.Advance(time.Millisecond)
		pause = min(2*pause, mostPause)
	}
	try("")
	asked++
	if s, _ := r.Status(door.id); s.Fault != "" || !s.Next.IsZero() || shown() != asked {
		t.Errorf("%+v", s)
	}
	try("fails")
	if s, _ := r.Status(door.id); !s.Next.Equal(r.clock.Now().Add(firstPause)) {
		t.Errorf("after it answered once: %+v", s)
	}
}

// TestTurnedOff: what waits of a camera whose detector goes, and the question about it
// that is under way, end with it; so do its openers. Others go on.
func TestTurnedOff(t *testing.T) {
	b, r := newBox(t), newRig(t)
	door, yard := r.camera("ann", b), r.camera("ann", b)
	door.show("under way")
	b.saw(t, "under way")
	yard.show("of the yard")
	door.event = media.NewEventID()
	door.show("waits")
	r.Set(door.id, "")
	b.saw(t, "under way", "of the yard")
	b.let <- ""
	if seen := r.recognised(1); seen[0].Camera != yard.id {
		t.Errorf("%+v", seen)
	}
	r.idle()
	if s, ok := r.Status(yard.id); !ok || s.Fault != "" {
		t.Errorf("that it was ended counts as a fault: %+v", s)
	}
	door.show("after it")
	if len(r.cameras) != 1 {
		t.Error("something of the camera is kept")
	}
	r.Set(yard.id, "")
	if len(r.lanes) != 0 || len(r.cameras) != 0 {
		t.Errorf("%d lanes and %d cameras are kept", len(r.lanes), len(r.cameras))
	}
	b.saw(t, "under way", "of the yard")
}

// TestAskedEachTime: whether a picture may go is asked for each, when its turn comes: one
// that may not, or that would go elsewhere by now, is not opened and not sent.
func TestAskedEachTime(t *testing.T) {
	b, other, r := newBox(t), newBox(t), newRig(t)
	door := r.camera("ann", b)
	to := r.targets[door.id]
	b.let <- ""
	door.show("one")
	b.saw(t, "one")
	r.idle()
	r.mu.Lock()
	delete(r.targets, door.id)
	r.mu.Unlock()
	door.show("forbidden")
	r.idle()
	r.to(door, Target{door.id, Lane("ann " + other.address), Settings{Address: other.address}})
	door.show("on its way to another")
	r.idle()
	if r.asked != 3 {
		t.Errorf("asked %d times", r.asked)
	}
	r.to(door, Target{media.NewCameraID(), to.Lane, to.Settings})
	door.show("with what is of another camera")
	r.idle()
	if !slices.Equal(r.crossed, []fault.Site{fault.Detector}) {
		t.Errorf("crossed %v", r.crossed)
	}
	r.to(door, Target{door.id, Lane("ann " + other.address), Settings{Address: other.address}})
	if r.Set(door.id, Lane("ann "+other.address)) {
		t.Error("it lacks a run because its detector is another one")
	}
	other.let <- ""
	door.show("two")
	other.saw(t, "two")
	b.saw(t, "one")
	r.idle()
	if len(r.lanes) != 1 {
		t.Errorf("%d lanes", len(r.lanes))
	}
}

// TestForeignPictures: a picture of another camera or run, or that does not open, is shown
// to nobody; of the two newest runs there are openers.
func TestForeignPictures(t *testing.T) {
	b, r := newBox(t), newRig(t)
	door, yard := r.camera("ann", b), r.camera("ann", b)
	crossed := door.picture("of the yard")
	crossed.Unit = yard.picture("of the yard").Unit
	r.Pictured(crossed)
	r.idle()
	forged := door.picture("forged")
	forged.Unit.Camera = yard.id
	r.Pictured(forged)
	r.idle()
	if len(r.crossed) != 2 {
		t.Errorf("crossed %v", r.crossed)
	}
	torn := door.picture("torn")
	torn.Unit.Sealed = bytes.Clone(torn.Unit.Sealed)
	torn.Unit.Sealed[len(torn.Unit.Sealed)-1] ^= 1
	r.Pictured(torn)
	r.idle()
	pictures := []recorder.Picture{door.picture("of the first run")}
	for _, name := range []string{"second", "third"} {
		door.newRun()
		pictures = append(pictures, door.picture("of the "+name+" run"))
	}
	for i, p := range pictures {
		b.let <- ""
		r.Pictured(p)
		r.idle()
		if i == 0 {
			<-b.let
		}
	}
	b.saw(t, "of the second run", "of the third run")
	large := door.picture(string(make([]byte, maxPicture)))
	r.Pictured(large)
	r.idle()
	b.saw(t, "of the second run", "of the third run")
}

// TestEnds: Run returns while a detector hangs, and nothing is asked afterwards.
func TestEnds(t *testing.T) {
	b, r := newBox(t), newRig(t)
	door, yard := r.camera("ann", b), r.camera("ann", b)
	door.show("hangs")
	b.saw(t, "hangs")
	yard.show("waits")
	r.stop()
	yard.event = media.NewEventID()
	yard.show("after it")
	b.saw(t, "hangs")
	if len(r.found) != 0 {
		t.Errorf("%+v", r.found)
	}
}

// TestTry: a detector is tried with a picture of nothing.
func TestTry(t *testing.T) {
	b, r := newBox(t), newRig(t)
	b.let <- ""
	if _, err := r.Try(t.Context(), Settings{Address: b.address}); err != nil {
		t.Error(err)
	}
	b.mu.Lock()
	if len(b.shown) != 1 || !bytes.HasPrefix([]byte(b.shown[0]), []byte("\xff\xd8")) {
		t.Errorf("shown %.20q", b.shown)
	}
	b.mu.Unlock()
	b.let <- "fails"
	if _, err := r.Try(t.Context(), Settings{Address: b.address}); !errors.Is(err, FaultStatus) {
		t.Error(err)
	}
	if _, err := r.Try(t.Context(), Settings{Address: "http://198.51.100.1:80"}); !errors.Is(err, FaultOutside) {
		t.Error(err)
	}
}
