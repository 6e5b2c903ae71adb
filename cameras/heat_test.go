package cameras

import (
	"errors"
	"slices"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/cameras/motion"
)

// TestHeat: who looks sees where somebody walks, sealed like all of the camera, and
// nothing where the place lies still, is masked, nobody looks for motion, or the camera is
// off the air.
func TestHeat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{})
	add := func(m Motion) media.CameraID {
		id := media.NewCameraID()
		h.fleet.Set(Camera{ID: id, Access: Access{Main: cam.MainURL(), Sub: cam.SubURL()}, Motion: m})
		h.await(id, patience, Live)
		return id
	}
	seen, off := add(Motion{}), add(Motion{Off: true})
	masked := add(Motion{Settings: motion.Settings{Masks: []motion.Polygon{{{0, 0}, {0.99, 0}, {0.99, 1}, {0, 1}}}}})
	heat := func(id media.CameraID) (motion.Heat, bool) {
		u, err := h.fleet.Heat(id)
		if errors.Is(err, ErrNoHeat) || errors.Is(err, ErrNotRunning) {
			return motion.Heat{}, false
		}
		if err != nil || u.Camera != id || u.Type != media.UnitHeat {
			t.Fatalf("%+v, %v", u, err)
		}
		m, err := motion.ParseHeat(h.open(u).Data)
		if err != nil {
			t.Fatal(err)
		}
		return m, true
	}
	if _, err := h.fleet.Heat(seen); !errors.Is(err, ErrNoHeat) {
		t.Errorf("before anybody looked: %v", err)
	}
	if _, err := h.fleet.Heat(media.NewCameraID()); !errors.Is(err, ErrNoCamera) {
		t.Errorf("of no camera: %v", err)
	}
	pass(t, cam, known)
	eventually(t, patience, "a heat of a still card", func() bool {
		m, ok := heat(seen)
		return ok && m.Columns == 20 && m.Rows == 12 && m.Wide == 1<<16/20 && m.High == 16<<16/180 && slices.Max(m.Cells) < 100
	})
	cam.Visit(true)
	eventually(t, patience, "somebody is hot", func() bool {
		m, ok := heat(seen)
		return ok && slices.Max(m.Cells) >= 100
	})
	eventually(t, patience, "what is masked is known", func() bool { _, ok := heat(masked); return ok })
	if m, ok := heat(masked); !ok || slices.Max(m.Cells) != 0 {
		t.Errorf("under a mask: %v", m.Cells)
	}
	if m, ok := heat(off); ok {
		t.Errorf("where nobody looks: %v", m.Cells)
	}
	h.fleet.Set(Camera{ID: seen, Access: Access{Main: cam.MainURL(), Sub: cam.SubURL()}, Private: true})
	h.await(seen, patience, Private)
	eventually(t, patience, "nothing is told of a camera off the air", func() bool { _, ok := heat(seen); return !ok })
}
