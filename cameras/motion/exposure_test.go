package motion

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestExposure: where the light of a flat place changes while something goes through
// it, as cameras set their exposure, and pictures that stand alone are far apart, it moves when
// that is there, not when the encoder spends what it saved on noise.
func TestExposure(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: there is no footage to read")
	}
	const from, to = 21300 * time.Millisecond, 23300 * time.Millisecond
	file := filepath.Join(t.TempDir(), "exposure.mp4")
	place := "color=gray:size=320x192:rate=10:duration=28,noise=alls=6:allf=t,format=yuv420p," +
		"eq=eval=frame:brightness='0.25*clip(t-23.5,0,1)-0.25*clip(t-21.3,0,1)'"
	if said, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", place, "-f", "lavfi", "-i", "testsrc2=size=96x96:rate=10:duration=28",
		"-filter_complex", "[0][1]overlay=x=140:y='if(between(t,21.3,23.3),192-140*(t-21.3),-200)'",
		"-c:v", "libx264", "-threads", "1", "-preset", "fast", "-g", "50", "-sc_threshold", "0", "-bf", "0", "-b:v", "300k", "-x264-params", "weightp=0", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var moved []Motion
	var d Detector
	d.Moved = func(m Motion) { moved = append(moved, m) }
	if err := fakecam.ReadH264(file, 10, func(at time.Duration, units [][]byte) error { return d.Take(units, at) }); err != nil {
		t.Fatal(err)
	}
	d.Finish(28 * time.Second)
	if len(moved) != 1 || (moved[0].From-from).Abs() > time.Second || (moved[0].To-to).Abs() > time.Second {
		t.Errorf("motion %v, want it from %v to %v", moved, from, to)
	}
}
