package app_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/fakecam/lan"
)

// TestLinkDrops is what `make test` pays for; `make soak` drops 200 times, for
// longer, and holds how soon.
func TestLinkDrops(t *testing.T) {
	t.Parallel()
	dropLinks(t, 1, 5, momentsAway)
}

// momentsAway is mostly a moment, sometimes longer than the camera's sessions
// last.
func momentsAway(random *rand.Rand, round int) time.Duration {
	away := time.Duration(random.Int64N(int64(3 * time.Second)))
	if round%5 == 3 {
		away += detectLimit
	}
	return away
}

const (
	// backLimit is HAZARDS §6.1: recording again after a camera is back.
	backLimit = 5 * time.Second
	// detectLimit is how long a cable may be out before the camera's state says so.
	detectLimit = 10 * time.Second
	// dropHangs ends a wait for a camera to be recorded again.
	dropHangs = 2 * time.Minute
	lookEvery = 200 * time.Millisecond // at the camera's state
	// awayLimit ends a wait whose failure is already certain.
	awayLimit = 30 * time.Second
)

// link is a cable to a network namespace in which one camera lives.
type link struct {
	*lan.Cable
	t      *testing.T
	camera string // its name
	id     string // of the camera in the hub
	worst  time.Duration
	unseen time.Duration // the longest that a cable was out and nothing said so
	deaf   time.Duration // the longest until an order reached it again
}

func newLink(t *testing.T, n int) *link {
	t.Helper()
	l := &link{Cable: lan.NewCable(t), t: t, camera: fmt.Sprint("link ", n)}
	l.play()
	return l
}

func (l *link) set(state string) {
	if err := l.Set(state); err != nil {
		l.t.Fatal(err)
	}
}

// play runs the camera behind the cable until the test ends.
func (l *link) play() {
	l.t.Helper()
	cmd := lan.Command(l.Space, lares, "fakecam", "--name", l.camera, "--listen", l.Host+":8554", "--http", l.Host+":8580")
	out, err := cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	process(l.t, cmd)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil { // its first address, once it answers
		l.t.Fatalf("the camera behind the cable: %v", err)
	}
}

// dropLinks pulls the cables of some cameras at random moments for random
// times, each so many times, while another camera records undisturbed. It returns the
// longest that nothing said so, that a camera took to be recorded again, and to obey.
func dropLinks(t *testing.T, cables, rounds int, away func(*rand.Rand, int) time.Duration) (unseen, worst, deaf time.Duration) {
	needFFmpeg(t)
	var links []*link
	for n := range cables {
		links = append(links, newLink(t, n))
	}
	const steady = "steady"
	c := startCamera(t, fakecam.Options{Name: steady})
	h := startHub(t, t.TempDir())
	keeper := h.claim("keeper")
	other := keeper.addCamera(map[string]string{"name": steady, "main": c.MainURL()})
	ids := []string{other}
	for _, l := range links {
		l.id = keeper.addCamera(map[string]string{"name": l.camera, "main": "rtsp://" + l.Host + ":8554/main", "onvif": "http://" + l.Host + ":8580/onvif/device_service"})
		ids = append(ids, l.id)
	}
	waitLive(t, keeper, ids)
	idle := keeper.goroutines()
	h = startHub(t, h.data)
	keeper = h.signIn("keeper")
	waitLive(t, keeper, ids)
	end := keeper.holdRecording(ids)
	waitRecording(t, keeper, len(ids))
	before := settled(t, h)

	var wg sync.WaitGroup
	for n, l := range links {
		// Seeded, so that a failure can be had again.
		wg.Go(func() { l.drop(keeper, rand.New(rand.NewPCG(3, uint64(n))), rounds, away) })
	}
	wg.Wait()
	for _, l := range links {
		unseen, worst, deaf = max(unseen, l.unseen), max(worst, l.worst), max(deaf, l.deaf)
		t.Logf("%s: %d drops, noticed after at most %v, recording again after at most %v, obeying after at most %v", l.camera, rounds,
			l.unseen.Round(time.Millisecond), l.worst.Round(time.Millisecond), l.deaf.Round(time.Millisecond))
	}
	level(t, before, settled(t, h))
	end()
	contiguous(t, steady, marksOf(t, steady, keeper.films(other)))
	for _, l := range links {
		marksOf(t, l.camera, keeper.films(l.id))
	}
	if now := keeper.goroutines(); now > idle+spareGoroutines {
		t.Errorf("%d goroutines, %d before", now, idle)
	}
	return unseen, worst, deaf
}

// drop pulls the cable so many times.
func (l *link) drop(p *person, random *rand.Rand, rounds int, long func(*rand.Rand, int) time.Duration) {
	h := p.hub
	for round := range rounds {
		away := long(random, round)
		l.set("down")
		l.out(p, round, away)
		recorded := h.recorded(l.id)
		l.set("up")
		back := time.Now()
		obeys := make(chan error, 1)
		go func() { obeys <- l.obeys(p, back) }()
		err := waitFor(dropHangs, func() bool { return h.recorded(l.id) > recorded })
		took := time.Since(back)
		l.worst = max(l.worst, took)
		if err != nil {
			l.t.Errorf("%s, drop %d of %v: not recorded again: %v", l.camera, round, away, err)
		}
		if err := <-obeys; err != nil {
			l.t.Errorf("%s, drop %d of %v: takes no orders: %v", l.camera, round, away, err)
		}
		pause(l.t, time.Duration(random.Int64N(int64(2*time.Second))))
	}
}

// obeys waits until an order reaches the camera that is back.
func (l *link) obeys(p *person, back time.Time) error {
	err := waitFor(dropHangs, func() bool {
		status, _ := p.send(http.MethodGet, p.url("cameras/"+l.id+"/ptz"), nil)
		return status == http.StatusOK
	})
	l.deaf = max(l.deaf, time.Since(back))
	return err
}

// out waits while the cable is out, and for the camera's state to say so.
func (l *link) out(p *person, round int, away time.Duration) {
	down := time.Now()
	for time.Since(down) < away && p.camera(l.id).Status.State == "live" {
		pause(l.t, min(lookEvery, away-time.Since(down)))
	}
	took := time.Since(down)
	l.unseen = max(l.unseen, took)
	pause(l.t, away-took)
}

var errNever = errors.New("not within the limit")

// waitFor polls a condition from any goroutine.
func waitFor(limit time.Duration, ok func() bool) error {
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(poll) {
		if time.Now().After(deadline) {
			return errNever
		}
	}
	return nil
}
