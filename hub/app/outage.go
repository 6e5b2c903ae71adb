package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
)

// lookEvery is how often cameras are looked at for outages.
const lookEvery = time.Second

// outages knows which cameras bring no pictures, and since when. Of which their
// owners were told, the database knows: it outlives the hub, so nothing is told
// twice, and that a camera is back is told also by a hub that did not see it go.
type outages struct {
	after time.Duration
	away  map[media.CameraID]time.Time
	came  map[media.CameraID]time.Time // the last picture of each, while it was well
}

func newOutages(after time.Duration) *outages {
	return &outages{after, map[media.CameraID]time.Time{}, map[media.CameraID]time.Time{}}
}

// told is one thing to be told: a camera that is away, or is back.
type told struct {
	camera media.CameraID
	state  cameras.State
	since  time.Time
	away   time.Duration
	back   bool
}

// look compares how cameras are with before; known are those of which it was told
// that they are away. A camera that somebody took off the air is not missed: what
// is told of it is that it is back, to nobody.
func (o *outages) look(all map[media.CameraID]cameras.Status, known map[media.CameraID]time.Time, now time.Time) (news []told) {
	for id, s := range all {
		since, isKnown := known[id]
		switch s.State {
		case cameras.Live, cameras.Degraded, cameras.Private:
			delete(o.away, id)
			if o.came[id] = s.LastVideo; s.State == cameras.Private {
				delete(o.came, id)
			}
			if isKnown {
				news = append(news, told{id, s.State, since, now.Sub(since), true})
			}
			continue
		}
		if isKnown {
			continue
		}
		since, missed := o.away[id]
		if !missed {
			since = now
			if came := o.came[id]; !came.IsZero() && came.Before(now) { // that it is away was seen later
				since = came
			}
			o.away[id] = since
		}
		if away := now.Sub(since); away >= o.after {
			news = append(news, told{id, s.State, since, away, false})
		}
	}
	gone := func(id media.CameraID, _ time.Time) bool { _, there := all[id]; return !there }
	maps.DeleteFunc(o.away, gone)
	maps.DeleteFunc(o.came, gone)
	return news
}

// tellOutages tells owners of cameras that bring no pictures for long, and that
// they are back.
func (h *house) tellOutages(ctx context.Context) error {
	if h.cfg.OfflineAfter == 0 {
		<-ctx.Done()
		return nil
	}
	o := newOutages(h.cfg.OfflineAfter)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if err := h.tellOwners(ctx, o); err != nil && ctx.Err() == nil {
			h.log.Error("owners could not be told of cameras' outages", "error", err)
		}
	}
}

// tellOwners looks once. What could not be told is told the next time.
func (h *house) tellOwners(ctx context.Context, o *outages) error {
	known, err := h.store.Outages(ctx, store.MissingPictures)
	if err != nil {
		return fmt.Errorf("app: reading outages: %w", err)
	}
	var errs []error
	for _, n := range o.look(h.fleet.Statuses(), known, h.clock.Now()) {
		if err := h.tellOwner(ctx, n); err != nil && !errors.Is(err, store.ErrNoRow) { // it was removed
			errs = append(errs, fmt.Errorf("app: camera %v: %w", n.camera, err))
		}
	}
	return errors.Join(errs...)
}

// tellOwner tells of one camera, and notes in the same transaction that it did.
func (h *house) tellOwner(ctx context.Context, n told) error {
	c, err := h.store.Camera(ctx, n.camera)
	if err != nil {
		return err
	}
	notice := journal.Notice{
		Account: c.Owner, Kind: journal.NoticeOffline, Camera: n.camera,
		Detail: map[string]any{"state": string(n.state), "count": int64(1)},
	}
	if !n.back {
		return h.journal.TellWith(ctx, notice, func(tx *store.Tx) error { return tx.BeginOutage(ctx, n.camera, store.MissingPictures, n.since) })
	}
	end := func(tx *store.Tx) error { return tx.EndOutage(ctx, n.camera, store.MissingPictures) }
	if n.state == cameras.Private {
		return h.store.Update(ctx, end)
	}
	notice.Kind, notice.Detail["span_ms"] = journal.NoticeBack, n.away.Milliseconds()
	return h.journal.TellWith(ctx, notice, end)
}
