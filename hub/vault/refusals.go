package vault

import (
	"fmt"
	"log/slog"
	"sync"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// Refusals counts refused crossings by site. The zero value counts and logs
// nothing.
type Refusals struct {
	log  *slog.Logger
	mu   sync.Mutex // guards n and hear
	n    map[fault.Site]uint64
	hear func(Crossing)
}

// Crossing is a refused crossed wire, with what is known of it.
type Crossing struct {
	Site    fault.Site      // where
	Camera  media.CameraID  // whose wire it was; zero if that is not known
	Account store.AccountID // who would have received it; zero likewise
	// Owner is whose it was, where no camera says that: of keys, sessions, tokens
	// and what else belongs to an account. Zero if that is not known either.
	Owner store.AccountID
}

// Hear sets who is told of each refusal from now on. It is called while the
// refused request goes on, maybe inside a transaction: it must neither wait nor
// use the store.
func (r *Refusals) Hear(f func(Crossing)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hear = f
}

// Count notes one refusal. It is an alarm: nothing outside tests and attacks
// makes one.
func (r *Refusals) Count(site fault.Site) { r.Note(Crossing{Site: site}) }

// Note is Count for a crossing of which more is known.
func (r *Refusals) Note(c Crossing) {
	r.mu.Lock()
	if r.n == nil {
		r.n = map[fault.Site]uint64{}
	}
	r.n[c.Site]++
	n, hear := r.n[c.Site], r.hear
	r.mu.Unlock()
	if r.log != nil {
		r.log.Error("crossed wire refused", "site", c.Site, "count", n)
	}
	if hear != nil {
		hear(c)
	}
}

// Snapshot is a copy of the counts.
func (r *Refusals) Snapshot() map[string]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[string]uint64, len(r.n))
	for site, n := range r.n {
		out[string(site)] = n
	}
	return out
}

// Refusals are the hub's; hub/gate counts its own sites here too.
func (v *Vault) Refusals() *Refusals { return &v.refused }

// crossedCamera counts a row, key or signature that belongs elsewhere, where it
// stands for one of a camera: the camera's owner is told.
func (v *Vault) crossedCamera(site fault.Site, camera media.CameraID) error {
	return v.crossing(Crossing{Site: site, Camera: camera})
}

// crossedAccount counts one that stands for one of an account, which is told.
func (v *Vault) crossedAccount(site fault.Site, owner store.AccountID) error {
	return v.crossing(Crossing{Site: site, Owner: owner})
}

func (v *Vault) crossing(c Crossing) error {
	v.refused.Note(c)
	return fmt.Errorf("vault: %s: %w", c.Site, seal.ErrCrossed)
}
