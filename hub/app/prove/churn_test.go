package prove

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// churn is how fast grants come and go.
type churn struct {
	perSecond int     // grants and revokes together
	least     float64 // of them, on a machine that does other things too
	goal      goal
	seatEvery time.Duration // from one sign-out and sign-in to the next
}

// churned counts what was done.
type churned struct {
	granted, revoked, refused, seats atomic.Int64
	granting, revoking               atomic.Int64 // time spent waiting for the answers, ns
}

// mean is the time that one of n took.
func mean(sum, n int64) time.Duration {
	return (time.Duration(sum) / time.Duration(max(1, n))).Round(time.Millisecond)
}

// churns grants and revokes over HTTP while everybody asks, and signs devices
// out and in.
func (r *rig) churns(ctx context.Context, t *testing.T, c churn) (note string) {
	t.Helper()
	var done churned
	var running sync.WaitGroup
	stop, cancel := context.WithCancel(ctx)
	const workers = 2 * owners
	admins := make([]*admin, workers)
	for w := range workers {
		s, err := r.signIn(r.direct, w%owners)
		if err != nil {
			t.Fatal(err)
		}
		admins[w] = r.admin(s)
	}
	// The changes are what counts here: clients leave them room.
	const room = 16
	for range room {
		r.flight <- struct{}{}
	}
	defer func() {
		for range room {
			<-r.flight
		}
	}()
	began := time.Now()
	for w, a := range admins {
		running.Go(func() { r.churnWorker(stop, a, w, time.Second*workers/time.Duration(c.perSecond), &done) })
	}
	running.Go(func() { r.reseats(stop, c.seatEvery, &done) })
	r.until(ctx, c.goal)
	cancel()
	running.Wait()
	took := time.Since(began).Seconds()
	changes := done.granted.Load() + done.revoked.Load()
	if rate := float64(changes) / took; rate < c.least {
		t.Errorf("only %.1f grant changes a second", rate)
		r.failed = true
	}
	return fmt.Sprintf("%d grants (%v each) and %d revokes (%v each), %.1f a second, %d refused, %d sign-outs and sign-ins",
		done.granted.Load(), mean(done.granting.Load(), done.granted.Load()), done.revoked.Load(), mean(done.revoking.Load(), done.revoked.Load()),
		float64(changes)/took, done.refused.Load(), done.seats.Load())
}

// proofLife is how long a password counts that was given.
const proofLife = 4 * time.Minute

// churnWorker changes the grants of one owner's cameras, one at a time; two
// workers of an owner have cameras of their own.
func (r *rig) churnWorker(ctx context.Context, a *admin, w int, every time.Duration, done *churned) {
	random := rand.New(rand.NewPCG(r.seed, uint64(w)))
	owner, proved := a.s.account, time.Now()
	defer func() { a.c.shut() }()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if time.Since(proved) > proofLife {
			if status, b, err := a.try("POST", "/s/"+a.s.scope+"/api/prove", map[string]string{"password": password}); err != nil || status != http.StatusNoContent {
				r.findings.add("churn", "the password again: status %d, %v, %.200s", status, err, b)
				continue
			}
			proved = time.Now()
		}
		const half = perOwner / 2
		cam := r.cameras[owner*perOwner+w/owners*half+random.IntN(half)]
		grantee := (owner + 2 + random.IntN(4)) % owners
		if !r.fixed[[2]int{grantee, cam.n}] {
			r.change(a, cam, grantee, random, done)
		}
	}
}

// change revokes what is granted, or grants.
func (r *rig) change(a *admin, cam *camera, grantee int, random *rand.Rand, done *churned) {
	path := "/s/" + a.s.scope + "/api/cameras/" + cam.at().String() + "/grants/" + r.accounts[grantee].id
	if r.truth.covers(grantee, cam, 0, time.Now()) && r.truth[grantee][cam.n].Load().until.IsZero() {
		began := time.Now()
		status, b, err := a.try("DELETE", path, nil)
		if err != nil || status != http.StatusNoContent {
			done.refused.Add(1)
			r.findings.add("churn", "revoking: status %d, %v, %.200s", status, err, b)
			return
		}
		r.truth.revoke(grantee, cam, time.Now())
		done.revoked.Add(1)
		done.revoking.Add(int64(time.Since(began)))
		return
	}
	kind := []grantKind{{[]string{"live"}, "now", seeIt | live}, {[]string{"live", "audio", "history"}, "now", everything}, {[]string{"live", "history", "export"}, "all", everything}}[random.IntN(3)]
	began := time.Now()
	if err := r.grant(a, cam, grantee, kind); err != nil {
		done.refused.Add(1)
		r.findings.add("churn", "granting: %v", err)
		return
	}
	done.granted.Add(1)
	done.granting.Add(int64(time.Since(began)))
}

// grantKind is what is granted.
type grantKind struct {
	actions []string
	history string
	rights  right
}

// newRun is how long a new grant may wait for a run with a key of its own.
const newRun = 15 * time.Second

// grant shares a camera; the checker knows it before the hub does.
func (r *rig) grant(a *admin, cam *camera, grantee int, k grantKind) error {
	h := held{rights: k.rights, steady: time.Now().Add(newRun)}
	if k.history == "now" {
		h.from = cam.fake.LastMark().Frame
	}
	r.truth.grant(grantee, cam, h)
	path := "/s/" + a.s.scope + "/api/cameras/" + cam.at().String() + "/grants/" + r.accounts[grantee].id
	status, b, err := a.try("PUT", path, map[string]any{"actions": k.actions, "history": k.history})
	if err != nil || status != http.StatusNoContent {
		r.truth.revoke(grantee, cam, time.Now())
		return fmt.Errorf("status %d, %w, %.200s", status, err, b)
	}
	return nil
}

// reseats signs one device after the other out and in again.
func (r *rig) reseats(ctx context.Context, every time.Duration, done *churned) {
	for n := 0; rest(ctx, every); n++ {
		a := r.accounts[n%len(r.accounts)]
		k := a.seats[1+n/len(r.accounts)%(len(a.seats)-1)] // the first is the rig's own
		old := k.session.Load()
		old.ended.Store(true)
		out := r.admin(old)
		status, b, err := out.try("POST", "/s/"+old.scope+"/api/sign-out", nil)
		out.c.shut()
		if err != nil || status != http.StatusNoContent {
			r.findings.add("churn", "signing out: status %d, %v, %.200s", status, err, b)
		}
		s, err := r.signIn(r.direct, n%len(r.accounts))
		if err != nil {
			r.findings.add("churn", "%v", err)
			continue
		}
		k.session.Store(s)
		done.seats.Add(1)
	}
}
