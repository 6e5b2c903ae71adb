package prove

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// storm is a hub that is killed over and over while everybody asks: half a
// processor, a slow database, and all cameras and clients back within a second.
type storm struct {
	kills int
	lives time.Duration // of each hub, from the moment it answers
	delay time.Duration // of each database call
	back  time.Duration // each hub has to answer by then
}

// storms kills the hub, again and again, and leaves the one that was there
// before running.
func (r *rig) storms(ctx context.Context, t *testing.T, s storm) (note string) {
	t.Helper()
	before := r.hub.program
	program := r.builds.program(t, "crossfault")
	limit := halfProcessor()
	r.restarting.Store(true)
	defer r.restarting.Store(false)
	var worst time.Duration
	for range s.kills {
		r.hub.kill()
		r.hub = start(t, program, r.data, r.port, limit, fmt.Sprintf("LARES_FAULT=rate=0,dbdelay=%v", s.delay))
		worst = max(worst, r.hub.ready(t))
		if !rest(ctx, s.lives) {
			break
		}
	}
	r.hub.kill()
	limit.end()
	r.hub = start(t, before, r.data, r.port, unlimited{})
	r.hub.ready(t)
	r.settle(ctx)
	if worst > s.back {
		r.blame(t, "a hub was back after %.1f s only, want %v", worst.Seconds(), s.back)
	}
	return fmt.Sprintf("%d kills, %v, each database call %v late; the slowest was back after %.1f s", s.kills, limit, s.delay, worst.Seconds())
}

// settle waits until clients get answers again.
func (r *rig) settle(ctx context.Context) {
	const calm = 3 * time.Second
	rest(ctx, calm)
	r.restarting.Store(false)
}
