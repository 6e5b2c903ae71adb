package gate

import (
	"context"
	"errors"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder/retention"
)

// MaxBytes bounds what somebody may say of room.
const MaxBytes = retention.MaxBytes

// Retention is what is kept of all cameras, for the recorder: the cameras of an account
// share its quota. Where it cannot be read nobody knows what may go.
func (g *Gate) Retention(ctx context.Context) (retention.Policy, error) {
	rows, err := g.cfg.Store.RecordedCameras(ctx)
	if err != nil {
		return retention.Policy{}, err
	}
	said, err := g.cfg.Store.Retentions(ctx)
	if err != nil {
		return retention.Policy{}, err
	}
	quotas, err := g.cfg.Store.Quotas(ctx)
	if err != nil {
		return retention.Policy{}, err
	}
	plans, err := g.cfg.Store.RecordingPlans(ctx)
	if err != nil {
		return retention.Policy{}, err
	}
	p := retention.Policy{Cameras: make(map[media.CameraID]retention.Camera, len(rows)), Quotas: make(map[retention.Group]int64, len(quotas))}
	for _, r := range rows {
		c := keptOf(said[r.ID], plans[r.ID])
		c.Group = retention.Group(r.Owner)
		p.Cameras[r.ID] = c
	}
	for id, bytes := range quotas {
		p.Quotas[retention.Group(id)] = bytes
	}
	return p, nil
}

// keptOf is what is kept of a camera by what was said of that, and of what is recorded.
func keptOf(c retention.Camera, plan store.CameraPlan) retention.Camera {
	if plan.Streams == media.StreamsBoth {
		return c.WithBeside()
	}
	return c
}

// CameraRetention is what is kept of the camera of a Manage pass, without its group.
func (g *Gate) CameraRetention(ctx context.Context, p Pass) (retention.Camera, error) {
	if !p.isFor(Manage) {
		return retention.Camera{}, g.crossing("pass", p.camera, p.account)
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	c, err := g.cfg.Store.Retention(ctx, p.camera)
	return c, g.answer(err)
}

// mayErase lets the owner of a camera pass, in person, while deleting is not locked down: how
// long recordings stay is what deletes them, those too that nobody else may see.
func (g *Gate) mayErase(ctx context.Context, c account.Caller, id media.CameraID) error {
	if _, err := g.admitOwner(ctx, c, id); err != nil {
		return err
	}
	_, _, err := g.admit(ctx, c, id, Delete)
	return err
}

// SetRetention says what is kept from now on of a camera of the caller's own, in person. It
// returns ErrInput for what cannot be meant, ErrNotFound, ErrLockdown or ErrUnavailable.
// Config.Kept hears of it.
func (g *Gate) SetRetention(ctx context.Context, c account.Caller, id media.CameraID, keep retention.Camera) error {
	if err := checkRetention(keep); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if err := g.mayErase(ctx, c, id); err != nil {
		return g.answer(err)
	}
	err := g.write(ctx, c, func(tx *store.Tx) error {
		row, err := tx.Camera(ctx, id)
		if err != nil {
			return err
		}
		if row.ID != id || row.Owner != c.Account {
			return ErrNotFound
		}
		if err := tx.PutRetention(ctx, id, keep); err != nil {
			return err
		}
		detail := map[string]any{"days": keep.Days, "bytes": keep.Bytes, "at_least": keep.AtLeast, "at_least_bytes": keep.AtLeastBytes, "kinds": len(keep.Kinds)}
		return g.enter(ctx, tx, c, journal.Entry{Kind: journal.CameraRetention, Camera: id, Owner: c.Account, Detail: detail})
	})
	if err == nil {
		g.cfg.Kept()
	}
	return g.answer(err)
}

// PreviewRetention says how many clips and bytes SetRetention would have deleted now. It
// returns what that does.
func (g *Gate) PreviewRetention(ctx context.Context, c account.Caller, id media.CameraID, keep retention.Camera) (clips int, bytes int64, err error) {
	if err := checkRetention(keep); err != nil {
		return 0, 0, err
	}
	if _, err := g.now(); err != nil {
		return 0, 0, err
	}
	asking, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if err := g.mayErase(asking, c, id); err != nil {
		return 0, 0, g.answer(err)
	}
	plans, err := g.cfg.Store.RecordingPlans(asking)
	if err != nil {
		return 0, 0, g.answer(err)
	}
	clips, bytes, err = g.cfg.Preview(ctx, id, keptOf(keep, plans[id]))
	return clips, bytes, g.answer(err)
}

func checkRetention(keep retention.Camera) error {
	if err := keep.Validate(); err != nil {
		return errors.Join(ErrInput, err)
	}
	return nil
}

// SetQuota says how many bytes the recordings of an account may take together, on behalf of
// an operator; 0 is no limit. While the account or the hub is locked down nobody does: it
// deletes. It returns ErrInput, ErrNotFound, ErrLockdown or ErrUnavailable. Config.Kept
// hears of it.
func (g *Gate) SetQuota(ctx context.Context, c account.Caller, who account.ID, bytes int64) error {
	if !c.Operator || !c.Token.IsZero() {
		return ErrNotFound
	}
	if bytes < 0 || bytes > MaxBytes {
		return ErrInput
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	err := g.write(ctx, c, func(tx *store.Tx) error {
		if by, err := tx.Account(ctx, c.Account); err != nil || !by.Operator {
			return errors.Join(err, ErrNotFound)
		}
		if _, err := tx.Account(ctx, who); err != nil {
			return err
		}
		if closed, err := tx.Lockdowns(ctx, who); err != nil || len(closed) > 0 {
			return errors.Join(err, ErrLockdown)
		}
		if err := tx.PutQuota(ctx, who, bytes); err != nil {
			return err
		}
		return g.enter(ctx, tx, c, journal.Entry{Kind: journal.Quota, Other: who, Detail: map[string]any{"bytes": bytes}})
	})
	if err == nil {
		g.cfg.Kept()
	}
	return g.answer(err)
}
