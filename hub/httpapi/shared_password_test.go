package httpapi

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"lares/cameras"
	"lares/cameras/fakecam"
)

// TestSharedPassword: two devices that nothing tells apart, of two owners, with
// one password: the second is refused, by an answer or once it was met, and
// neither says whose the first is. Nothing of it is shown.
func TestSharedPassword(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	var cams [4]*fakecam.Camera
	passwords := [4]string{"the same", "the same", "of two", "of two"}
	for i := range cams {
		var err error
		cams[i], err = fakecam.Start(context.Background(), fakecam.Options{Name: "front", Username: "admin", Password: passwords[i]})
		must(t, err)
		t.Cleanup(cams[i].Close)
	}
	body := func(main string) map[string]string {
		return map[string]string{"name": "front", "main": main, "username": "admin", "password": "the same"}
	}
	named := func(cam *fakecam.Camera) map[string]string {
		b := body(strings.Replace(cam.MainURL(), "127.0.0.1", "localhost", 1))
		b["password"] = "of two"
		return b
	}
	var hers, his cameraAnswer
	decode(t, alice.do("POST", alice.path("/cameras"), body(cams[0].MainURL())), &hers)
	wait(t, "pictures", func() bool { s, ok := r.fleet.Status(hers.Camera.ID); return ok && s.State == cameras.Live })

	a := bob.do("POST", bob.path("/cameras"), body(cams[1].MainURL()))
	if text := string(bodyOf(t, a)); a.StatusCode != http.StatusConflict || !strings.Contains(text, "shared-password") || strings.Contains(text, "alice") || strings.Contains(text, hers.Camera.ID.String()) {
		t.Errorf("%s %s", a.Status, text)
	}
	// Nobody finds another's password out by trying.
	statuses := map[int]int{}
	carol := r.person("carol")
	for range 12 {
		statuses[carol.do("POST", carol.path("/cameras"), body(cams[1].MainURL())).StatusCode]++
	}
	if statuses[http.StatusConflict] != 10 || statuses[http.StatusTooManyRequests] != 2 {
		t.Errorf("answers to many tries: %v", statuses)
	}
	// By a name nobody knows yet whether it will be recognised. The first stays.
	decode(t, alice.do("POST", alice.path("/cameras"), named(cams[2])), &hers)
	wait(t, "pictures", func() bool { s, ok := r.fleet.Status(hers.Camera.ID); return ok && s.State == cameras.Live })
	decode(t, bob.do("POST", bob.path("/cameras"), named(cams[3])), &his)
	id := his.Camera.ID
	wait(t, "it is refused", func() bool {
		s, ok := r.fleet.Status(id)
		return ok && strings.Contains(s.Message, "a camera of somebody else on this hub has the same user name and password")
	})
	if s, _ := r.fleet.Status(id); s.State == cameras.Live {
		t.Error("it is live")
	}
	cams[2].SetFault(fakecam.Drop)
	cams[2].SetFault(fakecam.None)
	wait(t, "the first is back", func() bool {
		s, ok := r.fleet.Status(hers.Camera.ID)
		return ok && s.State == cameras.Live && s.Streams[0].Reconnects > 0
	})
}
