package journal

import (
	"time"

	"lares/hub/store"
)

const (
	// maxVain is how many rows of a kind that anybody can cause may follow each
	// other; then one more comes each vainEvery, and the rows that wait grow. So
	// nobody pushes out others' rows of a year (DefaultRows).
	maxVain   = 120
	vainEvery = 5 * time.Minute
	// maxOwn and ownEvery are the same for what one account does to another, beyond
	// what all may have: who uses that up hides nobody else's first try.
	maxOwn   = 12
	ownEvery = time.Hour
	// maxParties bounds for how many of them a share is kept.
	maxParties = 4096
)

// share is how many rows may be written at a time: up to most, and one more each every.
type share struct {
	left int
	at   time.Time // when it last grew
}

// grow gives the share what has come since it last grew.
func (s *share) grow(now time.Time, most int, every time.Duration) {
	if n := now.Sub(s.at) / every; n > 0 {
		s.left, s.at = min(s.left+int(min(n, time.Duration(most))), most), s.at.Add(n*every)
	}
}

// take takes a row's place; false if there is none now.
func (s *share) take() bool {
	if s.left == 0 {
		return false
	}
	s.left--
	return true
}

// parties are between whom something was tried: who tried it, or would have got it, or
// whose password it was, nobody for guests; and whose it is: the owner, or the camera whose
// owner is not known yet, or nobody.
type parties struct {
	kind  Kind
	who   store.AccountID
	whose [16]byte
	site  string
}

func partiesOf(e Entry, site string) parties {
	p := parties{kind: e.Kind, who: e.Account, whose: e.Owner, site: site}
	if e.Owner.IsZero() {
		p.whose = e.Camera
	}
	return p
}

// shares say when rows of what anybody can cause may be written.
type shares struct {
	all map[Kind]*share
	own map[parties]*share
}

func newShares() shares { return shares{map[Kind]*share{}, map[parties]*share{}} }

// take takes the place of a row; false if there is none now.
func (s shares) take(p parties, now time.Time) bool {
	all := s.all[p.kind]
	if all == nil {
		all = &share{left: maxVain, at: now}
		s.all[p.kind] = all
	}
	if all.grow(now, maxVain, vainEvery); all.take() {
		return true
	}
	own := s.own[p]
	if own == nil {
		if len(s.own) >= maxParties {
			s.forget(now)
		}
		if len(s.own) >= maxParties {
			return false
		}
		own = &share{left: maxOwn, at: now}
		s.own[p] = own
	}
	own.grow(now, maxOwn, ownEvery)
	return own.take()
}

// forget forgets the shares that are whole again.
func (s shares) forget(now time.Time) {
	for p, own := range s.own {
		if own.grow(now, maxOwn, ownEvery); own.left == maxOwn {
			delete(s.own, p)
		}
	}
}
