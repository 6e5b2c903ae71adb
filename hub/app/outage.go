package app

import (
	"context"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/journal"
)

// lookEvery is how often cameras are looked at for outages.
const lookEvery = time.Second

// outages knows which cameras bring no pictures, since when, and of which their
// owners were told.
type outages struct {
	after time.Duration
	away  map[media.CameraID]outage
}

type outage struct {
	since time.Time
	told  bool
}

// told is one thing to be told: a camera that is away, or is back.
type told struct {
	camera media.CameraID
	state  cameras.State
	away   time.Duration
	back   bool
}

// look compares how cameras are with before. A camera that somebody took off the
// air is not missed.
func (o *outages) look(all map[media.CameraID]cameras.Status, now time.Time) (news []told) {
	for id, s := range all {
		before, missed := o.away[id]
		switch s.State {
		case cameras.Live, cameras.Degraded, cameras.Private:
			delete(o.away, id)
			if before.told && s.State != cameras.Private {
				news = append(news, told{id, s.State, now.Sub(before.since), true})
			}
			continue
		}
		if !missed {
			before.since = now
		}
		if away := now.Sub(before.since); away >= o.after && !before.told {
			before.told = true
			news = append(news, told{id, s.State, away, false})
		}
		o.away[id] = before
	}
	for id := range o.away {
		if _, there := all[id]; !there {
			delete(o.away, id)
		}
	}
	return news
}

// tellOutages tells owners of cameras that bring no pictures for long, and that
// they are back.
func (h *house) tellOutages(ctx context.Context) error {
	if h.cfg.OfflineAfter == 0 {
		<-ctx.Done()
		return nil
	}
	known := outages{h.cfg.OfflineAfter, map[media.CameraID]outage{}}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		for _, n := range known.look(h.fleet.Statuses(), h.clock.Now()) {
			if err := h.tellOwner(ctx, n); err != nil && ctx.Err() == nil {
				h.log.Error("an owner could not be told of a camera's outage", "camera", n.camera, "error", err)
			}
		}
	}
}

func (h *house) tellOwner(ctx context.Context, n told) error {
	c, err := h.store.Camera(ctx, n.camera)
	if err != nil {
		return err
	}
	notice := journal.Notice{
		Account: c.Owner, Kind: journal.NoticeOffline, Camera: n.camera,
		Detail: map[string]any{"state": string(n.state), "count": int64(1)},
	}
	if n.back {
		notice.Kind, notice.Detail["span_ms"] = journal.NoticeBack, n.away.Milliseconds()
	}
	return h.journal.Tell(ctx, notice)
}
