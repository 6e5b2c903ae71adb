package app

import (
	"context"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/recorder"
)

// flapsAfter is how long after an outage that was told it is not told that the camera comes and
// goes: its owner knows.
const flapsAfter = 10 * time.Minute

// flapping knows of which cameras it was told that they come and go, each absence being too short
// for an outage. A hub that starts counts anew, so nothing of it is stored; and it ends unsaid,
// so that it hides nothing else that keeps a camera from being recorded.
type flapping struct {
	told map[media.CameraID]bool
	away map[media.CameraID]time.Time // when those whose outage was told were away last
}

func newFlapping() *flapping {
	return &flapping{map[media.CameraID]bool{}, map[media.CameraID]time.Time{}}
}

// look says of which cameras it is to be told; outages are those that were told.
func (f *flapping) look(all map[media.CameraID]recorder.Status, outages map[media.CameraID]time.Time, now time.Time) (news []media.CameraID) {
	for id := range outages {
		f.away[id] = now
	}
	for id, at := range f.away {
		if now.Sub(at) > flapsAfter {
			delete(f.away, id)
		}
	}
	for id := range f.told {
		if all[id].Often != recorder.GapCamera {
			delete(f.told, id)
		}
	}
	for id, s := range all {
		if _, known := f.away[id]; s.Often == recorder.GapCamera && !known && !f.told[id] {
			news = append(news, id)
		}
	}
	return news
}

// tellFlapping tells a camera's owner that it comes and goes.
func (h *house) tellFlapping(ctx context.Context, f *flapping, id media.CameraID) error {
	c, err := h.store.Camera(ctx, id)
	if err != nil {
		return err
	}
	err = h.journal.Tell(ctx, journal.Notice{
		Account: c.Owner, Kind: journal.NoticeStopped, Camera: id,
		Detail: map[string]any{"cause": string(recorder.GapCamera), "partly": true, "count": int64(1)},
	})
	f.told[id] = err == nil
	return err
}
