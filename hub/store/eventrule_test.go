package store

import (
	"context"
	"reflect"
	"testing"
	"time"

	"lares/cameras/schedule"
)

// TestEventRule: what was said of a camera is read as it was written, ends with it, and
// is of no other; what cannot be told is always, says so, and hides no other.
func TestEventRule(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "Ann")
	door, yard, shed := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard"), addCamera(t, s, ann, "shed")
	night := schedule.Week{{Days: []time.Weekday{0, 6}, From: 22 * 60, To: 6 * 60}}
	want := EventRule{Rule: schedule.Rule{When: schedule.Weekly, Week: night}}
	kept := func(name string, doors, yards EventRule) {
		t.Helper()
		all, err := s.EventRules(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for id, row := range all {
			if row.Camera != id {
				t.Errorf("%s: the row of %v is of %v", name, id, row.Camera)
			}
		}
		if got, other, none := all[door].EventRule, all[yard].EventRule, all[shed].EventRule; !reflect.DeepEqual(got, doors) || !reflect.DeepEqual(other, yards) || !reflect.DeepEqual(none, EventRule{}) {
			t.Errorf("%s: %+v, %+v and %+v", name, got, other, none)
		}
	}
	kept("nothing", EventRule{}, EventRule{})
	for _, r := range []schedule.Rule{{When: schedule.Away}, want.Rule} {
		update(t, s, func(ctx context.Context, tx *Tx) error { return tx.PutEventRule(ctx, door, r) })
	}
	for _, damaged := range []struct{ rule, windows string }{{"weekly", "[]"}, {"weekly", "null"}, {"away", `[{"Days":[7],"From":1,"To":2}]`}, {"always", "x"}} {
		update(t, s, func(ctx context.Context, tx *Tx) error {
			_, err := tx.exec(ctx, upsertEventRule, yard[:], damaged.rule, damaged.windows)
			return err
		})
		kept(damaged.rule+" "+damaged.windows, want, EventRule{Unreadable: true})
	}
	update(t, s, func(ctx context.Context, tx *Tx) error {
		return tx.PutEventRule(ctx, yard, schedule.Rule{When: schedule.Away})
	})
	kept("mended", want, EventRule{Rule: schedule.Rule{When: schedule.Away}})
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, door, ann, t0) })
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RetireCamera(ctx, yard, ann, t0, random(80)) })
	kept("out of use", EventRule{}, EventRule{})
}
