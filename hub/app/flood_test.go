package app_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam/crowd"
	"lares/cameras/fakecam/lan"
)

const (
	// someOfThem is how many devices TestFlood has told of themselves, and `make soak` all.
	someOfThem = 2_000
	// floodAsks is how often at least each page's answer is asked for in it.
	floodAsks = 50
	// floodWeight is what a flood may cost in memory, in MiB.
	floodWeight = 32.0
	// floodAnswer is within what each answer comes in a flood, on a machine that does more
	// than this test as well.
	floodAnswer = 5 * time.Second
)

// TestFlood: thousands of devices that do not exist, and garbage, in every way in which the hub
// hears of devices, cost the hub and its search at most floodWeight. Meanwhile page, cameras
// and list are answered as ever, a found camera stays in the list, one that comes is found, and what is
// live goes on. Each answer comes within floodAnswer; `make soak` has ten thousand of them, and
// holds what people wait. Afterwards nothing is left of it.
func TestFlood(t *testing.T) {
	t.Parallel()
	floodHub(t, someOfThem)
}

// heardOf are all languages that candidates of the crowd speak: of each way at least one.
var heardOf = []string{"dhip", "dvrip", "homekit", "http", "kasa", "onvif", "rtsp", "tapo"}

// floodHub is TestFlood with so many devices; it returns how long the slowest answer took, and
// how long it took all of the crowd to speak, where that was longest.
func floodHub(t *testing.T, devices int) (slowest, spoke time.Duration) {
	t.Helper()
	w := &town{lan.New(t, "/15"), t}
	front, late, noisy := w.build(), w.build(), w.build()
	front.camera("front", "hikvision")
	many := crowd.Gather(t, w.Hub, noisy.space, noisy.host)
	start := func(data string) *hub { return startHubIn(t, w.Hub, data, "--discover", "lan", "--announce", "true") }
	h := start(t.TempDir())
	keeper := h.claim("keeper")
	until(t, patience, "the camera is found", func() bool { return len(keeper.candidates()) == 1 })
	id := keeper.adopt(keeper.candidates()[0].ID, "front")
	waitLive(t, keeper, []string{id})
	until(t, patience, "the end of a search", func() bool { return !keeper.searching() })
	idle := keeper.goroutines()
	h = start(h.data)
	keeper = h.signIn("keeper")
	waitLive(t, keeper, []string{id})
	client := *keeper.client
	client.Timeout = floodAnswer
	keeper.client = &client

	quiet := keeper.watches()
	until(t, patience, "a search in quiet, with the same questions", func() bool {
		quiet.ask()
		return quiet.asked >= floodAsks && quiet.searches > 1
	})
	before := keeper.restful()
	stop := speakAgain(t, many)
	came, heard := false, map[string]bool{}
	loud := keeper.watches()
	until(t, 3*patience, "all have told of themselves, and half of the list is made up", func() bool {
		list := loud.ask()
		if !slices.ContainsFunc(list, func(c candidateJSON) bool { return c.Address == front.host && c.Added }) {
			t.Fatalf("among %d devices the camera is not, after %v: %v", len(list), many.Sent(), at(list, front.host))
		}
		for _, c := range list {
			if c.Address != front.host && c.Address != late.host {
				heard["IPv6"] = heard["IPv6"] || strings.HasPrefix(c.Address, "fe80::face:")
				for _, language := range c.Speaks {
					heard[language] = true
				}
			}
		}
		if len(list) > 256 && !came {
			late.camera("late", "axis")
			came = true
		}
		return many.Least() >= devices && came && loud.asked >= floodAsks && loud.searches > 1
	})
	until(t, patience, "the camera is live in the flood", func() bool { return keeper.camera(id).Status.State == "live" })
	spoke = stop()
	until(t, patience, "the camera that came in the flood is in the list", func() bool { return len(at(loud.ask(), late.host)) > 0 })
	t.Logf("%v; %d devices at most; the slowest of %d answers took %v; hub and search held %.1f MiB at most, in quiet %.1f MiB",
		many.Sent(), loud.most, 3*loud.asked, loud.slowest.Round(time.Millisecond), loud.held(), quiet.held())
	_, v6 := many.Sent()[crowd.WSD6]
	for _, way := range append([]string{"IPv6"}, heardOf...) {
		if !heard[way] && (way != "IPv6" || v6) {
			t.Errorf("nobody of the crowd was heard by %s", way)
		}
	}
	if loud.most > 512 {
		t.Errorf("%d devices in the list", loud.most)
	}
	if grown := loud.held() - quiet.held(); grown > floodWeight {
		t.Errorf("the flood costs %.1f MiB", grown)
	}
	level(t, before, keeper.restful())
	if now := keeper.goroutines(); now > idle+spareGoroutines {
		t.Errorf("%d goroutines, %d before", now, idle)
	}
	return loud.slowest, spoke
}

// at are the candidates at an address.
func at(list []candidateJSON, host string) []candidateJSON {
	return slices.DeleteFunc(list, func(c candidateJSON) bool { return c.Address != host })
}

// speakAgain has the crowd speak again and again until stop returns, or the test ends; stop tells
// how long it took at most.
func speakAgain(t *testing.T, many *crowd.Crowd) (stop func() time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	var longest time.Duration // to be read once it has ended
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			began := time.Now()
			many.Speak(ctx)
			spoke := time.Since(began).Round(time.Millisecond)
			t.Logf("the crowd spoke for %v", spoke)
			longest = max(longest, spoke)
		}
	}()
	stop = func() time.Duration { cancel(); <-ended; return longest }
	t.Cleanup(func() { stop() })
	return stop
}

// restful is what hub and workers hold between two searches.
func (p *person) restful() (list []vitals) {
	p.t.Helper()
	until(p.t, patience, "the end of a search", func() bool {
		if p.searching() {
			return false
		}
		list = vital(p.t, p.hub)
		return !p.searching() && p.searcher() == 0
	})
	return list
}

func (p *person) searching() bool {
	p.t.Helper()
	var v struct{ Searching bool }
	p.call(http.MethodGet, "candidates", nil, http.StatusOK, &v)
	return v.Searching
}

// searcher is the process that searches, 0 while none does.
func (p *person) searcher() int {
	for _, pid := range tree(p.hub.cmd.Process.Pid) {
		if line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); strings.Contains(string(line), "discover-worker") {
			return pid
		}
	}
	return 0
}

// watch is somebody who asks for pages, and what was seen meanwhile.
type watch struct {
	*person
	asked     int
	most      int           // devices in the list
	slowest   time.Duration // of the answers
	searches  int           // that have begun
	last      int           // the process of the last of them
	hubHeld   float64       // by the hub at most, in MiB
	childHeld float64       // by one search at most, in MiB
}

// watches begins to look at the hub's memory.
func (p *person) watches() *watch {
	p.t.Helper()
	forgetPeak(p.t, p.hub.cmd.Process.Pid)
	return &watch{person: p}
}

func (w *watch) held() float64 { return w.hubHeld + w.childHeld }

// ask asks for page, cameras and list, and looks at the hub's memory.
func (w *watch) ask() (list []candidateJSON) {
	w.t.Helper()
	for _, page := range []string{w.hub.url + "/", w.url("cameras")} {
		began := time.Now()
		w.do(http.MethodGet, page, nil, http.StatusOK, nil)
		w.slowest = max(w.slowest, time.Since(began))
	}
	began := time.Now()
	list = w.candidates()
	w.slowest = max(w.slowest, time.Since(began))
	w.most, w.asked = max(w.most, len(list)), w.asked+1
	w.weigh()
	return list
}

// weigh looks at what the hub and its search hold; the workers of cameras are not of it.
func (w *watch) weigh() {
	w.hubHeld = peak(w.hub.cmd.Process.Pid)
	if pid := w.searcher(); pid != 0 {
		w.childHeld = max(w.childHeld, peak(pid))
		if pid != w.last {
			w.last = pid
			w.searches++
		}
	}
}
