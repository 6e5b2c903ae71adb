package app_test

import (
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media/g711"
)

// TestSoundSettings: a tone at a quiet camera becomes an event with a clip where its owner
// had the hub listen, at once and after a restart, and none at the same camera where
// nobody did, or no longer does.
func TestSoundSettings(t *testing.T) {
	t.Parallel()
	const rate = 8000
	random := rand.New(rand.NewPCG(1, 2))
	var room []byte
	for i := range 12 * rate { // the camera plays it again and again
		v := 40 * random.NormFloat64()
		if i/rate == 10 {
			v += 3000 * math.Sin(2*math.Pi*float64(i)/10)
		}
		room = g711.A.Append(room, int16(v))
	}
	file := filepath.Join(t.TempDir(), "room.alaw")
	if err := os.WriteFile(file, room, 0o600); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	h := startHub(t, data)
	keeper := h.claim("keeper")
	cam := startCamera(t, fakecam.Options{Name: "room", Source: fakecam.File{Path: "../../cameras/fakecam/clip/people.mp4", Audio: file}})
	var ids []string
	put := func(id, what string, body map[string]any) {
		t.Helper()
		keeper.call(http.MethodPut, "cameras/"+id+"/"+what, body, http.StatusNoContent, nil)
	}
	for _, name := range []string{"listened", "ignored"} {
		id := keeper.addCamera(map[string]string{"name": name, "main": cam.MainURL()})
		put(id, "motion", map[string]any{"off": true, "settings": map[string]any{}}) // people walk there
		ids = append(ids, id)
	}
	waitLive(t, keeper, ids)
	// heard are the sounds at a camera.
	heard := func(id string) (all []eventJSON) {
		for _, e := range keeper.events() {
			if e.Camera == id && e.Kind == "sound" {
				all = append(all, e)
			}
		}
		return all
	}
	settings := map[string]any{"over_db": 20, "min_duration_ms": 500, "cooldown_ms": 1000}
	put(ids[0], "sound", map[string]any{"on": true, "settings": settings})
	until(t, patience, "a sound", func() bool { return len(heard(ids[0])) > 0 })
	put(ids[0], "sound", map[string]any{"on": false, "settings": settings})
	until(t, patience, "its end", func() bool {
		return !slices.ContainsFunc(heard(ids[0]), func(e eventJSON) bool { return e.Recording || e.End.IsZero() })
	})
	for _, e := range heard(ids[0]) {
		if !slices.Equal(e.Sources, []string{"sound"}) || len(e.Clips) == 0 {
			t.Errorf("%+v", e)
		}
	}
	before := len(heard(ids[0]))
	if n := len(heard(ids[1])); n != 0 {
		t.Errorf("%d sounds at a camera where nobody listens", n)
	}
	put(ids[1], "sound", map[string]any{"on": true, "settings": map[string]any{}})
	until(t, patience, "a sound at the other", func() bool { return len(heard(ids[1])) > 0 })
	put(ids[1], "sound", map[string]any{"on": false, "settings": map[string]any{}})
	if n := len(heard(ids[0])); n != before {
		t.Errorf("%d more while nobody listens", n-before)
	}
	put(ids[0], "sound", map[string]any{"on": true, "settings": settings})
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	keeper = startHub(t, data).signIn("keeper")
	var told struct {
		Sound struct {
			On       bool           `json:"on"`
			Settings map[string]int `json:"settings"`
		} `json:"sound"`
	}
	keeper.call(http.MethodGet, "cameras/"+ids[0]+"/sound", nil, http.StatusOK, &told)
	if s := told.Sound; !s.On || s.Settings["over_db"] != 20 || s.Settings["min_duration_ms"] != 500 || s.Settings["cooldown_ms"] != 1000 {
		t.Errorf("after a restart: %+v", s)
	}
	waitLive(t, keeper, ids)
	before, other := len(heard(ids[0])), len(heard(ids[1]))
	until(t, patience, "a sound after a restart", func() bool { return len(heard(ids[0])) > before })
	if n := len(heard(ids[1])); n != other {
		t.Errorf("%d more at a camera where nobody listens any more", n-other)
	}
}
