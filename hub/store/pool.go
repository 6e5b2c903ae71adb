package store

import (
	"context"
	"database/sql"

	"lares/cameras/media"
	"lares/recorder"
)

const (
	selectPools       query = `SELECT number, name, marker FROM pool ORDER BY number`
	insertPool        query = `INSERT INTO pool (name, marker) VALUES (?, ?) RETURNING number`
	updatePoolName    query = `UPDATE pool SET name = ? WHERE number = ?`
	selectCameraPools query = `SELECT camera, pool FROM camera_pool`
	upsertCameraPool  query = `INSERT INTO camera_pool (camera, pool) VALUES (?, ?) ON CONFLICT (camera) DO UPDATE SET pool = excluded.pool`
	deleteCameraPool  query = `DELETE FROM camera_pool WHERE camera = ?`
)

func poolStatements() []query {
	return []query{selectPools, insertPool, updatePoolName, selectCameraPools, upsertCameraPool, deleteCameraPool}
}

// Pool is a media pool beside the first one.
type Pool struct {
	Number int // 1 and up; for good
	Name   string
	Marker recorder.PoolID
}

// Pools are the media pools beside the first one, all that there ever were.
func (v View) Pools(ctx context.Context) ([]Pool, error) {
	return all(ctx, v, selectPools, nil, func(r *sql.Rows, p *Pool) error { return r.Scan(&p.Number, &p.Name, scan16{(*[16]byte)(&p.Marker)}) })
}

// AddPool enters a media pool, and returns its number.
func (t *Tx) AddPool(ctx context.Context, name string, marker recorder.PoolID) (number int, err error) {
	return number, t.one(ctx, insertPool, []any{name, marker[:]}, &number)
}

// RenamePool calls a media pool otherwise.
func (t *Tx) RenamePool(ctx context.Context, number int, name string) error {
	return must1(t.exec(ctx, updatePoolName, name, number))
}

// CameraPools says which pool each camera's clips go to; those that go to the first one are
// not in it.
func (v View) CameraPools(ctx context.Context) (map[media.CameraID]int, error) {
	type row struct {
		camera media.CameraID
		pool   int
	}
	rows, err := all(ctx, v, selectCameraPools, nil, func(r *sql.Rows, c *row) error { return r.Scan(&c.camera, &c.pool) })
	pools := make(map[media.CameraID]int, len(rows))
	for _, r := range rows {
		pools[r.camera] = r.pool
	}
	return pools, err
}

// PutCameraPool says which pool a camera's clips go to from now on.
func (t *Tx) PutCameraPool(ctx context.Context, camera media.CameraID, pool int) error {
	if pool == 0 {
		_, err := t.exec(ctx, deleteCameraPool, camera[:])
		return err
	}
	_, err := t.exec(ctx, upsertCameraPool, camera[:], pool)
	return err
}
