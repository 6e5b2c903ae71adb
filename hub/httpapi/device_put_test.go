package httpapi

import (
	"testing"

	"lares/hub/gate"
)

// TestDeviceIsTheOwners: who manages a camera does not take another device for it, and the
// owner reads of the try.
func TestDeviceIsTheOwners(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	door := r.quietCamera(alice, "door")
	r.grant(alice, door, bob, gate.Manage)
	if a := bob.do("PUT", bob.path("/cameras/%s/device", door), map[string]string{"device": "0123"}); a.StatusCode != 404 {
		t.Errorf("%s", a.Status)
	}
	if n := alice.journal("&kind=denied").kinds(); n["denied"] != 1 {
		t.Errorf("%v", n)
	}
}
