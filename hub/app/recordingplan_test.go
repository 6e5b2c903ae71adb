package app_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

type recordingJSON struct {
	Clip       string    `json:"clip"`
	Kind       string    `json:"kind"`
	Event      string    `json:"event"`
	Start      time.Time `json:"start"`
	State      string    `json:"state"`
	DurationMS int64     `json:"duration_ms"`
}

// plan says what is recorded of a camera.
func (p *person) plan(id string, body map[string]any) {
	p.t.Helper()
	p.call(http.MethodPut, "cameras/"+id+"/recording-plan", body, http.StatusNoContent, nil)
}

// recordings are the clips of a camera of this day.
func (p *person) recordings(id string) []recordingJSON {
	p.t.Helper()
	var answer struct {
		Recordings []recordingJSON `json:"recordings"`
	}
	now := time.Now().UTC()
	span := url.Values{"from": {now.AddDate(0, 0, -1).Format(time.RFC3339)}, "to": {now.AddDate(0, 0, 1).Format(time.RFC3339)}}
	p.call(http.MethodGet, "cameras/"+id+"/recordings?"+span.Encode(), nil, http.StatusOK, &answer)
	return answer.Recordings
}

type gapJSON struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Cause string    `json:"cause"`
}

// gaps are what is not recorded of a camera of this day.
func (p *person) gaps(id string) []gapJSON {
	p.t.Helper()
	var answer struct {
		Gaps []gapJSON `json:"gaps"`
	}
	now := time.Now().UTC()
	span := url.Values{"from": {now.AddDate(0, 0, -1).Format(time.RFC3339)}, "to": {now.AddDate(0, 0, 1).Format(time.RFC3339)}}
	p.call(http.MethodGet, "cameras/"+id+"/gaps?"+span.Encode(), nil, http.StatusOK, &answer)
	return answer.Gaps
}

// TestRecordingPlan: a camera that is recorded all the time has clips before an event, of it
// and behind it, with no picture missing between them; it goes on when the hub starts again,
// stops when a time of the week begins that says so, and is without sound until it is
// said that there is to be some. The time without a hub, and that off the air, are gaps.
func TestRecordingPlan(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	const name = "street"
	cam := startCamera(t, fakecam.Options{Name: name, Source: fakecam.TestCard{}, Audio: true})
	id := keeper.addCamera(map[string]string{"name": name, "main": cam.MainURL()})
	keeper.overlooks(id)
	waitLive(t, keeper, []string{id})
	both := map[string]any{"mode": "both", "post_roll_ms": 1000, "pre_roll_ms": 2000}
	keeper.plan(id, both)
	// are waits until that many clips are there, of these kinds, all but the last one whole.
	are := func(kinds ...string) (list []recordingJSON) {
		t.Helper()
		until(t, patience, "the next clip", func() bool { list = keeper.recordings(id); return len(list) >= len(kinds) })
		for i, one := range list {
			if len(list) != len(kinds) || one.Kind != kinds[i] || (one.Kind == "event") != (one.Event != "") {
				t.Fatalf("recorded are %+v, want %q", list, kinds)
			}
		}
		return list
	}
	var one struct {
		Camera struct {
			Recording bool `json:"recording"`
			Plan      struct {
				Now   string    `json:"now"`
				Clock string    `json:"clock"`
				Until time.Time `json:"until"`
			} `json:"recording_plan"`
		} `json:"camera"`
	}
	ask := func() { keeper.call(http.MethodGet, "cameras/"+id, nil, http.StatusOK, &one) }
	are("continuous")
	ask()
	if !one.Camera.Recording {
		t.Error("it is not said that it is recorded")
	}
	pause(t, 4*time.Second)
	keeper.trigger(id)
	are("continuous", "event", "continuous")
	pause(t, 2*time.Second)
	both["sound"] = true
	keeper.plan(id, both)
	are("continuous", "event", "continuous", "continuous")
	pause(t, 2*time.Second)
	stopping := time.Now()
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	stopped := time.Now()
	h = startHub(t, data)
	keeper = h.signIn("keeper")
	list := are("continuous", "event", "continuous", "continuous", "continuous")

	until(t, patience, "something to play in the newest clip", func() bool {
		status, _ := keeper.send(http.MethodGet, keeper.url("clips/"+list[len(list)-1].Clip), nil)
		return status == http.StatusOK
	})
	films := keeper.films(id)
	event, behind := marksOf(t, name, films[1:2]), marksOf(t, name, films[2:4])
	if before := marksOf(t, name, films[:1]); before[0] >= event[0] || before[len(before)-1] < event[0]-1 {
		t.Errorf("pictures %d to %d before the event, which has %d to %d", before[0], before[len(before)-1], event[0], event[len(event)-1])
	} else {
		contiguous(t, "before", before)
	}
	contiguous(t, "the event and behind it", append(event, behind...))
	for i, want := range []int{1, 1, 1, 2, 2} {
		if list[i].State != "complete" && i < 4 || len(films[i].info.Tracks) != want {
			t.Errorf("clip %d, %s: tracks %+v", i, list[i].State, films[i].info.Tracks)
		}
	}
	if events := keeper.events(); len(events) != 1 || events[0].ID != list[1].Event {
		t.Errorf("events: %+v", events)
	}

	gaps := keeper.gaps(id)
	until(t, patience, "the gap to be over", func() bool { gaps = keeper.gaps(id); return len(gaps) == 1 && !gaps[0].To.IsZero() })
	shown := time.Second / cardFPS // the last picture is recorded as long as it is
	if g := gaps[0]; g.Cause != "hub" || stopping.Sub(g.From) > 3*time.Second || g.From.After(stopped.Add(shown)) || g.To.Before(stopped) {
		t.Errorf("a hub that stopped between %v and %v left %+v", stopping, stopped, g)
	}
	keeper.call(http.MethodPut, "cameras/"+id+"/privacy", map[string]any{"off": true}, http.StatusNoContent, nil)
	until(t, patience, "a gap of privacy", func() bool {
		gaps = keeper.gaps(id)
		return len(gaps) == 2 && gaps[1].Cause == "privacy" && gaps[1].To.IsZero() && time.Since(gaps[1].From) > 3*time.Second
	})
	keeper.call(http.MethodPut, "cameras/"+id+"/privacy", map[string]any{"off": false}, http.StatusNoContent, nil)
	waitLive(t, keeper, []string{id})

	ask()
	clock, err := time.Parse("15:04", one.Camera.Plan.Clock)
	if err != nil {
		t.Fatal(err)
	}
	next := func(minutes int) string { return clock.Add(time.Duration(minutes) * time.Minute).Format("15:04") }
	week := []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	both["times"] = []any{map[string]any{"days": week, "from": next(1), "to": next(3), "mode": "off"}}
	keeper.plan(id, both)
	ask()
	if one.Camera.Plan.Now == "both" { // else the minute is over already
		until(t, time.Until(one.Camera.Plan.Until)+patience, "the time in which nothing is recorded", func() bool { ask(); return one.Camera.Plan.Now == "off" })
	}
	until(t, patience, "the last clip to be whole", func() bool {
		list = keeper.recordings(id)
		ask()
		return list[len(list)-1].State == "complete" && !one.Camera.Recording
	})
	if keeper.camera(id).Status.State != "live" {
		t.Error("the camera is off the air")
	}
	if gaps = keeper.gaps(id); len(gaps) != 2 || gaps[1].To.IsZero() {
		t.Errorf("gaps: %+v", gaps)
	}
	keeper.call(http.MethodPost, "cameras/"+id+"/trigger", map[string]any{}, http.StatusConflict, nil)
}
