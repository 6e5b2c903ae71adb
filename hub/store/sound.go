package store

import (
	"context"

	"lares/cameras/media"
)

const (
	selectSound  query = `SELECT camera, sealed FROM sound WHERE camera = ?`
	selectSounds query = `SELECT camera, sealed FROM sound`
	upsertSound  query = `INSERT INTO sound (camera, sealed) VALUES (?, ?) ON CONFLICT (camera) DO UPDATE SET sealed = excluded.sealed`
	deleteSound  query = `DELETE FROM sound WHERE camera = ?`
)

func soundStatements() []query {
	return []query{selectSound, selectSounds, upsertSound, deleteSound}
}

// Sound is what is listened for at a camera, sealed; nil if nothing was said.
func (v View) Sound(ctx context.Context, camera media.CameraID) (sealed []byte, err error) {
	return v.watched(ctx, selectSound, camera)
}

// Sounds is what is listened for at all cameras of which something was said, sealed.
func (v View) Sounds(ctx context.Context) (map[media.CameraID][]byte, error) {
	return v.allWatched(ctx, selectSounds)
}

// PutSound enters what is listened for at a camera, sealed: at most 4 KiB.
func (t *Tx) PutSound(ctx context.Context, camera media.CameraID, sealed []byte) error {
	_, err := t.exec(ctx, upsertSound, camera[:], sealed)
	return err
}
