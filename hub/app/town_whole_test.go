package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// townsfolk is how many cameras the whole town has, each of another maker.
const townsfolk = 12

// wholeTown starts an empty hub in a town of cameras, adds each of them from the
// list of what was found, and records all. Both are counted from the hub's
// start. Of the twelve one is found by HomeKit alone, which the hub does not speak
// (README, "What cameras may speak"): as on the page it can be chosen once a search
// of all addresses has found its RTSP, and by that it is recorded.
func wholeTown(t *testing.T) (found, recording time.Duration) {
	needFFmpeg(t)
	w := newTown(t)
	makers := fakecam.Makers()
	if len(makers) < townsfolk {
		t.Fatalf("only %d makers", len(makers))
	}
	hosts := map[string]string{} // by address
	for _, maker := range makers[:townsfolk] {
		b := w.build()
		b.camera("The camera of "+maker, maker)
		hosts[b.host] = maker
	}
	h := startHubIn(t, w.Hub, t.TempDir(), "--discover", "lan")
	keeper := h.claim("keeper")
	until(t, patience, "all cameras are found", func() bool { return len(keeper.candidates()) >= townsfolk })
	found = time.Since(h.started)
	list := keeper.candidates()
	if len(list) != townsfolk {
		t.Errorf("%d devices for %d cameras", len(list), townsfolk)
	}
	keeper.call(http.MethodPost, "candidates/scan", nil, http.StatusNoContent, nil)
	var mu sync.Mutex
	var ids []string
	closed := 0
	var wg sync.WaitGroup
	four := make(chan struct{}, 4) // as many as the hub looks at at a time
	for i, c := range list {
		maker, ok := hosts[c.Address]
		if !ok {
			t.Errorf("%q at %s is nobody's", c.Name, c.Address)
			continue
		}
		delete(hosts, c.Address)
		alone := slices.Equal(c.Speaks, []string{"homekit"})
		if alone {
			closed++
		}
		wg.Go(func() {
			if alone {
				c = keeper.opened(c.Address)
			}
			four <- struct{}{}
			defer func() { <-four }()
			id := keeper.adopt(c.ID, fmt.Sprintf("%d %s", i, maker))
			mu.Lock()
			defer mu.Unlock()
			ids = append(ids, id)
		})
	}
	wg.Wait()
	if closed != 1 {
		t.Errorf("%d cameras are heard by HomeKit alone, not one", closed)
	}
	for host, maker := range hosts {
		t.Errorf("the camera of %s at %s was not found", maker, host)
	}
	if t.Failed() {
		t.FailNow()
	}
	waitLive(t, keeper, ids)
	end := keeper.holdRecording(ids)
	until(t, patience, "all are recorded", func() bool {
		for _, id := range ids {
			if h.recorded(id) == 0 {
				return false
			}
		}
		return true
	})
	recording = time.Since(h.started)
	end()
	for _, c := range keeper.candidates() {
		if !c.Added {
			t.Errorf("%q is not known to be added", c.Name)
		}
	}
	return found, recording
}

// opened waits until a device at an address speaks RTSP.
func (p *person) opened(address string) (c candidateJSON) {
	p.t.Helper()
	until(p.t, patience, "the search finds RTSP at "+address, func() bool {
		list := p.candidates()
		i := slices.IndexFunc(list, func(c candidateJSON) bool { return c.Address == address && slices.Contains(c.Speaks, "rtsp") })
		if i >= 0 {
			c = list[i]
		}
		return i >= 0
	})
	return c
}

// TestTown is the way from an empty hub to twelve cameras that are recorded, of
// which nobody typed an address. How soon, make soak holds.
func TestTown(t *testing.T) {
	found, recording := wholeTown(t)
	t.Logf("all were found %v and recorded %v after the hub began", found.Round(time.Millisecond), recording.Round(time.Millisecond))
}
