package live

import (
	"slices"
	"testing"

	"lares/cameras/media"
)

// TestFeedIsBounded: of what a page that does not keep up misses, the newest few of each
// camera are kept, to ask whether it hears of it, and the newest changes wait;
// nothing waits for a page that does not want any.
func TestFeedIsBounded(t *testing.T) {
	f := newFeed(nil)
	door, yard := media.NewCameraID(), media.NewCameraID()
	one := change{door, media.NewEventID()}
	f.add(one)
	if _, ok := f.next(); ok {
		t.Error("something waits before the feed is on")
	}
	f.turn(true)
	f.add(one)
	f.add(one)
	if c, ok := f.next(); c != one || !ok {
		t.Errorf("%v %v", c, ok)
	}
	if _, ok := f.next(); ok {
		t.Error("an event waits twice")
	}
	var all []change
	for i := range maxWaiting + 3 {
		c := change{door, media.NewEventID()}
		if i == 0 {
			c.camera = yard
		}
		all = append(all, c)
		f.add(c)
	}
	if m := f.takeMissed(false); len(m) != 2 || !slices.Equal(m[yard], []media.EventID{all[0].event}) || !slices.Equal(m[door], []media.EventID{all[2].event, all[1].event}) {
		t.Errorf("missed: %v", m)
	}
	f.lost(all[0])
	if m := f.takeMissed(false); len(m) != 0 {
		t.Errorf("what the gate does not know is asked again at once: %v", m)
	}
	if m := f.takeMissed(true); len(m) != 1 {
		t.Errorf("it is not asked again: %v", m)
	}
	var many []media.EventID
	for range maxMissed + 1 {
		many = append([]media.EventID{media.NewEventID()}, many...)
		f.lost(change{door, many[0]})
		f.lost(change{door, many[0]})
	}
	if m := f.takeMissed(true); !slices.Equal(m[door], many[:maxMissed]) {
		t.Errorf("missed %d of one camera: %v", len(many), m)
	}
	for _, want := range all[3:] {
		if c, ok := f.next(); c != want || !ok {
			t.Fatalf("%v %v, want %v", c, ok, want)
		}
	}
	if _, ok := f.next(); ok {
		t.Error("more waits than may")
	}
	f.add(one)
	f.lost(one)
	f.turn(false)
	f.lost(one)
	if _, ok := f.next(); ok || f.begin(one.event) || len(f.takeMissed(true)) != 0 {
		t.Error("something waits after the feed ended")
	}
}
