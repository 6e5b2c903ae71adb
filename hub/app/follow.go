package app

import (
	"context"
	"time"

	"lares/cameras"
	"lares/cameras/media"
)

const (
	// followAfter is how long a camera does not answer before the hub looks for
	// it elsewhere: reboots are longer, and do no harm.
	followAfter = 5 * time.Second
	// searchFor is how long the hub searches its networks often for one camera;
	// after that it takes what its seldom rounds find.
	searchFor = 2 * time.Minute
)

// lost knows since when cameras do not answer.
type lost map[media.CameraID]time.Time

// look returns the cameras that do not answer for followAfter, and whether to
// search often for one of them.
func (l lost) look(all map[media.CameraID]cameras.Status, now time.Time) (away []media.CameraID, search bool) {
	for id, s := range all {
		switch s.State {
		case cameras.Connecting, cameras.Unreachable, cameras.AnotherDevice, cameras.WrongPassword:
		default:
			delete(l, id)
			continue
		}
		if _, known := l[id]; !known {
			l[id] = now
		}
		if since := now.Sub(l[id]); since >= followAfter {
			away = append(away, id)
			search = search || since < searchFor
		}
	}
	for id := range l {
		if _, there := all[id]; !there {
			delete(l, id)
		}
	}
	return away, search
}

// follow follows cameras that got another address.
func (h *house) follow(ctx context.Context) error {
	known := lost{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		away, search := known.look(h.fleet.Statuses(), h.clock.Now())
		if search {
			h.finder.Look()
		}
		moved, err := h.gate.Follow(ctx, away)
		for _, id := range moved {
			delete(known, id) // it has its time to answer there
		}
		if err != nil && ctx.Err() == nil {
			h.log.Error("cameras that moved could not be followed", "error", err)
		}
	}
}
