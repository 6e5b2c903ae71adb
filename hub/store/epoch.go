package store

import (
	"context"
	"database/sql"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// Epoch is a period of a camera's keys. Only Record is signed: the other
// fields find it and prove nothing.
type Epoch struct {
	Camera   media.CameraID
	Ordinal  uint32
	LiveKID  media.KeyID
	StoreKID media.KeyID
	Record   []byte
	Since    time.Time
}

// EpochWrap is a private half of an epoch's keys, sealed to one principal.
type EpochWrap struct {
	KID       media.KeyID
	Principal PrincipalID
	Version   uint32 // of the principal
	Camera    media.CameraID
	Part      seal.Part
	Sealed    []byte // seal.SealedKeySize bytes
}

const (
	selectNewestEpoch query = `SELECT camera, ordinal, live_kid, store_kid, record, since_ms FROM epoch WHERE camera = ? ORDER BY ordinal DESC LIMIT 1`
	// The primary key has it: no row is read.
	selectOrdinals   query = `SELECT camera, max(ordinal) FROM epoch GROUP BY camera`
	selectEpoch      query = `SELECT camera, ordinal, live_kid, store_kid, record, since_ms FROM epoch WHERE camera = ? AND ordinal = ?`
	selectEpochByKID query = `SELECT camera, ordinal, live_kid, store_kid, record, since_ms FROM epoch WHERE live_kid = ?1
UNION ALL SELECT camera, ordinal, live_kid, store_kid, record, since_ms FROM epoch WHERE store_kid = ?1`
	selectEpochWrap   query = `SELECT kid, principal, version, camera, part, sealed FROM epoch_wrap WHERE kid = ? AND principal = ?`
	selectEpochWraps  query = `SELECT kid, principal, version, camera, part, sealed FROM epoch_wrap WHERE camera = ? AND principal = ?`
	selectHeldWraps   query = `SELECT kid, principal, version, camera, part, sealed FROM epoch_wrap WHERE principal = ?`
	deleteHeldWraps   query = `DELETE FROM epoch_wrap WHERE principal = ?`
	insertEpoch       query = `INSERT INTO epoch (camera, ordinal, live_kid, store_kid, record, since_ms) VALUES (?, ?, ?, ?, ?, ?)`
	insertEpochWrap   query = `INSERT INTO epoch_wrap (kid, principal, version, camera, part, sealed) VALUES (?, ?, ?, ?, ?, ?)`
	deleteEpochWraps  query = `DELETE FROM epoch_wrap WHERE camera = ? AND principal = ?`
	deleteCameraWraps query = `DELETE FROM epoch_wrap WHERE camera = ?`
)

func epochStatements() []query {
	return []query{selectNewestEpoch, selectOrdinals, selectEpoch, selectEpochByKID, selectEpochWrap, selectEpochWraps,
		selectHeldWraps, deleteHeldWraps, insertEpoch, insertEpochWrap, deleteEpochWraps, deleteCameraWraps}
}

// NewestEpoch finds a camera's epoch of now, or ErrNoRow.
func (v View) NewestEpoch(ctx context.Context, camera media.CameraID) (Epoch, error) {
	return v.epoch(ctx, selectNewestEpoch, camera[:])
}

// NewestOrdinals is the place of each camera's epoch of now.
func (v View) NewestOrdinals(ctx context.Context) (map[media.CameraID]uint32, error) {
	list, err := all(ctx, v, selectOrdinals, nil, func(r *sql.Rows, e *Epoch) error { return r.Scan(&e.Camera, &e.Ordinal) })
	newest := make(map[media.CameraID]uint32, len(list))
	for _, e := range list {
		newest[e.Camera] = e.Ordinal
	}
	return newest, err
}

// Epoch finds an epoch by its place, or ErrNoRow.
func (v View) Epoch(ctx context.Context, camera media.CameraID, ordinal uint32) (Epoch, error) {
	return v.epoch(ctx, selectEpoch, camera[:], ordinal)
}

// EpochByKID finds the epoch that one of its keys names, or ErrNoRow.
func (v View) EpochByKID(ctx context.Context, kid media.KeyID) (Epoch, error) {
	return v.epoch(ctx, selectEpochByKID, kid[:])
}

func (v View) epoch(ctx context.Context, q query, args ...any) (e Epoch, err error) {
	var since int64
	err = v.one(ctx, q, args, &e.Camera, &e.Ordinal, &e.LiveKID, &e.StoreKID, &e.Record, &since)
	e.Since = fromMS(since)
	return e, err
}

// EpochWrap finds a principal's wrap of the key that a kid names, or ErrNoRow.
func (v View) EpochWrap(ctx context.Context, kid media.KeyID, principal PrincipalID) (w EpochWrap, err error) {
	err = v.one(ctx, selectEpochWrap, []any{kid[:], principal[:]}, &w.KID, &w.Principal, &w.Version, &w.Camera, &w.Part, &w.Sealed)
	return w, err
}

// EpochWraps lists all wraps a principal holds for a camera.
func (v View) EpochWraps(ctx context.Context, camera media.CameraID, principal PrincipalID) ([]EpochWrap, error) {
	return all(ctx, v, selectEpochWraps, []any{camera[:], principal[:]}, func(r *sql.Rows, w *EpochWrap) error {
		return r.Scan(&w.KID, &w.Principal, &w.Version, &w.Camera, &w.Part, &w.Sealed)
	})
}

// AddEpoch enters an epoch and the wraps of its keys.
func (t *Tx) AddEpoch(ctx context.Context, e Epoch, wraps []EpochWrap) error {
	_, err := t.exec(ctx, insertEpoch, e.Camera[:], e.Ordinal, e.LiveKID[:], e.StoreKID[:], e.Record, e.Since.UnixMilli())
	if err != nil {
		return err
	}
	return t.AddEpochWraps(ctx, wraps)
}

// AddEpochWraps enters wraps.
func (t *Tx) AddEpochWraps(ctx context.Context, wraps []EpochWrap) error {
	for _, w := range wraps {
		if _, err := t.exec(ctx, insertEpochWrap, w.KID[:], w.Principal[:], w.Version, w.Camera[:], w.Part, w.Sealed); err != nil {
			return err
		}
	}
	return nil
}

// PrincipalWraps lists all wraps a principal holds, of any camera.
func (v View) PrincipalWraps(ctx context.Context, principal PrincipalID) ([]EpochWrap, error) {
	return all(ctx, v, selectHeldWraps, []any{principal[:]}, func(r *sql.Rows, w *EpochWrap) error {
		return r.Scan(&w.KID, &w.Principal, &w.Version, &w.Camera, &w.Part, &w.Sealed)
	})
}

// RemovePrincipalWraps takes all keys of all cameras away from a principal.
func (t *Tx) RemovePrincipalWraps(ctx context.Context, principal PrincipalID) error {
	_, err := t.exec(ctx, deleteHeldWraps, principal[:])
	return err
}

// RemoveEpochWraps takes all of a camera's keys away from a principal.
func (t *Tx) RemoveEpochWraps(ctx context.Context, camera media.CameraID, principal PrincipalID) error {
	_, err := t.exec(ctx, deleteEpochWraps, camera[:], principal[:])
	return err
}
