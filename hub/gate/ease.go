package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/motion"
	"lares/hub/account"
)

// listedAside is how much longer than its motion an event may be listed that was of one time
// of motion alone.
const listedAside = time.Second

// Ignoring is the smallest change of what counts before a camera by which an event of it
// would not have been one, and all that would count then. It is for those who may look
// back at the event and manage its camera: both are asked here. ok is false where no
// change is known that would do, and while the event goes on. It returns ErrNotFound,
// ErrCrossed, ErrLockdown or ErrUnavailable.
func (g *Gate) Ignoring(ctx context.Context, c account.Caller, id media.EventID) (by motion.Ease, m cameras.Motion, ok bool, err error) {
	e, err := g.Event(ctx, c, id)
	if err != nil {
		return by, m, false, err
	}
	p, err := g.Admit(ctx, c, e.Camera, Manage)
	if errors.Is(err, ErrNotFound) {
		g.Denied(c, e.Camera)
	}
	if err != nil {
		return by, m, false, err
	}
	if m, err = g.Motion(ctx, p); err != nil || !e.known() {
		return by, m, false, err
	}
	all := motion.Ignoring(*e.Why, m.Settings)
	if len(all) == 0 {
		return by, m, false, nil
	}
	m.Settings = all[0].Settings
	return all[0], m, true, nil
}

// known says that why it counted is known of all of it. Of several times without their zones
// only one is.
func (e *Event) known() bool {
	if e.Why == nil || e.End.IsZero() {
		return false
	}
	return len(e.Why.Zones) > 0 || e.End.Sub(e.Start) <= time.Duration(e.Why.Lasted)*time.Millisecond+listedAside
}
