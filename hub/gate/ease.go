package gate

import (
	"context"
	"errors"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/motion"
	"lares/hub/account"
)

// Ignoring is the smallest change of what counts before a camera by which an event of it
// would not have been one, and all that would count then. It is for those who may look
// back at the event and manage its camera: both are asked here. ok is false where no
// change is known that would do. It returns ErrNotFound, ErrCrossed, ErrLockdown or
// ErrUnavailable.
func (g *Gate) Ignoring(ctx context.Context, c account.Caller, id media.EventID) (by motion.Limit, m cameras.Motion, ok bool, err error) {
	e, err := g.Event(ctx, c, id)
	if err != nil {
		return "", m, false, err
	}
	p, err := g.Admit(ctx, c, e.Camera, Manage)
	if errors.Is(err, ErrNotFound) {
		g.Denied(c, e.Camera)
	}
	if err != nil {
		return "", m, false, err
	}
	if m, err = g.Motion(ctx, p); err != nil || e.Why == nil {
		return "", m, false, err
	}
	all := motion.Ignoring(*e.Why, m.Settings)
	if len(all) == 0 {
		return "", m, false, nil
	}
	m.Settings = all[0].Settings
	return all[0].By, m, true, nil
}
