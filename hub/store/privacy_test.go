package store

import (
	"context"
	"reflect"
	"testing"
	"time"

	"lares/cameras/privacy"
	"lares/cameras/schedule"
)

// TestPrivacy: what was said of a camera is read as it was written; what cannot be
// meant keeps the camera off the air, and hides no other.
func TestPrivacy(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "Ann")
	door, yard := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard")
	want := privacy.Setting{Windows: schedule.Week{{Days: []time.Weekday{0, 6}, From: 22 * 60, To: 6 * 60}}, Skip: t0}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.PutPrivacy(ctx, door, privacy.Setting{On: true}) })
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.PutPrivacy(ctx, door, want) })
	for _, yards := range []string{"no row", `[{"Days":[7],"From":1,"To":2}]`, "x", "null"} {
		if yards != "no row" {
			update(t, s, func(ctx context.Context, tx *Tx) error {
				_, err := tx.exec(ctx, upsertPrivacy, yard[:], false, nil, yards)
				return err
			})
		}
		all, err := s.Privacies(t.Context())
		got, err1 := s.Privacy(t.Context(), door)
		other, err2 := s.Privacy(t.Context(), yard)
		if err != nil || err1 != nil || err2 != nil {
			t.Fatal(err, err1, err2)
		}
		if !got.Skip.Equal(t0) || !reflect.DeepEqual(got.Windows, want.Windows) || got.On || !reflect.DeepEqual(all[door], got) {
			t.Errorf("%q beside it: %+v", yards, got)
		}
		if kept := yards != "no row" && yards != "null"; other.On != kept || all[yard].On != kept || len(other.Windows) != 0 {
			t.Errorf("%q: %+v", yards, other)
		}
	}
}
