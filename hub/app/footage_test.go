//go:build soak

package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

const (
	// footage is a street with a parked car, where others come by.
	footage     = "../../../shared/data/video/intel_person-bicycle-car-detection.mp4"
	footageRate = 10
	// footageSlack is what its truth may be off, and footageLate what an event may begin or end
	// beside it: a picture that stands alone comes each two seconds.
	footageSlack = 500 * time.Millisecond
	footageLate  = 2500 * time.Millisecond
	// footageRounds is how often it is seen, the first time for the hub to get to know the street.
	footageRounds = 3
	footageWithin = 5 * time.Minute

	greyWide, greyHigh = 32, 18
	greyScale          = "scale=32:18:flags=area,format=gray"
)

// visit is somebody who comes by, at a time of the footage.
type visit struct {
	what     string
	from, to time.Duration
}

// footageVisits are those of ../shared's truth.
var footageVisits = [...]visit{
	{"a car", 0, 3800 * time.Millisecond},
	{"a bicycle", 8900 * time.Millisecond, 13850 * time.Millisecond},
	{"a person, a car and a bicycle", 24400 * time.Millisecond, 34150 * time.Millisecond},
}

// visitAt is the visit that is seen at a time of the footage; -1 for none.
func visitAt(at time.Duration) int {
	return slices.IndexFunc(footageVisits[:], func(v visit) bool {
		return at >= v.from-footageSlack && at <= v.to+footageSlack
	})
}

// TestSoakFootage: a camera shows a street over and over, on which somebody comes by three
// times. Each visit is one event, whose picture is of the visit, and whose clip begins five
// seconds before it and reaches beyond it.
func TestSoakFootage(t *testing.T) {
	if _, err := os.Stat(footage); err != nil {
		t.Skip("the footage of ../shared is not here")
	}
	needFFmpeg(t)
	film := filepath.Join(t.TempDir(), "street.mp4")
	ffmpeg(t, "-i", footage, "-an", "-vf", "scale=640:360", "-r", "10", "-c:v", "libx264", "-profile:v", "main",
		"-g", "20", "-bf", "0", "-b:v", "400k", "-maxrate", "400k", "-bufsize", "400k", "-pix_fmt", "yuv420p", film)
	pictures := grey(t, film)
	long := time.Duration(len(pictures)) * time.Second / footageRate

	cam := startCamera(t, fakecam.Options{Name: "street", Source: fakecam.File{Path: film}})
	keeper := startHub(t, t.TempDir()).claim("keeper")
	keeper.addCamera(map[string]string{"name": "street", "main": cam.MainURL(), "sub": cam.SubURL()})
	begun := time.Now()
	var events []eventJSON
	busy := 0
	until(t, footageWithin, "all visits", func() bool {
		status, answer := keeper.send(http.MethodGet, keeper.url("events?limit=50"), nil)
		if status == http.StatusServiceUnavailable { // the gate tells nothing that it cannot look up within a second
			busy++
			return false
		}
		var page struct{ Events []eventJSON }
		if status != http.StatusOK || json.Unmarshal(answer, &page) != nil {
			t.Fatalf("status %d: %s", status, answer)
		}
		events = slices.DeleteFunc(page.Events, func(e eventJSON) bool { return e.Recording || e.End.IsZero() })
		return time.Since(begun) > footageRounds*long
	})
	t.Logf("%d events after %v; %d times the hub was too busy to say so", len(events), time.Since(begun).Round(time.Second), busy)
	slices.Reverse(events) // the newest came first
	began := slices.IndexFunc(events, func(e eventJSON) bool { return e.Start.Sub(begun) > long })
	if began < 0 || len(events)-began < len(footageVisits) {
		t.Fatalf("%d events in the first of %d rounds, and %d in all", began, footageRounds, len(events))
	}
	last := -1
	for i, e := range events[began:] {
		first, end := e.Clips[0], e.Clips[len(e.Clips)-1]
		ends := end.Start.Add(time.Duration(end.DurationMS) * time.Millisecond)
		thumbnail := filepath.Join(t.ArtifactDir(), fmt.Sprintf("visit-%d.jpg", i))
		write(t, thumbnail, keeper.get("clips/"+e.Clip+"/thumbnail"))
		at := closest(pictures, grey(t, thumbnail)[0])
		n := visitAt(at)
		if n < 0 {
			t.Errorf("event %d: its picture is of %v, when nobody is there", i, at)
			continue
		}
		v := footageVisits[n]
		lasted := e.End.Sub(e.Start)
		t.Logf("event %d: %s for %v, its picture of %v, its clip from %v before to %v after", i, v.what, lasted, at, e.Start.Sub(first.Start), ends.Sub(e.End))
		if last >= 0 && n != (last+1)%len(footageVisits) {
			t.Errorf("event %d: %s, behind %s", i, v.what, footageVisits[last].what)
		}
		last = n
		if (lasted - (v.to - v.from)).Abs() > 2*footageLate {
			t.Errorf("event %d: it lasted %v, and %s is there for %v", i, lasted, v.what, v.to-v.from)
		}
		if before := e.Start.Sub(first.Start); before < 5*time.Second {
			t.Errorf("event %d: its clip begins %v before", i, before)
		}
		if after := ends.Sub(e.End); after < 4*time.Second { // up to where the next visit is told
			t.Errorf("event %d: its clip ends %v after", i, after)
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
