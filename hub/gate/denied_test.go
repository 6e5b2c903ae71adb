package gate

import (
	"errors"
	"testing"

	"lares/hub/account"
	"lares/hub/journal"
)

// TestStrangersAreNoted: who asks for another's camera, for a list of its events or for a token, without
// any grant for it is in the owner's journal, as who has a grant for something else is.
func TestStrangersAreNoted(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ann, bob, eve, dave := r.person("ann"), r.person("bob"), r.person("eve"), r.person("dave")
	door := r.camera(ann, "door")
	if _, err := r.Camera(t.Context(), bob, door); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, err := r.Events(t.Context(), eve, EventFilter{Camera: &door}); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, _, err := r.MakeToken(t.Context(), dave, TokenRequest{Name: "x", Cameras: []TokenGrant{{door, []Action{Live}, FromNow}}}); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	tried := map[account.ID]int{}
	for _, e := range list(ann) {
		if e.Kind == journal.Denied && e.Camera == door {
			tried[e.Account]++
		}
	}
	if tried[bob.Account] != 1 || tried[eve.Account] != 1 || tried[dave.Account] != 1 {
		t.Errorf("%v", tried)
	}
}
