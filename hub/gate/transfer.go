package gate

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// offerLife is how long an offer of a camera is good.
const offerLife = 7 * 24 * time.Hour

// TransferID names one offer of a camera.
type TransferID = store.TransferID

// Transfer is a camera offered to another account.
type Transfer struct {
	ID      TransferID
	Camera  media.CameraID // its id with the old owner; zero for the taker
	Name    string
	Mine    bool // the caller offers it
	Other   account.ID
	Named   string // the other account
	Erase   bool   // its recordings are erased, not kept by the old owner
	Expires time.Time
}

// Offer offers one of the caller's own cameras to another account. It returns
// ErrNotFound, ErrInput, ErrOffered or ErrUnavailable.
func (g *Gate) Offer(ctx context.Context, c account.Caller, camera media.CameraID, to account.ID, erase bool) (Transfer, error) {
	t, err := g.offer(ctx, c, camera, to, erase)
	if err == nil {
		g.did(c, journal.Entry{Kind: journal.Offered, Camera: camera, Owner: c.Account, Object: t.ID, Other: to})
	}
	return t, g.answer(err)
}

func (g *Gate) offer(ctx context.Context, c account.Caller, id media.CameraID, to account.ID, erase bool) (t Transfer, err error) {
	now, err := g.admitOwner(ctx, c, id)
	if err != nil {
		return t, err
	}
	err = g.write(ctx, c, func(tx *store.Tx) error {
		camera, err := g.ownCamera(ctx, tx, id, c.Account)
		if err != nil {
			return err
		}
		if err := tx.EndTransfers(ctx, now); err != nil {
			return err
		}
		row, err := g.addOffer(ctx, tx, camera, to, erase, now)
		t = transferOf(row, c.Account)
		return err
	})
	return t, err
}

// addOffer enters the offer of a camera. It carries all that the taker needs:
// the old owner may be gone by then.
func (g *Gate) addOffer(ctx context.Context, tx *store.Tx, camera store.Camera, to account.ID, erase bool, now time.Time) (row store.Transfer, err error) {
	owner, err := tx.Account(ctx, camera.Owner)
	if err != nil {
		return row, err
	}
	taker, err := tx.Account(ctx, to)
	if errors.Is(err, store.ErrNoRow) || to == camera.Owner {
		return row, ErrInput
	}
	if err != nil {
		return row, err
	}
	row = store.Transfer{
		ID: store.NewTransferID(), Camera: camera.ID, Owner: camera.Owner, OwnerName: owner.Name, Taker: to, TakerName: taker.Name,
		Name: camera.Name, Erase: erase, Created: now, Expires: now.Add(offerLife),
	}
	access, err := g.cfg.Vault.OpenAccess(camera)
	if err != nil {
		return row, err
	}
	row.Access = g.cfg.Vault.SealOffer(row, access)
	err = tx.AddTransfer(ctx, row)
	if errors.Is(err, store.ErrTaken) {
		err = ErrOffered
	}
	return row, err
}

func transferOf(r store.Transfer, who account.ID) Transfer {
	t := Transfer{ID: r.ID, Name: r.Name, Mine: r.Owner == who, Other: r.Taker, Named: r.TakerName, Erase: r.Erase, Expires: r.Expires}
	if t.Mine {
		t.Camera = r.Camera
	} else {
		t.Other, t.Named = r.Owner, r.OwnerName
	}
	return t
}

// Transfers lists what the caller offers and what is offered to it.
func (g *Gate) Transfers(ctx context.Context, c account.Caller) ([]Transfer, error) {
	now, err := g.now()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	rows, err := g.transfers(ctx, c, now)
	if err != nil {
		return nil, g.answer(err)
	}
	list := make([]Transfer, 0, len(rows))
	for _, r := range rows {
		list = append(list, transferOf(r, c.Account))
	}
	return list, nil
}

// Withdraw ends an offer that the caller made or got. Who made one that is
// declined is told in the same transaction. It returns ErrNotFound or
// ErrUnavailable.
func (g *Gate) Withdraw(ctx context.Context, c account.Caller, id TransferID) error {
	now, err := g.now()
	if err != nil {
		return err
	}
	e := journal.Entry{Kind: journal.Declined, Object: id}
	err = g.write(ctx, c, func(tx *store.Tx) error {
		row, err := tx.Transfer(ctx, id, now)
		if err == nil && (row.Owner == c.Account || row.Taker == c.Account) {
			e.Camera, e.Owner, e.Other = row.Camera, row.Owner, row.Taker
			if row.Taker == c.Account {
				e.Other = row.Owner
				err = tx.Tell(ctx, row.Owner, c.Account, string(journal.NoticeDeclined), row.Camera, now)
			}
		}
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		return tx.RemoveTransfer(ctx, id, c.Account)
	})
	if err != nil {
		return g.answer(err)
	}
	g.cfg.Store.Scrub()
	g.did(c, e)
	return nil
}

// Accept takes an offered camera over: it becomes a camera of the caller's with
// a new id and keys that the former owner never had. The former id goes out of
// use with its grants, tokens and links; its recordings stay with the former
// owner, who is told in the same transaction, or are erased, as offered. While that owner,
// or the whole hub, is locked down it stays where it is. It returns
// ErrNotFound, ErrLockdown, ErrCamerasFull, ErrHubFull, ErrKnownDevice, ErrSharedPassword, ErrGuesses or
// ErrUnavailable.
func (g *Gate) Accept(ctx context.Context, c account.Caller, id TransferID) (media.CameraID, error) {
	h, err := g.accept(ctx, c, id)
	if err != nil {
		return media.CameraID{}, g.answer(err)
	}
	g.cfg.Store.Scrub()
	g.cfg.Vault.Forget(h.from.Camera)
	g.cfg.Changed(h.from.Camera) // first: two workers would ask one device
	g.cfg.Changed(h.to.ID)
	for _, who := range h.lost {
		g.cfg.Revoked(who, h.from.Camera)
	}
	if h.from.Erase {
		if err := g.erase(ctx, h.from.Camera); err != nil {
			g.cfg.Log.Error("recordings of a camera that was handed over are still there; they are tried again", "camera", h.from.Camera, "error", err)
		}
	}
	return h.to.ID, nil
}

// handover is one that happened.
type handover struct {
	from store.Transfer
	to   store.Camera
	lost []account.ID // who watched it by a grant, and the old owner
}

func (g *Gate) accept(ctx context.Context, c account.Caller, id TransferID) (h handover, err error) {
	now, err := g.now()
	if err != nil {
		return h, err
	}
	if !c.Token.IsZero() {
		return h, ErrNotFound
	}
	taker, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return h, err
	}
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.cfg.Vault.Stands(ctx, tx.View, c.Proof(), taker); err != nil {
			return err
		}
		if h.from, err = tx.Transfer(ctx, id, now); err != nil {
			return err
		}
		if h.from.ID != id || h.from.Taker != c.Account {
			return ErrNotFound
		}
		if closed, err := tx.Lockdowns(ctx, h.from.Owner); err != nil || len(closed) > 0 {
			return errors.Join(err, ErrLockdown)
		}
		h.to.ID = media.NewCameraID()
		access, err := g.takeOver(ctx, tx, &h, now)
		if err != nil {
			return err
		}
		sealed, err := json.Marshal(access)
		if err != nil {
			return err
		}
		h.to.Owner, h.to.Name, h.to.Added, h.to.PinHash = c.Account, h.from.Name, now, g.pinHash(access)
		h.to.Access = g.cfg.Vault.SealAccess(h.to.ID, h.to.Owner, sealed)
		if err := hasRoom(ctx, tx.View, h.to.Owner); err != nil {
			return err
		}
		if err := g.ownPassword(ctx, tx.View, h.to, access); err != nil {
			return err
		}
		if err := g.ownDevice(ctx, tx.View, h.to, access); err != nil {
			return err
		}
		if err := tx.AddCamera(ctx, h.to); err != nil {
			return err
		}
		if err := g.placeNew(ctx, tx, h.to.ID); err != nil {
			return err
		}
		if err := g.cfg.Vault.NewEpoch(ctx, tx, h.to, vault.Change{Owner: taker}); err != nil {
			return err
		}
		return errors.Join(
			tx.Tell(ctx, h.from.Owner, c.Account, string(journal.NoticeAccepted), h.from.Camera, now),
			g.enter(ctx, tx, c, journal.Entry{Kind: journal.Transferred, Camera: h.from.Camera, Owner: h.from.Owner, Object: id, Other: h.from.Owner}),
			g.enter(ctx, tx, c, journal.Entry{Kind: journal.CameraAdded, Camera: h.to.ID, Owner: c.Account, Object: id, Other: h.from.Owner}))
	})
	return h, g.taken(store.Camera{ID: h.from.Camera, Owner: c.Account}, err)
}

// takeOver ends the old camera, if it is still there, and says how to reach the
// device. The keyring says what it becomes, or an older database would give the
// device back.
func (g *Gate) takeOver(ctx context.Context, tx *store.Tx, h *handover, now time.Time) (access cameras.Access, err error) {
	offered, err := g.cfg.Vault.OpenOffer(h.from) // nobody but its owner offered it, to nobody but the taker
	if err != nil {
		return access, err
	}
	if err := json.Unmarshal(offered, &access); err != nil {
		return access, err
	}
	g.cfg.Vault.HandedOver(tx, vault.HandedOver{Camera: h.from.Camera, At: now, Next: h.to.ID, Taker: h.from.Taker, Offer: h.from.ID})
	old, err := tx.Camera(ctx, h.from.Camera)
	switch {
	case errors.Is(err, store.ErrNoRow): // its owner left the hub
		return access, tx.RemoveTransfer(ctx, h.from.ID, h.from.Taker)
	case err != nil:
		return access, err
	case old.ID != h.from.Camera || old.Owner != h.from.Owner || !old.Retired.IsZero():
		return access, g.crossing("transfer row", old.ID, h.from.Taker)
	}
	if access, err = g.openAccess(old); err != nil { // newer than the offer
		return access, err
	}
	lost, err := g.endGrants(ctx, tx, endedWith(old.ID, old.Owner))
	if err != nil {
		return access, err
	}
	h.lost = append(lost, old.Owner)
	if h.from.Erase {
		g.cfg.Vault.Removed(tx, old.ID)
		return access, tx.RemoveCamera(ctx, old.ID, old.Owner, now)
	}
	nowhere := g.cfg.Vault.SealAccess(old.ID, old.Owner, []byte("{}"))
	return access, tx.RetireCamera(ctx, old.ID, old.Owner, now, nowhere)
}
