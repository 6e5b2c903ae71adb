package store

import (
	"context"
	"time"

	"lares/cameras/media"
)

// IndexKey is a key that seals event texts, itself sealed to a store key.
type IndexKey struct {
	ID      IndexID
	Camera  media.CameraID
	KID     media.KeyID
	Sealed  []byte // seal.SealedKeySize bytes
	Created time.Time
}

const (
	selectIndexKey        query = `SELECT id, camera, kid, sealed, created_ms FROM index_key WHERE id = ?`
	insertIndexKey        query = `INSERT INTO index_key (id, camera, kid, sealed, created_ms) VALUES (?, ?, ?, ?, ?)`
	deleteCameraIndexKeys query = `DELETE FROM index_key WHERE camera = ?`
)

func indexKeyStatements() []query {
	return []query{selectIndexKey, insertIndexKey, deleteCameraIndexKeys}
}

// IndexKey finds an index key, or ErrNoRow.
func (v View) IndexKey(ctx context.Context, id IndexID) (k IndexKey, err error) {
	var created int64
	err = v.one(ctx, selectIndexKey, []any{id[:]}, &k.ID, &k.Camera, &k.KID, &k.Sealed, &created)
	k.Created = fromMS(created)
	return k, err
}

// AddIndexKey enters an index key.
func (t *Tx) AddIndexKey(ctx context.Context, k IndexKey) error {
	_, err := t.exec(ctx, insertIndexKey, k.ID[:], k.Camera[:], k.KID[:], k.Sealed, k.Created.UnixMilli())
	return err
}
