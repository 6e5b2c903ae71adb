package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestPools: media pools keep their numbers whatever they are called, and where a camera is
// recorded to ends with it.
func TestPools(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann := addAccount(t, s, "Ann")
	door, yard := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard")
	var numbers []int
	for i, name := range []string{"b", "c"} {
		update(t, s, func(ctx context.Context, tx *Tx) error {
			n, err := tx.AddPool(ctx, name, recorder.PoolID{byte(i + 1)})
			numbers = append(numbers, n)
			return err
		})
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RenamePool(ctx, numbers[0], "big") })
	err := s.Update(ctx, func(tx *Tx) error { _, err := tx.AddPool(ctx, "c", recorder.PoolID{9}); return err })
	want := []Pool{{1, "big", recorder.PoolID{1}}, {2, "c", recorder.PoolID{2}}}
	if got, listErr := s.Pools(ctx); err == nil || listErr != nil || !slices.Equal(got, want) || !slices.Equal(numbers, []int{1, 2}) {
		t.Errorf("%v, %v; a name twice: %v", got, listErr, err)
	}
	kept := func(what string, want map[media.CameraID]int) {
		t.Helper()
		if got, err := s.CameraPools(ctx); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
	kept("nothing said", map[media.CameraID]int{})
	for _, n := range []int{1, 2} {
		update(t, s, func(ctx context.Context, tx *Tx) error {
			return errors.Join(tx.PutCameraPool(ctx, door, n), tx.PutCameraPool(ctx, yard, 1))
		})
	}
	kept("the second", map[media.CameraID]int{door: 2, yard: 1})
	if err := s.Update(ctx, func(tx *Tx) error { return tx.PutCameraPool(ctx, door, 3) }); err == nil {
		t.Error("a camera is recorded to a pool that never was")
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.PutCameraPool(ctx, door, 0) })
	kept("the first again", map[media.CameraID]int{yard: 1})
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, yard, ann, t0) })
	kept("removed", map[media.CameraID]int{})
}

// TestClipsOfPools: a clip's row says which pool its file lies in, and those that may go are
// listed by that.
func TestClipsOfPools(t *testing.T) {
	s, ctx, cam := openTest(t), t.Context(), media.NewCameraID()
	var all []recorder.ClipRow
	for i := range 6 {
		c := clipRow(cam, t0.Add(time.Duration(i)*time.Minute))
		c.State, c.Pool = recorder.StateComplete, i%3
		open := c
		open.State = recorder.StateOpen
		if err := errors.Join(s.ClipOpened(ctx, open), s.ClipClosed(ctx, c)); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if got, err := s.Clip(ctx, all[5].Clip); err != nil || got.Pool != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, pools := range [][]int{nil, {0}, {1, 2}, {7}, {}} {
		var want []media.ClipID
		for _, c := range all {
			if pools == nil || slices.Contains(pools, c.Pool) {
				want = append(want, c.Clip)
			}
		}
		rows, err := s.Clips(ctx, recorder.ClipQuery{Camera: cam, Loose: true, Pools: pools})
		var got []media.ClipID
		for _, c := range rows {
			got = append(got, c.Clip)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("of pools %v: %v, want %v, %v", pools, got, want, err)
		}
	}
}
