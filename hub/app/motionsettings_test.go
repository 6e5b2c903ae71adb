package app_test

import (
	"net/http"
	"slices"
	"testing"

	"lares/cameras/fakecam"
)

// TestMotionSettings: somebody walks before two cameras, and what their owner said of
// each counts, at once and after a restart.
func TestMotionSettings(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	var cams []*fakecam.Camera
	var ids []string
	for _, name := range []string{"yard", "street"} {
		cam := startCamera(t, fakecam.Options{Name: name, Source: fakecam.TestCard{}})
		cams = append(cams, cam)
		ids = append(ids, keeper.addCamera(map[string]string{"name": name, "main": cam.MainURL(), "sub": cam.SubURL()}))
	}
	put := func(id string, off bool, settings map[string]any) {
		t.Helper()
		keeper.call(http.MethodPut, "cameras/"+id+"/motion", map[string]any{"off": off, "settings": settings}, http.StatusNoContent, nil)
	}
	// at counts what was found at a camera, and says whether all of it is over.
	at := func(id string) (n int, over bool) {
		t.Helper()
		over = true
		for _, e := range keeper.events() {
			if e.Camera == id {
				n, over = n+1, over && !e.End.IsZero()
			}
		}
		return n, over
	}
	// visit has somebody walk before both, once what they show is known, and waits until
	// one has noticed as often as it should, and all is over.
	visit := func(id string, want int) {
		t.Helper()
		for _, cam := range cams {
			from := cam.LastMark().Frame
			until(t, patience, "what the cameras show is known", func() bool { return cam.LastMark().Frame >= from+80 })
		}
		for _, cam := range cams {
			cam.Visit(true)
		}
		until(t, patience, "somebody is noticed", func() bool { n, _ := at(id); return n >= want })
		for _, cam := range cams {
			cam.Visit(false)
		}
		until(t, patience, "it is over", func() bool {
			return !slices.ContainsFunc(ids, func(id string) bool { _, over := at(id); return !over })
		})
	}
	waitLive(t, keeper, ids)
	whole := [][]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}}
	put(ids[0], false, map[string]any{"zones": []any{map[string]any{"name": "gate", "polygon": whole}}})
	put(ids[1], true, map[string]any{})
	visit(ids[0], 1)
	if n, _ := at(ids[1]); n != 0 {
		t.Errorf("%d events of a camera whose motion is off", n)
	}
	put(ids[1], false, map[string]any{})
	visit(ids[1], 1)
	put(ids[0], false, map[string]any{"masks": []any{[][]float64{{0, 0}, {0.99, 0}, {0.99, 1}, {0, 1}}}})
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	keeper = startHub(t, data).signIn("keeper")
	waitLive(t, keeper, ids)
	before, _ := at(ids[0])
	noticed, _ := at(ids[1])
	visit(ids[1], noticed+1)
	if n, _ := at(ids[0]); n != before {
		t.Errorf("%d events under a mask, after a restart", n-before)
	}
}
