package store

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"lares/cameras/media"
)

// TestOutages: they are there until they end, or their camera goes out of use.
func TestOutages(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "ann")
	door, yard, hall, roof := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard"), addCamera(t, s, ann, "hall"), addCamera(t, s, ann, "roof")
	update(t, s, func(ctx context.Context, tx *Tx) error {
		for i, id := range []media.CameraID{door, yard, hall, roof} {
			if err := tx.BeginOutage(ctx, id, MissingPictures, t0.Add(time.Duration(i)*time.Hour)); err != nil {
				return err
			}
		}
		return tx.BeginOutage(ctx, door, MissingPictures, t0.Add(9*time.Hour)) // of a clock that was set
	})
	update(t, s, func(ctx context.Context, tx *Tx) error {
		return errors.Join(tx.EndOutage(ctx, yard, MissingPictures), tx.EndOutage(ctx, door, MissingRecording))
	})
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, hall, ann, t0) })
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RetireCamera(ctx, roof, ann, t0, []byte{1}) })
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.BeginOutage(ctx, yard, MissingRecording, t0) })
	if got, err := s.Outages(t.Context(), MissingRecording); err != nil || len(got) != 1 || !got[yard].Equal(t0) {
		t.Errorf("not recorded are %v, %v", got, err)
	}
	got, err := s.Outages(t.Context(), MissingPictures)
	if want := map[media.CameraID]time.Time{door: t0.Add(9 * time.Hour)}; err != nil || !maps.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("%v, %v", got, err)
	}
}
