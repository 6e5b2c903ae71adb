package cameras

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// smallPixels is how wide small pictures are.
const smallPixels = 160

// TestFrame: a small picture of the last seconds is there at once, one of now as soon as one
// stands alone, with when it came, sealed like all of the camera; of a camera that is gone or
// off the air there is none, and nobody waits longer than they want.
func TestFrame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{})
	add := func(a Access, m Motion) media.CameraID {
		id := media.NewCameraID()
		h.fleet.Set(Camera{ID: id, Access: a, Motion: m})
		h.await(id, patience, Live)
		return id
	}
	both, off := add(Access{Main: cam.MainURL(), Sub: cam.SubURL()}, Motion{}), add(Access{Main: cam.MainURL()}, Motion{Off: true})
	large := false
	frame := func(id media.CameraID, since time.Time) time.Time {
		t.Helper()
		at, u, err := h.fleet.Frame(t.Context(), id, since, large)
		if err != nil {
			t.Fatal(err)
		}
		files, err := media.ParsePictures(h.open(u).Data)
		if err != nil || u.Camera != id || u.Type != media.UnitSnapshot || len(files.Large) > 0 != large {
			t.Fatalf("%+v, %d large bytes, %v", u, len(files.Large), err)
		}
		if c, err := jpeg.DecodeConfig(bytes.NewReader(files.Small)); err != nil || c.Width != smallPixels {
			t.Errorf("a picture %d wide, %v", c.Width, err)
		}
		if c, err := jpeg.DecodeConfig(bytes.NewReader(files.Large)); large && (err != nil || c.Width <= smallPixels) {
			t.Errorf("a large picture %d wide, %v", c.Width, err)
		}
		if at.Before(since) || at.After(time.Now()) {
			t.Errorf("it came at %v, and was wanted since %v", at, since)
		}
		return at
	}
	pass(t, cam, known)
	for _, id := range []media.CameraID{both, off} {
		old := time.Now().Add(-6 * time.Second)
		first := frame(id, old)
		if late := time.Since(first); late < 2*time.Second {
			t.Errorf("the first of six seconds came %v ago", late)
		}
		if second := frame(id, first.Add(time.Millisecond)); !second.After(first) {
			t.Errorf("the one behind that of %v came at %v", first, second)
		}
		frame(id, time.Now())
		large = true
		if again := frame(id, first.Add(-time.Second/2)); again.Sub(first).Abs() > time.Second/2 {
			t.Errorf("the large one of %v is of %v", first, again)
		}
		frame(id, time.Now())
		large = false
	}
	h.fleet.Set(Camera{ID: both, Access: Access{Main: cam.MainURL(), Sub: cam.SubURL()}, Private: true})
	h.await(both, patience, Private)
	if _, _, err := h.fleet.Frame(t.Context(), both, time.Now(), false); !errors.Is(err, ErrNotRunning) {
		t.Errorf("off the air: %v", err)
	}
	if _, _, err := h.fleet.Frame(t.Context(), media.NewCameraID(), time.Now(), false); !errors.Is(err, ErrNoCamera) {
		t.Errorf("of no camera: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := h.fleet.Frame(ctx, off, time.Now().Add(time.Hour), false); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
}
