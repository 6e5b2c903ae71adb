package store

import (
	"context"
	"reflect"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/schedule"
	"lares/recorder"
)

// TestRecordingPlan: what was said of a camera is read as it was written, ends with it, and
// is of no other; what cannot be told is events without sound, says so, and hides no other.
func TestRecordingPlan(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "Ann")
	door, yard := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard")
	night := []schedule.ModeWindow{{Window: schedule.Window{Days: []time.Weekday{0, 6}, From: 22 * 60, To: 6 * 60}, Mode: media.ModeOff}}
	want := RecordingPlan{
		Modes: schedule.Modes{Mode: media.ModeBoth, Week: night}, Streams: media.StreamsBoth, Sound: true,
		Rolls: recorder.Rolls{"": {Pre: time.Second}, media.KindDoorbell: {Pre: 8 * time.Second, Post: time.Minute}},
	}
	kept := func(name string, doors, yards RecordingPlan) {
		t.Helper()
		all, err := s.RecordingPlans(t.Context())
		if err != nil || !reflect.DeepEqual(all[door].RecordingPlan, doors) || !reflect.DeepEqual(all[yard].RecordingPlan, yards) {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
	}
	kept("nothing", RecordingPlan{}, RecordingPlan{})
	for _, p := range []RecordingPlan{{Modes: schedule.Modes{Mode: media.ModeOff}}, want} {
		update(t, s, func(ctx context.Context, tx *Tx) error { return tx.PutRecordingPlan(ctx, door, p) })
	}
	for _, damaged := range []struct{ windows, rolls string }{
		{"x", "null"}, {"null", "x"}, {`[{"Days":[1],"From":1,"To":2,"Mode":"some"}]`, "null"}, {`[{"Days":[7],"From":1,"To":2,"Mode":"off"}]`, "null"},
		{"null", `{"motion":{"Pre":9000000000}}`}, {"null", `{"motion":{"Post":121000000000}}`}, {"null", `{"motion":{"Pre":-1}}`}, {"null", `{"some":{}}`},
	} {
		update(t, s, func(ctx context.Context, tx *Tx) error {
			_, err := tx.exec(ctx, upsertRecordingPlan, yard[:], "continuous", damaged.windows, true, damaged.rolls, media.StreamsMain)
			return err
		})
		kept(damaged.windows+" "+damaged.rolls, want, RecordingPlan{Unreadable: true})
	}
	mended := RecordingPlan{Modes: schedule.Modes{Mode: media.ModeContinuous}, Streams: media.StreamsMain}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.PutRecordingPlan(ctx, yard, mended) })
	kept("mended", want, mended)
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, door, ann, t0) })
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RetireCamera(ctx, yard, ann, t0, random(80)) })
	kept("out of use", RecordingPlan{}, RecordingPlan{})
}

// TestOldCamerasKeepTheirSound: what an older hub recorded with its sound goes on with it.
func TestOldCamerasKeepTheirSound(t *testing.T) {
	path := t.TempDir() + "/lares.db"
	makeOld(t, path)
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cameras, err := s.Cameras(t.Context())
	plans, err2 := s.RecordingPlans(t.Context())
	if err != nil || err2 != nil || len(cameras) == 0 || len(plans) != len(cameras) {
		t.Fatalf("%d plans of %d cameras, %v, %v", len(plans), len(cameras), err, err2)
	}
	for id, p := range plans {
		if !p.Sound || p.Mode != media.ModeEvents || p.Week != nil || p.Rolls != nil || p.Unreadable {
			t.Errorf("%v: %+v", id, p)
		}
	}
}
