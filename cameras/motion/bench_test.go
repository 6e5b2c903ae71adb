//go:build bench

package motion

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"lares/cameras/h264"
)

const streams = "../../../shared/data/h264"

// spent is the processor time of this program, in seconds.
func spent(t *testing.T) float64 {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// TestBenchMotion measures the processor time of a minute of video beside ffmpeg's, which
// decodes every picture and makes small grey ones of five a second, with one thread; what
// a program would do with those is not counted.
func TestBenchMotion(t *testing.T) {
	for _, x := range []struct {
		name, file     string
		rate           int // pictures a second
		target, faster float64
	}{
		{"sub_cbr", "sub_indoor_cbr.264", 10, 0.10, 6}, {"sub_vbr", "sub_indoor_vbr.264", 10, 0.10, 6},
		{"sub_cavlc", "sub_indoor_cavlc.264", 10, 0.10, 6}, {"main_1080p", "main_indoor.264", 15, 0.5, 6},
	} {
		file := filepath.Join(streams, x.file)
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			t.Skip("../shared/data/h264 is not there: nothing is measured")
		}
		if err != nil {
			t.Fatal(err)
		}
		pictures, least, theirs := 0, 0.0, 0.0
		for i := range 5 {
			start := spent(t)
			pictures = play(t, data, x.rate)
			if s := spent(t) - start; i == 0 || s < least {
				least = s
			}
			cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-framerate", fmt.Sprint(x.rate), "-i", file, "-vf", "fps=5,scale=160:90,format=gray", "-f", "rawvideo", "-y", "/dev/null")
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("ffmpeg: %v %s", err, said)
			}
			if s := (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(); i == 0 || s < theirs {
				theirs = s
			}
		}
		minutes := float64(pictures) / float64(x.rate) / 60
		verdict := "ok"
		if least/minutes > x.target || theirs/least < x.faster {
			verdict = "short"
			t.Fail()
		}
		fmt.Printf("BENCH motion_%s %.3f CPU-s per minute target <= %.2f, ffmpeg %.3f, %.1f times target >= %.0f %s\n",
			x.name, least/minutes, x.target, theirs/minutes, theirs/least, x.faster, verdict)
	}
}

// play runs a detector over a stream and returns how many pictures it had.
func play(t *testing.T, stream []byte, rate int) int {
	t.Helper()
	var d Detector
	var units [][]byte
	n := 0
	h264.Split(stream, func(u []byte) bool {
		if units = append(units, u); !h264.IsSlice(u) {
			return true
		}
		if err := d.Take(units, time.Duration(n)*time.Second/time.Duration(rate)); err != nil {
			t.Fatal(err)
		}
		units, n = nil, n+1
		return true
	})
	return n
}
