package clock_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/clock"
)

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if !clock.Pause(t.Context(), time.Hour) || time.Since(began) != time.Hour {
			t.Errorf("it took %v", time.Since(began))
		}
		if !clock.Pause(t.Context(), -time.Hour) || time.Since(began) != time.Hour {
			t.Error("waited for nothing")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if clock.Pause(ctx, time.Hour) || time.Since(began) != time.Hour+time.Minute {
			t.Errorf("after its context ended: %v", time.Since(began))
		}
		if clock.Pause(ctx, 0) {
			t.Error("a context that ended lets nobody go on")
		}
	})
}
