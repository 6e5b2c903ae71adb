package live

import (
	"errors"
	"testing"

	"lares/hub/account"
)

// TestLimit: a session has its share, all have theirs, and what is given back can
// be had again by anybody.
func TestLimit(t *testing.T) {
	a, b, c := account.SessionID{1}, account.SessionID{2}, account.SessionID{3}
	l := newLimit(3, 2)
	for i, step := range []struct {
		id    account.SessionID
		leave bool
		want  error
	}{
		{id: a}, {id: a}, {id: a, want: ErrTooMany}, // its share
		{id: b}, {id: b, want: ErrTooMany}, {id: c, want: ErrTooMany}, // everybody's
		{id: a, leave: true}, {id: c}, {id: a, want: ErrTooMany}, // c has what a gave back
		{id: b, leave: true}, {id: a}, {id: a, want: ErrTooMany},
		{id: a, leave: true}, {id: a, leave: true}, {id: c, leave: true},
	} {
		if step.leave {
			l.leave(step.id)
			continue
		}
		if err := l.room(step.id); !errors.Is(err, step.want) {
			t.Errorf("step %d: room: %v, not %v", i, err, step.want)
		}
		if err := l.take(step.id); !errors.Is(err, step.want) {
			t.Errorf("step %d: take: %v, not %v", i, err, step.want)
		}
	}
	if l.taken != 0 || len(l.of) != 0 {
		t.Errorf("when all are gone: %+v", l)
	}
}
