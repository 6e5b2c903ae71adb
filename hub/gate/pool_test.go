package gate

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

// TestCameraPool: a new camera is recorded to the pool with the most room; who may manage it
// says another one, and nobody else is told of that. On a hub with one pool nobody is.
func TestCameraPool(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	var pools []recorder.PoolState
	r.Gate.cfg.Pools = func() []recorder.PoolState { return pools }
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	pools = []recorder.PoolState{{Name: "main", Free: 10}}
	door := r.camera(ann, "door")
	if c, err := r.Camera(ctx, ann, door); err != nil || c.Pool != nil {
		t.Errorf("on a hub with one pool: %+v, %v", c.Pool, err)
	}
	for _, name := range []string{"big", "gone"} {
		r.must(r.store.Update(ctx, func(tx *store.Tx) error { _, err := tx.AddPool(ctx, name, recorder.PoolID{name[0]}); return err }))
	}
	pools = append(pools, recorder.PoolState{Number: 1, Name: "big", Free: 1000}, recorder.PoolState{Number: 2, Name: "gone", Free: 5000, Trouble: recorder.PoolMissing})
	yard := r.camera(ann, "yard")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Manage}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live, History}}))
	ruled := 0
	r.Gate.cfg.Ruled = func() { ruled++ }
	is := func(want map[media.CameraID]int) {
		t.Helper()
		if got, err := r.RecordsTo(ctx); err != nil || !maps.Equal(got, want) {
			t.Errorf("recorded to %v, want %v, %v", got, want, err)
		}
	}
	is(map[media.CameraID]int{yard: 1})
	p := r.pass(bob, door, Manage)
	r.must(r.SetCameraPool(ctx, p, "gone"))
	is(map[media.CameraID]int{yard: 1, door: 2})
	if c, err := r.Camera(ctx, bob, door); err != nil || c.Pool == nil || c.Pool.Name != "gone" || len(c.Pool.Choices) != 3 {
		t.Errorf("who manages it is told %+v, %v", c.Pool, err)
	}
	if c, err := r.Camera(ctx, eve, door); err != nil || c.Pool != nil {
		t.Errorf("who only looks is told %+v, %v", c.Pool, err)
	}
	pools = pools[:2] // the settings name it no more
	if c, err := r.Camera(ctx, bob, door); err != nil || c.Pool == nil || c.Pool.Name != "main" {
		t.Errorf("of a pool that there is no more: %+v, %v", c.Pool, err)
	}
	for _, bad := range []string{"gone", "", "Big"} {
		if err := r.SetCameraPool(ctx, p, bad); !errors.Is(err, ErrInput) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := r.SetCameraPool(ctx, r.pass(eve, door, Live), "big"); !errors.Is(err, ErrCrossed) {
		t.Errorf("with a pass to look: %v", err)
	}
	r.must(r.SetCameraPool(ctx, p, "main"))
	is(map[media.CameraID]int{yard: 1})
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	if err := r.SetCameraPool(ctx, p, "big"); !errors.Is(err, ErrNotFound) {
		t.Errorf("with a grant that was taken back: %v", err)
	}
	if ruled != 2 {
		t.Errorf("told %d times", ruled)
	}
	var said []any
	for _, e := range list(ann) {
		if e.Kind == journal.CameraPool {
			said = append(said, e.Detail["pool"])
		}
	}
	if len(said) != 2 || said[0] != "gone" || said[1] != "main" {
		t.Errorf("the journal knows %v", said)
	}
}

// TestStorageOfPools: who runs the hub is told of each pool what is in it and when it is full;
// an owner to which each camera is recorded.
func TestStorageOfPools(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	r.must(r.store.Update(ctx, func(tx *store.Tx) error { _, err := tx.AddPool(ctx, "big", recorder.PoolID{1}); return err }))
	door, yard := r.camera(ann, "door"), r.camera(ann, "yard")
	r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.PutCameraPool(ctx, yard, 1) }))
	r.aged(door, 2*day)
	r.aged(yard, 2*day)
	r.restarted()
	told := r.recorder.Recorded
	r.Gate.cfg.Recorded = func() (recorder.Recorded, error) {
		all, err := told()
		all.Pools = append(all.Pools, recorder.PoolState{Number: 1, Name: "big", Free: 1 << 40, Floor: 1 << 30, Network: "NFS", Trouble: recorder.PoolSlow})
		return all, err
	}
	health := Health{Database: recorder.PoolFull, Since: t0, Recorder: recorder.Health{Unknown: 2, Damaged: 1}}
	r.Gate.cfg.Health = func() Health { return health }
	operator := ann
	operator.Operator = true
	s, err := r.Storage(ctx, operator)
	r.must(err)
	if len(s.Cameras) != 2 || s.Cameras[0].Pool != "main" || s.Cameras[1].Pool != "big" {
		t.Errorf("cameras %+v", s.Cameras)
	}
	h := s.Hub
	if h.Health != health {
		t.Errorf("health %+v", h.Health)
	}
	if len(h.Pools) != 2 || h.Pools[1].Network != "NFS" || h.Pools[1].Trouble != recorder.PoolSlow || h.Pools[1].Full <= 0 || h.Full != min(h.Pools[0].Full, h.Pools[1].Full) {
		t.Errorf("pools %+v", h.Pools)
	}
	if h.Pools[0].Shares != nil || h.Free != h.Pools[0].Free+1<<40 || h.Used != h.Pools[0].Used || h.May != h.Pools[0].May()+h.Pools[1].May() || h.PerDay != h.Pools[0].PerDay+h.Pools[1].PerDay || h.Pools[1].PerDay <= 0 {
		t.Errorf("together %+v", h)
	}
	r.Gate.cfg.Recorded = func() (recorder.Recorded, error) {
		all, err := told()
		one := all.Pools[0]
		one.Number, one.Name, one.Used = 1, "big", 0
		all.Pools = append(all.Pools, one)
		return all, err
	}
	s, err = r.Storage(ctx, operator)
	r.must(err)
	if h := s.Hub; h.Free != h.Pools[0].Free || h.May != h.Pools[0].May() || h.Full != h.Pools[1].Full || !slices.Equal(h.Pools[0].Shares, []string{"big"}) || !slices.Equal(h.Pools[1].Shares, []string{"main"}) {
		t.Errorf("two pools on one disk: %+v", h)
	}
}
