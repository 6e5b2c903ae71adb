package recorder

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/sealed"
)

// teller seals what is said of a house's camera.
type teller struct {
	h      *house
	sealer *seal.Sealer
}

func (h *house) teller() teller { return teller{h, h.cam.run.Sealer(media.StreamCamera)} }

// tell has a source say that a state began or ended so long ago.
func (s teller) tell(source media.Source, active bool, ago time.Duration, e media.Event) media.EventID {
	s.h.t.Helper()
	if e.Active = active; e.Kind == "" {
		e.Kind = map[bool]media.Kind{false: media.KindMotion, true: media.KindSound}[source == media.SourceSound]
	}
	text, err := json.Marshal(e)
	if err != nil {
		s.h.t.Fatal(err)
	}
	u, _ := s.sealer.Seal(nil, media.AccessUnit{Type: media.UnitEvent, Data: text})
	return s.h.trigger(Trigger{Kind: e.Kind, Source: source, Active: active, At: s.h.clock.Now().Add(-ago), Unit: &u})
}

// see gives a picture taken so long ago.
func (s teller) see(size int, ago time.Duration, jpeg string) {
	u, _ := s.sealer.Seal(nil, media.AccessUnit{Type: media.UnitSnapshot, Data: media.Pictures{Large: []byte(jpeg), Small: []byte("small: " + jpeg)}.Append(nil)})
	s.h.r.See(s.h.cam.id, Sight{At: s.h.clock.Now().Add(-ago), Size: size, Unit: u})
}

// TestMotionIsToldLate: the clip reaches back to five seconds before it began, the event
// begins when it did, and the picture that shows most is the thumbnail, in the place of
// the camera's own and with its time. The next event has nothing of it.
func TestMotionIsToldLate(t *testing.T) {
	h := newHouse(t)
	h.cam.snapshot = []byte("the camera's own")
	h.start()
	h.cam.pictures(120) // twelve seconds
	began := h.clock.Now().Add(-3 * time.Second)
	says := h.teller()
	says.see(900, time.Second, "of nothing")
	event := says.tell(media.SourceMotion, true, 3*time.Second, media.Event{Zones: []string{"gate"}})
	h.recording()
	says.see(150, 2*time.Second, "small")
	h.pass(20)
	says.see(400, time.Second, "best")
	best := h.clock.Now().Add(-time.Second)
	says.see(300, 0, "small again")
	h.pass(20)
	says.tell(media.SourceMotion, false, 2*time.Second, media.Event{Zones: []string{"gate", "path"}, Score: 0.8})
	ended, told := h.clock.Now().Add(-2*time.Second), h.clock.Now()
	h.finish()

	row := h.clips(1)[0]
	o := h.open(row, h.vault.store)
	// it began before picture 90: five seconds earlier is picture 40, which is an IDR
	if first, last := o.contiguous(t); first != 40 || last < 259 || last > 261 {
		t.Errorf("pictures %d to %d, want 40 to 260", first, last)
	}
	if e := h.index.event(event); !e.Start.Equal(began) || !e.End.Equal(ended) {
		t.Errorf("from %v to %v, want %v to %v", e.Start, e.End, began, ended)
	}
	if end := row.Start.Add(row.Duration); end.Before(told.Add(9*time.Second)) || end.After(told.Add(11*time.Second)) {
		t.Errorf("the clip ends at %v, and the end was told at %v", end, told)
	}
	if string(o.thumb) != "best" || !row.Thumbnail {
		t.Errorf("thumbnail %q", o.thumb)
	}
	i, err := o.clip.Last(sealed.TypeThumbnail)
	if err != nil {
		t.Fatal(err)
	}
	heads, err := h.clip(row).Records()
	if err != nil {
		t.Fatal(err)
	}
	if at := row.Start.Add(media90(int64(heads[i].Time), 90_000)); !at.Equal(best) {
		t.Errorf("the thumbnail is of %v, want %v", at, best)
	}
	if len(o.notes) != 1 || o.notes[0].Zone != "gate" {
		t.Errorf("notes %+v", o.notes)
	}
	if got := string(h.index.event(event).Text.Sealed); got != `sealed {"zone":"gate","score":0.8,"labels":["path"],"sources":["motion"]}` {
		t.Errorf("said %s", got)
	}

	h.cam.pictures(100)
	if next := says.tell(media.SourceCamera, true, 0, media.Event{}); next == event {
		t.Fatal("the same event")
	}
	h.recording()
	h.finishAfter(func() { says.tell(media.SourceCamera, false, 0, media.Event{}) })
	if o := h.open(h.clips(2)[1], h.vault.store); string(o.thumb) != "the camera's own" {
		t.Errorf("the next event's thumbnail is %q", o.thumb)
	}
}

// finishAfter does something and then sends pictures until the event is over.
func (h *house) finishAfter(do func()) {
	h.t.Helper()
	h.pass(20)
	do()
	h.finish()
}

// pass lets pictures go by one by one, as a camera sends them.
func (h *house) pass(pictures int) {
	h.t.Helper()
	for range pictures {
		h.cam.picture()
		h.drained()
	}
}

// TestMotionIsOneEvent: what the camera tells and what is found in its pictures are one
// event if they overlap or follow within moments, which goes on as long as either does;
// class from the one, zone from the other, and both are named.
func TestMotionIsOneEvent(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(60)
	says := h.teller()
	event := says.tell(media.SourceCamera, true, 0, media.Event{Class: "person", Topic: "tns1:People"})
	h.recording()
	h.cam.pictures(20)
	same := func(what string, id media.EventID) {
		t.Helper()
		if id != event {
			t.Errorf("%s: another event", what)
		}
	}
	same("found late", says.tell(media.SourceMotion, true, 2*time.Second, media.Event{Zones: []string{"gate"}}))
	same("the camera's end", says.tell(media.SourceCamera, false, 0, media.Event{Class: "person"}))
	h.pass(150) // more than the post-roll, and something moves
	same("the end that was found", says.tell(media.SourceMotion, false, 2*time.Second, media.Event{Zones: []string{"gate"}, Score: 0.6}))
	h.pass(35)
	same("a moment later", says.tell(media.SourceMotion, true, 3*time.Second, media.Event{}))
	h.cam.pictures(10)
	same("its end", says.tell(media.SourceMotion, false, time.Second, media.Event{}))
	h.finish()
	if got := string(h.index.event(event).Text.Sealed); got != `sealed {"class":"person","zone":"gate","score":0.6,"topic":"tns1:People","sources":["camera","motion"]}` {
		t.Errorf("said %s", got)
	}
	h.clips(1)
	end := h.index.event(event).End
	next := says.tell(media.SourceMotion, true, time.Minute, media.Event{})
	h.recording()
	h.finishAfter(func() { says.tell(media.SourceMotion, false, 0, media.Event{}) })
	if e := h.index.event(next); next == event || !e.Start.Equal(end) {
		t.Errorf("the next event begins at %v, and the one before ended at %v", e.Start, end)
	}
}

// TestWordsOfWorkers: what is said of an event is bounded.
func TestWordsOfWorkers(t *testing.T) {
	long := string(make([]byte, longestZone+1))
	zones := []string{"", long, "gate"}
	for range 100 {
		zones = append(zones, "path")
	}
	if got := textOf(media.Event{Zones: zones, Score: 7}); got.Zone != "gate" || len(got.Labels) > mostZones || got.Score != 0 {
		t.Errorf("%+v", got)
	}
	if got := textOf(media.Event{}); !got.IsZero() {
		t.Errorf("%+v", got)
	}
}

// TestSoundIsToldLate: what is heard is told after it began, too: the post-roll counts from
// when its end was told, what follows is the same event, and how loud it was is in its text.
func TestSoundIsToldLate(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(60)
	says := h.teller()
	began := h.clock.Now().Add(-2 * time.Second)
	event := says.tell(media.SourceSound, true, 2*time.Second, media.Event{})
	h.recording()
	h.pass(20)
	says.tell(media.SourceSound, false, 3*time.Second, media.Event{Score: 0.7})
	h.pass(95) // more than the post-roll from its end, less from when that was told
	if again := says.tell(media.SourceSound, true, time.Second, media.Event{}); again != event {
		t.Error("within the post-roll: another event")
	}
	h.cam.pictures(10)
	says.tell(media.SourceSound, false, time.Second, media.Event{})
	h.finish()
	e := h.index.event(event)
	if got := string(e.Text.Sealed); !e.Start.Equal(began) || e.Kind != media.KindSound || got != `sealed {"heard":{"score":0.7,"sources":["sound"]}}` {
		t.Errorf("from %v, want %v; said %s", e.Start, began, got)
	}
	end := e.End
	if s, _ := h.r.Status(h.cam.id); s.Heard {
		t.Error("nothing goes on, and is heard")
	}
	next := says.tell(media.SourceSound, true, time.Minute, media.Event{})
	h.recording()
	h.finishAfter(func() { says.tell(media.SourceSound, false, 0, media.Event{}) })
	if e := h.index.event(next); next == event || !e.Start.Equal(end) {
		t.Errorf("the next event begins at %v, and the one before ended at %v", e.Start, end)
	}
}

// TestPictureOfAnEvent: of an event of several files it is the one that shows most; the
// first one where that is in it, which nobody has to say.
func TestPictureOfAnEvent(t *testing.T) {
	h := newHouse(t)
	h.start(func(c *Config, _ *Recorder) { c.MaxClip = 10 * time.Second })
	h.cam.pictures(60)
	says := h.teller()
	first := says.tell(media.SourceMotion, true, 0, media.Event{})
	h.recording()
	says.see(900, 0, "best of all")
	h.pass(100)
	says.see(800, 0, "of the next file")
	h.finishAfter(func() { says.tell(media.SourceMotion, false, 0, media.Event{}) })
	if e := h.index.event(first); !e.Picture.IsZero() {
		t.Errorf("the picture is that of %v, and the first file shows most", e.Picture)
	}
	h.cam.pictures(100)
	event := says.tell(media.SourceMotion, true, 0, media.Event{})
	files := func() (n int) {
		for _, row := range h.index.all() {
			if row.Event == event {
				n++
			}
		}
		return n
	}
	wait(t, "the first file's row", func() bool { return files() == 1 })
	for _, size := range []int{200, 400, 300} {
		before := files()
		says.see(size, 0, fmt.Sprint(size))
		for files() == before {
			h.pass(5)
		}
	}
	h.finishAfter(func() { says.tell(media.SourceMotion, false, 0, media.Event{}) })
	e := h.index.event(event)
	var shows []byte
	for _, row := range h.index.all() {
		if row.Clip == e.Picture && row.Event == event {
			shows = h.open(row, h.vault.store).thumb
		}
	}
	if string(shows) != "400" || e.End.IsZero() {
		t.Errorf("it shows %q; %+v", shows, e)
	}
}

// TestPictureOfBefore: a picture that was taken before a file began is not in it: what began
// with a new epoch has none of before.
func TestPictureOfBefore(t *testing.T) {
	h := newHouse(t)
	h.cam.keeps = true
	h.start()
	h.cam.pictures(60)
	h.teller().tell(media.SourceMotion, true, 0, media.Event{})
	h.recording()
	h.pass(25)
	old := h.vault.store
	h.vault.bump(t)
	h.cam.newRun(h.r)
	says := h.teller() // under the new run
	says.see(500, time.Second, "of before, while no file is open")
	h.pass(gop + 5)
	h.recording()
	says.see(400, 4*time.Second, "of before")
	says.see(300, 0, "of now")
	h.finishAfter(func() { says.tell(media.SourceMotion, false, 0, media.Event{}) })
	rows := h.clips(2)
	if o := h.open(rows[0], old); o.thumb != nil {
		t.Errorf("the file of before has %q", o.thumb)
	}
	if o := h.open(rows[1], h.vault.store); string(o.thumb) != "of now" {
		t.Errorf("the file of now has %q", o.thumb)
	}
}
