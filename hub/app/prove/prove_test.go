package prove

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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
	flight     chan struct{}   // as many requests are under way at once: all clients', less what is held
	unleash    func()          // lets all clients ask at once
	restarting atomic.Bool     // connections may break
	curious    atomic.Bool     // clients mostly ask for what is not theirs
	listing    atomic.Bool     // clients ask for the other lists of an account, too
	looks      []string        // at devices, by those who offer spare cameras
	fixed      map[[2]int]bool // grants of the cast, by grantee and camera
	proofs     [accounts]proof
	keys       [accounts]sync.RWMutex // locked while an account gets another password or other keys
	guests     []*seat
	after      func() // what a phase does when its clients are gone
	sites      map[string]siteCount
	least      int      // swaps that every site must have seen
	hubErrors  []string // of hubs that were killed in this phase
	rows       []row
	breaches   []string // of all phases together
	shorts     []string // what a faster machine would have done, where that is not judged
	paced      bool     // it is
	failed     bool
	asked      sync.Map    // of asking: what accounts asked for
	letIn      atomic.Bool // lock 1 said something wrong before: journals keep that
	straying   atomic.Bool // clients try addresses of other sessions, cache or not
	why        string      // what the rig saw of the mutant of this phase
}

// scale is how much is done.
type scale struct {
	clients, sockets int
	devices          int // per account
	total            int // own-mark answers of all phases
	share            int // percent of them that every verb has to give
	flight           int // requests that are under way at once, unless all clients may
	steady           goal
	storm            storm
	churn            churn
	faults           faults
	cache            goal // each of two
	mutants          time.Duration
	sources          bool // mutants of the source, too
	byHand           byHand
	lockOne          byHand
	paced            bool // it is judged how fast the machine is, too
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
		steady:  goal{350_000, time.Minute, 10 * time.Minute},
		storm:   storm{kills: 10, flight: 24, lives: 4 * time.Second, delay: 200 * time.Millisecond, back: 60 * time.Second},
		churn:   churn{perSecond: 60, least: 50, room: 20, goal: goal{150_000, time.Minute, 4 * time.Minute}, seatEvery: 500 * time.Millisecond, turnEvery: 5 * time.Second},
		faults:  faults{rate: 0.01, least: 100, goal: goal{0, 4 * time.Minute, 4 * time.Minute}, seatEvery: 300 * time.Millisecond, longer: 8 * time.Minute},
		cache:   goal{350_000, 30 * time.Second, 5 * time.Minute},
		mutants: 25 * time.Second,
		sources: true,
		byHand:  byHand{rounds: 5, hold: 500 * time.Millisecond},
		lockOne: byHand{rounds: 8, hold: 500 * time.Millisecond, films: true},
		paced:   true,
	}
	quickScale = scale{
		clients: 340, sockets: 60, devices: 2, flight: 24,
		steady:  goal{15_000, 10 * time.Second, 15 * time.Second},
		storm:   storm{kills: 2, flight: 24, lives: 3 * time.Second, delay: 200 * time.Millisecond, back: 60 * time.Second},
		churn:   churn{perSecond: 60, least: 5, room: 20, goal: goal{10_000, 10 * time.Second, 12 * time.Second}, seatEvery: 500 * time.Millisecond, turnEvery: time.Second},
		faults:  faults{rate: 0.01, least: 3, goal: goal{15_000, 10 * time.Second, 18 * time.Second}, seatEvery: 500 * time.Millisecond, longer: 2 * time.Minute},
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
	if *only == "" {
		// Before anybody asks: hundreds of clients leave a compiler little, and ask for
		// nothing that counts while a phase waits for it.
		for _, tags := range []string{"", "crossfault", "nolock1", "nolock2", "nolock1,nolock2"} {
			made.program(t, tags)
		}
	}
	r, m := newRig(t, made, "main"), newRig(t, made, "mutant")
	defer func() {
		r.rows, r.shorts, r.failed = append(r.rows, m.rows...), append(r.shorts, m.shorts...), r.failed || m.failed
		r.conclude(t, size)
	}()
	r.stage(t, size, "")
	r.phase(t, "steady", allRight, func(ctx context.Context) string { r.until(ctx, size.steady); return "" })
	r.phase(t, "restart storm", orRefused, func(ctx context.Context) string { return r.storms(ctx, t, size.storm) })
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
			// A slow machine counts them too: nothing here is about time.
			r.until(ctx, goal{size.total - n, 0, 3 * size.steady.atMost})
			return ""
		})
	}
	// Last of the real hub: its journal keeps for good whose a camera was for a
	// moment, and so shows its id to an account that it is not for.
	r.phase(t, "swapped by hand: lock 1", namesToo|lockOneLies, func(ctx context.Context) string { return r.lockOneSwapped(ctx, t, size.lockOne) })
	r.mutate(t, mutation{name: "without lock 1", tags: "nolock1", rules: namesToo | lockOneLies | isMutant, lasts: size.mutants})
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
	r.paced = size.paced
	r.flight = make(chan struct{}, size.clients)
	r.unleash = r.leave(size.clients - size.flight)
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
	const limit = 6 * time.Minute
	for !r.allLive() {
		if time.Since(began) > limit {
			t.Fatalf("not all cameras are live:\n%s\n%s", r.report(t), r.hub.says.tail())
		}
		time.Sleep(200 * time.Millisecond)
	}
	// A busy machine misses pictures, and so what moved in them; what moves again
	// before an event has ended keeps it from ending, and its clip from being whole.
	const again = 60
	for n := 0; r.learn(t) < 1; n++ {
		if n%again == 0 {
			r.move(true)
			time.Sleep(500 * time.Millisecond)
			r.move(false)
		}
		if time.Since(began) > limit {
			t.Fatalf("not all cameras have recorded:\n%s\n%s", r.report(t), r.hub.says.tail())
		}
		time.Sleep(500 * time.Millisecond)
	}
	fmt.Printf("all cameras have clips after %v\n", time.Since(began).Round(time.Second))
}

// allLive reports whether all owners are told that all their cameras are live.
func (r *rig) allLive() bool {
	told, _ := r.toldLive(0)
	return told == owners
}

// toldLive asks owners, from one on, whether all their cameras are live, and returns the
// first who is not told so, and why: a hub that does not answer tells nobody.
func (r *rig) toldLive(from int) (told int, why string) {
	for n := from; n < owners; n++ {
		a := r.owner(n)
		var list struct {
			Cameras []struct {
				Mine   bool
				Status struct{ State, Message string }
			}
		}
		status, b, err := a.try("GET", "/s/"+a.s.scope+"/api/cameras", nil)
		a.c.shut()
		if err != nil || status != 200 || json.Unmarshal(b, &list) != nil {
			return n, fmt.Sprintf("owner %d is answered %d, %v", n, status, err)
		}
		for _, c := range list.Cameras {
			// What is shared may wait for its owner to confirm other keys.
			if c.Mine && c.Status.State != "live" {
				return n, fmt.Sprintf("a camera of owner %d is %s: %s", n, c.Status.State, c.Status.Message)
			}
		}
	}
	return owners, ""
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
	r.welcome(t)
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
	if must&lockOneLies != 0 {
		r.letIn.Store(true)
	}
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
	line.hubErrors = append(r.hubErrors, r.hub.errors()...)
	r.hubErrors = nil
	r.why = ""
	if r.after != nil {
		r.after()
		r.after = nil
	}
	r.judge(&line)
	r.rows = append(r.rows, line)
	fmt.Printf("%s: %v, %d goroutines\n", name, line.took.Round(time.Second), runtime.NumGoroutine())
}

// onceSaw reports whether a camera may stand in an account's journal: it had
// something of it once, or was let in by a lock that lied.
func (r *rig) onceSaw(account int, c *camera) bool {
	return c != nil && (r.truth.ever(account, c) || r.letIn.Load())
}

// asking is an id that an account asked for.
type asking struct {
	account int
	what    id
}

// asks notes what an account asks for: it may stand in its journal.
func (r *rig) asks(account int, what id) {
	if k := (asking{account, what}); !r.askedFor(account, what) {
		r.asked.Store(k, true)
	}
}

func (r *rig) askedFor(account int, what id) bool {
	_, ok := r.asked.Load(asking{account, what})
	return ok
}

// own is how many answers with a mark of their client's own camera there are
// by now.
func (r *rig) own() int { return r.sumUp((*counts).own) }

// sumUp adds up what all clients and sockets counted by now.
func (r *rig) sumUp(of func(*counts) int) (n int) {
	for _, c := range r.clients {
		c.mu.Lock()
		n += of(&c.sum)
		c.mu.Unlock()
	}
	for _, k := range r.sockets {
		k.mu.Lock()
		n += of(&k.sum)
		k.mu.Unlock()
	}
	return n
}

// marks are those that clients were answered, and those that sockets brought,
// with all pictures of a tile.
func (r *rig) marks() (answers, pushed int) {
	for _, c := range r.clients {
		c.mu.Lock()
		answers += c.sum.own()
		c.mu.Unlock()
	}
	for _, k := range r.sockets {
		k.mu.Lock()
		pushed += k.sum.own() + k.sum.total().follow
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
