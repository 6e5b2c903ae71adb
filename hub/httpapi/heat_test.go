package httpapi

import (
	"testing"

	"lares/cameras/fakecam"
	"lares/hub/gate"
)

// TestHeat: whoever may watch and manage a camera sees where it moves, as long as that
// stands; nobody else is told that there is anything to see.
func TestHeat(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, carol := r.person("alice"), r.person("bob"), r.person("carol")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	r.grant(alice, id, bob, gate.Live, gate.Manage)
	r.grant(alice, id, carol, gate.Live, gate.History)
	ask := func(p *person) (status int, h *heatView) {
		t.Helper()
		answer := p.do("GET", p.path("/cameras/%s/motion/heat", id), nil)
		var told struct {
			Account string
			Heat    *heatView
		}
		if status = answer.StatusCode; status == 200 {
			decode(t, answer, &told)
			if told.Account != r.caller(p).Account.String() {
				t.Errorf("an answer for %s", told.Account)
			}
		}
		return status, told.Heat
	}
	for _, p := range []*person{alice, bob} {
		wait(t, "a heat", func() bool {
			status, h := ask(p)
			if status != 200 {
				t.Fatalf("status %d", status)
			}
			return h != nil && len(h.Cells) == h.Columns*h.Rows && h.Width > 0 && h.Height > 0
		})
	}
	if status, _ := ask(carol); status != 404 {
		t.Errorf("who may not manage it: %d", status)
	}
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), id, r.caller(bob).Account))
	if status, h := ask(bob); status != 404 || h != nil {
		t.Errorf("whose right is over: %d, %v", status, h)
	}
	if status, _ := ask(alice); status != 200 {
		t.Errorf("the owner, after that: %d", status)
	}
}
