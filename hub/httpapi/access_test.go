package httpapi

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"lares/cameras"
	"lares/cameras/fakecam"
	"lares/hub/gate"
)

// TestAccess: a camera that refuses its password gets the right one, and is called
// something else, without being added anew: it goes on, and what it has stays.
func TestAccess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	const right, wrong = "correct horse", "battery-staple"
	cam, err := fakecam.Start(context.Background(), fakecam.Options{Name: "front", Username: "admin", Password: right})
	must(t, err)
	t.Cleanup(cam.Close)
	var added cameraAnswer
	decode(t, alice.do("POST", alice.path("/cameras"), map[string]string{
		"name": "front", "main": cam.MainURL(), "onvif": cam.ONVIFURL(), "username": "admin", "password": wrong,
	}), &added)
	id := added.Camera.ID
	r.grant(alice, id, bob, gate.Live, gate.Manage)
	state := func(want cameras.State) {
		t.Helper()
		wait(t, string(want), func() bool { s, ok := r.fleet.Status(id); return ok && s.State == want })
	}
	state(cameras.WrongPassword)

	put := func(p *person, body map[string]any) *http.Response {
		return p.do("PUT", p.path("/cameras/%s/access", id), body)
	}
	full := map[string]any{"main": cam.MainURL(), "sub": cam.SubURL(), "onvif": cam.ONVIFURL(), "transport": "tcp", "username": "admin", "password": right}
	wantProblem(t, put(bob, full), 404)
	wantProblem(t, put(bob, map[string]any{"main": "exec:ls"}), 404)
	alice.aged()
	wantProblem(t, put(alice, full), 403)
	alice = r.signIn("alice")
	for field, body := range map[string]map[string]any{
		"main":      {"username": "admin", "password": right},
		"sub":       {"main": cam.MainURL(), "sub": "exec:ls"},
		"onvif":     {"main": cam.MainURL(), "onvif": "file:///etc/passwd"},
		"transport": {"main": cam.MainURL(), "transport": "pigeon"},
		"password":  {"main": "rtsp://192.0.2.7/", "username": "admin"},
	} {
		if got := wantProblem(t, put(alice, body), 400); got != field {
			t.Errorf("field %q, want %q", got, field)
		}
	}
	state(cameras.WrongPassword)
	before := cam.WrongSignIns()
	full["password"] = wrong + "!"
	if got := wantProblem(t, put(alice, full), 422); got != "password" {
		t.Errorf("a password that the camera refuses: field %q", got)
	}
	if n := cam.WrongSignIns(); n == before {
		t.Error("it was not tried")
	}
	full["password"], full["main"], full["onvif"] = right, "rtsp://nowhere.invalid/live", ""
	if got := wantProblem(t, put(alice, full), 422); got != "main" {
		t.Errorf("an address where nobody is: field %q", got)
	}
	full["main"], full["onvif"] = cam.MainURL(), cam.ONVIFURL()
	state(cameras.WrongPassword) // nothing of it was saved
	if a := put(alice, full); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	state(cameras.Live)
	clip := alice.clip(id)

	// Without a password it keeps what it has; in an address it is one.
	delete(full, "password")
	full["sub"] = ""
	if a := put(alice, full); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	wait(t, "one stream", func() bool { s, ok := r.fleet.Status(id); return ok && s.State == cameras.Live && len(s.Streams) == 1 })
	full["main"] = strings.Replace(cam.MainURL(), "rtsp://", "rtsp://somebody:"+wrong+"@", 1)
	full["untried"] = true
	if a := put(alice, full); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	state(cameras.WrongPassword)
	var is struct{ Access accessView }
	answer := alice.do("GET", alice.path("/cameras/%s/access", id), nil)
	decode(t, answer, &is)
	if want := (accessView{cam.MainURL(), "", cam.ONVIFURL(), "tcp", "somebody", true}); is.Access != want {
		t.Errorf("%+v, want %+v", is.Access, want)
	}
	wantProblem(t, bob.do("GET", bob.path("/cameras/%s/access", id), nil), 404)

	if a := bob.do("PUT", bob.path("/cameras/%s/name", id), map[string]string{"name": " the gate "}); a.StatusCode != 204 {
		t.Errorf("%s %s", a.Status, bodyOf(t, a))
	}
	if got := wantProblem(t, alice.do("PUT", alice.path("/cameras/%s/name", id), map[string]string{"name": " "}), 400); got != "name" {
		t.Errorf("field %q", got)
	}
	if v := alice.cameraView(id); v.Name != "the gate" || v.Clips != 1 || *v.Shared != 1 {
		t.Errorf("%+v", v)
	}
	if a := alice.do("GET", alice.path("/clips/%s/clip.mp4", clip), nil); a.StatusCode != 200 {
		t.Errorf("the clip: %s", a.Status)
	}
	for _, path := range []string{"/cameras", "/journal", "/notices"} {
		if b := string(bodyOf(t, alice.do("GET", alice.path("%s", path), nil))); strings.Contains(b, right) || strings.Contains(b, wrong) || strings.Contains(string(bodyOf(t, answer)), wrong) {
			t.Errorf("%s tells a password", path)
		}
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// impostor is what answers where a camera was: it wants the password in the clear.
type impostor struct {
	mu   sync.Mutex
	seen []string // requests: their first lines, and Authorization
}

// takesPlace listens where a camera did.
func (i *impostor) takesPlace(t *testing.T, host string) {
	t.Helper()
	var l net.Listener
	wait(t, "the camera's port", func() (free bool) {
		var err error
		l, err = net.Listen("tcp", host)
		return err == nil
	})
	var running sync.WaitGroup
	ctx, end := context.WithCancel(context.Background())
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(ctx, func() { c.Close() })
			running.Go(func() { defer stop(); defer c.Close(); i.serve(c) })
		}
	})
	t.Cleanup(func() { end(); l.Close(); running.Wait() })
}

func (i *impostor) serve(c net.Conn) {
	for lines := bufio.NewScanner(c); lines.Scan(); {
		request, cseq := lines.Text(), ""
		for lines.Scan() && lines.Text() != "" {
			if name, value, _ := strings.Cut(lines.Text(), ": "); strings.EqualFold(name, "CSeq") {
				cseq = value
			} else if name == "Authorization" {
				request += " " + value
			}
		}
		i.mu.Lock()
		i.seen = append(i.seen, request)
		i.mu.Unlock()
		fmt.Fprintf(c, "RTSP/1.0 401 Unauthorized\r\nCSeq: %s\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n", cseq)
	}
}

// told are the requests that show a password.
func (i *impostor) told() (n int, signed []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, r := range i.seen {
		if strings.Contains(r, "Basic ") {
			signed = append(signed, r)
		}
	}
	return len(i.seen), signed
}

// TestAccessTellsNobody: whoever answers where a camera was, and wants the password in the
// clear, gets it neither when the access changes without it nor when it is typed again.
func TestAccessTellsNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	const right = "correct horse"
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: "front", Username: "admin", Password: right})
	must(t, err)
	t.Cleanup(cam.Close)
	var added cameraAnswer
	decode(t, alice.do("POST", alice.path("/cameras"), map[string]string{
		"name": "front", "main": cam.MainURL(), "username": "admin", "password": right,
	}), &added)
	id := added.Camera.ID
	wait(t, "the digest", func() bool {
		c, err := r.gate.WorkerCamera(t.Context(), id)
		return err == nil && c.Access.Digest.Main
	})
	u, err := url.Parse(cam.MainURL())
	must(t, err)
	cam.Close()
	var i impostor
	i.takesPlace(t, u.Host)
	body := map[string]any{"main": cam.MainURL(), "transport": "udp", "username": "admin"}
	for _, password := range []string{"", "typed again"} {
		if password != "" {
			body["password"] = password
		}
		before, _ := i.told()
		if a := alice.do("PUT", alice.path("/cameras/%s/access", id), body); a.StatusCode != 204 {
			t.Errorf("%q: %s %s", password, a.Status, bodyOf(t, a))
		}
		if after, signed := i.told(); len(signed) > 0 || password != "" && after == before {
			t.Errorf("%q: %d requests, told %q", password, after-before, slices.Compact(signed))
		}
	}
}
