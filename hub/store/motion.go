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

// watched is a row: what counts before one camera, or is listened for there, sealed.
type watched struct {
	camera media.CameraID
	sealed []byte
}

func scanWatched(r *sql.Rows, w *watched) error { return r.Scan(&w.camera, &w.sealed) }

// Motion is what counts of that which moves before a camera, sealed; nil if nothing
// was said.
func (v View) Motion(ctx context.Context, camera media.CameraID) (sealed []byte, err error) {
	return v.watched(ctx, selectMotion, camera)
}

// Motions is what counts before all cameras of which something was said, sealed.
func (v View) Motions(ctx context.Context) (map[media.CameraID][]byte, error) {
	return v.allWatched(ctx, selectMotions)
}

// PutMotion enters what counts before a camera, sealed: at most 64 KiB.
func (t *Tx) PutMotion(ctx context.Context, camera media.CameraID, sealed []byte) error {
	_, err := t.exec(ctx, upsertMotion, camera[:], sealed)
	return err
}

// watched is the row of a camera that q selects; nil if there is none.
func (v View) watched(ctx context.Context, q query, camera media.CameraID) (sealed []byte, err error) {
	found, err := all(ctx, v, q, []any{camera[:]}, scanWatched)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if found[0].camera != camera {
		return nil, errors.New("store: the settings of another camera")
	}
	return found[0].sealed, nil
}

// allWatched are the rows of all cameras that q selects.
func (v View) allWatched(ctx context.Context, q query) (map[media.CameraID][]byte, error) {
	found, err := all(ctx, v, q, nil, scanWatched)
	if err != nil {
		return nil, err
	}
	rows := make(map[media.CameraID][]byte, len(found))
	for _, w := range found {
		rows[w.camera] = w.sealed
	}
	return rows, nil
}
