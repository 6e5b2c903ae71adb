package httpapi

import (
	"strings"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
)

type transfersAnswer struct {
	Made     []transferMadeView
	Received []transferReceivedView
}

func (p *person) transfers() (list transfersAnswer) {
	p.r.t.Helper()
	answer := p.do("GET", p.path("/transfers"), nil)
	if answer.StatusCode != 200 {
		p.r.t.Fatalf("transfers: %s", answer.Status)
	}
	decode(p.r.t, answer, &list)
	return list
}

// TestTransferOverHTTP: a camera that delivers is handed over and delivers to
// the taker; the old owner keeps what was recorded, and nobody else anything.
func TestTransferOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, carol := r.person("alice"), r.person("bob"), r.person("carol")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	old := alice.clip(cam)
	r.grant(alice, cam, carol, gate.Live, gate.History)
	v := carol.watchLive()
	v.watch(1, cam, "main")
	v.more(1, 1)
	for name, body := range map[string]map[string]any{
		"to nobody":      {"erase": false},
		"to no id":       {"to": "bob", "erase": false},
		"to a stranger":  {"to": media.NewCameraID(), "erase": false},
		"to oneself":     {"to": alice.id, "erase": false},
		"without choice": {"to": bob.id},
	} {
		if a := alice.do("POST", alice.path("/cameras/%s/transfer", cam), body); a.StatusCode != 400 {
			t.Errorf("%s: %s %s", name, a.Status, bodyOf(t, a))
		}
	}
	if a := alice.do("POST", alice.path("/cameras/%s/transfer", cam), map[string]any{"to": bob.id, "erase": false}); a.StatusCode != 200 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	if a := alice.do("POST", alice.path("/cameras/%s/transfer", cam), map[string]any{"to": carol.id, "erase": false}); a.StatusCode != 409 {
		t.Errorf("offered twice: %s", a.Status)
	}
	made, received := alice.transfers(), bob.transfers()
	if len(made.Made) != 1 || len(made.Received) != 0 || made.Made[0].Camera != cam || made.Made[0].ToName != "bob" || made.Made[0].To.String() != bob.id {
		t.Errorf("alice: %+v", made)
	}
	if len(received.Made) != 0 || len(received.Received) != 1 || received.Received[0].FromName != "alice" || received.Received[0].Name != "alice front" {
		t.Fatalf("bob: %+v", received)
	}
	if b := bodyOf(t, bob.do("GET", bob.path("/transfers"), nil)); strings.Contains(string(b), cam.String()) {
		t.Errorf("the taker is told the old id: %s", b)
	}
	if n := carol.transfers(); len(n.Made)+len(n.Received) != 0 {
		t.Errorf("carol: %+v", n)
	}
	var accepted struct{ Camera media.CameraID }
	bob.aged()
	wantKind(t, bob.do("POST", bob.path("/transfers/%s/accept", received.Received[0].ID), nil), 403, "password-again")
	if a := bob.do("POST", bob.path("/prove"), map[string]string{"password": testPassword}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	answer := bob.do("POST", bob.path("/transfers/%s/accept", received.Received[0].ID), nil)
	if answer.StatusCode != 200 {
		t.Fatalf("%s %s", answer.Status, bodyOf(t, answer))
	}
	decode(t, answer, &accepted)
	from := time.Now()
	if m := v.until("ended"); m.text.Reason != "not found" || time.Since(from) > cutSoon {
		t.Errorf("carol's picture ended with %+v after %v", m.text, time.Since(from))
	}
	wait(t, "pictures for bob", func() bool { s, ok := r.fleet.Status(accepted.Camera); return ok && s.State == cameras.Live })
	b := bob.watchLive()
	b.watch(1, accepted.Camera, "main")
	b.more(1, 2)
	if now := alice.cameraView(cam); !now.Retired || now.Address != "" || now.Status.State != outOfUse {
		t.Errorf("alice sees %+v", now)
	}
	if a := alice.do("GET", alice.path("/clips/%s/init", old), nil); a.StatusCode != 200 {
		t.Errorf("what alice recorded: %s", a.Status)
	}
	for who, path := range map[*person]string{bob: "/cameras/%s", carol: "/cameras/%s", alice: "/cameras/%s/grants"} {
		id := cam
		if who == alice {
			id = accepted.Camera
		}
		if a := who.do("GET", who.path(path, id), nil); a.StatusCode != 404 {
			t.Errorf("%s: %s", who.name, a.Status)
		}
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("refused %v", n)
	}
}

// TestSecondEntryOfADevice: a device that is a camera of somebody already is
// shown to nobody else, and the reason names nobody.
func TestSecondEntryOfADevice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	_, device := alice.camera(fakecam.Options{Name: "alice front"})
	answer := bob.do("POST", bob.path("/cameras"), map[string]string{"name": "mine too", "main": device.MainURL(), "onvif": device.ONVIFURL()})
	if answer.StatusCode != 201 {
		t.Fatalf("%s %s", answer.Status, bodyOf(t, answer))
	}
	var added struct{ Camera cameraView }
	decode(t, answer, &added)
	var v cameraView
	wait(t, "the refusal", func() bool {
		v = bob.cameraView(added.Camera.ID)
		return v.Status.State == cameras.AnotherDevice
	})
	if !strings.Contains(v.Status.Message, "already") || strings.Contains(v.Status.Message, "alice") || strings.Contains(v.Status.Message, "front") {
		t.Errorf("bob is told %q", v.Status.Message)
	}
	if !time.Time(v.Status.LastPicture).IsZero() || r.gate.Refused()["camera identity"] == 0 {
		t.Errorf("last picture %v, refused %v", v.Status.LastPicture, r.gate.Refused())
	}
}
