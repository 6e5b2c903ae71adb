//go:build soak

package app_test

import (
	"flag"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam/crowd"
)

var kills = flag.Int("kills", 1000, "of the hub, for TestSoakKilledHub")

// TestSoakKilledHub is TestKilledHub for longer, on a machine that does nothing else: at most two
// seconds are lost, and the hub is back within three.
func TestSoakKilledHub(t *testing.T) {
	killHub(t, *kills, promised)
}

// TestSoakLinkDrops is TestLinkDrops with 200 drops, of four cables, each of 1 s
// to 30 s.
func TestSoakLinkDrops(t *testing.T) {
	t.Parallel()
	unseen, worst, deaf := dropLinks(t, 4, 50, func(random *rand.Rand, _ int) time.Duration {
		return time.Second + time.Duration(random.Int64N(int64(29*time.Second)))
	})
	if unseen > detectLimit+lookEvery || worst > backLimit || deaf > backLimit {
		t.Errorf("too late: noticed after up to %v, recorded again after up to %v, obeying after up to %v, want %v and %v", unseen, worst, deaf, detectLimit, backLimit)
	}
}

// TestSoakFaults turns every switch three times, with the proof of TestFaults.
func TestSoakFaults(t *testing.T) {
	t.Parallel()
	tables := map[string][]faultRow{"lossy": lossyFaults(), "lying": lyingFaults(), "lost": lostFaults(), "silent": silentFaults()}
	for _, row := range rareFaults() { // each waits for minutes
		tables[row.fault.String()] = []faultRow{row}
	}
	for name, rows := range tables {
		t.Run(name, func(t *testing.T) { t.Parallel(); faultTable(t, 3, rows) })
	}
}

// TestSoakSwappedAddresses is TestSwappedAddresses for longer.
func TestSoakSwappedAddresses(t *testing.T) {
	t.Parallel()
	swapCameras(t, 3)
}

// TestSoakExchangedAtRestarts is TestExchangedAtRestarts for longer.
func TestSoakExchangedAtRestarts(t *testing.T) { exchangeAtRestarts(t, 100) }

// TestSoakMoved is TestMoved, and then a device of somebody else's says that it
// is the camera, which is gone: it gets nothing, and the owner is asked.
func TestSoakMoved(t *testing.T) {
	t.Parallel()
	w, keeper, door, id := moveCamera(t)
	door.down()
	thief := w.build()
	thief.camera("door", "hikvision") // the same serial number and MAC, as it says
	until(t, patience, "the owner is asked", func() bool {
		return slices.ContainsFunc(keeper.notices(), func(n noticeJSON) bool {
			return n.Kind == "camera-elsewhere" && n.Camera == id && n.Detail.Address == thief.host
		})
	})
	places := func() (list []string) {
		var answer struct {
			Camera struct{ Elsewhere []struct{ Address string } }
		}
		keeper.call(http.MethodGet, "cameras/"+id, nil, http.StatusOK, &answer)
		for _, p := range answer.Camera.Elsewhere {
			list = append(list, p.Address)
		}
		return list
	}
	if got := places(); !slices.Equal(got, []string{thief.host}) {
		t.Errorf("asked about %q", got)
	}
	keeper.call(http.MethodPut, "cameras/"+id+"/elsewhere", map[string]any{"address": thief.host, "mine": false}, http.StatusNoContent, nil)
	if got := places(); len(got) != 0 {
		t.Errorf("asked again about %q", got)
	}
	if s := keeper.camera(id).Status.State; s == "live" || strings.Contains(thief.said.String(), "connection") {
		t.Errorf("%s; the thief saw: %s", s, thief.said)
	}
}

// TestSoakTown is TestTown in its time: all are found within 5 s and recorded
// within 30 s of an empty hub.
func TestSoakTown(t *testing.T) {
	found, recording := wholeTown(t)
	t.Logf("all were found after %v and recorded %v after the hub began", found.Round(time.Millisecond), recording.Round(time.Millisecond))
	if found > 5*time.Second || recording > 30*time.Second {
		t.Errorf("too late: found after %v, recorded after %v", found, recording)
	}
}

// TestSoakRestart is TestRestart with sixteen cameras: all are recorded within
// 10 s of the start of the hub.
func TestSoakRestart(t *testing.T) {
	took := restartHub(t, 16)
	t.Logf("sixteen cameras are recorded %v after the hub began again", took.Round(time.Millisecond))
	if took > 10*time.Second {
		t.Errorf("all are recorded %v after the hub began again, want at most 10 s", took)
	}
}

// TestSoakFlood is TestFlood with the whole crowd: no page is waited for longer than people wait.
// A crowd that the machine does not let speak in its time is no flood.
func TestSoakFlood(t *testing.T) {
	const within, spoken = time.Second, crowd.Within + 2*time.Second
	took, spoke := floodHub(t, crowd.Devices)
	if took > within {
		t.Errorf("the slowest answer took %v, want %v", took, within)
	}
	if spoke > spoken {
		t.Errorf("the crowd spoke for %v, want %v", spoke, spoken)
	}
}
