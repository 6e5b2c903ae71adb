package motion

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/h264"
)

// TestTamperFootage: a camera that is turned from one busy place to another is told within
// a quarter of a minute, also where the two are as like each other as a road and a mall;
// light that is switched and noise are not.
func TestTamperFootage(t *testing.T) {
	t.Parallel()
	const footage = "../../../shared/data/video/"
	if _, err := os.Stat(footage); err != nil {
		t.Skip("../shared/data/video is not there")
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: there are no streams to look at")
	}
	const step = 2 * time.Second // from one still to the next
	for _, c := range []struct {
		files  []string
		turned bool
	}{
		{[]string{"intel_person-bicycle-car-detection.mp4", "vtest.avi"}, true},
		{[]string{"vtest.avi", "intel_person-bicycle-car-detection.mp4"}, true},
		{[]string{"derived_light_switch.mp4"}, false},
		{[]string{"derived_ir_noise.mp4"}, false},
	} {
		var d Detector
		var told []Tamper
		var at, switched, first time.Duration
		d.Tampered = func(x Tamper) {
			if told = append(told, x); len(told) == 1 {
				first = at
			}
		}
		for _, file := range c.files {
			switched = at
			var units [][]byte
			h264.Split(rareStills(t, footage+file), func(u []byte) bool {
				if units = append(units, u); !h264.IsSlice(u) {
					return true
				}
				if err := d.Take(units, at); err != nil {
					t.Fatal(err)
				}
				units, at = nil, at+step
				return true
			})
		}
		name := strings.Join(c.files, ", then ")
		if !c.turned && len(told) > 0 || c.turned && (len(told) != 1 || told[0].From < switched || told[0].From > switched+2*step || first > switched+16*time.Second) {
			t.Errorf("%s at %v: %v, told at %v", name, switched, told, first)
		}
	}
}

// TestTamperEnds: that the picture comes back after a tamper is no motion, nor is what the
// encoder catches up with then; who walks by later is seen.
func TestTamperEnds(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: there is no stream to look at")
	}
	out := filepath.Join(t.TempDir(), "dark.264")
	if said, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x192:r=10", "-f", "lavfi", "-i", "color=gray:s=40x80:r=10", "-filter_complex",
		"[0]trim=end_frame=1,loop=loop=-1:size=1,setpts=N/10/TB,noise=alls=3:allf=t,drawbox=enable='between(t,20,30)':c=black:t=fill[place];"+
			"[place][1]overlay=enable='between(t,46,50)':x=60*(t-46):y=60", "-r", "10", "-t", "54", "-pix_fmt", "yuv420p",
		"-c:v", "libx264", "-threads", "1", "-preset", "veryfast", "-profile:v", "main", "-g", "20", "-bf", "0", "-b:v", "150k", "-maxrate", "150k", "-bufsize", "150k",
		out).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v %s", err, said)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var d Detector
	var at time.Duration
	tampers, seen := 0, false
	d.Tampered = func(Tamper) { tampers++ }
	d.Moved = func(m Motion) {
		if m.From < 45*time.Second || m.To > 52*time.Second {
			t.Errorf("from %v to %v something moves, and nothing does", m.From, m.To)
		}
		seen = true
	}
	var units [][]byte
	h264.Split(b, func(u []byte) bool {
		if units = append(units, u); !h264.IsSlice(u) {
			return true
		}
		if err := d.Take(units, at); err != nil {
			t.Fatal(err)
		}
		units, at = nil, at+time.Second/10
		return true
	})
	d.Finish(at)
	if tampers != 2 || !seen {
		t.Errorf("the tamper is told %d times, and who walks by later is seen: %v", tampers, seen)
	}
}

// rareStills is a picture each two seconds of footage, each standing alone.
func rareStills(t *testing.T, file string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "stills.264")
	if said, err := exec.Command("ffmpeg", "-v", "error", "-t", "40", "-i", file, "-an", "-vf", "fps=0.5,scale=640:360,setsar=1", "-pix_fmt", "yuv420p",
		"-c:v", "libx264", "-threads", "1", "-preset", "fast", "-profile:v", "main", "-g", "1", "-crf", "27", out).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v %s", err, said)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
