package cameras

import (
	"context"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// TestPrivate: a camera off the air has no worker and no connection, and nothing
// of before is shown; back on, open readers go on with new pictures alone.
func TestPrivate(t *testing.T) {
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse"})
	id := h.add(access(cam))
	open := h.watch(id, media.StreamMain, 0)
	open.picture(10 * time.Second)
	wanted := Camera{ID: id, Access: access(cam), PreRoll: 5 * time.Second, Private: true}
	h.fleet.Set(wanted)
	if s := h.await(id, 5*time.Second, Private); s.Worker != 0 || s.Message != "" || s.Warning != "" {
		t.Errorf("%+v", s)
	}
	eventually(t, 5*time.Second, "no connection is left", func() bool { return cam.Connections() == 0 })
	late := h.watch(id, media.StreamMain, 5*time.Second)
	hidden := time.Now()
	quiet, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if u, err := late.r.Next(quiet); err == nil {
		t.Fatalf("a unit of %v before", hidden.Sub(u.Received))
	}
	if _, err := h.fleet.Snapshot(t.Context(), id); err == nil {
		t.Error("a snapshot")
	}
	wanted.Private = false
	h.fleet.Set(wanted)
	h.await(id, 10*time.Second, Live)
	if _, m := late.picture(10 * time.Second); m.Frame == 0 || late.last.Received.Before(hidden) {
		t.Errorf("picture %d of before", m.Frame)
	}
	if open.picture(10 * time.Second); open.last.Received.Before(hidden) {
		t.Error("an open reader goes on with pictures of before")
	}
}
