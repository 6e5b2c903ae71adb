package app_test

import (
	"net/http"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestEventRule: what moves before a camera begins no event while its owner is at home,
// and does once they are away, also what moved before; a hub that starts again knows.
// A time of the week begins when the hub's clock shows it.
func TestEventRule(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	var ids []string
	var cams []*fakecam.Camera
	for _, name := range []string{"hall", "street"} {
		cam := startCamera(t, fakecam.Options{Name: name, Source: fakecam.TestCard{}})
		cams = append(cams, cam)
		ids = append(ids, keeper.addCamera(map[string]string{"name": name, "main": cam.MainURL(), "onvif": cam.ONVIFURL()}))
	}
	waitLive(t, keeper, ids)
	// of are the events of a camera, newest first.
	of := func(id string) (list []eventJSON) {
		for _, e := range keeper.events() {
			if e.Camera == id {
				list = append(list, e)
			}
		}
		return list
	}
	// moves has both see motion until the street has one more event, and the hall so many.
	moves := func(hall int) {
		t.Helper()
		street := len(of(ids[1]))
		until(t, patience, "motion is recorded", func() bool {
			for _, cam := range cams {
				cam.Motion(true)
			}
			return len(of(ids[1])) > street && len(of(ids[0])) >= hall
		})
		if n := len(of(ids[0])); n != hall {
			t.Errorf("%d events in the hall, want %d", n, hall)
		}
	}
	still := func() {
		t.Helper()
		for _, cam := range cams {
			cam.Motion(false)
		}
		until(t, patience, "all events are over", func() bool {
			for _, e := range keeper.events() {
				if e.Recording || e.End.IsZero() {
					return false
				}
			}
			return true
		})
	}
	away := func(away bool) {
		t.Helper()
		keeper.call(http.MethodPut, "away", map[string]any{"away": away}, http.StatusNoContent, nil)
	}
	rule := func(body map[string]any) {
		t.Helper()
		keeper.call(http.MethodPut, "cameras/"+ids[0]+"/event-rule", body, http.StatusNoContent, nil)
	}
	// begins waits for the newest of so many events in the hall and compares its start.
	begins := func(n int, from time.Time) {
		t.Helper()
		until(t, time.Until(from)+patience, "an event in the hall", func() bool { return len(of(ids[0])) >= n })
		if list := of(ids[0]); len(list) != n || list[0].Start.Before(from.Add(-time.Millisecond)) || list[0].Start.After(from.Add(3*time.Second)) {
			t.Errorf("%d events in the hall, the newest from %v; want %d, %v", len(list), list[0].Start, n, from)
		}
	}

	rule(map[string]any{"when": "away"})
	for n := range 2 {
		moves(n)
		from := time.Now()
		away(true)
		begins(n+1, from)
		still()
		away(false)
		if n > 0 {
			break
		}
		if err := h.stop(); err != nil {
			t.Fatal(err)
		}
		h = startHub(t, data)
		keeper = h.signIn("keeper")
		waitLive(t, keeper, ids)
	}
	moves(2)

	var one struct {
		Camera struct {
			EventRule struct {
				Clock string    `json:"clock"`
				Until time.Time `json:"until"`
				Armed bool      `json:"armed"`
			} `json:"event_rule"`
		} `json:"camera"`
	}
	ask := func() { keeper.call(http.MethodGet, "cameras/"+ids[0], nil, http.StatusOK, &one) }
	ask()
	clock, err := time.Parse("15:04", one.Camera.EventRule.Clock)
	if err != nil {
		t.Fatal(err)
	}
	week := []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	next := func(minutes int) string { return clock.Add(time.Duration(minutes) * time.Minute).Format("15:04") }
	rule(map[string]any{"when": "weekly", "times": []any{map[string]any{"days": week, "from": next(1), "to": next(3)}}})
	ask()
	if v := one.Camera.EventRule; !v.Armed { // else the minute is over already
		begins(3, v.Until)
	}
	still()
}
