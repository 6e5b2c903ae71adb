package gate

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/schedule"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

// planOf is a plan by its mode alone.
func planOf(m media.Mode) store.RecordingPlan {
	return store.RecordingPlan{Modes: schedule.Modes{Mode: m}}
}

// TestRecordingPlan: who may manage a camera says what is recorded of it, by the week, and
// that its sound is who may hear it as well; everybody else sees and says nothing of that.
func TestRecordingPlan(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	door, yard := r.camera(ann, "door"), r.camera(bob, "yard")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Manage}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live, History, Audio}}))
	ruled := 0
	r.Gate.cfg.Ruled = func() { ruled++ }
	is := func(mode media.Mode, silent bool, until time.Time) {
		t.Helper()
		all, next, err := r.Plans(ctx)
		r.must(err)
		if len(all) != 2 || all[door].Mode != mode || all[door].Silent != silent || all[yard].Mode != "" || !all[yard].Silent || !next.Equal(until) {
			t.Errorf("%+v until %v, want %s until %v", all, next, mode, until)
		}
		c, err := r.Camera(ctx, bob, door)
		r.must(err)
		if p := c.Plan; p == nil || mode != "" && p.Now != mode || !p.Until.Equal(until) || p.Sound == silent {
			t.Errorf("who manages it is told %+v", p)
		}
	}
	is("", true, time.Time{})
	p := r.pass(bob, door, Manage)
	r.must(r.SetRecordingPlan(ctx, p, planOf(media.ModeContinuous)))
	is(media.ModeContinuous, true, time.Time{})
	if c, err := r.Camera(ctx, eve, door); err != nil || c.Plan != nil {
		t.Errorf("who only looks is told %+v, %v", c.Plan, err)
	}
	loud := planOf(media.ModeBoth)
	loud.Sound = true
	if err := r.SetRecordingPlan(ctx, p, loud); !errors.Is(err, ErrNotFound) {
		t.Errorf("sound, by who may not hear it: %v", err)
	}
	is(media.ModeContinuous, true, time.Time{})
	r.must(r.SetRecordingPlan(ctx, r.pass(ann, door, Manage), loud))
	is(media.ModeBoth, false, time.Time{})
	loud.Mode, loud.Streams = media.ModeContinuous, media.StreamsBoth
	r.must(r.SetRecordingPlan(ctx, p, loud)) // it is recorded with sound already
	is(media.ModeContinuous, false, time.Time{})
	if all, _, err := r.Plans(ctx); err != nil || all[door].Streams != media.StreamsBoth || all[yard].Streams != "" {
		t.Errorf("streams %+v, %v", all, err)
	}
	// it is what else stays for longer
	if keep, err := r.Retention(ctx); err != nil || keep.Cameras[door].Beside == 0 || keep.Cameras[yard].Beside > 0 {
		t.Errorf("kept %+v, %v", keep, err)
	}

	now := r.clock.Now()
	from := now.Add(time.Minute).Truncate(time.Minute)
	minutes := func(t time.Time) int { return t.Hour()*60 + t.Minute() }
	to := from.Add(time.Hour)
	weekly := planOf(media.ModeEvents)
	weekly.Week = []schedule.ModeWindow{{Window: schedule.Window{Days: []time.Weekday{from.Weekday()}, From: minutes(from), To: minutes(to)}, Mode: media.ModeOff}}
	weekly.Rolls = recorder.Rolls{"": {Pre: time.Second}}
	r.must(r.SetRecordingPlan(ctx, p, weekly))
	is(media.ModeEvents, true, from)
	r.clock.Advance(from.Sub(now))
	is(media.ModeOff, true, to)
	if all, _, err := r.Plans(ctx); err != nil || all[door].Rolls[""].Pre != time.Second {
		t.Errorf("rolls %+v, %v", all[door], err)
	}
	weekly.Mode, weekly.Week[0].Mode = media.ModeOff, media.ModeContinuous
	r.must(r.SetRecordingPlan(ctx, p, weekly))
	r.clock.Advance(-24*time.Hour - from.Sub(now))
	if all, _, err := r.Plans(ctx); err != nil || all[door].Mode != media.ModeContinuous {
		t.Errorf("by a clock that cannot be right: %+v, %v", all[door], err)
	}
	r.clock.Advance(24 * time.Hour)
	r.sql("UPDATE recording_plan SET windows = 'x' WHERE camera = ?", door[:])
	is("", true, time.Time{})
	if c, err := r.Camera(ctx, ann, door); err != nil || !c.Plan.Unreadable || c.Plan.Now != media.ModeEvents {
		t.Errorf("its owner is told %+v, %v", c.Plan, err)
	}

	none := planOf(media.ModeEvents)
	none.Streams = "all"
	if err := r.SetRecordingPlan(ctx, p, none); !errors.Is(err, ErrInput) {
		t.Errorf("streams that there are not: %v", err)
	}
	bad := planOf(media.ModeEvents)
	bad.Rolls = recorder.Rolls{"": {Pre: recorder.MaxPreRoll + 1}}
	for name, bad := range map[string]store.RecordingPlan{"nothing": {}, "no such mode": planOf("some"), "too much": bad} {
		if err := r.SetRecordingPlan(ctx, p, bad); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.SetRecordingPlan(ctx, r.pass(eve, door, Live), planOf(media.ModeOff)); !errors.Is(err, ErrCrossed) {
		t.Errorf("with a pass to look: %v", err)
	}
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	if err := r.SetRecordingPlan(ctx, p, planOf(media.ModeOff)); !errors.Is(err, ErrNotFound) {
		t.Errorf("whose right is over: %v", err)
	}
	if ruled != 5 {
		t.Errorf("heard of %d changes", ruled)
	}
	var told []string
	for _, e := range list(ann) {
		if e.Kind == journal.RecordingPlan {
			told = append(told, fmt.Sprint(e.Camera == door, e.Account == bob.Account, e.Detail))
		}
	}
	want := []string{"true true map[mode:continuous sound:false streams:main times:0]", "true false map[mode:both sound:true streams:main times:0]", "true true map[mode:continuous sound:true streams:both times:0]", "true true map[mode:events sound:false streams:main times:1]", "true true map[mode:off sound:false streams:main times:1]"}
	if !slices.Equal(told, want) {
		t.Errorf("the journal tells %q", told)
	}
	offer, err := r.Offer(ctx, ann, door, eve.Account, false)
	r.must(err)
	id, err := r.Accept(ctx, eve, offer.ID)
	r.must(err)
	if all, _, err := r.Plans(ctx); err != nil || all[id].Mode != "" || !all[id].Silent || all[id].Rolls != nil {
		t.Errorf("who takes it over begins with %+v, %v", all[id], err)
	}
}

// TestRecordings: clips of a camera by time are those that AdmitClip lets the caller see,
// page by page; a stretch is of no event, and is neither starred nor deleted as one.
func TestRecordings(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, deaf, eve := r.person("ann"), r.person("bob"), r.person("deaf"), r.person("eve")
	door := r.camera(ann, "door")
	r.clock.Advance(time.Minute)
	var clips []media.ClipID
	for i := range 4 {
		clip, _ := r.record(door)
		clips = append(clips, clip)
		r.clock.Advance(time.Minute)
		if i == 0 {
			r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History, Audio, Star, Delete}, History: FromNow}))
			r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: deaf.Account, Actions: []Action{History}, History: FromStart}))
		}
	}
	stretch, heard := clips[1], clips[2]
	row, err := r.store.Clip(ctx, stretch)
	r.must(err)
	r.sql("UPDATE clip SET stretch = 1 WHERE id = ?", stretch[:])
	r.sql("DELETE FROM event WHERE id = ?", row.Event[:])
	head, err := r.store.Clip(ctx, heard)
	r.must(err)
	r.sql("UPDATE event SET kind = 'sound' WHERE id = ?", head.Event[:])
	all := RecordingFilter{Camera: door, From: t0, To: t0.Add(time.Hour)}
	sees := func(c account.Caller, f RecordingFilter, want ...media.ClipID) {
		t.Helper()
		page, err := r.Recordings(ctx, c, f)
		r.must(err)
		var got []media.ClipID
		for _, one := range page.Recordings {
			if got = append(got, one.Clip); (one.Clip == stretch) != one.Event.IsZero() {
				t.Errorf("%+v", one)
			}
			if _, err := r.AdmitClip(ctx, c, one.Clip, History); err != nil {
				t.Errorf("%v is listed, and not there: %v", one.Clip, err)
			}
		}
		if !slices.Equal(got, want) || page.Next != "" {
			t.Errorf("%s sees %v, want %v", c.Name, got, want)
		}
	}
	sees(ann, all, clips...)
	sees(bob, all, clips[1:]...)
	sees(deaf, all, clips[0], clips[1], clips[3])
	within := all
	within.From, within.To = row.Start.Add(time.Second), row.Start.Add(2*time.Second)
	sees(ann, within, stretch)
	within.From = row.Start.Add(row.Duration)
	within.To = within.From.Add(time.Second)
	sees(ann, within)
	after := all
	after.After = formatCursor(row.Start, media.EventID(stretch))
	sees(ann, after, clips[2:]...)
	r.sql("UPDATE clip SET state = 'removing' WHERE id = ?", clips[3][:])
	sees(ann, all, clips[:3]...)

	for name, f := range map[string]RecordingFilter{
		"no span": {Camera: door}, "backwards": {Camera: door, From: all.To, To: all.From}, "too long": {Camera: door, From: t0, To: t0.Add(longestSpan + 1)},
		"no page": {Camera: door, From: all.From, To: all.To, After: "x"},
	} {
		if _, err := r.Recordings(ctx, ann, f); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Recordings(ctx, eve, all); !errors.Is(err, ErrNotFound) {
		t.Errorf("who may not look back: %v", err)
	}
	for _, a := range []Action{History, Star, Delete} {
		if _, err := r.AdmitEvent(ctx, bob, row.Event, a); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s of a stretch: %v", a, err)
		}
	}
	page, err := r.Events(ctx, ann, EventFilter{})
	r.must(err)
	for _, e := range page.Events {
		if e.ID == row.Event {
			t.Error("a stretch is listed as an event")
		}
	}
}
