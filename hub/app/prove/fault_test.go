package prove

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/cameras/fault"
)

// siteCount is what became of the swaps at one site.
type siteCount struct{ injected, refused int }

// faults runs a hub in which every lookup that could cross does, at a rate.
type faults struct {
	rate      float64
	goal      goal
	least     int           // swaps that every site must have seen
	seatEvery time.Duration // from one sign-out and sign-in to the next
	longer    time.Duration // it may go on for the sites that have seen too few
}

// faulty runs the fault build until the goal; what was swapped and refused is
// counted when all clients are gone.
func (r *rig) faulty(ctx context.Context, t *testing.T, f faults) (note string) {
	t.Helper()
	// What must be refused need not be answered right.
	r.restarting.Store(true)
	r.least = f.least
	taken := r.offerSpares(t)
	before := r.hub.program
	program := r.builds.program(t, "crossfault")
	r.hub.kill()
	// Some lookups are rare: a worker starts once.
	setting := fmt.Sprintf("LARES_FAULT=rate=%v,seed=%d,sites=all%s", f.rate, r.seed, rareSites)
	r.hub = start(t, program, r.data, r.port, unlimited{}, setting)
	r.hub.ready(t)
	r.look(t)
	r.listing.Store(true)
	// Ended sessions are what looks sockets up in the registry.
	var done churned
	stop, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { r.reseats(stop, f.seatEvery, &done) })
	r.until(ctx, f.goal)
	for began := time.Now(); time.Since(began) < f.longer && len(r.seldom(f.least)) > 0 && rest(ctx, time.Second); {
	}
	cancel()
	running.Wait()
	r.after = func() {
		r.sites = r.countSites(t)
		r.hub.kill()
		r.hub = start(t, before, r.data, r.port, unlimited{})
		r.hub.ready(t)
		r.listing.Store(false)
		taken()
		r.restarting.Store(false)
	}
	return fmt.Sprintf("a swap at %.0f %% of all lookups, at more of the rare ones: %s; %d sign-outs and sign-ins", 100*f.rate, rareSites[1:], done.seats.Load())
}

// rareSites have rates of their own: a worker starts and a clip begins much
// more seldom than a request comes.
const rareSites = "+worker spawn:0.3+camera access:0.3+store key:0.4+run:0.1+fan-out reader:0.1+wire:0.2" +
	"+socket registry:0.6+download:0.2+token:0.05+guest:0.08+wire session:0.04+event page:0.03+journal target:0.03" +
	"+journal list:0.1+event list:0.05+event search:0.15+thumbnail page:0.03+watchers:0.3+order answer:0.3+probe:0.5" +
	"+camera list:0.03+link list:0.9+token list:0.4+token cameras:0.9+transfer list:0.8+grant list:0.8+session list:0.5+notice list:0.5" +
	"+camera motion:0.3+camera sound:0.6+gap list:0.3+clip list:0.3+timeline:0.3+away row:0.03+event rule:0.03+privacy row:0.03+recording plan:0.03"

// sites are all places where a swap may happen.
var sites = []fault.Site{
	fault.Session, fault.Scope, fault.Account, fault.Token, fault.Guest, fault.Camera, fault.Grant, fault.ClipRow,
	fault.EventRow, fault.EventPage, fault.EventList, fault.Search, fault.SessionWrap, fault.EpochWrap, fault.EpochRecord, fault.IndexKey, fault.FilePath,
	fault.FileOpen, fault.RecordOffset, fault.Buffer, fault.Download, fault.Wire, fault.WireSession, fault.Registry,
	fault.FanOut, fault.Run, fault.ThumbnailPage, fault.JournalTarget, fault.JournalList, fault.StoreKey, fault.WorkerPipe,
	fault.WorkerSpawn, fault.CameraAccess, fault.CameraWorker, fault.Watchers, fault.OrderAnswer, fault.Probe,
	fault.CameraList, fault.LinkList, fault.TokenList, fault.TokenCameras, fault.TransferList, fault.GrantList, fault.SessionList, fault.NoticeList,
	fault.PrivacyRow, fault.EventRuleRow, fault.RecordingPlanRow, fault.AwayRow, fault.CameraMotion, fault.CameraSound,
	fault.ClipList, fault.GapList, fault.Timeline,
}

// seldom are the sites that have seen fewer swaps.
func (r *rig) seldom(least int) (names []string) {
	line, err := r.hub.control("faults")
	var got struct{ Injected map[string]int }
	if err != nil || json.Unmarshal([]byte(line), &got) != nil {
		return []string{"not known"}
	}
	for _, s := range sites {
		if got.Injected[string(s)] < least {
			names = append(names, string(s))
		}
	}
	return names
}

// countSites asks the hub what it swapped and what it refused, until both agree
// or for a while: what was swapped a moment ago is refused in the next.
func (r *rig) countSites(t *testing.T) map[string]siteCount {
	t.Helper()
	var all map[string]siteCount
	for range 50 {
		line, err := r.hub.control("faults")
		if err != nil {
			t.Fatalf("asking for the faults: %v\n%s", err, r.hub.says.tail())
		}
		var got struct{ Injected, Refused map[string]int }
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		all = map[string]siteCount{}
		same := true
		for _, s := range sites {
			all[string(s)] = siteCount{}
		}
		for s, n := range got.Injected {
			all[s] = siteCount{n, got.Refused[s]}
			same = same && n == got.Refused[s]
		}
		for s, n := range got.Refused {
			if got.Injected[s] == 0 {
				all[s] = siteCount{0, n}
				same = false
			}
		}
		if same {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return all
}

// judgeSites names the sites whose swaps were not all refused where they were
// made, and those that saw too few.
func (r *rig) judgeSites(least int) (unrefused, seldom []string) {
	for _, s := range slices.Sorted(maps.Keys(r.sites)) {
		k := r.sites[s]
		if k.injected != k.refused {
			unrefused = append(unrefused, fmt.Sprintf("site %q: %d swaps, %d refused", s, k.injected, k.refused))
		}
		if k.injected < least {
			seldom = append(seldom, fmt.Sprintf("site %q: only %d swaps", s, k.injected))
		}
	}
	return unrefused, seldom
}

// control asks the running hub on its control socket.
func (h *hub) control(command string) (string, error) {
	c, err := net.DialTimeout("unix", filepath.Join(h.data, "control.sock"), time.Second)
	if err != nil {
		return "", err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := fmt.Fprintln(c, command); err != nil {
		return "", err
	}
	const most = 1 << 16
	line, err := bufio.NewReaderSize(c, most).ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, text, _ := strings.Cut(strings.TrimSpace(line), " ")
	if kind != "ok" {
		return "", errors.New(text)
	}
	return text, nil
}
