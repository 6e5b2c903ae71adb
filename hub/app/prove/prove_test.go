package prove

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	form = flag.String("prove", "", "long, or quick for the form of three minutes; nothing is proved without it")
	only = flag.String("phases", "", "run only these phases, separated by commas")
)

// rig is everything but the hub.
type rig struct {
	seed     uint64
	builds   *builds
	dir      string
	data     string
	port     string
	hub      *hub
	direct   *door                // the hub itself
	door     atomic.Pointer[door] // where clients go: the hub, or what stands in front of it
	accounts []*account
	cameras  []*camera
	old      []id // of cameras that were removed

	byPicture map[[16]byte]*camera
	truth     truth
	register  register
	findings  findings
	absent    []byte // what answers look like to what is not there
	turns     [verbs]int
	turnSum   int
	decoded   atomic.Uint64

	clients    []*client
	sockets    []*socket
	flight     chan struct{}   // as many requests are under way at once
	restarting atomic.Bool     // connections may break
	fixed      map[[2]int]bool // grants of the cast, by grantee and camera
	missing    []string        // what this hub cannot do
	rows       []row
	failed     bool
}

// scale is how much is done.
type scale struct {
	clients, sockets int
	devices          int // per account
	flight           int
	steady           goal
	storm            storm
	churn            churn
	cache            goal // each of two
	swaps            int
	swapHold         time.Duration
}

// goal ends a phase: so many own-mark answers, but at least and at most so
// long.
type goal struct {
	own             int
	atLeast, atMost time.Duration
}

var (
	longScale = scale{
		clients: 340, sockets: 60, devices: 5, flight: 24,
		steady: goal{400_000, time.Minute, 12 * time.Minute},
		storm:  storm{kills: 20, lives: 6 * time.Second, delay: 200 * time.Millisecond},
		churn:  churn{perSecond: 50, goal: goal{150_000, time.Minute, 5 * time.Minute}, seatEvery: 500 * time.Millisecond},
		cache:  goal{200_000, 30 * time.Second, 5 * time.Minute},
		swaps:  5, swapHold: 500 * time.Millisecond,
	}
	quickScale = scale{
		clients: 340, sockets: 60, devices: 2, flight: 24,
		steady: goal{20_000, 10 * time.Second, 20 * time.Second},
		storm:  storm{kills: 2, lives: 4 * time.Second, delay: 200 * time.Millisecond},
		churn:  churn{perSecond: 50, goal: goal{10_000, 10 * time.Second, 15 * time.Second}, seatEvery: 500 * time.Millisecond},
		cache:  goal{10_000, 5 * time.Second, 10 * time.Second},
		swaps:  1, swapHold: 300 * time.Millisecond,
	}
)

func TestProve(t *testing.T) {
	size := longScale
	switch *form {
	case "":
		t.Skip("the proof runs by itself: make prove, make prove-quick")
	case "quick":
		size = quickScale
	}
	dir := t.TempDir()
	r := &rig{
		seed: 7, dir: dir, data: filepath.Join(dir, "data"), port: freePort(t), builds: &builds{dir: dir},
		turns: turns, flight: make(chan struct{}, size.flight),
	}
	r.stage(t, size)
	r.phase(t, "steady", func(ctx context.Context) string { r.until(ctx, size.steady); return "" })
	r.phase(t, "restart storm", func(ctx context.Context) string { return r.storms(ctx, t, size.storm) })
	if len(r.fixed) > 0 {
		r.phase(t, "grant churn", func(ctx context.Context) string { return r.churns(ctx, t, size.churn) })
	}
	r.phase(t, "broken cache", func(ctx context.Context) string { return r.behind(ctx, t, "GET HEAD", size.cache) })
	r.phase(t, "broken cache, POST too", func(ctx context.Context) string { return r.behind(ctx, t, "GET HEAD POST", size.cache) })
	r.phase(t, "swapped by hand", func(ctx context.Context) string { return r.swapped(ctx, t, size.swaps, size.swapHold) })
	r.print(os.Stdout)
	if r.failed {
		t.Error("the proof failed")
	}
}

// stage brings up hub, accounts, cameras, recordings and clients.
func (r *rig) stage(t *testing.T, size scale) {
	t.Helper()
	program := r.builds.program(t, "")
	for n := range accounts {
		r.accounts = append(r.accounts, &account{name: fmt.Sprint("account ", n)})
	}
	r.people(t)
	r.startCameras(t)
	r.hub = start(t, program, r.data, r.port, unlimited{})
	t.Cleanup(func() { r.hub.kill() })
	r.hub.ready(t)
	r.direct = r.hub.door(t)
	r.door.Store(r.direct)
	r.seatAll(t, size.devices)
	r.addCameras(t)
	r.offer(t)
	r.overlap(t)
	r.record(t)
	const tokenOwner = 3
	token := r.token(t, tokenOwner)
	for n := range size.clients {
		a := r.accounts[n%len(r.accounts)]
		k := a.seats[n/len(r.accounts)%len(a.seats)]
		if token != nil && n%accounts == tokenOwner && n/accounts%2 == 0 {
			k = token
		}
		r.clients = append(r.clients, r.newClient(n, k))
	}
	for n := range size.sockets {
		a := r.accounts[n%len(r.accounts)]
		r.sockets = append(r.sockets, r.newSocket(n, a.seats[n/len(r.accounts)%len(a.seats)]))
	}
}

// offer leaves out what this hub does not serve.
func (r *rig) offer(t *testing.T) {
	t.Helper()
	a := r.owner(0)
	_, body, err := a.try("GET", "/s/"+a.s.scope+"/api/nothing", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.absent = append([]byte(nil), body...)
	for v, path := range map[verb]string{vJournal: "journal"} {
		status := 404
		if path != "" {
			status, _, err = a.try("GET", "/s/"+a.s.scope+"/api/"+path, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if status == 404 {
			r.turns[v] = 0
		}
	}
	for _, n := range r.turns {
		r.turnSum += n
	}
}

// record waits until all cameras are live and each has clips.
func (r *rig) record(t *testing.T) {
	t.Helper()
	began := time.Now()
	const limit = 90 * time.Second
	for !r.allLive(t) {
		if time.Since(began) > limit {
			t.Fatalf("not all cameras are live:\n%s\n%s", r.report(t), r.hub.says.tail())
		}
		time.Sleep(200 * time.Millisecond)
	}
	r.move(true)
	time.Sleep(500 * time.Millisecond)
	r.move(false)
	for r.learn(t) < 1 {
		if time.Since(began) > limit {
			t.Fatalf("not all cameras have recorded:\n%s\n%s", r.report(t), r.hub.says.tail())
		}
		time.Sleep(500 * time.Millisecond)
	}
	fmt.Printf("all cameras have clips after %v\n", time.Since(began).Round(time.Second))
}

func (r *rig) allLive(t *testing.T) bool {
	t.Helper()
	for n := range owners {
		var list struct {
			Cameras []struct{ Status struct{ State string } }
		}
		r.owner(n).call(t, "GET", "cameras", nil, 200, &list)
		for _, c := range list.Cameras {
			if c.Status.State != "live" {
				return false
			}
		}
	}
	return true
}

// row is a phase's line of the table.
type row struct {
	name     string
	note     string
	counts   counts
	took     time.Duration
	findings []string
	breaches []string
}

// phase runs the clients while do runs, and judges what was counted.
func (r *rig) phase(t *testing.T, name string, do func(context.Context) string) {
	t.Helper()
	if *only != "" && !strings.Contains(","+*only+",", ","+name+",") {
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	began := time.Now()
	for _, c := range r.clients {
		running.Go(func() { c.run(ctx) })
	}
	for _, k := range r.sockets {
		running.Go(func() { k.run(ctx) })
	}
	note := do(ctx)
	cancel()
	running.Wait()
	line := row{name: name, note: note, took: time.Since(began), findings: r.findings.take()}
	for _, c := range r.clients {
		c.take(&line.counts)
	}
	for _, k := range r.sockets {
		k.take(&line.counts)
	}
	r.judge(&line)
	r.rows = append(r.rows, line)
	fmt.Printf("%s: %v, %d goroutines\n", name, line.took.Round(time.Second), runtime.NumGoroutine())
}

// own is how many answers with a mark of their client's own camera there are
// by now.
func (r *rig) own() (n int) {
	for _, c := range r.clients {
		c.mu.Lock()
		n += c.sum.own()
		c.mu.Unlock()
	}
	for _, k := range r.sockets {
		k.mu.Lock()
		n += k.sum.own()
		k.mu.Unlock()
	}
	return n
}

func (c *counts) own() (n int) {
	for _, v := range c {
		n += v.own
	}
	return n
}

// until waits for a goal.
func (r *rig) until(ctx context.Context, g goal) {
	began := time.Now()
	for time.Since(began) < g.atMost && (time.Since(began) < g.atLeast || r.own() < g.own) {
		if !rest(ctx, 100*time.Millisecond) {
			return
		}
	}
}

// judge names what the phase may not have.
func (r *rig) judge(l *row) {
	sum := l.counts.total()
	breach := func(ok bool, format string, args ...any) {
		if !ok {
			l.breaches = append(l.breaches, fmt.Sprintf(format, args...))
			r.failed = true
		}
	}
	breach(sum.foreign == 0, "foreign %d", sum.foreign)
	breach(sum.apart == 0, "%d foreign names, times, kinds or ids", sum.apart)
	breach(sum.accounts == 0, "%d answers for another account", sum.accounts)
	breach(sum.scopes == 0, "%d addresses of other sessions", sum.scopes)
	breach(sum.passed == 0, "%d requests that were not refused", sum.passed)
	breach(sum.own > 0, "nothing was counted")
}
