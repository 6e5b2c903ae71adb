package store

import (
	"context"
	"database/sql"
	"time"

	"lares/cameras/media"
)

// ExitDetector is the kind of an exit to a detector.
const ExitDetector = "detector"

// Exit is where pictures of a camera leave the hub.
type Exit struct {
	ID      ExitID
	Camera  media.CameraID
	Account AccountID // who set it
	Kind    string
	Sealed  []byte
	Since   time.Time
}

const (
	// ?1 camera, ?2 kind
	selectExit query = `SELECT e.id, e.camera, e.account, e.kind, e.sealed, e.since_ms FROM exit e WHERE e.camera = ?1 AND e.kind = ?2`
	// An exit is open while who set it owns the camera, and neither they nor the hub
	// are locked down.
	selectOpenExit query = `SELECT e.id, e.camera, e.account, e.kind, e.sealed, e.since_ms FROM exit e
JOIN camera c ON c.id = e.camera AND c.owner = e.account AND c.removed_ms IS NULL AND c.retired_ms IS NULL
WHERE e.camera = ?1 AND e.kind = ?2 AND ` + unlocked
	selectExitsOf query = `SELECT e.id, e.camera, e.account, e.kind, e.sealed, e.since_ms FROM exit e WHERE e.account = ? ORDER BY e.since_ms, e.id`
	selectExits   query = `SELECT e.id, e.camera, e.account, e.kind, e.sealed, e.since_ms FROM exit e ORDER BY e.since_ms, e.id`
	upsertExit    query = `INSERT INTO exit (id, camera, account, kind, sealed, since_ms) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (camera, kind) DO UPDATE SET id = excluded.id, account = excluded.account, sealed = excluded.sealed, since_ms = excluded.since_ms`
	deleteExit        query = `DELETE FROM exit WHERE camera = ? AND kind = ?`
	deleteCameraExits query = `DELETE FROM exit WHERE camera = ?`
	deleteExitsOf     query = `DELETE FROM exit WHERE account = ?`
	deleteExits       query = `DELETE FROM exit`
)

func exitStatements() []query {
	return []query{selectExit, selectOpenExit, selectExitsOf, selectExits, upsertExit, deleteExit, deleteCameraExits, deleteExitsOf, deleteExits}
}

func scanExit(r *sql.Rows, e *Exit) error {
	var since int64
	err := r.Scan(&e.ID, &e.Camera, &e.Account, &e.Kind, &e.Sealed, &since)
	e.Since = fromMS(since)
	return err
}

// Exit finds a camera's exit of a kind, or ErrNoRow.
func (v View) Exit(ctx context.Context, camera media.CameraID, kind string) (Exit, error) {
	return v.exit(ctx, selectExit, camera, kind)
}

// OpenExit is Exit where pictures may go that way now: its account owns the camera, which
// is in use, and no lockdown closes it.
func (v View) OpenExit(ctx context.Context, camera media.CameraID, kind string) (Exit, error) {
	return v.exit(ctx, selectOpenExit, camera, kind)
}

func (v View) exit(ctx context.Context, q query, camera media.CameraID, kind string) (Exit, error) {
	found, err := all(ctx, v, q, []any{camera[:], kind}, scanExit)
	if err == nil && len(found) == 0 {
		err = ErrNoRow
	}
	if err != nil {
		return Exit{}, err
	}
	return found[0], nil
}

// ExitsOf lists the exits that an account set, the oldest first.
func (v View) ExitsOf(ctx context.Context, account AccountID) ([]Exit, error) {
	return all(ctx, v, selectExitsOf, []any{account[:]}, scanExit)
}

// Exits lists the exits of all accounts, the oldest first.
func (v View) Exits(ctx context.Context) ([]Exit, error) {
	return all(ctx, v, selectExits, nil, scanExit)
}

// PutExit enters an exit, in the place of the camera's other one of that kind.
func (t *Tx) PutExit(ctx context.Context, e Exit) error {
	_, err := t.exec(ctx, upsertExit, e.ID[:], e.Camera[:], e.Account[:], e.Kind, e.Sealed, e.Since.UnixMilli())
	return err
}

// RemoveExit removes a camera's exit of a kind; ErrNoRow if there is none.
func (t *Tx) RemoveExit(ctx context.Context, camera media.CameraID, kind string) error {
	return must1(t.exec(ctx, deleteExit, camera[:], kind))
}

// EndExitsOf removes the exits that an account set, and says how many.
func (t *Tx) EndExitsOf(ctx context.Context, account AccountID) (int64, error) {
	return t.exec(ctx, deleteExitsOf, account[:])
}

// EndExits removes all exits.
func (t *Tx) EndExits(ctx context.Context) error {
	_, err := t.exec(ctx, deleteExits)
	return err
}
