package live

import (
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
)

// TestLateUnitsAreCut: once the viewer has seen the present, what is older than
// maxLag is dropped unopened up to the next IDR that is not; the burst of the
// GOP cache at the beginning is old and shown all the same.
func TestLateUnitsAreCut(t *testing.T) {
	now := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	f := &film{watch: &watch{socket: &socket{sockets: New(Config{Clock: now})}}}
	for i, c := range []struct {
		kind media.UnitType
		sync bool
		age  time.Duration
		late bool
	}{
		{media.UnitVideo, true, 8 * time.Second, false}, // the cache
		{media.UnitVideo, false, 5 * time.Second, false},
		{media.UnitAudio, false, 4 * time.Second, false},
		{media.UnitVideo, false, 100 * time.Millisecond, false}, // the present
		{media.UnitVideo, false, 2 * time.Second, false},
		{media.UnitVideo, false, 4 * time.Second, true}, // too slow
		{media.UnitConfig, false, 4 * time.Second, false},
		{media.UnitVideo, false, time.Second, true},
		{media.UnitAudio, false, time.Second, true},
		{media.UnitVideo, true, 4 * time.Second, true}, // an IDR, but an old one
		{media.UnitVideo, true, time.Second, false},
		{media.UnitAudio, false, time.Second, false},
		{media.UnitVideo, false, time.Second, false},
	} {
		u := media.Unit{Type: c.kind, Sync: c.sync, Received: now.Now().Add(-c.age)}
		if f.late(u) != c.late {
			t.Errorf("unit %d: late is not %v", i, c.late)
		}
	}
	f.cut() // as after media.ErrLagging
	if !f.late(media.Unit{Type: media.UnitVideo, Received: now.Now()}) {
		t.Error("a picture after a gap, before the next IDR")
	}
	if f.late(media.Unit{Type: media.UnitVideo, Sync: true, Received: now.Now()}) {
		t.Error("the IDR after a gap was dropped")
	}
}
