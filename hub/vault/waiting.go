package vault

import (
	"context"

	"lares/cameras/media"
	"lares/hub/store"
)

// A grant waits while the account has other keys than the camera's owner has
// confirmed: no record names it then, and it allows nothing. The keyring has it with
// each epoch all the same, so that a replay can tell it from one that was revoked.

// waits reports whether a grant that the keyring names waits: the newest record does
// not name the account, or with older keys.
func (p *replayer) waits(ctx context.Context, camera media.CameraID, a store.Account) (bool, error) {
	e, err := p.tx.NewestEpoch(ctx, camera)
	if err != nil {
		return true, onlyOther(err)
	}
	r, err := parseRecord(e.Record)
	if err != nil {
		return true, nil // such an epoch is refused wherever it is used
	}
	named, ok := r.principal(a.ID)
	return !ok || named.version < a.Version, nil
}

// waiting lists whose grants wait and stay: those that the newest epoch of the keyring
// came with, and those of the database where the replay brought no other epoch.
func (p *replayer) waiting(ctx context.Context, r *record) (who []store.PrincipalID, err error) {
	grants, err := p.tx.Grants(ctx, r.camera)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		if g.Unconfirmed && (p.shared[r.camera][g.Account] || !p.renewed[r.camera]) {
			who = append(who, g.Account)
		}
	}
	return who, nil
}

// unconfirm leaves everything that is shared with an account to the confirmation of
// its owners. They are asked when the replay is over: it may have been given.
func (p *replayer) unconfirm(ctx context.Context, id store.AccountID) error {
	shared, err := p.tx.GrantsTo(ctx, id)
	if err != nil {
		return err
	}
	for _, g := range shared {
		g.Unconfirmed = true
		if err := p.tx.PutGrant(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// askOwners tells the owners of cameras of grants that wait since this replay.
func (p *replayer) askOwners(ctx context.Context, before, after rights) error {
	was, cameras := keyed(before.grants, grantKey), keyed(after.cameras, cameraKey)
	for _, g := range after.grants {
		if !g.Unconfirmed || was[grantKey(g)].Unconfirmed {
			continue
		}
		owner := cameras[g.Camera].Owner
		if err := p.tx.Tell(ctx, owner, g.Account, store.NoticeUnconfirmed, g.Camera, p.vault.cfg.Clock.Now()); err != nil {
			return err
		}
	}
	return nil
}
