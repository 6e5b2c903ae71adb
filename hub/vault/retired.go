package vault

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// HandedOver is a camera that became one of somebody else's.
type HandedOver struct {
	Camera media.CameraID
	At     time.Time
	// What it became, of whom, and the offer that was accepted; zero where
	// nobody knows any more.
	Next  media.CameraID
	Taker store.AccountID
	Offer store.TransferID
}

// HandedOver notes on the keyrings that a camera is its former owner's no more,
// so that an older database gives the device back to nobody. The first epoch of
// what it became follows in the same transaction.
func (v *Vault) HandedOver(tx *store.Tx, h HandedOver) { v.keep(tx, retiredEntry(h)) }

func retiredEntry(h HandedOver) entry {
	return entry{entryRetired, seal.Bind("lares keyring retired v1", h.Camera[:], seal.U64(uint64(h.At.UnixMilli())), h.Next[:], h.Taker[:], h.Offer[:])}
}

func parseRetired(b []byte) (HandedOver, bool) {
	f, ok := unbind(b, "lares keyring retired v1", 16, 8, 16, 16, 16)
	if !ok {
		return HandedOver{}, false
	}
	return HandedOver{
		Camera: media.CameraID(f[0]), At: time.UnixMilli(int64(binary.BigEndian.Uint64(f[1]))).UTC(),
		Next: media.CameraID(f[2]), Taker: store.AccountID(f[3]), Offer: store.TransferID(f[4]),
	}, true
}

// retired takes a camera from who has handed it over, and gives the one that it
// became to its owner, if the database still knows how the device is reached.
func (p *replayer) retired(ctx context.Context, e entry) error {
	h, ok := parseRetired(e.payload)
	if !ok {
		return nil
	}
	name, access, err := p.reach(ctx, h)
	if err != nil {
		return err
	}
	old, err := p.tx.Camera(ctx, h.Camera)
	switch {
	case err == nil && old.Retired.IsZero():
		err = p.tx.RetireCamera(ctx, old.ID, old.Owner, h.At, p.vault.SealAccess(old.ID, old.Owner, []byte("{}")))
	case err == nil: // another keyring said so already, after which this one named more keys
		err = p.tx.KeepOnly(ctx, old.ID, []store.PrincipalID{old.Owner}, nil)
	}
	if err := onlyOther(err); err != nil || access == nil {
		return err
	}
	return p.handOver(ctx, h, name, access)
}

// reach is what a camera was called and how it was reached: it is in use, was
// taken away by this replay, or is on offer. Access is nil if that is lost, or
// the row is not what the hub wrote, which is counted.
func (p *replayer) reach(ctx context.Context, h HandedOver) (name string, access []byte, err error) {
	c, err := p.tx.Camera(ctx, h.Camera)
	if err != nil {
		if onlyOther(err) != nil {
			return "", nil, err
		}
		c = p.left[h.Camera]
	}
	name = c.Name
	if !c.ID.IsZero() && c.Retired.IsZero() {
		access, err = p.vault.OpenAccess(c)
		return name, access, notCrossed(err)
	}
	offers, err := p.tx.AllTransfers(ctx)
	if err != nil {
		return "", nil, err
	}
	for _, o := range offers {
		if o.ID == h.Offer && o.Camera == h.Camera && o.Taker == h.Taker {
			access, err = p.vault.OpenOffer(o)
			return o.Name, access, notCrossed(err)
		}
	}
	return "", nil, nil
}

// handOver makes the camera that another one became. Its keys follow.
func (p *replayer) handOver(ctx context.Context, h HandedOver, name string, access []byte) error {
	if _, err := p.tx.Account(ctx, h.Taker); err != nil || h.Next.IsZero() {
		return onlyOther(err)
	}
	next := store.Camera{ID: h.Next, Owner: h.Taker, Name: name, Added: h.At}
	next.Access = p.vault.SealAccess(next.ID, next.Owner, access)
	err := p.tx.AddCamera(ctx, next)
	if errors.Is(err, store.ErrTaken) { // it is there, or was taken away since
		return nil
	}
	if err != nil {
		return err
	}
	return onlyOther(p.tx.RemoveTransfer(ctx, h.Offer, h.Taker)) // of an owner who left: nothing else ends it
}

// gone forgets that a replay made a camera, which it takes away again.
func (p *replayer) gone(c store.Camera) {
	is := func(id media.CameraID) bool { return id == c.ID }
	p.Made = slices.DeleteFunc(p.Made, is)
	delete(p.touched, c.ID)
	p.left[c.ID] = c
}

// notCrossed is an error unless it says that something was not what the hub
// wrote.
func notCrossed(err error) error {
	if errors.Is(err, seal.ErrCrossed) {
		return nil
	}
	return err
}
