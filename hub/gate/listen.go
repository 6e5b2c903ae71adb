package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"lares/cameras"
	"lares/hub/journal"
	"lares/hub/store"
)

// Sound is whether and for what the hub listens to the camera of a Manage pass. It
// returns ErrNotFound, also once the camera was handed over, ErrCrossed or
// ErrUnavailable.
func (g *Gate) Sound(ctx context.Context, p Pass) (cameras.Sound, error) {
	if !p.isFor(Manage) {
		return cameras.Sound{}, g.crossing("pass", p.camera, p.account)
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	row, err := inUse(ctx, g.cfg.Store.View, p)
	if err != nil {
		return cameras.Sound{}, g.answer(err)
	}
	sealed, err := g.cfg.Store.Sound(ctx, p.camera)
	if err != nil {
		return cameras.Sound{}, g.answer(err)
	}
	s, err := g.openSound(row, sealed)
	return s, g.answer(err)
}

// SetSound says for what the hub listens from now on at the camera of a Manage pass.
// Listening takes the action Audio as well: who may not hear a camera does not have the
// hub tell when there is something to hear. It returns ErrInput for settings that cannot
// be meant, or the errors of Sound. Config.Watching hears of it.
func (g *Gate) SetSound(ctx context.Context, p Pass, s cameras.Sound) error {
	if !p.isFor(Manage) {
		return g.crossing("pass", p.camera, p.account)
	}
	now, err := g.now()
	if err != nil {
		return err
	}
	if err := s.Settings.Validate(); err != nil {
		return errors.Join(ErrInput, err)
	}
	b, err := json.Marshal(s)
	if err != nil {
		return errors.Join(ErrInput, err)
	}
	needed := []Action{Manage}
	if s.On {
		needed = append(needed, Audio)
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		for _, a := range needed {
			asked := p
			asked.action = a
			if err := stands(ctx, tx.View, asked, now); err != nil {
				return err
			}
		}
		row, err := inUse(ctx, tx.View, p)
		if err != nil {
			return err
		}
		return tx.PutSound(ctx, row.ID, g.cfg.Vault.SealSound(row.ID, row.Owner, b))
	})
	if err != nil {
		return g.answer(err)
	}
	e := p.entry(journal.CameraSound)
	e.Detail = map[string]any{"on": s.On}
	g.journal(e)
	g.cfg.Watching(p.camera)
	return nil
}

// openSound opens what PutSound stored; of nothing it is the zero Sound.
func (g *Gate) openSound(c store.Camera, sealed []byte) (s cameras.Sound, err error) {
	if sealed == nil {
		return s, nil
	}
	b, err := g.cfg.Vault.OpenSound(c, sealed)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return cameras.Sound{}, fmt.Errorf("gate: sound of camera %v: %w", c.ID, err)
	}
	return s, s.Settings.Validate()
}

// workerSound is openSound for a camera's worker: where it cannot be told what was
// wanted, nobody listens.
func (g *Gate) workerSound(c store.Camera, sealed []byte) cameras.Sound {
	s, err := g.openSound(c, sealed)
	if err != nil {
		g.cfg.Log.Error("a camera's settings of sound cannot be read: nobody listens", "camera", c.ID, "error", err)
		return cameras.Sound{}
	}
	return s
}
