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
	one := change{camera: door, event: media.NewEventID()}
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
		c := change{camera: door, event: media.NewEventID()}
		if i == 0 {
			c.camera = yard
		}
		all = append(all, c)
		f.add(c)
	}
	if m := f.takeMissed(false); len(m) != 2 || !slices.Equal(m[yard], []change{all[0]}) || !slices.Equal(m[door], []change{all[2], all[1]}) {
		t.Errorf("missed: %v", m)
	}
	f.lost(all[0])
	if m := f.takeMissed(false); len(m) != 0 {
		t.Errorf("what the gate does not know is asked again at once: %v", m)
	}
	if m := f.takeMissed(true); len(m) != 1 {
		t.Errorf("it is not asked again: %v", m)
	}
	var many []change
	for n := range maxMissed + 1 { // whatever it is
		c := change{camera: door, clip: media.NewClipID()}
		if n%2 == 0 {
			c = change{camera: door, gap: int64(n + 1)}
		}
		many = append([]change{c}, many...)
		f.lost(many[0])
		f.lost(many[0])
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
	if _, ok := f.next(); ok || f.begin(one) || len(f.takeMissed(true)) != 0 {
		t.Error("something waits after the feed ended")
	}
}
