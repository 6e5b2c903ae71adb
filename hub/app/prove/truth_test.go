package prove

import (
	"sync/atomic"
	"time"
)

// right is what an answer needs.
type right uint8

const (
	seeIt      right = 1 << iota // that the camera is there
	live                         // the present
	history                      // what was recorded
	everything = seeIt | live | history
)

// grace is how long after a revoke an answer may still be on its way.
const grace = 2 * time.Second

// held is one grant as the checker knows it. It is replaced, never changed.
type held struct {
	rights right
	from   uint64    // the first picture that may be seen of what was recorded
	since  time.Time // no event that began before it may be seen; zero is all
	until  time.Time // after the hub had confirmed its end; zero while it lasts
	steady time.Time // from then on every right use must succeed
	former *held     // an answer under it may still be on its way
}

// holds reports whether it covered something some time in the last two seconds.
func (h *held) holds(r right, at time.Time) bool {
	return h != nil && (h.rights&r == r && (h.until.IsZero() || at.Sub(h.until) < grace) || h.former.holds(r, at))
}

// truth is who may see which camera: by account and camera.
type truth [][everyCamera]atomic.Pointer[held]

// newTruth gives every owner its cameras.
func newTruth(accounts int, cameras []*camera) truth {
	t := make(truth, accounts)
	for _, c := range cameras {
		t[c.owner][c.n].Store(&held{rights: everything})
	}
	return t
}

// covers reports whether an account had a right some time in the last two
// seconds.
func (t truth) covers(account int, c *camera, r right, at time.Time) bool {
	return t[account][c.n].Load().holds(r, at)
}

// steady reports whether an account has a right without doubt: a request begun
// now must succeed unless it is revoked meanwhile.
func (t truth) steady(account int, c *camera, r right, at time.Time) bool {
	h := t[account][c.n].Load()
	return h != nil && h.rights&r == r && h.until.IsZero() && at.After(h.steady)
}

// never reports whether an account had not this right for so long that a
// request must be refused.
func (t truth) never(account int, c *camera, r right, at time.Time) bool {
	return !t.covers(account, c, r, at)
}

// first is the first picture of a camera's recordings that an account may see.
func (t truth) first(account int, c *camera, at time.Time) uint64 {
	h := t[account][c.n].Load()
	if h == nil {
		return 0
	}
	if h.former.holds(history, at) {
		return min(h.from, h.former.from)
	}
	return h.from
}

// since is when the events of a camera that an account may see begin.
func (t truth) since(account int, c *camera, at time.Time) time.Time {
	h := t[account][c.n].Load()
	switch {
	case h == nil:
		return time.Time{}
	case h.former.holds(history, at) && h.former.since.Before(h.since):
		return h.former.since
	}
	return h.since
}

// ever reports whether an account had anything of a camera at any time: its own
// journal keeps what it saw.
func (t truth) ever(account int, c *camera) bool { return t[account][c.n].Load() != nil }

// grant notes a grant before the hub hears of it.
func (t truth) grant(account int, c *camera, h held) {
	if h.former = t[account][c.n].Load(); h.former != nil {
		former := *h.former
		former.former = nil
		h.former = &former
	}
	t[account][c.n].Store(&h)
}

// revoke notes the end of a grant after the hub has confirmed it.
func (t truth) revoke(account int, c *camera, at time.Time) {
	if h := t[account][c.n].Load(); h != nil {
		ended := *h
		ended.until = at
		t[account][c.n].Store(&ended)
	}
}

// doubt notes that nobody can say whether an account has what was shared with
// it: it may use it or not, until it is shared anew or taken back.
func (t truth) doubt(account int, c *camera) {
	if h := t[account][c.n].Load(); h != nil && c.owner != account {
		doubted := *h
		doubted.steady = time.Now().Add(inDoubt)
		t[account][c.n].Store(&doubted)
	}
}

// inDoubt is longer than any phase lasts.
const inDoubt = 24 * time.Hour

func (t truth) doubted(account int, c *camera) bool {
	h := t[account][c.n].Load()
	return h != nil && time.Until(h.steady) > inDoubt/2
}
