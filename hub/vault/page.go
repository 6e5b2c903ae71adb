package vault

import (
	"context"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// OpenedPage opens what one request asks of many clips and events: the account's
// secret, each store key and each index key are opened once. It dies with its
// request; one goroutine uses it.
type OpenedPage struct {
	account *OpenedAccount
	stores  []OpenedStore
	indexes []*OpenedIndex
}

// OpenedStore is one of a page's store keys, out of a verified epoch record.
type OpenedStore struct {
	camera media.CameraID
	kid    media.KeyID
	hub    media.HubID // of the record
	key    seal.PrivateKey
}

// Page begins a page of the account.
func (a *OpenedAccount) Page() *OpenedPage { return &OpenedPage{account: a} }

// Indexes is how many index keys were opened so far.
func (o *OpenedPage) Indexes() int { return len(o.indexes) }

// store is the store key that a kid names. Errors are those of EpochKey.
func (o *OpenedPage) store(ctx context.Context, camera media.CameraID, kid media.KeyID) (OpenedStore, error) {
	for i := len(o.stores) - 1; i >= 0; i-- { // mostly it is the newest
		if s := o.stores[i]; s.kid == kid && s.camera == camera {
			return s, nil
		}
	}
	a := o.account
	key, r, err := a.epochKey(ctx, a.vault.cfg.Store.View, camera, seal.Store, kid)
	if err != nil {
		return OpenedStore{}, err
	}
	s := OpenedStore{camera, kid, r.hub, key}
	o.stores = append(o.stores, s)
	return s, nil
}

// ClipKey is OpenedAccount.ClipKey.
func (o *OpenedPage) ClipKey(ctx context.Context, camera media.CameraID, clip media.ClipID, kid media.KeyID, sealed []byte) ([seal.KeySize]byte, error) {
	s, err := o.store(ctx, camera, kid)
	if err != nil {
		return [seal.KeySize]byte{}, err
	}
	return o.account.vault.clipKey(s.key, s.hub, camera, clip, kid, sealed)
}

// Index opens an index key of a camera. Errors are those of EpochKey.
func (o *OpenedPage) Index(ctx context.Context, camera media.CameraID, kid media.KeyID, id store.IndexID) (*OpenedIndex, error) {
	for i := len(o.indexes) - 1; i >= 0; i-- {
		if x := o.indexes[i]; x.id == id && x.camera == camera && x.kid == kid {
			return x, nil
		}
	}
	k, err := o.account.indexKey(ctx, camera, kid, id)
	if err != nil {
		return nil, err
	}
	s, err := o.store(ctx, camera, kid)
	if err != nil {
		return nil, err
	}
	x, err := o.account.vault.openIndex(s.key, s.hub, k)
	if err == nil {
		o.indexes = append(o.indexes, x)
	}
	return x, err
}
