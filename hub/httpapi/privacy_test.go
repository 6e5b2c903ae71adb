package httpapi

import (
	"testing"

	"lares/cameras"
	"lares/cameras/fakecam"
)

// TestPrivacy: a camera is taken off the air and put back on; what it then does
// not do, and what no time of the week is, is said plainly.
func TestPrivacy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	id, cam := alice.camera(fakecam.Options{Name: "front"})
	put := func(what string, body any) int {
		t.Helper()
		return alice.do("PUT", alice.path("/cameras/%s/privacy%s", id, what), body).StatusCode
	}
	state := func(want cameras.State) func() bool {
		return func() bool { s, ok := r.fleet.Status(id); return ok && s.State == want }
	}
	if got := put("", map[string]any{"off": true}); got != 204 {
		t.Fatal(got)
	}
	wait(t, "the camera off the air", state(cameras.Private))
	wait(t, "no connection to it", func() bool { return cam.Connections() == 0 })
	var p struct{ Type, Field string }
	answer := alice.do("POST", alice.path("/cameras/%s/trigger", id), nil)
	if decode(t, answer, &p); answer.StatusCode != 409 || p.Type != "urn:lares:problem:private" {
		t.Errorf("a trigger: %s %+v", answer.Status, p)
	}
	night := map[string]any{"days": []string{"friday", "saturday"}, "from": "22:00", "to": "06:30"}
	if got := put("/times", map[string]any{"times": []any{night}}); got != 204 {
		t.Fatal(got)
	}
	var one struct{ Camera cameraView }
	decode(t, alice.do("GET", alice.path("/cameras/%s", id), nil), &one)
	if v := one.Camera.Privacy; v == nil || !v.Off || len(v.Times) != 1 || v.Times[0].From != "22:00" || v.Times[0].To != "06:30" || len(v.Clock) != len("21:05") || len(v.Times[0].Days) != 2 {
		t.Errorf("shown as %+v", v)
	}
	for field, times := range map[string]any{
		"days":  []any{map[string]any{"days": []string{"someday"}, "from": "22:00", "to": "06:00"}},
		"from":  []any{map[string]any{"days": []string{"monday"}, "from": "24:00", "to": "06:00"}},
		"to":    []any{map[string]any{"days": []string{"monday"}, "from": "22:00", "to": "6:00"}},
		"times": "never",
	} {
		answer := alice.do("PUT", alice.path("/cameras/%s/privacy/times", id), map[string]any{"times": times})
		if decode(t, answer, &p); answer.StatusCode != 400 || p.Field != field {
			t.Errorf("%v: %s, field %q", times, answer.Status, p.Field)
		}
	}
	if got := put("", map[string]any{"off": false}); got != 204 {
		t.Fatal(got)
	}
	wait(t, "the camera back on", state(cameras.Live))
}
