package live

import (
	"testing"

	"lares/cameras/media"
)

// TestFeedIsBounded: a page that does not keep up is told that it missed some,
// once, and keeps the newest; nothing waits for a page that does not want any.
func TestFeedIsBounded(t *testing.T) {
	f := newFeed(nil)
	one := media.NewEventID()
	f.add(one)
	if _, _, ok := f.next(); ok {
		t.Error("something waits before the feed is on")
	}
	f.turn(true)
	f.add(one)
	f.add(one)
	if id, missed, ok := f.next(); id != one || missed || !ok {
		t.Errorf("%v %v %v", id, missed, ok)
	}
	if _, _, ok := f.next(); ok {
		t.Error("an event waits twice")
	}
	var ids []media.EventID
	for range maxWaiting + 3 {
		ids = append(ids, media.NewEventID())
		f.add(ids[len(ids)-1])
	}
	if _, missed, ok := f.next(); !missed || !ok {
		t.Error("what was missed is not told")
	}
	for _, want := range ids[3:] {
		if id, missed, ok := f.next(); id != want || missed || !ok {
			t.Fatalf("%v %v %v, want %v", id, missed, ok, want)
		}
	}
	if _, _, ok := f.next(); ok {
		t.Error("more waits than may")
	}
	f.add(one)
	f.turn(false)
	if _, _, ok := f.next(); ok || f.begin(one) {
		t.Error("something waits after the feed ended")
	}
}
