package httpapi

import (
	"bytes"
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
)

// TestLookAtCameraOfAnother: a look hands nobody a picture of somebody else's camera, nor
// anything else of it: with its password, without one where it has none, on the air and off
// it, with a grant and without. Its owner reads who looked, and is refused nothing but what
// is off the air.
func TestLookAtCameraOfAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, carol := r.person("alice"), r.person("bob"), r.person("carol")
	shut, front := alice.camera(fakecam.Options{Name: "Front", Serial: "SN-A1B2C3", Username: "user", Password: "correct horse"})
	bare, open := alice.camera(fakecam.Options{Name: "Open"}) // of no serial number
	r.grant(alice, shut, carol, gate.Live, gate.Manage)
	body := func(c *fakecam.Camera) map[string]string {
		return map[string]string{"address": c.ONVIFURL(), "username": "user", "password": "correct horse"}
	}
	stream := func(c *fakecam.Camera) map[string]string {
		b := body(c)
		b["address"] = strings.TrimSuffix(c.MainURL(), "/main")
		return b
	}
	looks := []map[string]string{body(front), stream(front), {"address": open.ONVIFURL()}, stream(open)}
	for _, off := range []bool{false, true} {
		for _, id := range []media.CameraID{shut, bare} {
			if a := alice.do("PUT", alice.path("/cameras/%s/privacy", id), map[string]any{"off": off}); a.StatusCode != 204 {
				t.Fatal(a.Status)
			}
		}
		for _, who := range []*person{bob, carol} {
			for _, look := range looks {
				before := r.gate.Refused()["camera identity"]
				a := who.do("POST", who.path("/probes"), look)
				b := bodyOf(t, a)
				if wantProblem(t, a, 409); !bytes.Contains(b, []byte(`"urn:lares:problem:known-device"`)) || !bytes.Contains(b, []byte("This device is a camera of this hub already, or")) {
					t.Errorf("%s looks at %v: %s %s", who.name, look, a.Status, b)
				}
				for _, told := range []string{"Front", "Open", "SN-A1B2C3", shut.String(), bare.String(), "alice", "off the air"} {
					if bytes.Contains(b, []byte(told)) {
						t.Errorf("%s is told %q: %s", who.name, told, b)
					}
				}
				if n := r.gate.Refused()["camera identity"] - before; n != 1 {
					t.Errorf("%s looks at %v: counted %d", who.name, look, n)
				}
			}
		}
		for _, look := range looks {
			a := alice.do("POST", alice.path("/probes"), look)
			if !off {
				if a.StatusCode != 200 {
					t.Errorf("alice looks at %v: %s %s", look, a.Status, bodyOf(t, a))
				}
				continue
			}
			b := bodyOf(t, a)
			if wantProblem(t, a, 409); !bytes.Contains(b, []byte(`"urn:lares:problem:private"`)) || !bytes.Contains(b, []byte("off the air")) || !bytes.Contains(b, []byte("Front")) && !bytes.Contains(b, []byte("Open")) {
				t.Errorf("alice looks at %v: %s %s", look, a.Status, b)
			}
		}
	}
	wait(t, "alice reads of it", func() bool {
		notices := string(bodyOf(t, alice.do("GET", alice.path("/notices"), nil)))
		entries := string(bodyOf(t, alice.do("GET", alice.path("/journal?kind=refused"), nil)))
		return strings.Contains(notices, shut.String()) && strings.Contains(notices, bare.String()) && strings.Contains(entries, "bob") && strings.Contains(entries, "carol")
	})
	for _, who := range []*person{bob, carol} {
		if b := bodyOf(t, who.do("GET", who.path("/journal?kind=glimpse"), nil)); bytes.Contains(b, []byte(`"glimpse"`)) {
			t.Errorf("%s saw pictures: %s", who.name, b)
		}
	}
}

// TestGlimpseInJournal: who saw pictures of a device that is nobody's camera reads of it.
func TestGlimpseInJournal(t *testing.T) {
	t.Parallel()
	r, cam := probing(t, fakecam.Options{Name: "new"})
	bob := r.person("bob")
	v := bob.probe(map[string]string{"address": cam.ONVIFURL(), "username": "user", "password": "correct horse"})
	picture := bodyOf(t, bob.do("GET", bob.path("/probes/%s/pictures/1/main", v.ID), nil))
	if !bytes.HasPrefix(picture, []byte{0xff, 0xd8}) {
		t.Fatalf("%q", picture)
	}
	b := bodyOf(t, bob.do("GET", bob.path("/journal?kind=glimpse"), nil))
	if !bytes.Contains(b, []byte(`"kind":"glimpse"`)) || !bytes.Contains(b, []byte("127.0.0.1")) {
		t.Errorf("bob reads %s", b)
	}
}
