//go:build soak

package app_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestSoakContinuous records every kind of stream all the time, at once, while the cameras'
// clocks drift, jump and wrap, and one camera that changes its parameter sets each two
// seconds: each clip decodes and lasts as long as it was recorded, and no picture is in two of
// them. Where a clock steps between a picture and those shown before it, nobody knows that:
// ffmpeg has a word for such a moment.
func TestSoakContinuous(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	makeSources(t, dir)
	h := startHub(t, t.TempDir())
	keeper := h.claim("keeper")
	var cams []*fakecam.Camera
	var names, ids []string
	add := func(name string, o fakecam.Options) {
		o.Name = name
		c := startCamera(t, o)
		id := keeper.addCamera(map[string]string{"name": name, "main": c.MainURL()})
		keeper.overlooks(id)
		keeper.plan(id, map[string]any{"mode": "continuous", "sound": true})
		cams, names, ids = append(cams, c), append(names, name), append(ids, id)
	}
	for _, v := range picturesOf {
		for _, a := range soundsOf {
			audio := ""
			if a.file != "" {
				audio = filepath.Join(dir, a.file)
			}
			add(v.name+", "+a.name, fakecam.Options{Source: fakecam.File{Path: filepath.Join(dir, v.file), Audio: audio}, ParameterSets: v.sets})
		}
	}
	add("changes", fakecam.Options{})
	waitLive(t, keeper, ids)
	changes, cams := cams[len(cams)-1], cams[:len(cams)-1]
	changes.SetFault(fakecam.Resolution)
	pause(t, 30*time.Second)
	for _, f := range []fakecam.Fault{fakecam.Drift, fakecam.JumpForward, fakecam.JumpBack, fakecam.Wrap} {
		for _, c := range cams {
			c.SetFault(f)
		}
		pause(t, 15*time.Second)
		for _, c := range cams {
			c.SetFault(fakecam.None)
		}
		pause(t, 10*time.Second)
	}
	for _, id := range ids {
		keeper.plan(id, map[string]any{"mode": "off"})
	}
	until(t, time.Minute, "all clips are closed", func() bool {
		return !slices.ContainsFunc(ids, func(id string) bool {
			return slices.ContainsFunc(keeper.recordings(id), func(r recordingJSON) bool { return r.State == "open" })
		})
	})
	for i, id := range ids {
		t.Run(names[i], func(t *testing.T) {
			films := keeper.in(t).films(id)
			framesOf(t, names[i], films)
			var all time.Duration
			for n, f := range films {
				file := writeFile(t, fmt.Sprintf("clip%d.mp4", n), f.mp4)
				if out, err := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", file, "-enc_time_base", "-1", "-f", "null", "-").CombinedOutput(); err != nil {
					t.Errorf("clip %d of %d does not decode: %v\n%s", n, len(films), err, out)
				}
				length, wall := duration(t, file), f.written.Sub(f.info.Start)
				if !asLong(length, wall) {
					t.Errorf("clip %d of %d is %v long, recorded in %v", n, len(films), length, wall)
				}
				if f.info.State != "complete" {
					t.Errorf("clip %d is %s", n, f.info.State)
				}
				all += length
			}
			t.Logf("%d clips, %v", len(films), all)
			if all < 110*time.Second {
				t.Errorf("%v of it are recorded", all)
			}
		})
	}
}
