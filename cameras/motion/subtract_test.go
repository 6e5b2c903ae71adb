//go:build score

package motion

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"testing"
)

// What detectors of other programs do, in short: every picture is decoded, made small and grey,
// blurred, and compared with a mean of those before.
const (
	subtractRate          = 5
	subtractWide          = 160
	subtractHigh          = 90
	subtractStep          = 20             // levels from which on a sample differs from the background
	subtractLeast         = 160 * 90 / 200 // samples that have to differ
	subtractMost          = 160 * 90 / 2   // above that the light changed
	subtractShare float32 = 0.05           // of a picture in the background
)

// subtract finds the times of motion in a byte stream by background subtraction, in seconds.
func subtract(t *testing.T, stream []byte) (moved [][2]float64) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-f", "h264", "-framerate", fmt.Sprint(scored), "-i", "-",
		"-vf", fmt.Sprintf("fps=%d,scale=%d:%d,boxblur=1,format=gray", subtractRate, subtractWide, subtractHigh), "-f", "rawvideo", "-")
	cmd.Stdin = bytes.NewReader(stream)
	pictures, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffmpeg: %v", err)
	}
	var picture [subtractWide * subtractHigh]byte
	var background [len(picture)]float32
	for n, r := 0, bytes.NewReader(pictures); ; n++ {
		if _, err := io.ReadFull(r, picture[:]); errors.Is(err, io.EOF) {
			return moved
		} else if err != nil {
			t.Fatal(err)
		}
		differ := 0
		for i, v := range picture {
			if n == 0 {
				background[i] = float32(v)
			}
			step := float32(v) - background[i]
			if step > subtractStep || step < -subtractStep {
				differ++
			}
			background[i] += step * subtractShare
		}
		if differ >= subtractLeast && differ <= subtractMost {
			at := float64(n) / subtractRate
			moved = append(moved, [2]float64{at, at + 1.0/subtractRate})
		}
	}
}
