package prove

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// storm is a hub that is killed over and over while everybody asks: half a
// processor, a slow database, and all cameras and clients back within a second.
type storm struct {
	kills  int
	lives  time.Duration // of each hub, from the moment it listens, at least
	flight int           // requests that are under way at once afterwards; meanwhile, of all clients
	delay  time.Duration // of each database call
	back   time.Duration // clients and cameras have to be served by then
}

// rush is within what time all clients are back at a hub that listens.
const rush = time.Second

// storms kills the hub, again and again, and leaves the one that was there
// before running. Every other hub is killed in the middle of its start; the rest
// live until their clients are answered and their cameras are live. Pictures on
// sockets are told of them and judged of the hub that follows, which has the whole
// processor and a database that answers at once.
func (r *rig) storms(ctx context.Context, t *testing.T, s storm) (note string) {
	t.Helper()
	before := r.hub.program
	program := r.builds.program(t, "crossfault")
	limit := halfProcessor()
	r.restarting.Store(true)
	defer r.restarting.Store(false)
	r.unleash()
	defer func() { r.unleash = r.leave(cap(r.flight) - s.flight) }()
	var worst comeback
	var rushes []int
	waited := 0
	for n := range s.kills {
		r.hub.kill()
		began := time.Now()
		r.hub = start(t, program, r.data, r.port, limit, fmt.Sprintf("LARES_FAULT=rate=0,dbdelay=%v", s.delay))
		whole := comeback.served
		if n%2 == 0 {
			whole = nil
		} else {
			waited++
		}
		back := r.comesBack(ctx, t, s, began, whole)
		worst.slower(back)
		rushes = append(rushes, back.rushed)
		r.hubErrors = append(r.hubErrors, r.hub.errors()...)
		if ctx.Err() != nil {
			break
		}
		if whole != nil && !back.served() {
			r.late(t, "not everybody was served again within %v of start %d: %v", s.back, n, back)
		}
	}
	r.hub.kill()
	if err := limit.bit(); err != nil {
		r.blame(t, "%v: %v", limit, err)
	}
	limit.end()
	began := time.Now()
	r.hub = start(t, before, r.data, r.port, unlimited{})
	after := r.comesBack(ctx, t, s, began, comeback.pictured)
	if !after.pictured() && ctx.Err() == nil {
		r.late(t, "not everybody was served again within %v after the storm: %v", s.back, after)
	}
	r.settle(ctx)
	slices.Sort(rushes)
	if all := len(r.clients) + len(r.sockets); rushes[len(rushes)/2] < all*rushing/100 {
		r.late(t, "only %d of %d clients were back within %v, half of the time", rushes[len(rushes)/2], all, rush)
	}
	return fmt.Sprintf("%d kills, %v, each database call %v late; %d of %d clients back within %v (median; at least %d); of %d starts watched to the end the slowest %v; after the storm: %v", s.kills, limit, s.delay, rushes[len(rushes)/2], len(r.clients)+len(r.sockets), rush, rushes[0], waited, worst, after)
}

// comeback is how long after its start a hub had its clients again; zero is
// not yet.
type comeback struct {
	listens time.Duration
	answers time.Duration // a client is answered with a mark of its own
	pushes  time.Duration // a socket brings a picture or an event
	live    time.Duration // all owners were told, one after the other, that all their cameras are live
	dark    string        // why not all are, when last looked
	rushed  int           // clients that were back within a second of its listening
}

// rushing is what share of the clients, in percent, has to be back then: a busy
// machine keeps some.
const rushing = 95

// back is how many clients have found somebody since.
func (r *rig) back(since time.Time) (n int64) {
	for _, c := range r.clients {
		if c.conn.dialed.Load() > since.UnixNano() {
			n++
		}
	}
	for _, k := range r.sockets {
		if k.conn.dialed.Load() > since.UnixNano() {
			n++
		}
	}
	return n
}

func (b comeback) served() bool { return b.answers > 0 && b.live > 0 }

func (b comeback) pictured() bool { return b.served() && b.pushes > 0 }

// slower takes over what took longer elsewhere.
func (b *comeback) slower(c comeback) {
	b.listens, b.answers, b.pushes, b.live = max(b.listens, c.listens), max(b.answers, c.answers), max(b.pushes, c.pushes), max(b.live, c.live)
}

func (b comeback) String() string {
	say := func(d time.Duration) string {
		if d == 0 {
			return "never"
		}
		return fmt.Sprintf("after %.1f s", d.Seconds())
	}
	live := say(b.live)
	if b.dark != "" {
		live += " (" + b.dark + ")"
	}
	return fmt.Sprintf("listens %s, first answers %s, first pictures on sockets %s, all cameras live %s", say(b.listens), say(b.answers), say(b.pushes), live)
}

// comesBack watches a hub that has just begun, for as long as it shall live:
// with whole, until that is so or the time for it is over.
func (r *rig) comesBack(ctx context.Context, t *testing.T, s storm, began time.Time, whole func(comeback) bool) (b comeback) {
	t.Helper()
	r.hub.ready(t)
	b.listens = time.Since(began)
	told := 0 // owners
	var rushed atomic.Int64
	counting := time.AfterFunc(rush, func() { rushed.Store(r.back(began)) })
	defer func() {
		counting.Stop()
		b.rushed = int(rushed.Load())
	}()
	answers, pushed := r.marks() // all of the hub before: this one only begins to answer
	for {
		now, nowPushed := r.marks()
		if b.answers == 0 && now > answers {
			b.answers = time.Since(began)
		}
		if b.pushes == 0 && nowPushed > pushed {
			b.pushes = time.Since(began)
		}
		if b.live == 0 && b.answers > 0 {
			if told, b.dark = r.toldLive(told); told == owners {
				b.live = time.Since(began)
			}
		}
		age := time.Since(began)
		if age-b.listens >= s.lives && (whole == nil || whole(b) || age > s.back) {
			return b
		}
		const often = 100 * time.Millisecond
		if !rest(ctx, often) {
			return b
		}
	}
}

// settle waits until clients get answers again.
func (r *rig) settle(ctx context.Context) {
	const calm = 3 * time.Second
	rest(ctx, calm)
	r.restarting.Store(false)
}
