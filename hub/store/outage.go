package store

import (
	"context"
	"database/sql"
	"time"

	"lares/cameras/media"
)

const (
	selectOutages query = `SELECT o.camera, o.since_ms FROM outage o JOIN camera c ON c.id = o.camera WHERE c.removed_ms IS NULL AND c.retired_ms IS NULL`
	upsertOutage  query = `INSERT INTO outage (camera, since_ms) VALUES (?, ?) ON CONFLICT (camera) DO UPDATE SET since_ms = excluded.since_ms`
	deleteOutage  query = `DELETE FROM outage WHERE camera = ?`
)

func outageStatements() []query { return []query{selectOutages, upsertOutage, deleteOutage} }

// Outages are the cameras in use whose owner was told that they bring no pictures,
// and since when they bring none.
func (v View) Outages(ctx context.Context) (map[media.CameraID]time.Time, error) {
	type outage struct {
		camera media.CameraID
		since  time.Time
	}
	rows, err := all(ctx, v, selectOutages, nil, func(r *sql.Rows, o *outage) error {
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

// BeginOutage notes that the owner of a camera is told that it is away.
func (t *Tx) BeginOutage(ctx context.Context, camera media.CameraID, since time.Time) error {
	_, err := t.exec(ctx, upsertOutage, camera[:], since.UnixMilli())
	return err
}

// EndOutage notes that there is nothing more to tell of it.
func (t *Tx) EndOutage(ctx context.Context, camera media.CameraID) error {
	_, err := t.exec(ctx, deleteOutage, camera[:])
	return err
}
