package app_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// killRounds is what `make test` pays for; `make soak` runs 50.
const killRounds = 10

// A busy machine starts slowly: how soon, the soak judges.
func TestKilledHubLosesAtMostTwoSeconds(t *testing.T) { killHub(t, killRounds, time.Minute) }

// killHub ends the hub as a power cut would while four cameras record, over
// and over: every clip stays readable, at most two seconds before each kill
// are lost, and the hub is back in time.
func killHub(t *testing.T, rounds int, ready time.Duration) {
	needFFmpeg(t)
	data := t.TempDir()
	var cams []*fakecam.Camera
	for i := range 4 {
		cams = append(cams, startCamera(t, fakecam.Options{Name: fmt.Sprintf("kill %d", i), Source: fakecam.TestCard{}}))
	}
	h := startHub(t, data)
	keeper := h.claim("keeper")
	ids := make([]string, len(cams))
	for i, c := range cams {
		ids[i] = keeper.addCamera(map[string]string{"name": fmt.Sprintf("kill %d", i), "main": c.MainURL()})
	}
	var worst time.Duration
	for round := range rounds {
		waitLive(t, keeper, ids)
		for _, id := range ids {
			keeper.trigger(id)
		}
		waitRecording(t, keeper, len(ids))
		// Not at the same point of a fragment or a sync every time.
		pause(t, 2*time.Second+time.Duration(round)*137*time.Millisecond)
		at := make([]fakecam.Mark, len(cams))
		for i, c := range cams {
			at[i] = c.LastMark()
		}
		killed := time.Now()
		h.kill()

		h = startHub(t, data)
		if h.ready > ready {
			t.Errorf("round %d: ready after %v, want at most %v", round, h.ready, ready)
		}
		keeper = h.signIn("keeper")
		for i, id := range ids {
			last := lastMark(t, keeper, id, cams[i])
			// The card runs at ten pictures a second.
			lost := time.Duration(int64(at[i].Frame)-int64(last.Frame)) * 100 * time.Millisecond
			worst = max(worst, lost)
			if lost > 2*time.Second {
				t.Errorf("round %d, camera %d: %v before the kill at %v are lost", round, i, lost, killed.Format(time.TimeOnly))
			}
		}
	}
	t.Logf("%d kills, four cameras: at most %v lost", rounds, worst)
	all := keeper.allEvents()
	if len(all) < rounds*len(cams) {
		t.Errorf("%d events after %d rounds with %d cameras: some are lost", len(all), rounds, len(cams))
	}
	for _, e := range all {
		if e.Recording {
			continue
		}
		b := keeper.get("clips/" + e.Clip + "/clip.mp4")
		if len(fakecam.FindMarks(b)) == 0 {
			t.Errorf("clip %s shows no picture", e.Clip)
		}
		decodes(t, writeFile(t, "clip.mp4", b))
	}
}

// lastMark is the newest picture that can be played of a camera.
func lastMark(t *testing.T, p *person, camera string, c *fakecam.Camera) fakecam.Mark {
	t.Helper()
	for _, e := range p.events() {
		if e.Camera != camera || e.Recording {
			continue
		}
		marks := fakecam.FindMarks(p.get("clips/" + e.Clip + "/clip.mp4"))
		if len(marks) == 0 {
			t.Fatalf("clip %s shows no picture", e.Clip)
		}
		own := c.LastMark().Name
		for _, m := range marks {
			if !bytes.Equal(m.Name[:], own[:]) {
				t.Fatalf("clip %s of one camera shows another", e.Clip)
			}
		}
		return marks[len(marks)-1]
	}
	t.Fatalf("camera %s has no clip to play", camera)
	return fakecam.Mark{}
}

func startCamera(t *testing.T, o fakecam.Options) *fakecam.Camera {
	t.Helper()
	o.Addr, o.HTTPAddr = "127.0.0.1:0", "127.0.0.1:0"
	// The camera outlives the test's own context, which ends before cleanups.
	c, err := fakecam.Start(context.WithoutCancel(t.Context()), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func waitLive(t *testing.T, p *person, ids []string) {
	t.Helper()
	for _, id := range ids {
		until(t, patience, "camera "+id+" is live", func() bool { return p.camera(id).Status.State == "live" })
	}
}

func waitRecording(t *testing.T, p *person, n int) {
	t.Helper()
	until(t, patience, fmt.Sprintf("%d clips are being recorded", n), func() bool {
		recording := 0
		for _, e := range p.events() {
			if e.Recording {
				recording++
			}
		}
		return recording >= n
	})
}

// pause lets real time pass where time itself is what is tested.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-t.Context().Done():
	case <-time.After(d):
	}
}

// TestStopsCleanly: Ctrl-C ends clips and children; nothing is to repair.
func TestStopsCleanly(t *testing.T) {
	needFFmpeg(t)
	cam := startCamera(t, fakecam.Options{Name: "stop", Source: fakecam.TestCard{}})
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	id := keeper.addCamera(map[string]string{"name": "stop", "main": cam.MainURL()})
	waitLive(t, keeper, []string{id})
	keeper.trigger(id)
	waitRecording(t, keeper, 1)
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	h = startHub(t, data)
	keeper = h.signIn("keeper")
	clip := keeper.events()[0].Clip
	if got := keeper.clip(clip).State; got != "complete" {
		t.Errorf("the clip of a clean stop is %q, want complete", got)
	}
	decodes(t, writeFile(t, "clip.mp4", keeper.get("clips/"+clip+"/clip.mp4")))
}
