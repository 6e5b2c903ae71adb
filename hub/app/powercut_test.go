//go:build soak

package app_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

var images = flag.Int("images", 300, "of a disk whose power went, for TestSoakPowerCuts")

// told is what a hub has told, with how much its disk had been asked by then.
type told struct {
	mu    sync.Mutex // guards following
	clips map[string]toldClip
}

type toldClip struct {
	at     int
	camera string
}

// TestSoakPowerCuts cuts the power of the disk under a hub that records all the time and
// events, at random moments, and lets it lose, tear and reorder what was not flushed. A hub
// that starts on what is left is whole: it has its database, its people, its journal and each
// clip that was told to be over, which opens with its key.
func TestSoakPowerCuts(t *testing.T) {
	needFFmpeg(t)
	const cameras, lasts = 4, 90 * time.Second
	disk := newCutDisk(t, 192<<20)
	data := filepath.Join(disk.dir, "data")
	h := startHub(t, data)
	keeper := h.claim("keeper")
	claimed := disk.written()
	var cams []*fakecam.Camera
	names, ids := map[string]string{}, []string{}
	for i := range cameras {
		c := startCamera(t, fakecam.Options{Name: fmt.Sprintf("cut %d", i), Source: fakecam.TestCard{}})
		id := keeper.addCamera(map[string]string{"name": fmt.Sprintf("cut %d", i), "main": c.MainURL()})
		keeper.overlooks(id)
		keeper.plan(id, map[string]any{"mode": "both", "pre_roll_ms": 2000, "post_roll_ms": 1000})
		cams, ids, names[id] = append(cams, c), append(ids, id), fmt.Sprintf("cut %d", i)
	}
	added := disk.written()
	waitLive(t, keeper, ids)
	random := rand.New(rand.NewPCG(7, 11))
	heard := told{clips: map[string]toldClip{}}
	for began := time.Now(); time.Since(began) < lasts; pause(t, time.Duration(random.IntN(400))*time.Millisecond) {
		keeper.trigger(ids[random.IntN(len(ids))])
		for _, id := range ids {
			heard.recorded(keeper, disk, id)
		}
	}
	h.kill()
	for _, c := range cams {
		c.Close()
	}
	last := disk.written()
	t.Logf("%d writes and flushes, %d clips", last, len(heard.clips))
	if len(heard.clips) < cameras*5 {
		t.Fatalf("%d clips were told", len(heard.clips))
	}
	checked := 0
	for n := range *images {
		at := 1 + random.IntN(last)
		if n%10 > 0 { // a tenth while the hub is new
			at = added + random.IntN(last-added+1)
		}
		t.Run(fmt.Sprintf("%d behind %d", n, at), func(t *testing.T) {
			had := heard.by(at)
			checked += len(had)
			h := bootImage(t, disk.image(at, random))
			if at < claimed {
				return
			}
			keeper := h.signIn("keeper")
			for clip, c := range had {
				frames := fakecam.FindMarks(keeper.get("clips/" + clip + "/clip.mp4"))
				if state := keeper.clip(clip).State; state != "complete" || len(frames) == 0 || frames[0].Name != fakecam.MarkName(names[c.camera]) {
					t.Errorf("clip %s, told at %d, is %s and has %d pictures", clip, c.at, state, len(frames))
				}
			}
			if at < added {
				return
			}
			for _, id := range ids {
				keeper.camera(id)
				for _, r := range keeper.recordings(id) {
					if r.State == "damaged" || r.State == "removing" {
						t.Errorf("a clip is %s", r.State)
					}
				}
			}
			if err := h.stop(); err != nil {
				t.Errorf("the hub ends with %v", err)
			}
			for _, what := range []string{"journal", "clips"} {
				if out, err := exec.Command(lares, "verify", what, "--data", h.data).CombinedOutput(); err != nil {
					t.Errorf("verify %s: %v: %s", what, err, out)
				}
			}
		})
	}
	t.Logf("%d clips opened", checked)
}

// TestSoakFirstStartCut cuts the power behind each write of a hub's first start, several times:
// the next one begins as if nothing had been.
func TestSoakFirstStartCut(t *testing.T) {
	const times = 6
	disk := newCutDisk(t, 64<<20)
	h := startHub(t, filepath.Join(disk.dir, "data"))
	h.kill()
	last := disk.written()
	random := rand.New(rand.NewPCG(7, 11))
	for at := 1; at <= last; at++ {
		for n := range times {
			t.Run(fmt.Sprintf("behind %d of %d, %d", at, last, n), func(t *testing.T) { bootImage(t, disk.image(at, random)) })
		}
	}
}

// recorded notes which clips of a camera a hub calls whole.
func (a *told) recorded(p *person, disk *cutDisk, id string) {
	list := p.recordings(id)
	at := disk.written()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range list {
		if _, known := a.clips[r.Clip]; !known && r.State == "complete" {
			a.clips[r.Clip] = toldClip{at, id}
		}
	}
}

// by are the clips told by a moment.
func (a *told) by(at int) map[string]toldClip {
	a.mu.Lock()
	defer a.mu.Unlock()
	had := maps.Clone(a.clips)
	maps.DeleteFunc(had, func(_ string, c toldClip) bool { return c.at > at })
	return had
}

// bootImage starts a hub on what a disk holds.
func bootImage(t *testing.T, image []byte) *hub {
	t.Helper()
	dir := inMemory(t)
	file := filepath.Join(dir, "image")
	if err := os.WriteFile(file, image, 0o600); err != nil {
		t.Fatal(err)
	}
	mounted := filepath.Join(dir, "mounted")
	mountImage(t, file, mounted)
	h := startHub(t, filepath.Join(mounted, "data"))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(h.stderr)
		}
	})
	for line := range strings.Lines(h.stderr.String()) {
		if strings.Contains(line, "level=ERROR") {
			t.Errorf("the hub says: %s", line)
		}
	}
	return h
}
