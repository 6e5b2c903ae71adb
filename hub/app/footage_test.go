//go:build soak

package app_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// footage is a street with a parked car, on which a person, a car and a bicycle come by
// from visitFrom to visitTo, in seconds of the part that begins at footageFrom.
const (
	footage             = "../../../shared/data/video/intel_person-bicycle-car-detection.mp4"
	footageFrom         = "13.9"
	visitFrom, visitTo  = 10500 * time.Millisecond, 20250 * time.Millisecond
	footageRate         = 10
	footageTolerance    = 1500 * time.Millisecond
	greyWide, greyHigh  = 32, 18
	greyScale           = "scale=32:18:flags=area,format=gray"
	visits, visitWithin = 3, 4 * time.Minute
)

// TestSoakFootage: a camera shows the same visit over and over. Each time is one event,
// whose picture is of the visit and whose clip begins before and ends after it.
func TestSoakFootage(t *testing.T) {
	if _, err := os.Stat(footage); err != nil {
		t.Skip("the footage of ../shared is not here")
	}
	needFFmpeg(t)
	film := filepath.Join(t.TempDir(), "street.mp4")
	ffmpeg(t, "-ss", footageFrom, "-i", footage, "-an", "-vf", "scale=640:360", "-r", "10", "-c:v", "libx264", "-profile:v", "main",
		"-g", "20", "-bf", "0", "-b:v", "400k", "-maxrate", "400k", "-bufsize", "400k", "-pix_fmt", "yuv420p", film)
	pictures := grey(t, film)
	long := time.Duration(len(pictures)) * time.Second / footageRate

	cam := startCamera(t, fakecam.Options{Name: "street", Source: fakecam.File{Path: film}})
	keeper := startHub(t, t.TempDir()).claim("keeper")
	keeper.addCamera(map[string]string{"name": "street", "main": cam.MainURL(), "sub": cam.SubURL()})
	var events []eventJSON
	until(t, visitWithin, "visits", func() bool {
		events = keeper.events()
		slices.Reverse(events) // the newest came first
		return len(events) >= visits && !events[visits-1].Recording && !events[visits-1].End.IsZero()
	})
	for i, e := range events[:visits] {
		first, last := e.Clips[0], e.Clips[len(e.Clips)-1]
		end := last.Start.Add(time.Duration(last.DurationMS) * time.Millisecond)
		t.Logf("visit %d: %v for %v, its clip from %v before to %v after", i, e.Start.Format(time.TimeOnly), e.End.Sub(e.Start), e.Start.Sub(first.Start), end.Sub(e.End))
		if i > 0 {
			if apart := e.Start.Sub(events[i-1].Start); (apart - long).Abs() > footageTolerance {
				t.Errorf("visits are told %v apart, and are %v", apart, long)
			}
			if first.Start.After(e.Start.Add(-4 * time.Second)) { // the first visit may have begun before the hub saw it
				t.Errorf("the clip begins %v before the visit", e.Start.Sub(first.Start))
			}
			if lasted := e.End.Sub(e.Start); (lasted - (visitTo - visitFrom)).Abs() > 2*footageTolerance {
				t.Errorf("the visit lasted %v", lasted)
			}
		}
		if end.Before(e.End.Add(9 * time.Second)) {
			t.Errorf("the clip ends %v after the visit", end.Sub(e.End))
		}
		thumbnail := filepath.Join(t.ArtifactDir(), "visit.jpg")
		write(t, thumbnail, keeper.get("clips/"+e.Clip+"/thumbnail"))
		if at := closest(pictures, grey(t, thumbnail)[0]); at < visitFrom-footageTolerance/3 || at > visitTo+footageTolerance/3 {
			t.Errorf("the picture is of %v, the visit from %v to %v", at, visitFrom, visitTo)
		}
	}
}

// grey draws each picture of a file small and grey.
func grey(t *testing.T, file string) (pictures [][]byte) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-i", file, "-vf", greyScale, "-f", "rawvideo", "-")
	var says bytes.Buffer
	cmd.Stderr = &says
	raw, err := cmd.Output()
	if err != nil || len(raw) == 0 || len(raw)%(greyWide*greyHigh) != 0 {
		t.Fatalf("%s: %d bytes, %v\n%s", file, len(raw), err, says.String())
	}
	return slices.Collect(slices.Chunk(raw, greyWide*greyHigh))
}

// closest is the time of the picture that is most like one.
func closest(pictures [][]byte, one []byte) time.Duration {
	best, least := 0, 1<<30
	for i, p := range pictures {
		sum := 0
		for k := range p {
			sum += max(int(p[k])-int(one[k]), int(one[k])-int(p[k]))
		}
		if sum < least {
			best, least = i, sum
		}
	}
	return time.Duration(best) * time.Second / footageRate
}
