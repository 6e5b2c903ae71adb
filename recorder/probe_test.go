package recorder

import (
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

// idle is a house where events are recorded, and none comes; on each step of its disk that
// writes f is asked.
func idle(t *testing.T, f func(s pool.Step, take func() error) error) *house {
	h := newHouse(t)
	h.start(func(_ *Config, r *Recorder) {
		if r != nil {
			r.disks[0].pool.Intercept(func(s pool.Step, take func() error) error {
				switch s.Op {
				case pool.OpWrite, pool.OpSync, pool.OpCreate, pool.OpMakeDir, pool.OpSyncDir, pool.OpRemove, pool.OpTruncate:
					return f(s, take)
				}
				return take()
			})
		}
	})
	h.r.Plan(h.cam.id, Plan{Mode: media.ModeEvents})
	h.steady(50)
	return h
}

// within lets pictures go by until ok says so, and returns how long that took.
func (h *house) within(most time.Duration, ok func() bool) time.Duration {
	h.t.Helper()
	for began := h.clock.Now(); ; h.steady(1) {
		took := h.clock.Now().Sub(began)
		if ok() {
			return took
		}
		if took > most {
			h.t.Fatalf("not within %v: %+v", most, h.r.Pools())
		}
	}
}

// TestIdleDiskDies: that a disk is dead is known, and told of its cameras, though nobody records
// to it, and that it is well again, too. So long as somebody is told of it in time.
func TestIdleDiskDies(t *testing.T) {
	for name, why := range map[string]error{"dead": syscall.EIO, "full": syscall.EDQUOT} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var dead atomic.Bool
				h := idle(t, func(_ pool.Step, take func() error) error {
					if dead.Load() {
						return why
					}
					return take()
				})
				status := func() Status { s, _ := h.r.Status(h.cam.id); return s }
				is, problem := PoolFails, problemDisk
				if name == "full" {
					is, problem = PoolFull, problemFull
				}
				for range 2 {
					dead.Store(true)
					h.within(5*time.Second, func() bool { return h.r.Pools()[0].Trouble == is })
					h.steady(100)
					if s := status(); !s.Refused || s.Problem != problem || s.RefusedFor < 9*time.Second || h.r.Health().Problem == "" {
						t.Errorf("%+v, %+v", s, h.r.Health())
					}
					dead.Store(false)
					h.within(5*time.Second, func() bool { return h.r.Pools()[0].Trouble == "" })
					if s := status(); s.Refused || s.Problem != "" || h.r.Health().Problem != "" {
						t.Errorf("well again: %+v, %+v", s, h.r.Health())
					}
				}
				h.trigger(Trigger{Kind: media.KindMotion, Active: true})
				h.steady(30)
				dead.Store(true) // while something is recorded, and nothing any more a moment later
				h.steady(30)
				h.trigger(Trigger{Kind: media.KindMotion})
				h.steady(300)
				if h.r.Pools()[0].Trouble != is {
					t.Errorf("behind an event that it did not take it is %q", h.r.Pools()[0].Trouble)
				}
				dead.Store(false)
				h.within(5*time.Second, func() bool { return h.r.Pools()[0].Trouble == "" })
				h.halt()
			})
		})
	}
}

// TestIdleDiskHangs: nor does a disk that takes nothing and says nothing go unnoticed, and
// nobody waits for it.
func TestIdleDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hangs atomic.Bool
		free := make(chan struct{})
		h := idle(t, func(_ pool.Step, take func() error) error {
			if hangs.Load() {
				<-free
			}
			return take()
		})
		hangs.Store(true)
		h.within(6*time.Second, func() bool { return h.r.Pools()[0].Trouble == PoolSlow })
		if s, _ := h.r.Status(h.cam.id); s.Problem != problemStuck {
			t.Errorf("%+v", s)
		}
		hangs.Store(false)
		close(free)
		h.within(slowFor+2*time.Second, func() bool { return h.r.Pools()[0].Trouble == "" })
		h.halt()
	})
}

// TestProbeIsKind: while clips are synced nothing else is written, and else a page each three
// seconds, to one file that stays.
func TestProbeIsKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var probes, bytes, others atomic.Int64
		h := idle(t, func(s pool.Step, take func() error) error {
			switch {
			case !strings.HasPrefix(s.Name, "clips/."):
			case s.Op == pool.OpWrite:
				probes.Add(1)
				bytes.Add(int64(len(s.Data)))
			case s.Op != pool.OpSync:
				others.Add(1)
			}
			return take()
		})
		before := probes.Load()
		h.steady(600)
		if n := probes.Load() - before; n < 19 || n > 21 || bytes.Load() != probes.Load()<<12 || others.Load() > 0 {
			t.Errorf("%d probes in an idle minute; %d bytes in %d, and %d other steps", n, bytes.Load(), probes.Load(), others.Load())
		}
		h.r.Plan(h.cam.id, Plan{Mode: media.ModeContinuous})
		h.steady(50)
		before = probes.Load()
		h.steady(600)
		if n := probes.Load() - before; n > 0 {
			t.Errorf("%d probes in a minute that was recorded", n)
		}
		h.halt()
	})
}
