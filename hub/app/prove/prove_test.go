package prove

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var (
	form = flag.String("prove", "", "long, quick for the form of three minutes, or race; nothing is proved without it")
	only = flag.String("phases", "", "run only these phases, separated by commas")
)

// rig is everything but the hub.
type rig struct {
	seed      uint64
	builds    *builds
	dir       string
	data      string
	port      string
	hub       *hub
	direct    *door                // the hub itself
	door      atomic.Pointer[door] // where clients go: the hub, or what stands in front of it
	accounts  []*account
	cameras   []*camera
	traveller *camera // goes from hand to hand, see turnover_test.go
	old       []id    // of cameras that were removed

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
	curious    atomic.Bool     // clients mostly ask for what is not theirs
	fixed      map[[2]int]bool // grants of the cast, by grantee and camera
	proofs     [accounts]proof
	keys       [accounts]sync.RWMutex // locked while an account gets another password or other keys
	guests     []*seat
	after      func() // what a phase does when its clients are gone
	sites      map[string]siteCount
	least      int // swaps that every site must have seen
	rows       []row
	breaches   []string // of all phases together
	failed     bool
	straying   atomic.Bool // clients try addresses of other sessions, cache or not
	why        string      // what the rig saw of the mutant of this phase
}

// scale is how much is done.
type scale struct {
	clients, sockets int
	devices          int // per account
	total            int // own-mark answers of all phases
	share            int // percent of them that every verb has to give
	flight           int
	steady           goal
	storm            storm
	churn            churn
	faults           faults
	cache            goal // each of two
	mutants          time.Duration
	sources          bool // mutants of the source, too
	byHand           byHand
	lockOne          byHand
}

// mutantFails is how soon a hub without locks must be found out.
const mutantFails = time.Minute

// goal ends a phase: so many own-mark answers, but at least and at most so
// long.
type goal struct {
	own             int
	atLeast, atMost time.Duration
}

var (
	longScale = scale{
		clients: 340, sockets: 60, devices: 5, flight: 24, total: 1_000_000, share: 1,
		steady:  goal{400_000, time.Minute, 12 * time.Minute},
		storm:   storm{kills: 20, lives: 4 * time.Second, delay: 200 * time.Millisecond, back: 30 * time.Second},
		churn:   churn{perSecond: 60, least: 50, goal: goal{150_000, time.Minute, 5 * time.Minute}, seatEvery: 500 * time.Millisecond, turnEvery: 5 * time.Second},
		faults:  faults{rate: 0.01, least: 100, goal: goal{150_000, 4 * time.Minute, 6 * time.Minute}, seatEvery: 300 * time.Millisecond},
		cache:   goal{200_000, 30 * time.Second, 5 * time.Minute},
		mutants: 30 * time.Second,
		sources: true,
		byHand:  byHand{rounds: 5, hold: 500 * time.Millisecond},
		lockOne: byHand{rounds: 10, hold: 500 * time.Millisecond, films: true},
	}
	quickScale = scale{
		clients: 340, sockets: 60, devices: 2, flight: 24,
		steady:  goal{15_000, 10 * time.Second, 15 * time.Second},
		storm:   storm{kills: 2, lives: 3 * time.Second, delay: 200 * time.Millisecond, back: 60 * time.Second},
		churn:   churn{perSecond: 60, least: 5, goal: goal{10_000, 10 * time.Second, 12 * time.Second}, seatEvery: 500 * time.Millisecond, turnEvery: time.Second},
		faults:  faults{rate: 0.01, goal: goal{15_000, 10 * time.Second, 18 * time.Second}, seatEvery: 500 * time.Millisecond},
		cache:   goal{10_000, 5 * time.Second, 8 * time.Second},
		mutants: 4 * time.Second,
		byHand:  byHand{rounds: 1, hold: 200 * time.Millisecond},
		lockOne: byHand{rounds: 1, hold: 100 * time.Millisecond},
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
	made := &builds{dir: t.TempDir()}
	r, m := newRig(t, made, "main"), newRig(t, made, "mutant")
	defer func() {
		r.rows, r.failed = append(r.rows, m.rows...), r.failed || m.failed
		r.conclude(t, size)
	}()
	r.stage(t, size, "")
	r.phase(t, "steady", allRight, func(ctx context.Context) string { r.until(ctx, size.steady); return "" })
	r.phase(t, "restart storm", 0, func(ctx context.Context) string { return r.storms(ctx, t, size.storm) })
	r.phase(t, "grant churn", allRight, func(ctx context.Context) string { return r.churns(ctx, t, size.churn) })
	r.phase(t, "fault build", counted|namesToo, func(ctx context.Context) string { return r.faulty(ctx, t, size.faults) })
	// Nothing is broken for what stands below a scope and is asked by GET: no other
	// session has the address, and no answer is asked for twice that may change.
	r.phase(t, "broken cache", cached|allRight, func(ctx context.Context) string { return r.behind(ctx, t, "GET HEAD", size.cache) })
	// Here wrong answers are expected, and no foreign one: POST asks for the same
	// address with other bodies, so a page of events or thumbnails is the one that
	// the same session asked for up to a minute ago.
	r.phase(t, "broken cache of POST too", cached, func(ctx context.Context) string { return r.behind(ctx, t, "GET HEAD POST", size.cache) })
	r.phase(t, "swapped by hand", 0, func(ctx context.Context) string { return r.swapped(ctx, t, size.byHand) })
	if n := r.counted(); n < size.total {
		r.phase(t, "steady again", allRight, func(ctx context.Context) string {
			r.until(ctx, goal{size.total - n, 0, size.steady.atMost})
			return ""
		})
	}
	// Last of the real hub: its journal keeps for good whose a camera was for a
	// moment, and so shows its id to an account that it is not for.
	r.phase(t, "swapped by hand: lock 1", namesToo, func(ctx context.Context) string { return r.lockOneSwapped(ctx, t, size.lockOne) })
	r.mutate(t, mutation{name: "without lock 1", tags: "nolock1", rules: namesToo | isMutant, lasts: size.mutants})
	if size.sources {
		for _, x := range mutants {
			r.mutate(t, x.mutation(size.mutants))
		}
	}
	r.hub.kill()
	// Keys that everybody has are those of a hub that never had others.
	if *only == "" || strings.Contains(*only, "without") {
		m.stage(t, size, "nolock2")
		m.mutate(t, mutation{name: "without lock 2", tags: "nolock2", rules: isMutant, lasts: size.mutants})
		m.mutate(t, mutation{name: "without both locks", tags: "nolock1,nolock2", rules: mustFail | isMutant, lasts: mutantFails})
		m.hub.kill()
	}
}

// conclude judges all phases together, prints the table and fails if anything did.
func (r *rig) conclude(t *testing.T, size scale) {
	r.judgeAll(size)
	r.print(os.Stdout)
	if r.failed {
		t.Error("the proof failed")
	}
}

// newRig is a rig without a hub.
func newRig(t *testing.T, made *builds, name string) *rig {
	t.Helper()
	dir := folder(t)
	return &rig{
		seed: 7, dir: dir, data: filepath.Join(dir, name), port: freePort(t), builds: made, turns: turns,
	}
}

// stage brings up hub, accounts, cameras, recordings and clients.
func (r *rig) stage(t *testing.T, size scale, tags string) {
	t.Helper()
	program := r.builds.program(t, tags)
	r.flight = make(chan struct{}, size.flight)
	for n := range accounts {
		r.accounts = append(r.accounts, &account{name: fmt.Sprint("account ", n), password: password})
	}
	r.startCameras(t)
	r.hub = start(t, program, r.data, r.port, unlimited{})
	t.Cleanup(func() { r.hub.kill() })
	r.hub.ready(t)
	r.direct = r.hub.door(t)
	r.door.Store(r.direct)
	r.people(t)
	r.seatAll(t, size.devices)
	r.addCameras(t)
	r.offer(t)
	r.share(t)
	r.record(t)
	tokens := map[int]*seat{}
	for _, owner := range tokenOwners {
		tokens[owner] = r.token(t, owner)
	}
	for _, owner := range linkOwners {
		r.link(t, owner)
	}
	for n := range size.clients {
		a := r.accounts[n%len(r.accounts)]
		k := a.seats[n/len(r.accounts)%len(a.seats)]
		switch turn := n / accounts; {
		case tokens[n%accounts] != nil && turn%4 == 0:
			k = tokens[n%accounts]
		case n%accounts == nobody && turn%2 == 0:
			k = r.guests[turn/2%len(r.guests)]
		}
		r.clients = append(r.clients, r.newClient(n, k))
	}
	for n := range size.sockets {
		a := r.accounts[n%len(r.accounts)]
		k := a.seats[n/len(r.accounts)%len(a.seats)]
		if tokens[n%accounts] != nil && n/accounts%2 == 0 {
			k = tokens[n%accounts]
		}
		r.sockets = append(r.sockets, r.newSocket(n, k))
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
	if status, _, err := a.try("GET", "/s/"+a.s.scope+"/api/journal", nil); err != nil || status == 404 {
		r.turns[vJournal] = 0
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
	for !r.allLive() {
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

// allLive reports whether all owners are told that all their cameras are live; a
// hub that does not answer tells nobody.
func (r *rig) allLive() bool {
	for n := range owners {
		a := r.owner(n)
		var list struct {
			Cameras []struct{ Status struct{ State string } }
		}
		status, b, err := a.try("GET", "/s/"+a.s.scope+"/api/cameras", nil)
		a.c.shut()
		if err != nil || status != 200 || json.Unmarshal(b, &list) != nil {
			return false
		}
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
	rules    rules
	note     string
	counts   counts
	took     time.Duration
	findings []string
	breaches []string
	why      string // of a mutant: what found it, or why nothing crosses

	hubErrors []string // what the hub said of faults of its own
}

// phase runs the clients while do runs, and judges what was counted.
func (r *rig) phase(t *testing.T, name string, must rules, do func(context.Context) string) {
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
	running.Go(func() { r.stir(ctx) })
	note := do(ctx)
	cancel()
	running.Wait()
	line := row{name: name, rules: must, note: note, why: r.why, took: time.Since(began), findings: r.findings.take()}
	for _, c := range r.clients {
		c.take(&line.counts)
	}
	for _, k := range r.sockets {
		k.take(&line.counts)
	}
	// What a hub cannot explain is a fault of the hub; that nobody was there any
	// more to hear the answer is none.
	line.hubErrors = slices.DeleteFunc(r.hub.says.grep("status=500", "panic"), func(s string) bool { return strings.Contains(s, net.ErrClosed.Error()) })
	r.why = ""
	if r.after != nil {
		r.after()
		r.after = nil
	}
	r.judge(&line)
	r.rows = append(r.rows, line)
	fmt.Printf("%s: %v, %d goroutines\n", name, line.took.Round(time.Second), runtime.NumGoroutine())
}

// own is how many answers with a mark of their client's own camera there are
// by now.
func (r *rig) own() int {
	answers, pushed := r.marks()
	return answers + pushed
}

// marks are those that clients were answered, and those that sockets brought.
func (r *rig) marks() (answers, pushed int) {
	for _, c := range r.clients {
		c.mu.Lock()
		answers += c.sum.own()
		c.mu.Unlock()
	}
	for _, k := range r.sockets {
		k.mu.Lock()
		pushed += k.sum.own()
		k.mu.Unlock()
	}
	return answers, pushed
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

// roomy is how much memory has to be free for hubs' data, in bytes: the long
// form fills half of it.
const roomy = 2 << 30

// folder is where a hub's data lie: in memory if the machine offers enough of
// that. What a disk keeps after a power cut is tested elsewhere; here it would set
// the pace.
func folder(t *testing.T) string {
	t.Helper()
	const memory = "/dev/shm"
	var room syscall.Statfs_t
	if syscall.Statfs(memory, &room) != nil || room.Bavail*uint64(room.Bsize) < roomy {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "lares-prove")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// judge names what the phase may not have. Where nothing was broken on purpose,
// what is legal must succeed: 99.99 % of it in the long form; the short form is
// too short for that figure, so nothing may be wrong and little late.
func (r *rig) judge(l *row) {
	sum := l.counts.total()
	breach := func(ok bool, format string, args ...any) {
		if !ok {
			l.breaches = append(l.breaches, fmt.Sprintf(format, args...))
			r.failed = true
		}
	}
	if l.rules&mustFail != 0 {
		breach(sum.foreign > 0, "nothing crossed although both locks are gone: this proof proves nothing")
		return
	}
	if l.rules&mustFind != 0 {
		breach(l.why != "", "nothing was seen of it: this proof does not look there")
		return
	}
	breach(len(l.hubErrors) == 0, "the hub said %d times that it failed, as in: %.300s", len(l.hubErrors), strings.Join(l.hubErrors, ""))
	breach(sum.foreign == 0, "foreign %d", sum.foreign)
	breach(sum.apart == 0 || l.rules&namesToo != 0, "%d foreign names, times, kinds or ids", sum.apart)
	breach(sum.accounts == 0, "%d answers for another account", sum.accounts)
	breach(sum.scopes == 0, "%d addresses of other sessions", sum.scopes)
	breach(sum.passed == 0 || l.rules&namesToo != 0, "%d requests that were not refused", sum.passed)
	breach(sum.own > 0, "nothing was counted")
	if l.rules&allRight != 0 {
		const most, mostLate = 10_000, 100 // one in
		breach(sum.wrong <= sum.legal/most, "%d of %d legal requests went wrong", sum.wrong, sum.legal)
		if *form == "quick" {
			breach(sum.unavailable <= sum.legal/mostLate, "%d of %d legal requests were not answered", sum.unavailable, sum.legal)
		} else {
			breach(sum.wrong+sum.unavailable <= sum.legal/most, "%d of %d legal requests went wrong or were not answered", sum.wrong+sum.unavailable, sum.legal)
		}
	}
	if l.rules&cached != 0 {
		const least = 30 // percent
		breach(100*sum.hits > least*sum.asked, "the proxy had only %s of the answers", share(sum.hits, sum.asked))
	}
	if l.rules&counted != 0 {
		for _, b := range r.judgeSites(r.least) {
			breach(false, "%s", b)
		}
	}
}

// counted is how many own-mark answers the phases gave, builds without a lock
// left out.
func (r *rig) counted() (n int) {
	for _, l := range r.rows {
		if l.rules&isMutant == 0 {
			n += l.counts.own()
		}
	}
	return n
}

// judgeAll judges what all phases gave together.
func (r *rig) judgeAll(size scale) {
	if *only != "" {
		return
	}
	var all counts
	for _, l := range r.rows {
		if l.rules&isMutant == 0 {
			all.add(&l.counts)
		}
	}
	n := all.own()
	if n < size.total {
		r.breaches = append(r.breaches, fmt.Sprintf("only %d answers counted, want %d", n, size.total))
	}
	for v, k := range all {
		if k.own == 0 || 100*k.own < size.share*n {
			r.breaches = append(r.breaches, fmt.Sprintf("%s gave only %d of %d answers", verbNames[v], k.own, n))
		}
	}
	r.failed = r.failed || len(r.breaches) > 0
}

// rules are what a phase must also be.
type rules uint8

const (
	allRight rules = 1 << iota // nothing was broken on purpose
	cached                     // through a proxy that had many of the answers
	counted                    // each swap was counted where it was made
	namesToo                   // foreign names and ids are allowed, and reported
	mustFail                   // both locks are gone: something must cross
	isMutant                   // a build without a lock or a part of one, shown apart
	mustFind                   // the rig must see that it is one
)
