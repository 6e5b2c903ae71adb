package journal

import (
	"time"

	"lares/hub/store"
)

// newKeys ends the links and tokens that somebody made, and what is shared with it,
// that until the owner of the camera confirms the keys.
func (r *replay) newKeys(who store.AccountID, at time.Time) {
	r.endMadeBy(who, at, nil)
	for k, spells := range r.rights {
		if k.holder != [16]byte(who) {
			continue
		}
		for i, s := range spells {
			if !s.from.After(at) && (s.until.IsZero() || s.until.After(at)) {
				spells[i].until, spells[i].waits = at, true
			}
		}
	}
}

// confirm goes on with what waits for it.
func (r *replay) confirm(k right, at time.Time) {
	for i, s := range r.rights[k] {
		if s.waits {
			r.rights[k][i].waits = false
			s.from, s.until, s.waits = at, time.Time{}, false
			r.give(k, s)
		}
	}
}
