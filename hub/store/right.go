package store

import (
	"context"
	"database/sql"

	"lares/cameras/media"
)

// What a replay of a keyring is compared by, before and after: whole tables, which
// no request ever asks for.
const (
	selectAllGrants       query = `SELECT camera, account, actions, history_from_ms, expires_ms, granted_ms, unconfirmed FROM grants ORDER BY camera, account`
	selectAllTokenCameras query = `SELECT k.token, t.account, k.camera, k.actions, k.history_from_ms FROM token_camera k JOIN token t ON t.id = k.token ORDER BY k.token, k.camera`
)

// ?1 store key. Clips are few by then: nobody watches a hub that starts.
const selectKIDUsed query = `SELECT EXISTS (SELECT 1 FROM clip WHERE kid = ?1) OR EXISTS (SELECT 1 FROM index_key WHERE kid = ?1)`

func rightStatements() []query { return []query{selectAllGrants, selectAllTokenCameras, selectKIDUsed} }

// AllGrants lists the grants of all cameras.
func (v View) AllGrants(ctx context.Context) ([]Grant, error) {
	return all(ctx, v, selectAllGrants, nil, scanGrant)
}

// AllTokenCameras lists what every token may do.
func (v View) AllTokenCameras(ctx context.Context) ([]TokenCamera, error) {
	return all(ctx, v, selectAllTokenCameras, nil, func(r *sql.Rows, k *TokenCamera) error {
		var from int64
		err := r.Scan(&k.Token, &k.Maker, &k.Camera, &k.Actions, &from)
		k.HistoryFrom = fromMS(from)
		return err
	})
}

// KIDUsed reports whether anything is sealed to a store key.
func (v View) KIDUsed(ctx context.Context, kid media.KeyID) (used bool, err error) {
	return used, v.one(ctx, selectKIDUsed, []any{kid[:]}, &used)
}
