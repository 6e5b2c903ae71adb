package httpapi

import (
	"bytes"
	"testing"

	"lares/cameras/fakecam"
	"lares/hub/gate"
)

// TestAddressesAreForThoseWhoManage: what is said about a camera out of reach
// names its host and port, which somebody who may only watch is not told.
func TestAddressesAreForThoseWhoManage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, guest := r.person("alice"), r.person("bob")
	cam, fake := owner.camera(fakecam.Options{Name: "alice front"})
	r.grant(owner, cam, guest, gate.Live, gate.History)
	host := []byte("127.0.0.1")
	fake.SetFault(fakecam.Drop)
	path := "/cameras/" + cam.String()
	wait(t, "the owner to be told where nothing answers", func() bool {
		return bytes.Contains(bodyOf(t, owner.do("GET", owner.path("%s", path), nil)), []byte("Nothing listens at 127.0.0.1"))
	})
	for _, path := range []string{path, "/cameras"} {
		body := bodyOf(t, guest.do("GET", guest.path("%s", path), nil))
		if !bytes.Contains(body, []byte("unreachable")) {
			t.Errorf("%s says nothing of the state: %s", path, body)
		}
		if bytes.Contains(body, host) {
			t.Errorf("%s tells a guest the address: %s", path, body)
		}
	}
	v := guest.watchLive()
	v.watch(1, cam, "main")
	said := v.next()
	for said.text == nil || said.text.Type != "state" {
		said = v.next()
	}
	if said.text.State != "unreachable" || bytes.Contains([]byte(said.raw), host) {
		t.Errorf("live tells a guest %q", said.raw)
	}
}
