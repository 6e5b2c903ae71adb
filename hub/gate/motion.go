package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lares/cameras"
	"lares/cameras/fault"
	"lares/hub/journal"
	"lares/hub/store"
)

// Motion is what counts of that which moves before the camera of a Manage pass. It
// returns ErrNotFound, also once the camera was handed over, ErrCrossed or
// ErrUnavailable.
func (g *Gate) Motion(ctx context.Context, p Pass) (cameras.Motion, error) {
	if !p.isFor(Manage) {
		return cameras.Motion{}, g.crossing("pass", p.camera, p.account)
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	row, err := inUse(ctx, g.cfg.Store.View, p)
	if err != nil {
		return cameras.Motion{}, g.answer(err)
	}
	sealed, err := g.cfg.Store.Motion(ctx, p.camera)
	if err != nil {
		return cameras.Motion{}, g.answer(err)
	}
	m, err := g.openMotion(row, sealed)
	return m, g.answer(err)
}

// SetMotion says what counts of that which moves before the camera of a Manage pass.
// It returns ErrInput for settings that cannot be meant, or the errors of Motion.
// Config.Watching hears of it.
func (g *Gate) SetMotion(ctx context.Context, p Pass, m cameras.Motion) error {
	if err := m.Settings.Validate(); err != nil {
		return errors.Join(ErrInput, err)
	}
	b, err := json.Marshal(m)
	if err != nil {
		return errors.Join(ErrInput, err)
	}
	err = g.manage(ctx, p, func(ctx context.Context, tx *store.Tx, row store.Camera, _ time.Time) error {
		return tx.PutMotion(ctx, row.ID, g.cfg.Vault.SealMotion(row.ID, row.Owner, b))
	})
	if err != nil {
		return err
	}
	e := p.entry(journal.CameraMotion)
	e.Detail = map[string]any{"off": m.Off, "zones": len(m.Settings.Zones), "masks": len(m.Settings.Masks)}
	g.journal(e)
	g.cfg.Watching(p.camera)
	return nil
}

// openMotion opens what PutMotion stored, whether or not it would be taken today: who draws
// has to see what there is. Of nothing it is the zero Motion.
func (g *Gate) openMotion(c store.Camera, sealed []byte) (m cameras.Motion, err error) {
	if sealed == nil {
		return m, nil
	}
	if fault.On {
		sealed = fault.Swap(fault.CameraMotion, c.Owner.String(), sealed)
	}
	b, err := g.cfg.Vault.OpenMotion(c, sealed)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return cameras.Motion{}, fmt.Errorf("gate: motion of camera %v: %w", c.ID, err)
	}
	return m, nil
}

// workerMotion is openMotion for a camera's worker: where it cannot be told what was
// wanted, or an older version took what watches nothing, the whole picture counts, and no
// camera goes unwatched for that.
func (g *Gate) workerMotion(c store.Camera, sealed []byte) cameras.Motion {
	m, err := g.openMotion(c, sealed)
	if err == nil {
		err = m.Settings.Validate()
	}
	if err != nil {
		g.cfg.Log.Error("a camera's settings of motion cannot be used: the whole picture counts", "camera", c.ID, "error", err)
		return cameras.Motion{}
	}
	return m
}
