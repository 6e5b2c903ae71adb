//go:build soak

package app_test

import (
	"flag"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

var levelFor = flag.Duration("level", 30*time.Minute, "how long TestSoakLevel records")

const (
	// levelLook is for how long a hub is looked at, each second: its heap goes up and down.
	levelLook = 20 * time.Second
	// levelSpare is what a process may hold more at the end than after a third of the time, in MiB.
	levelSpare = 8.0
)

// quickVideo makes what a camera of ten times the usual pictures sends: 100 each second, 4 Mbit/s.
func quickVideo(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "quick.mp4")
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=100", "-t", "20", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast",
		"-tune", "zerolatency", "-b:v", "4M", "-maxrate", "4M", "-bufsize", "4M", "-g", "200", "-keyint_min", "200", path)
	return path
}

// TestSoakLevel records eight cameras at ten times the pictures of a usual one, all the time and
// events, while somebody looks at them and the oldest go: between a third of the time and its
// end no process holds more memory, descriptors or goroutines.
func TestSoakLevel(t *testing.T) {
	needFFmpeg(t)
	t.Setenv("GODEBUG", "schedtrace=5000,scheddetail=1") // each goroutine of the hub; workers have no environment
	video := quickVideo(t)
	h := startHub(t, t.TempDir(), "--limit", "512M")
	keeper := h.claim("keeper")
	var ids []string
	for i := range 8 {
		name := fmt.Sprint("quick ", i)
		id := keeper.addCamera(map[string]string{"name": name, "main": startCamera(t, fakecam.Options{Name: name, Source: fakecam.File{Path: video}}).MainURL()})
		keeper.overlooks(id)
		keeper.plan(id, map[string]any{"mode": "both", "pre_roll_ms": 2000, "post_roll_ms": 2000})
		ids = append(ids, id)
	}
	waitLive(t, keeper, ids)
	began, played, gone := time.Now(), 0, 0
	use := func(until time.Duration) {
		for time.Since(began) < until {
			for _, id := range ids {
				keeper.trigger(id)
				list := keeper.recordings(id)
				if len(list) == 0 {
					continue
				}
				// One that ends before its first picture goes, so it may be none any more.
				switch status, b := keeper.send(http.MethodGet, keeper.url("clips/"+list[len(list)-1].Clip+"/clip.mp4"), nil); status {
				case http.StatusOK:
					played++
				case http.StatusNotFound:
					gone++
				default:
					t.Errorf("a clip: status %d: %.200s", status, b)
				}
			}
			pause(t, 5*time.Second)
		}
	}
	use(*levelFor / 3)
	before, goroutines := keeper.lowest(levelLook)
	use(*levelFor)
	after, goroutinesAfter := keeper.lowest(levelLook)
	t.Logf("%d goroutines, %d before; %d clips were played, and %d were gone", goroutinesAfter, goroutines, played, gone)
	if played == 0 || gone > played/10 {
		t.Errorf("%d clips were played, and %d were gone", played, gone)
	}
	if goroutines == 0 || goroutinesAfter > goroutines+spareGoroutines {
		t.Errorf("the hub has %d goroutines, %d before", goroutinesAfter, goroutines)
	}
	levelWithin(t, before, after, levelSpare, levelSpare)
	if err := h.stop(); err != nil {
		t.Error(err)
	}
}

// goroutine is one that a hub tells of and that is not over: runtime.schedtrace.
var goroutine = regexp.MustCompile(`(?m)^  G\d+: status=([^6]|\d\d)`)

// lowest is the least that the processes of a hub hold for a while, and how many goroutines its
// own was the last to tell of.
func (p *person) lowest(lasts time.Duration) (low []vitals, goroutines int) {
	p.t.Helper()
	for began := time.Now(); time.Since(began) < lasts; pause(p.t, time.Second) {
		now := vital(p.t, p.hub)
		if low == nil {
			low = now
		}
		for i := range min(len(low), len(now)) {
			low[i].pss, low[i].descriptors = min(low[i].pss, now[i].pss), min(low[i].descriptors, now[i].descriptors)
		}
	}
	traces := strings.Split(p.hub.stderr.String(), "SCHED ")
	whole := traces[max(0, len(traces)-2)] // the last may not be
	return low, len(goroutine.FindAllString(whole, -1))
}
