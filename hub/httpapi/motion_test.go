package httpapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/motion"
)

// TestMotion: settings are told as they were said, and given to the camera's worker;
// what cannot be meant is refused by its name and changes nothing.
func TestMotion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	const said = `{"off":true,"settings":{"sensitivity":40,"zones":[{"name":"gate","polygon":[[0,0.5],[0.4,0.5],[0.4,1]],"sensitivity":70,"min_area":0.01,"min_duration_ms":1500}],"masks":[[[0.8,0],[1,0],[1,0.3]]]}}`
	put := func(body string) (int, string) {
		t.Helper()
		var p struct{ Field string }
		answer := alice.do("PUT", alice.path("/cameras/%s/motion", id), json.RawMessage(body))
		if answer.StatusCode != 204 {
			decode(t, answer, &p)
		}
		return answer.StatusCode, p.Field
	}
	is := func(want string) {
		t.Helper()
		var told struct {
			Motion  json.RawMessage
			Presets []motion.Preset
		}
		decode(t, alice.do("GET", alice.path("/cameras/%s/motion", id), nil), &told)
		c, err := r.gate.WorkerCamera(t.Context(), id)
		must(t, err)
		worker, err := json.Marshal(motionView(c.Motion))
		must(t, err)
		if string(told.Motion) != want || string(worker) != want {
			t.Errorf("told %s, to the worker %s, want %s", told.Motion, worker, want)
		}
		if !slices.Equal(told.Presets, motion.Presets()) {
			t.Errorf("presets %+v", told.Presets)
		}
	}
	is(`{"off":false,"settings":{}}`)
	if got, field := put(said); got != 204 {
		t.Fatal(got, field)
	}
	is(said)
	// A zone's and a mask's, the left and the right corner of the picture.
	corners := func(n int) string { return "[[0,0]," + strings.Repeat("[0.1234567890123456,1],", n-2) + "[0,1]]" }
	masked := func(n int) string { return "[[1,0]," + strings.Repeat("[0.8765432109876543,1],", n-2) + "[1,1]]" }
	zone := func(more string) string { return `{"name":"a","polygon":` + corners(3) + more + `}` }
	list := func(n int, entry func(i int) string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = entry(i)
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	for _, c := range []struct{ field, settings string }{
		{"settings", `[]`},
		{"colour", `{"colour":1}`},
		{"sensitivity", `{"sensitivity":101}`},
		{"sensitivity", `{"sensitivity":1,"sensitivity":2}`},
		{"zones", `{"zones":{}}`},
		{"zones", `{"zones":` + list(17, func(i int) string { return strings.Replace(zone(""), `"a"`, fmt.Sprintf(`"%d"`, i), 1) }) + `}`},
		{"name", `{"zones":[{"polygon":` + corners(3) + `}]}`},
		{"name", `{"zones":[{"name":"` + strings.Repeat("ä", 61) + `","polygon":` + corners(3) + `}]}`},
		{"name", `{"zones":[` + zone("") + `,` + zone("") + `]}`},
		{"polygon", `{"zones":[{"name":"a"}]}`},
		{"polygon", `{"zones":[{"name":"a","polygon":` + corners(2) + `}]}`},
		{"polygon", `{"zones":[{"name":"a","polygon":` + corners(33) + `}]}`},
		{"polygon", `{"zones":[{"name":"a","polygon":[[0,0],[0,0],[0,0]]}]}`},
		{"polygon", `{"masks":[[[0,0],[0.5,0.5],[1,1]]]}`},
		{"masks", `{"masks":[[[0,0],[1,0],[1,1],[0,1]]]}`},
		{"masks", `{"zones":[` + zone("") + `],"masks":[[[0,0],[1,0],[0,1]],[[1,0],[1,1],[0,1]]]}`},
		{"polygon", `{"zones":[{"name":"a","polygon":[[0,0],[1,0],[1]]}]}`},
		{"polygon", `{"zones":[{"name":"a","polygon":[[0,0],[1,0],[1,1,1]]}]}`},
		{"polygon", `{"zones":[{"name":"a","polygon":[[0,0],[1,0],[1,1.01]]}]}`},
		{"polygon", `{"zones":[{"name":"a","polygon":[[0,0],[1,0],[1,null]]}]}`},
		{"sensitivity", `{"zones":[` + zone(`,"sensitivity":-1`) + `]}`},
		{"min_area", `{"zones":[` + zone(`,"min_area":-0.1`) + `]}`},
		{"min_area", `{"zones":[` + zone(`,"min_area":"x"`) + `]}`},
		{"min_duration_ms", `{"zones":[` + zone(`,"min_duration_ms":60001`) + `]}`},
		{"masks", `{"masks":[[0,1]]}`},
		{"masks", `{"masks":` + list(17, func(int) string { return corners(3) }) + `}`},
	} {
		if got, field := put(`{"off":false,"settings":` + c.settings + `}`); got != 400 || field != c.field {
			t.Errorf("%s: %d, field %q, want 400 of %q", c.settings, got, field, c.field)
		}
	}
	is(said)
	most := `{"off":false,"settings":{"zones":` + list(16, func(i int) string {
		return `{"name":"` + strings.Repeat("ä", 58) + fmt.Sprintf("%02d", i) + `","polygon":` + corners(32) + `}`
	}) + `,"masks":` + list(16, func(int) string { return masked(32) }) + `}}`
	if got, field := put(most); got != 204 {
		t.Error(got, field)
	}
	is(most)
}
