package gate

import (
	"errors"
	"testing"
	"time"

	"lares/cameras/schedule"
	"lares/hub/journal"
)

// TestPrivacy: who may manage a camera takes it off the air, and says when it
// goes by itself; everybody else sees nothing of that.
func TestPrivacy(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	door := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Manage}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live, History}}))
	wanted := func(off bool, until time.Time) {
		t.Helper()
		all, next, err := r.WorkerCameras(ctx)
		r.must(err)
		one, err := r.WorkerCamera(ctx, door)
		r.must(err)
		if len(all) != 1 || all[0].Private != off || one.Private != off || !next.Equal(until) {
			t.Errorf("off %v and %v until %v, want %v until %v", all[0].Private, one.Private, next, off, until)
		}
		c, err := r.Camera(ctx, bob, door)
		r.must(err)
		if c.Privacy == nil || c.Privacy.Off != off || !c.Privacy.Until.Equal(until) {
			t.Errorf("who manages it is told %+v", c.Privacy)
		}
	}
	wanted(false, time.Time{})
	p, err := r.Admit(ctx, bob, door, Manage)
	r.must(err)
	r.must(r.SetPrivacy(ctx, p, true))
	wanted(true, time.Time{})
	if c, err := r.Camera(ctx, eve, door); err != nil || c.Privacy != nil {
		t.Errorf("who only looks is told %+v, %v", c.Privacy, err)
	}
	r.must(r.SetPrivacy(ctx, p, false))
	wanted(false, time.Time{})

	now := r.clock.Now()
	from := now.Add(time.Minute).Truncate(time.Minute)
	minutes := func(t time.Time) int { return t.Hour()*60 + t.Minute() }
	to := from.Add(time.Hour)
	r.must(r.SetPrivacyTimes(ctx, p, schedule.Week{{Days: []time.Weekday{from.Weekday()}, From: minutes(from), To: minutes(to)}}))
	wanted(false, from)
	r.clock.Advance(from.Sub(now))
	wanted(true, to)
	r.must(r.SetPrivacy(ctx, p, false)) // ends it early
	wanted(false, from.AddDate(0, 0, 7))
	r.clock.Advance(to.Sub(from))
	wanted(false, from.AddDate(0, 0, 7))

	if err := r.SetPrivacyTimes(ctx, p, schedule.Week{{From: 1}}); !errors.Is(err, ErrInput) {
		t.Errorf("a time without a day: %v", err)
	}
	look, err := r.Admit(ctx, eve, door, Live)
	r.must(err)
	if err := r.SetPrivacy(ctx, look, true); !errors.Is(err, ErrCrossed) {
		t.Errorf("with a pass to look: %v", err)
	}
	wanted(false, from.AddDate(0, 0, 7))
	for _, back := range []time.Duration{-24 * time.Hour, 24 * time.Hour} { // a clock that cannot be right, and again
		r.clock.Advance(back)
		one, err := r.WorkerCamera(ctx, door)
		r.must(err)
		if one.Private != (back < 0) {
			t.Errorf("with the clock %v: %v", back, one.Private)
		}
	}
	n := 0
	for _, e := range list(ann) {
		if e.Kind == journal.Privacy && e.Camera == door && e.Account == bob.Account {
			n++
		}
	}
	if n != 4 {
		t.Errorf("%d rows of it in the journal", n)
	}
}
