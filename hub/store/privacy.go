package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
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

// cameraPrivacy is a row: what is wanted of one camera.
type cameraPrivacy struct {
	camera  media.CameraID
	setting privacy.Setting
}

// scanPrivacy reads a row. One that cannot be meant keeps its camera off the air,
// and hides no other.
func scanPrivacy(r *sql.Rows, p *cameraPrivacy) error {
	var skip sql.NullInt64
	var windows string
	if err := r.Scan(&p.camera, &p.setting.On, &skip, &windows); err != nil {
		return err
	}
	if skip.Valid {
		p.setting.Skip = fromMS(skip.Int64)
	}
	if json.Unmarshal([]byte(windows), &p.setting.Windows) != nil || p.setting.Validate() != nil {
		p.setting = privacy.Setting{On: true}
	}
	return nil
}

// Privacy is what is wanted of a camera; the zero Setting if nothing was said.
func (v View) Privacy(ctx context.Context, camera media.CameraID) (privacy.Setting, error) {
	found, err := all(ctx, v, selectPrivacy, []any{camera[:]}, scanPrivacy)
	if err != nil || len(found) == 0 {
		return privacy.Setting{}, err
	}
	if found[0].camera != camera {
		return privacy.Setting{}, errors.New("store: the privacy of another camera")
	}
	return found[0].setting, nil
}

// Privacies is what is wanted of all cameras of which something was said.
func (v View) Privacies(ctx context.Context) (map[media.CameraID]privacy.Setting, error) {
	found, err := all(ctx, v, selectPrivacies, nil, scanPrivacy)
	if err != nil {
		return nil, err
	}
	settings := make(map[media.CameraID]privacy.Setting, len(found))
	for _, p := range found {
		settings[p.camera] = p.setting
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
