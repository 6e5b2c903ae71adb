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
	room      int     // the changes are what counts here: clients leave them so many requests
	goal      goal
	seatEvery time.Duration // from one sign-out and sign-in to the next
	turnEvery time.Duration // from one change of passwords, keys or owners to the next
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

// churns grants and revokes over HTTP while everybody asks, signs devices out
// and in, and now and then changes a password, rotates an account's keys and
// hands a camera over.
func (r *rig) churns(ctx context.Context, t *testing.T, c churn) (note string) {
	t.Helper()
	var done churned
	var running sync.WaitGroup
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	hands := r.newTurnover(t)
	defer r.leave(c.room)()
	began := time.Now()
	for w := range perCamera * allCameras {
		running.Go(func() { r.churnWorker(stop, w, time.Second*perCamera*allCameras/time.Duration(c.perSecond), &done) })
	}
	running.Go(func() { r.reseats(stop, c.seatEvery, &done) })
	turned := make(chan struct{})
	go func() {
		defer close(turned)
		hands.run(stop, c.turnEvery)
	}()
	r.until(ctx, c.goal)
	cancel()
	running.Wait()
	took := time.Since(began).Seconds()
	<-turned
	changes := done.granted.Load() + done.revoked.Load()
	rate := float64(changes) / took
	if rate < c.least {
		r.late(t, "only %.1f grant changes a second", rate)
	}
	for _, b := range hands.late {
		r.late(t, "%s", b)
	}
	for _, b := range hands.end() {
		r.blame(t, "%s", b)
	}
	return fmt.Sprintf("%d grants (%v each) and %d revokes (%v each), %.1f a second, %d refused, %d sign-outs and sign-ins, %s",
		done.granted.Load(), mean(done.granting.Load(), done.granted.Load()), done.revoked.Load(), mean(done.revoking.Load(), done.revoked.Load()),
		rate, done.refused.Load(), done.seats.Load(), hands)
}

// proofLife is how long a password counts that was given.
const proofLife = 4 * time.Minute

// proof is when an account gave its password last.
type proof struct {
	mu      sync.Mutex // guards following; held while the password is given
	session *session
	at      time.Time
}

// proved is the rig's own session of an account, with a password that counts.
func (r *rig) proved(account int) (*admin, error) {
	a, p := r.owner(account), &r.proofs[account]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session == a.s && time.Since(p.at) < proofLife {
		return a, nil
	}
	status, b, err := a.try("POST", "/s/"+a.s.scope+"/api/prove", map[string]string{"password": r.accounts[account].password})
	if err != nil || status != http.StatusNoContent {
		a.c.shut()
		return nil, fmt.Errorf("the password again: status %d, %v, %.200s", status, err, b)
	}
	p.session, p.at = a.s, time.Now()
	return a, nil
}

// perCamera is how many workers change the grants of one camera, each those of
// two accounts of its own.
const perCamera = 2

// churnWorker changes the grants of one camera to two accounts, one at a time.
func (r *rig) churnWorker(ctx context.Context, w int, every time.Duration, done *churned) {
	cam, first := r.cameras[w/perCamera], 2+2*(w%perCamera)
	random := rand.New(rand.NewPCG(r.seed, uint64(w)))
	var a *admin
	defer func() {
		if a != nil {
			a.c.shut()
		}
	}()
	// Not all at the same moment; who is late catches up.
	next := time.Now().Add(time.Duration(random.Int64N(int64(every))))
	for rest(ctx, time.Until(next)) {
		next = next.Add(every)
		which := random.IntN(2)
		grantee := (cam.owner + first + which) % owners
		if r.fixed[[2]int{grantee, cam.n}] {
			grantee = (cam.owner + first + 1 - which) % owners
		}
		a = r.changeAs(a, cam, grantee, random, done)
	}
}

// changeAs is change, while neither owner nor grantee gets other keys; it
// returns the connection for the next one.
func (r *rig) changeAs(a *admin, cam *camera, grantee int, random *rand.Rand, done *churned) *admin {
	defer r.turning(cam.owner, grantee)()
	fresh, err := r.proved(cam.owner)
	if err != nil {
		r.findings.add("churn", "%v", err)
		return a
	}
	if a == nil || a.s != fresh.s {
		if a != nil {
			a.c.shut()
		}
		a = fresh
	}
	r.change(a, cam, grantee, random, done)
	return a
}

// turning holds off what changes an account's password and keys.
func (r *rig) turning(accounts ...int) (done func()) {
	for _, n := range accounts {
		r.keys[n].RLock()
	}
	return func() {
		for _, n := range accounts {
			r.keys[n].RUnlock()
		}
	}
}

// change revokes what is granted, or grants.
func (r *rig) change(a *admin, cam *camera, grantee int, random *rand.Rand, done *churned) {
	path := "/s/" + a.s.scope + "/api/cameras/" + cam.at().String() + "/grants/" + r.accounts[grantee].id
	if r.truth.covers(grantee, cam, 0, time.Now()) && r.truth[grantee][cam.n].Load().until.IsZero() {
		began := time.Now()
		doubted := r.truth.doubted(grantee, cam)
		r.truth.doubt(grantee, cam) // from now on it may be gone; until the answer comes, it may not
		status, b, err := a.try("DELETE", path, nil)
		gone := status == http.StatusNotFound && doubted
		if err != nil || status != http.StatusNoContent && !gone {
			// It stays in doubt: a commit that took too long may still have happened.
			done.refused.Add(1)
			r.findings.add("churn", "revoking: status %d, %v, %.200s", status, err, b)
			return
		}
		r.truth.revoke(grantee, cam, time.Now())
		done.revoked.Add(1)
		done.revoking.Add(int64(time.Since(began)))
		return
	}
	kind := fromNow[random.IntN(len(fromNow))]
	// A grant of all history seals a key of each epoch, of which this phase makes
	// more than a house does in years.
	if random.IntN(allHistoryIn) == 0 {
		kind = fromStart
	}
	began := time.Now()
	if err := r.grant(a, cam, grantee, kind); err != nil {
		done.refused.Add(1)
		r.findings.add("churn", "granting: %v", err)
		return
	}
	done.granted.Add(1)
	done.granting.Add(int64(time.Since(began)))
}

// allHistoryIn is one in how many grants is one of all history.
const allHistoryIn = 10

var (
	fromNow   = [...]grantKind{{[]string{"live"}, "now", seeIt | live}, {[]string{"live", "audio", "history"}, "now", everything}}
	fromStart = grantKind{[]string{"live", "history", "export"}, "all", everything}
)

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
		h.from, h.since = cam.fake.LastMark().Frame, time.Now().Truncate(time.Millisecond)
	}
	r.truth.grant(grantee, cam, h)
	path := "/s/" + a.s.scope + "/api/cameras/" + cam.at().String() + "/grants/" + r.accounts[grantee].id
	status, b, err := a.try("PUT", path, map[string]any{"actions": k.actions, "history": k.history})
	switch {
	case err == nil && status == http.StatusNoContent:
		return nil
	case err != nil || status == http.StatusServiceUnavailable:
		r.truth.doubt(grantee, cam)
	default:
		r.truth.revoke(grantee, cam, time.Now())
	}
	return fmt.Errorf("status %d, %v, %.200s", status, err, b)
}

// reseats signs one device after the other out and in again.
func (r *rig) reseats(ctx context.Context, every time.Duration, done *churned) {
	for n := 0; rest(ctx, every); n++ {
		a := r.accounts[n%len(r.accounts)]
		r.resit(n%len(r.accounts), a.seats[1+n/len(r.accounts)%(len(a.seats)-1)], done) // the first is the rig's own
	}
}

// resit signs one device out and in again.
func (r *rig) resit(account int, k *seat, done *churned) {
	defer r.turning(account)()
	old := k.session.Load()
	old.ended.Store(true)
	out := r.admin(old)
	status, b, err := out.try("POST", "/s/"+old.scope+"/api/sign-out", nil)
	out.c.shut()
	if err != nil || status != http.StatusNoContent {
		r.findings.add("churn", "signing out: status %d, %v, %.200s", status, err, b)
	}
	s, err := r.signIn(r.direct, account)
	if err != nil {
		r.findings.add("churn", "%v", err)
		return
	}
	k.session.Store(s)
	done.seats.Add(1)
}
