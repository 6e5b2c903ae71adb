package gate

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
)

const (
	// sweepEvery bounds how long an expired grant's streams and wraps last.
	sweepEvery = time.Second
	// surveyEvery is how often all cameras are looked at for what is due.
	surveyEvery = time.Hour
	// maxEpoch ends an epoch at the latest.
	maxEpoch = 90 * 24 * time.Hour
)

// Run expires grants, renews epochs and finishes what a restart interrupted,
// until the context ends.
func (g *Gate) Run(ctx context.Context) error {
	var going sync.WaitGroup
	defer going.Wait()
	going.Go(func() { g.note(ctx, "comparing cameras of two owners", g.tellUntold(ctx)) }) // names may take a while
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var surveyed time.Time
	for {
		if now, err := g.now(); err == nil { // a wrong clock expires nothing
			if surveyed.IsZero() || now.Sub(surveyed) >= surveyEvery {
				g.note(ctx, "looking for what is due", g.survey(ctx, now))
				surveyed = now
			}
			g.note(ctx, "expiring grants", g.expire(ctx, now))
			g.note(ctx, "expiring tokens", g.expireTokens(ctx, now))
			g.note(ctx, "ending guests", g.endGuests(ctx, now))
			bumped, err := g.renew(ctx)
			g.note(ctx, "renewing epochs", err)
			for _, id := range bumped {
				// A worker that does not answer holds up no other camera, and no
				// expiry.
				going.Go(func() { g.cfg.Rekeyed(id) })
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (g *Gate) note(ctx context.Context, doing string, err error) {
	if err != nil && ctx.Err() == nil {
		g.cfg.Log.Error("gate: "+doing, "error", err)
	}
}

// survey brings identities up to date, ends offers and invitations, and finds removed cameras
// whose recordings remain, and epochs that are too old or still name somebody
// whose grant is gone.
func (g *Gate) survey(ctx context.Context, now time.Time) error {
	g.note(ctx, "recognising devices", g.identify(ctx))
	g.note(ctx, "ending offers and invitations", g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.EndTransfers(ctx, now), tx.EndInvitations(ctx, now))
	}))
	removed, err := g.cfg.Store.RemovedCameras(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range removed {
		errs = append(errs, g.erase(ctx, c.ID))
	}
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, c := range rows {
		due, err := g.due(ctx, c, now)
		errs = append(errs, err)
		if due {
			g.overdue(c.ID)
		}
	}
	return errors.Join(errs...)
}

func (g *Gate) due(ctx context.Context, c store.Camera, now time.Time) (bool, error) {
	e, err := g.cfg.Store.NewestEpoch(ctx, c.ID)
	if err != nil {
		return false, err
	}
	if now.Sub(e.Since) >= maxEpoch {
		return true, nil
	}
	members, err := g.cfg.Vault.Members(ctx, c.ID)
	if err != nil {
		return false, err
	}
	may, err := g.holders(ctx, g.cfg.Store.View, c)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(members, func(id store.PrincipalID) bool { return !may[id] }), nil
}

// expire takes back the grants that ran out, and that nobody prolonged meanwhile.
func (g *Gate) expire(ctx context.Context, now time.Time) error {
	expired, err := g.cfg.Store.ExpiredGrants(ctx, now)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range expired {
		_, err := g.take(ctx, journal.Entry{Kind: journal.Expired, Camera: r.Camera, Other: r.Account}, func(tx *store.Tx) (bool, error) {
			present, err := tx.Grant(ctx, r.Camera, r.Account)
			if errors.Is(err, store.ErrNoRow) {
				return false, nil
			}
			return over(present.Expires, now), err
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// renew bumps the cameras that need it and names them. The owner is absent: the
// hub signs alone what takes away, and no more.
func (g *Gate) renew(ctx context.Context) (bumped []media.CameraID, err error) {
	g.mu.Lock()
	stale := slices.Collect(maps.Keys(g.stale))
	g.mu.Unlock()
	var errs []error
	for _, id := range stale {
		done, err := g.bump(ctx, id, nil)
		switch {
		case errors.Is(err, store.ErrNoRow): // removed meanwhile
			g.settled(id)
		default:
			errs = append(errs, err)
		}
		if done {
			bumped = append(bumped, id)
		}
	}
	return bumped, errors.Join(errs...)
}
