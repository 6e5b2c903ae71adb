package recorder

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

// TestSyncsOfACamera: a camera has one sync a second, whether one stream of it is recorded or
// both; then each file has its part of them.
func TestSyncsOfACamera(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwin(t)
		w.sub.clock = clock.NewManual(w.clock.Now()) // both send at once
		var mu sync.Mutex
		syncs := map[string]int{} // by file
		w.start(func(_ *Config, r *Recorder) {
			if r != nil {
				r.disks[0].pool.Intercept(func(s pool.Step, take func() error) error {
					if s.Op == pool.OpSync && strings.HasSuffix(s.Name, ".lar") {
						mu.Lock()
						syncs[s.Name]++
						mu.Unlock()
					}
					return take()
				})
			}
		})
		const seconds = 60
		minute := func(streams media.Streams, files int) {
			t.Helper()
			w.r.Plan(w.cam.id, Plan{Mode: media.ModeContinuous, Streams: streams})
			w.both(10 * time.Second)
			mu.Lock()
			clear(syncs)
			mu.Unlock()
			w.both(seconds * time.Second)
			mu.Lock()
			defer mu.Unlock()
			all := 0
			for _, n := range syncs {
				all += n
				if n < seconds/files-2 {
					t.Errorf("%s: a file has %d syncs a minute", streams, n)
				}
			}
			if all > seconds || len(syncs) != files {
				t.Errorf("%s: %d syncs of %d files a minute", streams, all, len(syncs))
			}
		}
		minute(media.StreamsMain, 1)
		minute(media.StreamsBoth, 2)
		minute(media.StreamsMain, 1)
		w.r.Plan(w.cam.id, Plan{Mode: media.ModeOff})
		w.both(2 * time.Second)
		w.halt()
	})
}

// both has both streams send pictures at their times.
func (w *twin) both(lasts time.Duration) {
	for from := time.Now(); time.Since(from) < lasts; time.Sleep(interval) {
		w.sub.picture()
		w.cam.picture()
		synctest.Wait()
	}
}
