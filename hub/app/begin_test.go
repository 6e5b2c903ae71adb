package app_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

const (
	startCameras = 8
	// startLimit is the promise of DESIGN §10: all cameras record.
	startLimit = 5 * time.Second
	// syncEvery is how often a recorder syncs a file, in the call that writes
	// the record (package sealed tests it): a fragment seen a period after the
	// file is on the disk, with all before it.
	syncEvery = time.Second
)

// TestStartRecords: a hub that starts while there is motion everywhere has a
// durable record of each of eight cameras within five seconds of exec. Their
// IDR pictures are two seconds apart.
func TestStartRecords(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	var ids []string
	for i := range startCameras {
		c := startCamera(t, fakecam.Options{Name: fmt.Sprint("start ", i), Source: fakecam.TestCard{GOP: 2 * time.Second}})
		c.Motion(true)
		ids = append(ids, keeper.addCamera(map[string]string{"name": fmt.Sprint("start ", i), "main": c.MainURL(), "onvif": c.ONVIFURL()}))
	}
	waitLive(t, keeper, ids)
	waitRecording(t, keeper, len(ids)) // the cameras are known, with their identity
	if err := h.stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, h.stderr)
	}
	old := h.clipFiles("")

	h = startHub(t, data)
	seen := map[string]*firstRecord{}
	until(t, bootLimit, "each camera has a durable record", func() bool {
		for _, file := range h.clipFiles("") {
			if slices.Contains(old, file) {
				continue
			}
			r := seen[cameraOf(file)]
			if r == nil {
				r = &firstRecord{file: file, at: time.Since(h.started)}
				seen[cameraOf(file)] = r
			}
			r.look(t, h.started)
		}
		return len(seen) == len(ids) && !slices.ContainsFunc(ids, func(id string) bool { return seen[id] == nil || seen[id].durable == 0 })
	})
	var worst time.Duration
	for i, id := range ids {
		r := seen[id]
		t.Logf("camera %d: file after %v, first fragment after %v, durable after %v", i, r.at.Round(time.Millisecond), r.written.Round(time.Millisecond), r.durable.Round(time.Millisecond))
		worst = max(worst, r.durable)
	}
	t.Logf("exec to first 200: %v; to a durable record of each of %d cameras: %v", h.ready, len(ids), worst)
	if worst > startLimit {
		t.Errorf("the last camera has its first durable record %v after exec, want at most %v", worst, startLimit)
	}
}

// firstRecord is what is known of a camera's first clip; times since exec.
type firstRecord struct {
	file                 string
	at, written, durable time.Duration
	fragments            int
}

// look reads the clear heads of the file so far.
func (r *firstRecord) look(t *testing.T, exec time.Time) {
	t.Helper()
	if r.durable != 0 {
		return
	}
	n := fragments(t, r.file)
	now := time.Since(exec)
	if n > r.fragments {
		if r.fragments = n; r.written == 0 {
			r.written = now
		}
		if now-r.at >= syncEvery {
			r.durable = now
		}
	}
}
