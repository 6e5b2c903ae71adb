package live

import "lares/hub/account"

// limit bounds the connections of one kind: all of a hub, and those of one login
// session. Whoever has one guards it.
type limit struct {
	all, each int

	taken int
	of    map[account.SessionID]int // those that have any
}

func newLimit(all, each int) limit {
	return limit{all: all, each: each, of: map[account.SessionID]int{}}
}

// room says whether the session may have one more: ErrTooMany if not.
func (l *limit) room(id account.SessionID) error {
	if l.of[id] >= l.each || l.taken >= l.all {
		return ErrTooMany
	}
	return nil
}

// take counts one more, where there is room.
func (l *limit) take(id account.SessionID) error {
	if err := l.room(id); err != nil {
		return err
	}
	l.of[id]++
	l.taken++
	return nil
}

// leave gives back what take took.
func (l *limit) leave(id account.SessionID) {
	l.taken--
	if l.of[id]--; l.of[id] == 0 {
		delete(l.of, id)
	}
}
