package store

import (
	"context"
	"database/sql"
	"errors"

	"lares/cameras/media"
)

const (
	selectMotion  query = `SELECT camera, sealed FROM motion WHERE camera = ?`
	selectMotions query = `SELECT camera, sealed FROM motion`
	upsertMotion  query = `INSERT INTO motion (camera, sealed) VALUES (?, ?) ON CONFLICT (camera) DO UPDATE SET sealed = excluded.sealed`
	deleteMotion  query = `DELETE FROM motion WHERE camera = ?`
)

func motionStatements() []query {
	return []query{selectMotion, selectMotions, upsertMotion, deleteMotion}
}

// cameraMotion is a row: what counts before one camera, sealed.
type cameraMotion struct {
	camera media.CameraID
	sealed []byte
}

func scanMotion(r *sql.Rows, m *cameraMotion) error { return r.Scan(&m.camera, &m.sealed) }

// Motion is what counts of that which moves before a camera, sealed; nil if nothing
// was said.
func (v View) Motion(ctx context.Context, camera media.CameraID) (sealed []byte, err error) {
	found, err := all(ctx, v, selectMotion, []any{camera[:]}, scanMotion)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if found[0].camera != camera {
		return nil, errors.New("store: the motion of another camera")
	}
	return found[0].sealed, nil
}

// Motions is what counts before all cameras of which something was said, sealed.
func (v View) Motions(ctx context.Context) (map[media.CameraID][]byte, error) {
	found, err := all(ctx, v, selectMotions, nil, scanMotion)
	if err != nil {
		return nil, err
	}
	motions := make(map[media.CameraID][]byte, len(found))
	for _, m := range found {
		motions[m.camera] = m.sealed
	}
	return motions, nil
}

// PutMotion enters what counts before a camera, sealed: at most 64 KiB.
func (t *Tx) PutMotion(ctx context.Context, camera media.CameraID, sealed []byte) error {
	_, err := t.exec(ctx, upsertMotion, camera[:], sealed)
	return err
}
