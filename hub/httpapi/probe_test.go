package httpapi

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"lares/cameras"
	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// probing is a rig with a camera that nobody has added.
func probing(t *testing.T, o fakecam.Options) (*rig, *fakecam.Camera) {
	t.Helper()
	r := newRig(t)
	o.Username, o.Password = "user", "correct horse"
	cam, err := fakecam.Start(t.Context(), o)
	must(t, err)
	t.Cleanup(cam.Close)
	return r, cam
}

func (p *person) probe(body map[string]string) (v probeView) {
	p.r.t.Helper()
	answer := p.do("POST", p.path("/probes"), body)
	if answer.StatusCode != 200 {
		p.r.t.Fatalf("probing: %s %s", answer.Status, bodyOf(p.r.t, answer))
	}
	if bytes.Contains(bodyOf(p.r.t, answer), []byte("correct horse")) {
		p.r.t.Error("the password is in the answer")
	}
	decode(p.r.t, answer, &v)
	return v
}

// TestProbe: a camera is looked at and added, without an address of a stream;
// what was found is one login session's alone.
func TestProbe(t *testing.T) {
	t.Parallel()
	r, cam := probing(t, fakecam.Options{Name: "to be added"})
	alice, bob := r.person("alice"), r.person("bob")
	phone := r.signIn("alice")
	v := alice.probe(map[string]string{"address": cam.ONVIFURL(), "username": "user", "password": "correct horse"})
	if v.State != "ready" || v.Device.Model != "to be added" || len(v.Streams) != 2 || v.Streams[0].Role != "main" || v.Streams[1].Role != "sub" || v.Streams[0].Codec != "H.264" || !v.Streams[0].Picture || v.OffsetMS == nil {
		t.Fatalf("%+v", v)
	}
	picture := alice.do("GET", alice.path("/probes/%s/pictures/1/sub", v.ID), nil)
	if b := bodyOf(t, picture); picture.StatusCode != 200 || picture.Header.Get("Content-Type") != "image/jpeg" || !bytes.HasPrefix(b, []byte{0xff, 0xd8}) || !strings.Contains(picture.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("%s %v", picture.Status, picture.Header)
	}
	for who, p := range map[string]*person{"bob": bob, "alice's phone": phone} {
		for what, status := range map[string]int{
			"picture": p.do("GET", p.path("/probes/%s/pictures/1/sub", v.ID), nil).StatusCode,
			"fix":     p.do("POST", p.path("/probes/%s/fix", v.ID), map[string]any{"fixes": []string{"clock"}}).StatusCode,
		} {
			if status != 404 {
				t.Errorf("%s, %s: %d", who, what, status)
			}
		}
		if a := p.do("POST", p.path("/cameras"), map[string]string{"name": "mine", "probe": v.ID.String()}); a.StatusCode != 400 {
			t.Errorf("%s adds it: %s", who, a.Status)
		}
	}
	if a := alice.do("GET", alice.path("/probes/%s/pictures/1/none", v.ID), nil); a.StatusCode != 404 {
		t.Errorf("a stream that is none: %s", a.Status)
	}
	answer := alice.do("POST", alice.path("/cameras"), map[string]string{"name": "front", "probe": v.ID.String()})
	if answer.StatusCode != 201 {
		t.Fatalf("%s %s", answer.Status, bodyOf(t, answer))
	}
	var added struct{ Camera cameraView }
	decode(t, answer, &added)
	if added.Camera.Address != cam.MainURL() {
		t.Errorf("added as %q", added.Camera.Address)
	}
	wait(t, "pictures", func() bool { s, ok := r.fleet.Status(added.Camera.ID); return ok && s.State == cameras.Live })
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// TestProbeRefuses: what cannot be looked at is said with its reason; after
// three wrong passwords the hub tries no more at this host.
func TestProbeRefuses(t *testing.T) {
	t.Parallel()
	r, cam := probing(t, fakecam.Options{Name: "shut"})
	alice := r.person("alice")
	for _, bad := range []struct {
		field string
		body  map[string]string
	}{
		{"address", map[string]string{}},
		{"address", map[string]string{"address": "http://somebody:x@127.0.0.1/"}},
		{"address", map[string]string{"address": "rtsp://127.0.0.1/stream1"}},
		{"address", map[string]string{"address": "dvrip://127.0.0.1"}},
		{"address", map[string]string{"address": "127.0.0.1:99999"}},
		{"address", map[string]string{"address": "127.1"}},
		{"address", map[string]string{"address": "0.0.0.0:8000"}},
		{"username", map[string]string{"address": "127.0.0.1", "username": strings.Repeat("x", maxCredential+1)}},
	} {
		if got := wantProblem(t, alice.do("POST", alice.path("/probes"), bad.body), 400); got != bad.field {
			t.Errorf("%v: field %q, want %q", bad.body, got, bad.field)
		}
	}
	wantProblem(t, alice.do("POST", alice.path("/probes"), map[string]string{"candidate": strings.Repeat("0a", 16)}), 404)
	for range 3 {
		if v := alice.probe(map[string]string{"address": cam.ONVIFURL(), "username": "user", "password": "guess"}); v.State != "wrong password" || v.Message == "" || len(v.Streams) != 0 {
			t.Errorf("%+v", v)
		}
	}
	right := map[string]string{"address": cam.ONVIFURL(), "username": "user", "password": "correct horse"}
	answer := alice.do("POST", alice.path("/probes"), right)
	if wantProblem(t, answer, 429); answer.Header.Get("Retry-After") == "" {
		t.Error("nobody says when to come back")
	}
	for field, body := range map[string]map[string]string{
		"probe": {"name": "x", "probe": strings.Repeat("0a", 16), "main": "rtsp://127.0.0.1/x"},
		"main":  {"name": "x"},
	} {
		if got := wantProblem(t, alice.do("POST", alice.path("/cameras"), body), 400); got != field {
			t.Errorf("field %q, want %q", got, field)
		}
	}
}

// TestProbeFixes: what was warned of is changed at the device, and nothing else.
func TestProbeFixes(t *testing.T) {
	t.Parallel()
	r, cam := probing(t, fakecam.Options{
		Name: "slow", Main: fakecam.Encoding{Codec: "H264", Width: 1920, Height: 1080, FPS: 25, Kbps: 4096, GOP: 250},
	})
	alice := r.person("alice")
	v := alice.probe(map[string]string{"address": cam.ONVIFURL(), "username": "user", "password": "correct horse"})
	if len(v.Warnings) != 1 || v.Warnings[0].Fix != "main-gop" {
		t.Fatalf("%+v", v.Warnings)
	}
	wantProblem(t, alice.do("POST", alice.path("/probes/%s/fix", v.ID), map[string]any{"fixes": []string{"clock"}}), 400)
	answer := alice.do("POST", alice.path("/probes/%s/fix", v.ID), map[string]any{"fixes": []string{"main-gop"}})
	if decode(t, answer, &v); answer.StatusCode != 200 || len(v.Warnings) != 0 || len(v.Fixed) != 1 || cam.Device().Main.GOP != 50 {
		t.Errorf("%s %+v, the camera has %d", answer.Status, v, cam.Device().Main.GOP)
	}
}

// TestRecorder: each channel of a recorder becomes a camera of its own, with a pin of
// its own, and none twice; what is added is said, to who added it alone.
func TestRecorder(t *testing.T) {
	t.Parallel()
	r, cam := probing(t, fakecam.Options{Name: "recorder", Channels: 3})
	alice, bob := r.person("alice"), r.person("bob")
	look := func(p *person, streams int) probeView {
		t.Helper()
		v := p.probe(map[string]string{"address": cam.ONVIFURL(), "username": "user", "password": "correct horse"})
		if v.State != "ready" || len(v.Channels) != 3 || len(v.Streams) != streams {
			t.Fatalf("%+v", v)
		}
		return v
	}
	v := look(alice, 6)
	for i, c := range v.Channels {
		number := i + 1
		if c.Number != number || c.Source == "" || c.Added || c.Reason != "" || i > 0 && c.Name != fmt.Sprint("Input ", number) {
			t.Errorf("%+v", c)
		}
		picture := alice.do("GET", alice.path("/probes/%s/pictures/%d/sub", v.ID, number), nil)
		if b := bodyOf(t, picture); picture.StatusCode != 200 || bytes.Contains(b, fmt.Append(nil, "channel_", number)) != (i > 0) {
			t.Errorf("the picture of channel %d: %s", number, picture.Status)
		}
	}
	for what, status := range map[string]int{"1/main": 404, "4/sub": 404, "0/sub": 404, "257/sub": 404, "x/sub": 404} {
		if a := alice.do("GET", alice.path("/probes/%s/pictures/%s", v.ID, what), nil); a.StatusCode != status {
			t.Errorf("picture %s: %s", what, a.Status)
		}
	}
	add := func(p *person, v probeView, source string) *http.Response {
		return p.do("POST", p.path("/cameras"), map[string]string{"name": "of " + source, "probe": v.ID.String(), "source": source})
	}
	for _, source := range []string{"", "of nobody"} {
		if got := wantProblem(t, add(alice, v, source), 400); got != "source" {
			t.Errorf("source %q: field %q", source, got)
		}
	}
	if got := wantProblem(t, alice.do("POST", alice.path("/cameras"), map[string]string{"name": "x", "main": cam.MainURL(), "source": v.Channels[0].Source}), 400); got != "source" {
		t.Errorf("a source without a probe: field %q", got)
	}
	var ids []media.CameraID
	for i, c := range v.Channels[:2] {
		var added struct{ Camera cameraView }
		answer := add(alice, v, c.Source)
		if answer.StatusCode != 201 {
			t.Fatalf("channel %d: %s %s", i+1, answer.Status, bodyOf(t, answer))
		}
		decode(t, answer, &added)
		if ids = append(ids, added.Camera.ID); added.Camera.Address != cam.ChannelURL(i+1, false) {
			t.Errorf("channel %d was added as %q", i+1, added.Camera.Address)
		}
	}
	for _, id := range ids {
		wait(t, "pictures of both", func() bool { s, ok := r.fleet.Status(id); return ok && s.State == cameras.Live })
	}
	wantProblem(t, add(alice, v, v.Channels[0].Source), 409)
	// Another channel's address is refused by the field in which it stands.
	mine := [2]string{cam.ChannelURL(1, false), cam.ChannelURL(1, true)}
	for field, at := range map[string][2]string{"sub": {mine[0], cam.ChannelURL(2, true)}, "main": {mine[0] + "?another", mine[1]}} {
		body := map[string]any{"main": at[0], "sub": at[1], "onvif": cam.ONVIFURL(), "username": "user", "password": "correct horse", "untried": true}
		if got := wantProblem(t, alice.do("PUT", alice.path("/cameras/%s/access", ids[0]), body), 400); got != field {
			t.Errorf("the %s stream of another channel: field %q", field, got)
		}
	}
	for who, want := range map[*person]struct {
		streams int
		added   [3]bool
		said    [3]bool // that it is a camera of the hub
	}{alice: {6, [3]bool{true, true}, [3]bool{}}, bob: {2, [3]bool{}, [3]bool{true, true}}} {
		for i, c := range look(who, want.streams).Channels {
			if c.Added != want.added[i] || (c.Reason != "") != want.said[i] || want.said[i] && (c.Name != "" || !strings.Contains(c.Reason, "a camera of this hub already")) {
				t.Errorf("%s: channel %d: %+v", who.name, i+1, c)
			}
		}
	}
	// The third is somebody else's to take: the pins say which channel is whose.
	var added struct{ Camera cameraView }
	his := look(bob, 2)
	for number, status := range map[int]int{1: 404, 2: 404, 3: 200} {
		if a := bob.do("GET", bob.path("/probes/%s/pictures/%d/sub", his.ID, number), nil); a.StatusCode != status {
			t.Errorf("bob is shown channel %d: %s", number, a.Status)
		}
	}
	if got := wantProblem(t, add(bob, his, v.Channels[0].Source), 400); got != "source" {
		t.Errorf("alice's channel: field %q", got)
	}
	answer := add(bob, his, v.Channels[2].Source)
	if decode(t, answer, &added); answer.StatusCode != 201 {
		t.Fatalf("%s", answer.Status)
	}
	wait(t, "pictures of the third", func() bool { s, ok := r.fleet.Status(added.Camera.ID); return ok && s.State == cameras.Live })
}
