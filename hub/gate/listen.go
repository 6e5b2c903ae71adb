package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lares/cameras"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
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
	l, err := g.openListening(row, sealed)
	if err != nil {
		return cameras.Sound{}, g.answer(err)
	}
	stands, err := l.stands(ctx, g.cfg.Store.View, row, g.cfg.Clock.Now())
	l.On = l.On && stands
	return l.Sound, g.answer(err)
}

// SetSound says for what the hub listens from now on at the camera of a Manage pass.
// Listening takes the action Audio as well: who may not hear a camera does not have the
// hub tell when there is something to hear. It returns ErrInput for settings that cannot
// be meant, or the errors of Sound. Config.Watching hears of it.
func (g *Gate) SetSound(ctx context.Context, p Pass, s cameras.Sound) error {
	if err := s.Settings.Validate(); err != nil {
		return errors.Join(ErrInput, err)
	}
	unheard := false
	err := g.manage(ctx, p, func(ctx context.Context, tx *store.Tx, row store.Camera, now time.Time) error {
		if s.On {
			hears := p
			hears.action = Audio
			if err := stands(ctx, tx.View, hears, now); err != nil {
				unheard = errors.Is(err, ErrNotFound)
				return err
			}
		}
		return g.putSound(ctx, tx, row, s, p.account)
	})
	if unheard {
		g.cfg.Journal.Denied(p.view(journal.Denied, p.camera, media.ClipID{}))
	}
	if err != nil {
		return err
	}
	e := p.entry(journal.CameraSound)
	e.Detail = map[string]any{"on": s.On}
	g.journal(e)
	g.cfg.Watching(p.camera)
	return nil
}

// putSound stores what somebody said. What its owner turned on stays the owner's,
// whoever changes how loud is loud.
func (g *Gate) putSound(ctx context.Context, tx *store.Tx, c store.Camera, s cameras.Sound, by account.ID) error {
	sealed, err := tx.Sound(ctx, c.ID)
	if err != nil {
		return err
	}
	was, err := g.openListening(c, sealed)
	if by == c.Owner || err == nil && was.On && was.By.IsZero() {
		by = account.ID{}
	}
	return g.storeSound(ctx, tx, c, listening{s, by})
}

func (g *Gate) storeSound(ctx context.Context, tx *store.Tx, c store.Camera, l listening) error {
	b, err := json.Marshal(l)
	if err != nil {
		return errors.Join(ErrInput, err)
	}
	return tx.PutSound(ctx, c.ID, g.cfg.Vault.SealSound(c.ID, c.Owner, b))
}

// openListening opens what storeSound stored; of nothing it is the zero listening.
func (g *Gate) openListening(c store.Camera, sealed []byte) (l listening, err error) {
	if sealed == nil {
		return l, nil
	}
	if fault.On {
		sealed = fault.Swap(fault.CameraSound, c.Owner.String(), sealed)
	}
	b, err := g.cfg.Vault.OpenSound(c, sealed)
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(b, &l); err != nil {
		return listening{}, fmt.Errorf("gate: sound of camera %v: %w", c.ID, err)
	}
	return l, l.Settings.Validate()
}
