package app_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestAway: whoever owns a camera is told that it is away and why, once, and how
// long that was when it is back, also by a hub that did not see it go; of one that
// was taken off the air, nothing.
func TestAway(t *testing.T) {
	t.Parallel()
	door := startCamera(t, fakecam.Options{Name: "door", Source: fakecam.TestCard{}})
	bedroom := startCamera(t, fakecam.Options{Name: "bedroom", Source: fakecam.TestCard{}})
	data := t.TempDir()
	keeper := startHub(t, data, "--offline-after", "2s").claim("keeper")
	ids := []string{
		keeper.addCamera(map[string]string{"name": "door", "main": door.MainURL()}),
		keeper.addCamera(map[string]string{"name": "bedroom", "main": bedroom.MainURL()}),
	}
	waitLive(t, keeper, ids)
	type notice struct {
		Kind, Camera string
		Detail       struct {
			State  string `json:"state"`
			SpanMS int64  `json:"span_ms"`
			Count  int64  `json:"count"`
		}
	}
	told := func() []notice {
		var answer struct{ Notices []notice }
		keeper.call(http.MethodGet, "notices", nil, http.StatusOK, &answer)
		return answer.Notices
	}
	keeper.call(http.MethodPut, "cameras/"+ids[1]+"/privacy", map[string]any{"off": true}, http.StatusNoContent, nil)
	door.SetFault(fakecam.Drop)
	until(t, 20*time.Second, "the owner is told", func() bool { return len(told()) > 0 })
	if got := told(); len(got) != 1 || got[0].Kind != "camera-offline" || got[0].Camera != ids[0] || got[0].Detail.State == "" || got[0].Detail.State == "live" {
		t.Errorf("told %+v", got)
	}
	if err := keeper.hub.stop(); err != nil {
		t.Fatal(err)
	}
	const off = 4 * time.Second
	keeper = startHub(t, data, "--offline-after", "2s").signIn("keeper")
	pause(t, off) // in which it could tell again
	door.SetFault(fakecam.None)
	back := func(n notice) bool {
		return n.Kind == "camera-back" && n.Camera == ids[0] && n.Detail.State != "" && n.Detail.SpanMS >= off.Milliseconds()
	}
	until(t, 20*time.Second, "it is back", func() bool { return slices.ContainsFunc(told(), back) })
	if got := told(); len(got) != 2 || got[0].Detail.Count != 1 || got[1].Detail.Count != 1 {
		t.Errorf("told %+v", got)
	}
}
