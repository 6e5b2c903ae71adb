package recorder

import (
	"errors"
	"fmt"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// Which key a file is sealed to. A run belongs to the epoch that it was drawn in,
// and what it brings to that epoch's store key: a pre-roll holds pictures from
// before a grant that begins "now", and the key that the grant is given opens none
// of them.

// StoreKey is what the parts and texts of an epoch are sealed to.
type StoreKey struct {
	Key seal.PublicKey
	KID media.KeyID
}

// errStoreKey says that a run's store key is not the camera's.
var errStoreKey = errors.New("recorder: the store key to seal clips to")

// key is what a file that starts with u is sealed to: the store key of the run's
// epoch. Nobody waits for the database.
func (c *camera) key(u media.Unit) (StoreKey, error) {
	k, err := c.own(u)
	if err != nil {
		return StoreKey{}, err
	}
	if fault.On {
		k = fault.Swap(fault.StoreKey, c.id.String(), k)
	}
	if seal.KID(c.id, seal.Store, k.Key) != k.KID {
		c.r.config.Crossed(fault.StoreKey, c.id)
		return StoreKey{}, fmt.Errorf("%w: of camera %v: %w", errStoreKey, c.id, seal.ErrCrossed)
	}
	return k, nil
}

// own is the store key of a unit's run.
func (c *camera) own(u media.Unit) (StoreKey, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.find(u.Run)
	if !ok {
		return StoreKey{}, errNoKey
	}
	return r.store, nil
}

// fits says whether a unit may go into a file sealed to that key.
func (c *camera) fits(u media.Unit, kid media.KeyID) bool {
	k, err := c.own(u)
	return err == nil && k.KID == kid
}
