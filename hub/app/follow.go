package app

import (
	"bytes"
	"context"
	"slices"
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
	// followEvery is how often the networks are compared with the cameras that do
	// not answer while nothing happens, as often as they are searched, and
	// followSoon how often at most while things do: a flood of devices is news
	// without end, and each comparison opens how all cameras are reached.
	followEvery = 15 * time.Second
	followSoon  = 3 * time.Second
	// recogniseAgain is how often is kept what cameras call themselves.
	recogniseAgain = 30 * time.Second
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

// pace says when the networks are compared with the cameras that do not answer.
type pace struct {
	last time.Time
	away []media.CameraID // of the last time, sorted
	news bool             // the finder has some since
}

// due reports whether to compare now.
func (p *pace) due(away []media.CameraID, now time.Time) bool {
	slices.SortFunc(away, func(a, b media.CameraID) int { return bytes.Compare(a[:], b[:]) })
	others := !slices.Equal(away, p.away)
	past := now.Sub(p.last)
	switch {
	case len(away) == 0 && !others:
		return false
	case past < 0: // the clock was set back
	case past < followSoon, past < followEvery && !others && !p.news:
		return false
	}
	*p = pace{last: now, away: slices.Clone(away)}
	return true
}

// follow follows cameras that got another address.
func (h *house) follow(ctx context.Context) error {
	known, when := lost{}, pace{}
	changed := h.finder.Changed()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	recognise := time.NewTicker(recogniseAgain)
	defer recognise.Stop()
	for {
		select {
		case <-recognise.C:
			if err := h.gate.Recognised(ctx, alive(h.fleet.Statuses())); err != nil && ctx.Err() == nil {
				h.log.Error("what cameras call themselves could not be kept", "error", err)
			}
			continue
		case <-changed:
			changed, when.news = h.finder.Changed(), true
			continue
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		now := h.clock.Now()
		away, search := known.look(h.fleet.Statuses(), now)
		if search {
			h.finder.Look()
		}
		if !when.due(away, now) {
			continue
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

// alive are the cameras whose device is recognised now.
func alive(all map[media.CameraID]cameras.Status) (list []media.CameraID) {
	for id, s := range all {
		if s.State == cameras.Live || s.State == cameras.Degraded {
			list = append(list, id)
		}
	}
	return list
}
