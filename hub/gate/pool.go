package gate

import (
	"cmp"
	"context"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

// CameraPool is where a camera is recorded to, on a hub of several media pools.
type CameraPool struct {
	Name    string
	Choices []string // all there are
}

// RecordsTo says which media pool each camera is recorded to, by its number; one that is not
// in it is recorded to the first.
func (g *Gate) RecordsTo(ctx context.Context) (map[media.CameraID]int, error) {
	return g.cfg.Store.CameraPools(ctx)
}

// cameraPool is where a camera is recorded to by its row; nil on a hub with one pool.
func cameraPool(pools []recorder.PoolState, number int) *CameraPool {
	if len(pools) < 2 {
		return nil
	}
	c := &CameraPool{Name: poolAt(pools, number).Name}
	for _, p := range pools {
		c.Choices = append(c.Choices, p.Name)
	}
	return c
}

// poolAt is the pool of a number: the first where there is none any more.
func poolAt(pools []recorder.PoolState, number int) recorder.PoolState {
	for _, p := range pools {
		if p.Number == number {
			return p
		}
	}
	return pools[0]
}

// SetCameraPool says which media pool the camera of a Manage pass is recorded to from now on.
// What is recorded stays where it is. It returns ErrInput for a pool that there is not,
// ErrNotFound, also once the camera was handed over, ErrCrossed or ErrUnavailable.
// Config.Ruled hears of it.
func (g *Gate) SetCameraPool(ctx context.Context, p Pass, name string) error {
	pools := g.cfg.Pools()
	at := slices.IndexFunc(pools, func(s recorder.PoolState) bool { return s.Name == name })
	err := g.manage(ctx, p, func(ctx context.Context, tx *store.Tx, row store.Camera, _ time.Time) error {
		if at < 0 {
			return ErrInput
		}
		if err := tx.PutCameraPool(ctx, row.ID, pools[at].Number); err != nil {
			return err
		}
		e := p.entry(journal.CameraPool)
		e.Detail = map[string]any{"pool": name}
		return g.cfg.Journal.Due(ctx, tx, e)
	})
	if err == nil {
		g.cfg.Ruled()
	}
	return err
}

// placeNew has a new camera recorded to the pool with the most room, of those that take
// recordings now, if any does.
func (g *Gate) placeNew(ctx context.Context, tx *store.Tx, id media.CameraID) error {
	pools := g.cfg.Pools()
	if len(pools) == 0 {
		return nil
	}
	well := slices.DeleteFunc(slices.Clone(pools), func(p recorder.PoolState) bool { return p.Trouble != "" })
	if len(well) == 0 {
		well = pools
	}
	roomiest := slices.MaxFunc(well, func(a, b recorder.PoolState) int { return cmp.Compare(a.Free, b.Free) })
	return tx.PutCameraPool(ctx, id, roomiest.Number)
}
