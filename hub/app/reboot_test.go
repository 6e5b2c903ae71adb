package app_test

import (
	"context"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// fitful is a camera's clock that can be wrong for a while.
type fitful struct{ ahead atomic.Int64 }

// Now is the time as the camera has it.
func (f *fitful) Now() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())) }

// TestReboot: a camera that loses its power, is away long enough to be missed and
// comes back with nothing of before, its clock in 1970 until it asked for the
// time, is recorded and notices again, at the hub's time, and its owner is told
// both.
func TestReboot(t *testing.T) {
	t.Parallel()
	clock := &fitful{}
	o := fakecam.Options{Name: "porch", Username: "user", Password: "correct horse", Clock: clock, Addr: "127.0.0.61:0", HTTPAddr: "127.0.0.61:0"} // where nobody else takes its ports meanwhile
	boot := func() *fakecam.Camera {
		c, err := fakecam.Start(context.WithoutCancel(t.Context()), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	cam := boot()
	for address, url := range map[*string]string{&o.Addr: cam.MainURL(), &o.HTTPAddr: cam.ONVIFURL()} {
		*address = hostOf(t, url) // where it is after the reboot
	}
	h := startHub(t, t.TempDir(), "--offline-after", "2s")
	keeper := h.claim("keeper")
	id := keeper.addCamera(map[string]string{"name": o.Name, "main": cam.MainURL(), "sub": cam.SubURL(), "onvif": cam.ONVIFURL(), "username": o.Username, "password": o.Password})
	waitLive(t, keeper, []string{id})
	moved := func() {
		t.Helper()
		until(t, time.Minute, "what was noticed before is over", func() bool {
			return !slices.ContainsFunc(keeper.allEvents(), func(e eventJSON) bool { return e.Recording })
		})
		before := len(keeper.allEvents())
		until(t, 30*time.Second, "its motion is an event", func() bool {
			cam.Motion(true)
			cam.Motion(false)
			return len(keeper.allEvents()) > before
		})
		if e := keeper.allEvents()[0]; time.Since(e.Start).Abs() > time.Minute {
			t.Errorf("its event was at %v", e.Start)
		}
		recorded := h.recorded(id)
		until(t, 30*time.Second, "it is recorded", func() bool { return h.recorded(id) > recorded })
	}
	moved()
	told := func(kind string) func() bool {
		return func() bool {
			return slices.ContainsFunc(keeper.notices(), func(n noticeJSON) bool { return n.Kind == kind && n.Camera == id })
		}
	}

	cam.Close()
	until(t, time.Minute, "its owner is told that it is away", told("camera-offline"))
	clock.ahead.Store(int64(time.Until(time.Unix(30, 0))))
	cam = boot()
	began := time.Now()
	until(t, time.Minute, "its owner is told that it is back", told("camera-back"))
	t.Logf("back after %v", time.Since(began).Round(time.Millisecond))
	moved()
	clock.ahead.Store(0) // it was told the time
	moved()
	if s := keeper.camera(id).Status; s.State != "live" || s.Warning != "" {
		t.Errorf("%+v", s)
	}
	for _, f := range h.clipFiles(id) {
		film := keeper.clip(clipID(f))
		if time.Since(film.Start).Abs() > 5*time.Minute {
			t.Errorf("a clip of %v", film.Start)
		}
	}
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}
