package recorder

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
)

// TestRefusedRowsAreToldOnce: while the index takes nothing the log says so when that begins,
// once a minute, and when it is over; an index that comes and goes is told as rarely. Nothing
// that waits is lost for it.
func TestRefusedRowsAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		q := newQueue(newIndex(), slog.New(slog.NewTextHandler(&log, nil)), clock.System{}, func(error) {})
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			q.run(stop)
			close(ended)
		}()
		taken := 0
		var refuses atomic.Bool
		refuses.Store(true)
		put := func() {
			q.put(media.NewCameraID(), "clip", func(context.Context) error {
				if refuses.Load() {
					return errBroken
				}
				taken++
				return nil
			})
			synctest.Wait()
		}
		for range 3 {
			put()
		}
		time.Sleep(5*time.Minute + time.Second)
		synctest.Wait()
		lines := func(what string) int { return strings.Count(log.String(), what) }
		if got := lines("does not take"); got != 6 {
			t.Errorf("%d lines in five minutes:\n%s", got, log.String())
		}
		if !strings.Contains(log.String(), " times=90 ") {
			t.Errorf("no line counts what it stands for:\n%s", log.String())
		}
		refuses.Store(false)
		time.Sleep(retryMost)
		synctest.Wait()
		if got := lines("takes rows again"); got != 1 || taken != 3 {
			t.Errorf("%d lines when it is over, %d rows arrived", got, taken)
		}
		log.Reset()
		time.Sleep(tellEvery)
		for range 20 { // within a minute
			refuses.Store(true)
			put()
			refuses.Store(false)
			time.Sleep(retryMost)
			synctest.Wait()
		}
		if bad, good := lines("does not take"), lines("takes rows again"); bad != 1 || good != 1 || taken != 23 {
			t.Errorf("of one that comes and goes %d and %d lines, %d rows arrived", bad, good, taken)
		}
		close(stop)
		<-ended
	})
}
