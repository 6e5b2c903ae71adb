package clock

import (
	"context"
	"time"
)

// Pause waits for d, which is measured by the machine whatever Clock is used
// otherwise; none at all if d is not positive. False means that ctx ended.
func Pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
