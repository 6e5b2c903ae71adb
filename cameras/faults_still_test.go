package cameras

import (
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// TestRepeatIsFrozen: a camera that goes on with one group of pictures is frozen by
// what they hold, without a new connection, and live with the first other one.
func TestRepeatIsFrozen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse"})
	a := access(cam)
	a.Sub, a.ONVIF = "", ""
	id := h.add(a)
	w := h.watch(id, media.StreamMain, 0)
	w.picture(10 * time.Second)
	h.await(id, 30*time.Second, Live)
	cam.SetFault(fakecam.Repeat)
	began := time.Now()
	s := h.await(id, 90*time.Second, Frozen)
	if d := time.Since(began); d < 25*time.Second {
		t.Errorf("frozen after %v", d)
	}
	if one := s.Streams[0]; !strings.Contains(s.Message, "same picture") || !s.NextTry.IsZero() || !one.Connected || one.FPS == 0 {
		t.Errorf("%+v", s)
	}
	cam.SetFault(fakecam.None)
	if s := h.await(id, 30*time.Second, Live); s.Streams[0].Reconnects != 0 || s.Restarts != 0 {
		t.Errorf("%+v", s)
	}
}
