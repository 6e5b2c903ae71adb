package httpapi

import (
	"encoding/json"
	"testing"

	"lares/cameras/fakecam"
)

// TestSound: settings are told as they were said, and given to the camera's worker; what
// cannot be meant is refused by its name and changes nothing.
func TestSound(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	put := func(body string) (int, string) {
		t.Helper()
		var p struct{ Field string }
		answer := alice.do("PUT", alice.path("/cameras/%s/sound", id), json.RawMessage(body))
		if answer.StatusCode != 204 {
			decode(t, answer, &p)
		}
		return answer.StatusCode, p.Field
	}
	is := func(want string) {
		t.Helper()
		var told struct{ Sound json.RawMessage }
		decode(t, alice.do("GET", alice.path("/cameras/%s/sound", id), nil), &told)
		c, err := r.gate.WorkerCamera(t.Context(), id)
		must(t, err)
		worker, err := json.Marshal(soundView(c.Sound))
		must(t, err)
		if string(told.Sound) != want || string(worker) != want {
			t.Errorf("told %s, to the worker %s, want %s", told.Sound, worker, want)
		}
	}
	is(`{"on":false,"settings":{}}`)
	for _, said := range []string{
		`{"on":true,"settings":{"over_db":60,"min_duration_ms":10000,"cooldown_ms":60000}}`,
		`{"on":false,"settings":{"over_db":3,"min_duration_ms":1,"cooldown_ms":500}}`,
		`{"on":true,"settings":{}}`,
		`{"on":true,"settings":{"over_db":20,"min_duration_ms":1500,"cooldown_ms":5000}}`,
	} {
		if got, field := put(said); got != 204 {
			t.Fatal(said, got, field)
		}
		is(said)
	}
	for _, c := range []struct{ field, body string }{
		{"on", `{"settings":{}}`},
		{"on", `{"on":1,"settings":{}}`},
		{"settings", `{"on":false}`},
		{"settings", `{"on":false,"settings":[]}`},
		{"over", `{"on":false,"settings":{"over":20}}`},
		{"over_db", `{"on":false,"settings":{"over_db":2}}`},
		{"over_db", `{"on":false,"settings":{"over_db":61}}`},
		{"over_db", `{"on":false,"settings":{"over_db":-1}}`},
		{"over_db", `{"on":false,"settings":{"over_db":15.5}}`},
		{"min_duration_ms", `{"on":false,"settings":{"min_duration_ms":10001}}`},
		{"min_duration_ms", `{"on":false,"settings":{"min_duration_ms":"1"}}`},
		{"cooldown_ms", `{"on":false,"settings":{"cooldown_ms":499}}`},
		{"cooldown_ms", `{"on":false,"settings":{"cooldown_ms":60001}}`},
	} {
		if got, field := put(c.body); got != 400 || field != c.field {
			t.Errorf("%s: %d, field %q, want 400 of %q", c.body, got, field, c.field)
		}
	}
	is(`{"on":true,"settings":{"over_db":20,"min_duration_ms":1500,"cooldown_ms":5000}}`)
}
