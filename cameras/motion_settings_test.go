package cameras

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"lares/cameras/media"
	"lares/cameras/motion"
	"lares/cameras/sound"
)

// zones are settings with as much in them as there may be.
func zones(n int) (s motion.Settings) {
	for i := range n {
		z := motion.Zone{Name: fmt.Sprint(i, strings.Repeat("<", motion.MaxName-2))}
		for range motion.MaxCorners {
			z.Polygon = append(z.Polygon, motion.Point{0.12345678901234567, 1.2345678901234567e-300})
		}
		mask := slices.Clone(z.Polygon)
		z.Polygon[1], z.Polygon[2] = motion.Point{0.12345678901234567, 1}, motion.Point{0, 1}
		mask[1], mask[2] = motion.Point{1, 0}, motion.Point{1, 1}
		s.Zones, s.Masks = append(s.Zones, z), append(s.Masks, mask)
	}
	return s
}

// TestSetMotion: a worker begins with what to look for and is told of each change,
// without being replaced; what cannot be meant reaches none.
func TestSetMotion(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = []string{hostileEnv + "=parrot"}
		return c
	})
	camera := Camera{ID: media.NewCameraID(), Access: Access{Main: "rtsp://127.0.0.1:1/x"}, Motion: Motion{Settings: zones(motion.MaxZones)}, Sound: Sound{On: true, Settings: sound.Settings{Over: 9}}}
	h.fleet.Set(camera)
	worker, heard := 0, "true over 9 dB"
	told := func(what string) {
		t.Helper()
		eventually(t, patience, what, func() bool {
			s, _ := h.fleet.Status(camera.ID)
			if worker == 0 {
				worker = s.Worker
			}
			return s.Warning == what+", sound "+heard && s.Worker == worker && s.Restarts == 0
		})
	}
	told(fmt.Sprintf("off false, %d zones", motion.MaxZones))
	if err := h.fleet.SetMotion(t.Context(), camera.ID, Motion{Off: true, Settings: zones(2)}); err != nil {
		t.Fatal(err)
	}
	told("off true, 2 zones")
	if err := h.fleet.SetMotion(t.Context(), camera.ID, Motion{Settings: motion.Settings{Sensitivity: -1}}); !errors.Is(err, motion.ErrSettings) {
		t.Errorf("settings that cannot be: %v", err)
	}
	if err := h.fleet.SetMotion(t.Context(), media.NewCameraID(), Motion{}); !errors.Is(err, ErrNoCamera) {
		t.Errorf("another camera: %v", err)
	}
	camera.Motion = Motion{Settings: zones(3)}
	h.fleet.Set(camera)
	told("off false, 3 zones")
	camera.Motion = Motion{Off: true, Settings: motion.Settings{Zones: make([]motion.Zone, 1)}} // no name
	h.fleet.Set(camera)
	told("off true, 0 zones")

	heard = "true over 20 dB"
	if err := h.fleet.SetSound(t.Context(), camera.ID, Sound{On: true, Settings: sound.Settings{Over: 20}}); err != nil {
		t.Fatal(err)
	}
	told("off true, 0 zones")
	if err := h.fleet.SetSound(t.Context(), camera.ID, Sound{Settings: sound.Settings{Over: -1}}); !errors.Is(err, sound.ErrSettings) {
		t.Errorf("sound settings that cannot be: %v", err)
	}
	if err := h.fleet.SetSound(t.Context(), media.NewCameraID(), Sound{}); !errors.Is(err, ErrNoCamera) {
		t.Errorf("another camera: %v", err)
	}
	heard = "false over 0 dB"
	camera.Sound = Sound{On: true, Settings: sound.Settings{Over: -1}}
	h.fleet.Set(camera)
	told("off true, 0 zones")
}
