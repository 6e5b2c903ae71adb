package app_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/fakecam/lan"
)

const (
	// crowd is how many devices a flood plays, and crowdPace how fast: all of
	// them in ten seconds.
	crowd     = 10_000
	crowdPace = time.Millisecond
	// floodAsks is how often at least each page's answer is asked for in it.
	floodAsks = 50
	// floodWeight is what a flood may cost in memory, in MiB.
	floodWeight = 32.0
	// floodAnswer is within what each answer comes in a flood, on a machine that does more
	// than this test as well.
	floodAnswer = 5 * time.Second
)

// TestFlood: ten thousand devices in ten seconds that do not exist cost the hub and its
// search at most floodWeight. Meanwhile page, cameras and list are answered as ever, a
// found camera stays in the list, one that comes is found, and what is recorded goes
// on. Each answer comes within floodAnswer; `make soak` holds what people wait.
func TestFlood(t *testing.T) {
	t.Parallel()
	floodHub(t)
}

// floodHub is TestFlood; it returns how long the slowest answer took.
func floodHub(t *testing.T) time.Duration {
	t.Helper()
	w := newTown(t)
	lan.Need(t, "-n", w.Hub, "addr", "add", "198.19.0.1/16", "dev", "lan0")
	front, late, noisy := w.build(), w.build(), w.build()
	front.camera("front", "hikvision")
	h := startHubIn(t, w.Hub, t.TempDir(), "--discover", "lan")
	keeper := h.claim("keeper")
	until(t, patience, "the camera is found", func() bool { return len(keeper.candidates()) == 1 })
	id := keeper.adopt(keeper.candidates()[0].ID, "front")
	waitLive(t, keeper, []string{id})
	client := *keeper.client
	client.Timeout = floodAnswer
	keeper.client = &client

	quiet := keeper.watches()
	until(t, patience, "a search in quiet, with the same questions", func() bool {
		quiet.ask()
		return quiet.asked >= floodAsks && quiet.searches > 1
	})
	sent, came := noisy.flood(t), false
	loud := keeper.watches()
	until(t, 3*patience, "all have announced themselves, half of the list is made up, and the camera that comes is in it", func() bool {
		list := loud.ask()
		if !slices.ContainsFunc(list, func(c candidateJSON) bool { return c.Address == front.host && c.Added }) {
			t.Fatalf("among %d devices the camera is not", len(list))
		}
		if len(list) > 256 && !came {
			late.camera("late", "axis")
			came = true
		}
		found := slices.ContainsFunc(list, func(c candidateJSON) bool { return c.Address == late.host })
		return sent.Load() >= crowd && loud.most > 256 && loud.asked >= floodAsks && found
	})
	until(t, patience, "the camera is live in the flood", func() bool { return keeper.camera(id).Status.State == "live" })
	t.Logf("%d devices at most; the slowest of %d answers took %v; hub and search held %.1f MiB at most, in quiet %.1f MiB",
		loud.most, 3*loud.asked, loud.slowest.Round(time.Millisecond), loud.held(), quiet.held())
	if loud.most > 512 {
		t.Errorf("%d devices in the list", loud.most)
	}
	if grown := loud.held() - quiet.held(); grown > floodWeight {
		t.Errorf("the flood costs %.1f MiB", grown)
	}
	return loud.slowest
}

// watch is somebody who asks for pages, and what was seen meanwhile.
type watch struct {
	*person
	asked     int
	most      int           // devices in the list
	slowest   time.Duration // of the answers
	searches  int           // that have begun
	searcher  int           // the process of the last of them
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
	for i, pid := range tree(w.hub.cmd.Process.Pid) {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		switch {
		case i == 0:
			w.hubHeld = peak(pid)
		case strings.Contains(string(line), "discover-worker"):
			w.childHeld = max(w.childHeld, peak(pid))
			if pid != w.searcher {
				w.searcher = pid
				w.searches++
			}
		}
	}
}

// flood has devices that do not exist announce themselves by mDNS out of the
// building, again and again until the test ends; sent counts.
func (b *building) flood(t *testing.T) (sent *atomic.Int64) {
	t.Helper()
	var conn *net.UDPConn
	err := lan.Within(b.space, func() (err error) {
		conn, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(b.host), 0)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sent = &atomic.Int64{}
	ended := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-ended })
	go func() {
		defer close(ended)
		pace := time.NewTicker(crowdPace)
		defer pace.Stop()
		for i := 0; ; i = (i + 1) % crowd {
			_, err := conn.WriteToUDPAddrPort(advert(i), netip.MustParseAddrPort("224.0.0.251:5353"))
			if err != nil && t.Context().Err() != nil {
				return
			}
			sent.Add(1)
			<-pace.C
		}
	}()
	return sent
}

// advert is what the i-th of them says: PTR, SRV and A (RFC 6762 §18, RFC 1035
// §4.1).
func advert(i int) []byte {
	name := func(labels ...string) (out []byte) {
		for _, l := range labels {
			out = append(append(out, byte(len(l))), l...)
		}
		return append(out, 0)
	}
	service := []string{"_rtsp", "_tcp", "local"}
	instance := name(append([]string{fmt.Sprintf("made up %d", i)}, service...)...)
	host := name(fmt.Sprintf("made-up-%d", i), "local")
	out := []byte{0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 2}
	record := func(owner []byte, kind uint16, data []byte) {
		out = binary.BigEndian.AppendUint16(append(out, owner...), kind)
		out = append(out, 0, 1, 0, 0, 0, 120)
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(data))), data...)
	}
	record(name(service...), 12, instance)
	record(instance, 33, append([]byte{0, 0, 0, 0, 554 >> 8, 554 & 255}, host...))
	record(host, 1, []byte{198, 19, byte(1 + i>>8), byte(i)})
	return out
}
