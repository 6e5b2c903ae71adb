package onvif

import (
	"context"
	"errors"
	"time"

	"lares/cameras/media"
)

const (
	// A device without room for a subscription gets some when older ones end,
	// which takes it two minutes and more: it is asked again soon, then less
	// often.
	busySoon = 5 * time.Second
	busyLate = 30 * time.Second
	// refusedPause is for what only people change: rights, settings, firmware. A device
	// that starts may refuse, too, and is asked again soon for a while; not one that
	// knows the user and says that he may not.
	refusedPause = time.Minute
	refusedSoon  = time.Second
	refusedFor   = 2 * time.Minute
	// again is for a subscription that the device ended.
	again = time.Second
	// goodbye bounds the Unsubscribe at the end, and renewing each Renew: meanwhile
	// nothing is pulled.
	goodbye  = time.Second
	renewing = 2 * time.Second
)

// Watch is who follows a device's events. All fields but Mine are needed.
type Watch struct {
	// Mine says of what is told whether it is about the camera that is followed, and
	// not about another one of the same recorder; nil takes everything.
	Mine func(Notification) bool
	// Tell gets what began and what ended, in order; once a subscription is
	// lost, all that was going on ends.
	Tell func([]media.Event)
	// State hears of each subscription that stands (nil) and of each refusal.
	State func(error)
	// Pause waits; false means that ctx ended. clock.Pause does it.
	Pause func(ctx context.Context, d time.Duration) bool
}

// Watch follows the device's events until ctx ends or the device no longer
// answers. The error says why; nil that it answered before, so that another try
// is worth while soon. Refusals are no end: it asks again, ever less often.
// Every subscription is ended at the device, for it has few.
func (c *Client) Watch(ctx context.Context, w Watch) error {
	busy := busySoon
	var p pace             // over all subscriptions: a device may end each
	var refusing time.Time // since when it refuses; zero: it does not
	for {
		worked, err := c.watchOnce(ctx, w, &p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, ErrUnsupported) { // it may not have started all it can
			c.forgetServices()
		}
		if worked || refusing.IsZero() {
			refusing = c.cfg.Clock.Now()
		}
		pause := refusedPause
		switch {
		case worked && Lost(err):
			return nil
		case Lost(err):
			return err
		case worked:
			pause, busy = again, busySoon
		case errors.Is(err, ErrBusy):
			pause, busy = busy, min(2*busy, busyLate)
			w.State(err)
		case !errors.Is(err, ErrNotAuthorized) && c.cfg.Clock.Now().Sub(refusing) < refusedFor:
			pause = refusedSoon
			w.State(err)
		default:
			w.State(err)
		}
		if !w.Pause(ctx, pause) {
			return ctx.Err()
		}
	}
}

// watchOnce keeps one subscription until it fails, and says whether it gave
// anything before.
func (c *Client) watchOnce(ctx context.Context, w Watch, p *pace) (worked bool, err error) {
	// The term runs from when the device hears of it, which is not before this.
	renewed := c.cfg.Clock.Now()
	sub, err := c.Subscribe(ctx)
	if err != nil {
		return false, err
	}
	w.State(nil)
	var tracker Tracker
	defer func() {
		w.Tell(tracker.End())
		if errors.Is(err, ErrNotAuthorized) {
			return // another try with this password would be one too many
		}
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
		defer cancel()
		_ = sub.Unsubscribe(bye) // it expires by itself otherwise
	}()
	// Devices that do not tell their rules, or not well, still tell events.
	tracker.Classes, _ = c.RuleClasses(ctx)
	for {
		asked := c.cfg.Clock.Now()
		list, err := sub.Pull(ctx)
		if err != nil {
			return worked, err
		}
		worked = true
		for _, n := range list {
			if w.Mine == nil || w.Mine(n) {
				w.Tell(tracker.Apply(n))
			}
		}
		now := c.cfg.Clock.Now()
		pause := p.after(len(list), now.Sub(asked), now)
		if now.Sub(renewed) > sub.Lives/2 {
			sub.prolong(ctx)
			renewed = now
		}
		if pause > 0 && !w.Pause(ctx, pause) {
			return worked, ctx.Err()
		}
	}
}

// prolong renews the subscription. Devices that know no Renew extend the term with each Pull.
func (s *Subscription) prolong(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, renewing)
	defer cancel()
	_ = s.Renew(ctx)
}

// Lost says that the device did not answer, or something that is no answer of
// an ONVIF device, rather than refuse.
func Lost(err error) bool {
	var f *refusal
	return !errors.As(err, &f) && !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrNotAuthorized) && !errors.Is(err, ErrBusy)
}
