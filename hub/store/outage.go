package store

import (
	"context"
	"database/sql"
	"time"

	"lares/cameras/media"
)

// Missing is what of a camera is missing, as its owner was told.
type Missing string

const (
	// MissingPictures is a camera that brings none.
	MissingPictures Missing = "pictures"
	// MissingRecording is one that is to be recorded, and is not.
	MissingRecording Missing = "recording"
)

const (
	selectOutages query = `SELECT m.camera, m.since_ms FROM missing m JOIN camera c ON c.id = m.camera WHERE m.what = ? AND c.removed_ms IS NULL AND c.retired_ms IS NULL`
	upsertOutage  query = `INSERT INTO missing (camera, what, since_ms) VALUES (?, ?, ?) ON CONFLICT (camera, what) DO UPDATE SET since_ms = excluded.since_ms`
	deleteOutage  query = `DELETE FROM missing WHERE camera = ? AND what = ?`
)

func outageStatements() []query { return []query{selectOutages, upsertOutage, deleteOutage} }

// Outages are the cameras in use whose owner was told that something of them is missing, and
// since when it is.
func (v View) Outages(ctx context.Context, what Missing) (map[media.CameraID]time.Time, error) {
	type outage struct {
		camera media.CameraID
		since  time.Time
	}
	rows, err := all(ctx, v, selectOutages, []any{string(what)}, func(r *sql.Rows, o *outage) error {
		var since int64
		err := r.Scan(&o.camera, &since)
		o.since = fromMS(since)
		return err
	})
	out := map[media.CameraID]time.Time{}
	for _, o := range rows {
		out[o.camera] = o.since
	}
	return out, err
}

// BeginOutage notes that the owner of a camera is told that something of it is missing.
func (t *Tx) BeginOutage(ctx context.Context, camera media.CameraID, what Missing, since time.Time) error {
	_, err := t.exec(ctx, upsertOutage, camera[:], string(what), since.UnixMilli())
	return err
}

// EndOutage notes that there is nothing more to tell of it.
func (t *Tx) EndOutage(ctx context.Context, camera media.CameraID, what Missing) error {
	_, err := t.exec(ctx, deleteOutage, camera[:], string(what))
	return err
}
