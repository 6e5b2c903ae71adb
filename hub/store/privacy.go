package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"lares/cameras/media"
	"lares/cameras/privacy"
)

const (
	selectPrivacy   query = `SELECT camera, off, skip_ms, windows FROM privacy WHERE camera = ?`
	selectPrivacies query = `SELECT camera, off, skip_ms, windows FROM privacy`
	upsertPrivacy   query = `INSERT INTO privacy (camera, off, skip_ms, windows) VALUES (?, ?, ?, ?)
ON CONFLICT (camera) DO UPDATE SET off = excluded.off, skip_ms = excluded.skip_ms, windows = excluded.windows`
)

func privacyStatements() []query { return []query{selectPrivacy, selectPrivacies, upsertPrivacy} }

// CameraPrivacy is a row: what is wanted of one camera. The zero one is none.
type CameraPrivacy struct {
	Camera media.CameraID
	privacy.Setting
}

// scanPrivacy reads a row. One that cannot be meant keeps its camera off the air,
// and hides no other.
func scanPrivacy(r *sql.Rows, p *CameraPrivacy) error {
	var skip sql.NullInt64
	var windows string
	if err := r.Scan(&p.Camera, &p.On, &skip, &windows); err != nil {
		return err
	}
	if skip.Valid {
		p.Skip = fromMS(skip.Int64)
	}
	if json.Unmarshal([]byte(windows), &p.Windows) != nil || p.Validate() != nil {
		p.Setting = privacy.Setting{On: true}
	}
	return nil
}

// Privacy is what is wanted of a camera; no row if nothing was said.
func (v View) Privacy(ctx context.Context, camera media.CameraID) (CameraPrivacy, error) {
	found, err := all(ctx, v, selectPrivacy, []any{camera[:]}, scanPrivacy)
	if err != nil || len(found) == 0 {
		return CameraPrivacy{}, err
	}
	return found[0], nil
}

// Privacies is what is wanted of all cameras of which something was said.
func (v View) Privacies(ctx context.Context) (map[media.CameraID]CameraPrivacy, error) {
	found, err := all(ctx, v, selectPrivacies, nil, scanPrivacy)
	if err != nil {
		return nil, err
	}
	settings := make(map[media.CameraID]CameraPrivacy, len(found))
	for _, p := range found {
		settings[p.Camera] = p
	}
	return settings, nil
}

// PutPrivacy enters what is wanted of a camera.
func (t *Tx) PutPrivacy(ctx context.Context, camera media.CameraID, s privacy.Setting) error {
	windows, err := json.Marshal(s.Windows)
	if err != nil {
		return fmt.Errorf("store: times of privacy: %w", err)
	}
	_, err = t.exec(ctx, upsertPrivacy, camera[:], s.On, nullMS(s.Skip), string(windows))
	return err
}
