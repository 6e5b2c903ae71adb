package httpapi

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/detector"
	"lares/hub/gate"
	"lares/recorder"
)

// TestDetector: the owner sets a detector with the password given lately, reads it, and
// takes it away without; what is no address is refused by its field. Who only manages the
// camera gets what a stranger gets, whatever stands in the body.
func TestDetector(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	r.grant(alice, id, bob, gate.Live, gate.History, gate.Manage)
	is := func(want string) {
		t.Helper()
		var told struct {
			Allowed          bool
			Detector, Status json.RawMessage
		}
		decode(t, alice.do("GET", alice.path("/cameras/%s/detector", id), nil), &told)
		if string(told.Detector) != want || !told.Allowed || len(told.Status) != 0 {
			t.Errorf("told %s, allowed %v, status %s; want %s", told.Detector, told.Allowed, told.Status, want)
		}
	}
	put := func(p *person, body string) *http.Response {
		t.Helper()
		return p.do("PUT", p.path("/cameras/%s/detector", id), json.RawMessage(body))
	}
	is("")
	for said, want := range map[string]string{
		`{"address":" http://Box.lan:32168/v1/vision/detection "}`:                                 `{"address":"http://box.lan:32168","min_confidence":50,"classes":["person","vehicle","animal","package"]}`,
		`{"address":"https://192.168.1.20","min_confidence":0,"classes":[]}`:                       `{"address":"https://192.168.1.20:443","min_confidence":50,"classes":["person","vehicle","animal","package"]}`,
		`{"address":"http://192.168.1.20:5000","min_confidence":80,"classes":["animal","person"]}`: `{"address":"http://192.168.1.20:5000","min_confidence":80,"classes":["animal","person"]}`,
	} {
		if a := put(alice, said); a.StatusCode != 204 {
			t.Fatalf("%s: %s %s", said, a.Status, bodyOf(t, a))
		}
		is(want)
	}
	bad := []struct{ field, body string }{
		{"address", `{}`},
		{"address", `{"address":"192.168.1.20:5000"}`}, {"address", `{"address":"http://198.51.100.1:5000"}`}, {"address", `{"address":"http://[2001:db8::1]:5000"}`},
		{"address", `{"address":"http://ann:secret@box"}`},
		{"address", `{"address":"http://box/elsewhere"}`},
		{"address", `{"address":"` + strings.Repeat("a", 257) + `"}`},
		{"min_confidence", `{"address":"http://box","min_confidence":101}`},
		{"min_confidence", `{"address":"http://box","min_confidence":0.5}`},
		{"classes", `{"address":"http://box","classes":["ghost"]}`},
		{"classes", `{"address":"http://box","classes":["person","person"]}`},
		{"classes", `{"address":"http://box","classes":"person"}`},
		{"on", `{"address":"http://box","on":true}`},
	}
	for _, c := range bad {
		if field := wantProblem(t, put(alice, c.body), 400); field != c.field {
			t.Errorf("%s: field %q, want %q", c.body, field, c.field)
		}
	}
	absent := shape(t, bob.do("GET", "/nothing/here", nil))
	for _, x := range []struct{ method, path, body string }{
		{"GET", "", ""}, {"DELETE", "", ""}, {"PUT", "", `{"address":"http://box"}`}, {"PUT", "", `{"address":"ftp://box"}`}, {"POST", "/try", `{"address":"ftp://box"}`}, {"POST", "/try", `{"address":"http://box"}`},
	} {
		var body any
		if x.body != "" {
			body = json.RawMessage(x.body)
		}
		if got := shape(t, bob.do(x.method, bob.path("/cameras/%s/detector"+x.path, id), body)); got != absent {
			t.Errorf("who manages it, %s%s of %s:\n%s", x.method, x.path, x.body, got)
		}
	}
	alice.aged()
	wantKind(t, put(alice, `{"address":"http://box"}`), 403, "password-again")
	wantKind(t, alice.do("POST", alice.path("/cameras/%s/detector/try", id), json.RawMessage(`{"address":"http://box"}`)), 403, "password-again")
	for range 2 {
		if a := alice.do("DELETE", alice.path("/cameras/%s/detector", id), nil); a.StatusCode != 204 {
			t.Errorf("%s %s", a.Status, bodyOf(t, a))
		}
		is("")
	}
}

// TestTryDetector: whether a detector answers is told, and why not.
func TestTryDetector(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	box := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path != "/v1/vision/detection" {
			http.NotFound(w, q)
			return
		}
		io.WriteString(w, `{"success":true,"predictions":[]}`)
	}))
	t.Cleanup(box.Close)
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	for address, want := range map[string]string{
		box.URL: "", box.URL + "/v1/vision/detection": "", page.URL: "status",
		"http://198.51.100.1:5000": "outside", "http://no-such-host.invalid": "nowhere",
	} {
		var told struct {
			Fault string
			Took  *int64 `json:"took_ms"`
		}
		decode(t, alice.do("POST", alice.path("/cameras/%s/detector/try", id), map[string]string{"address": address}), &told)
		if told.Fault != want || told.Took == nil {
			t.Errorf("%s: %q after %v, want %q", address, told.Fault, told.Took, want)
		}
	}
}

// TestDetectorStatus: the owner reads how a detector answers.
func TestDetectorStatus(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	if a := alice.do("PUT", alice.path("/cameras/%s/detector", id), map[string]string{"address": "http://192.168.1.20:5000"}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	r.detector.Set(id, "somebody's")
	var told struct {
		Status map[string]any
	}
	decode(t, alice.do("GET", alice.path("/cameras/%s/detector", id), nil), &told)
	if told.Status == nil || len(told.Status) != 0 {
		t.Errorf("before it was asked: %v", told.Status)
	}
}

// TestExits: the addresses that the hub talks to are listed to their owners and, without
// anything else, to who runs the hub.
func TestExits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	olga, alice, bob := r.person("olga"), r.person("alice"), r.person("bob") // the first runs the hub
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	r.grant(alice, id, bob, gate.Live, gate.Manage)
	list := func(p *person) string {
		t.Helper()
		var told struct{ Exits json.RawMessage }
		decode(t, p.do("GET", p.path("/exits"), nil), &told)
		return string(told.Exits)
	}
	for _, p := range []*person{olga, alice, bob} {
		if got := list(p); got != "[]" {
			t.Errorf("%s: %s", p.id, got)
		}
	}
	if a := alice.do("PUT", alice.path("/cameras/%s/detector", id), map[string]string{"address": "http://192.168.1.20:5000"}); a.StatusCode != 204 {
		t.Fatal(a.Status)
	}
	var own []struct {
		Kind, Address string
		Camera        media.CameraID
		Since         time.Time
	}
	if err := json.Unmarshal([]byte(list(alice)), &own); err != nil || len(own) != 1 || own[0].Kind != "detector" || own[0].Address != "http://192.168.1.20:5000" || own[0].Camera != id || time.Since(own[0].Since).Abs() > time.Minute {
		t.Errorf("%+v, %v", own, err)
	}
	if got := list(olga); got != `[{"kind":"detector","address":"http://192.168.1.20:5000"}]` {
		t.Errorf("who runs the hub is told %s", got)
	}
	if got := list(bob); got != "[]" {
		t.Errorf("who manages the camera is told %s", got)
	}
}

// TestRecognisedEvents: what a detector recognised is told with the event, and lists are
// narrowed to it: people at the gate, and nothing else.
func TestRecognisedEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice := r.person("alice")
	gate, yard := r.quietCamera(alice, "gate"), r.quietCamera(alice, "yard")
	sources := []media.Source{media.SourceMotion, media.SourceDetector}
	person := r.notice(gate, recorder.EventText{Class: detector.Person, Zone: "Gate", Score: 0.9, Labels: []string{"vehicle", "car"}, Sources: sources, Box: &media.Box{Left: 0.25, Top: 0.5, Width: 0.125, Height: 0.25}})
	car := r.notice(gate, recorder.EventText{Class: detector.Vehicle, Zone: "Gate", Labels: []string{"truck"}, Sources: sources})
	later := r.notice(gate, recorder.EventText{Class: detector.Person, Zone: "path", Labels: []string{"Gate"}, Sources: sources})
	other := r.notice(yard, recorder.EventText{Class: detector.Person, Zone: "path", Sources: sources})
	nothing := r.notice(gate, recorder.EventText{Zone: "Gate", Sources: sources[:1]})
	for query, want := range map[string][]media.EventID{
		"":                                     {nothing.Event, other.Event, later.Event, car.Event, person.Event},
		"class=person":                         {other.Event, later.Event, person.Event},
		"class=vehicle":                        {car.Event, person.Event},
		"class=person&zone=gate":               {later.Event, person.Event},
		"class=person&camera=" + gate.String(): {later.Event, person.Event},
		"class=truck":                          {car.Event},
		"text=car":                             {person.Event},
		"class=animal":                         nil,
	} {
		got := alice.list(query)
		if len(got) != len(want) {
			t.Errorf("%s: %d events, want %d", query, len(got), len(want))
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %v, want %v", query, got, want)
			}
		}
	}
	var page struct{ Events []map[string]any }
	decode(t, alice.do("GET", alice.path("/events?text=car"), nil), &page)
	b, err := json.Marshal([]any{page.Events[0]["sources"], page.Events[0]["box"]})
	if err != nil || string(b) != `[["motion","detector"],{"height":0.25,"left":0.25,"top":0.5,"width":0.125}]` {
		t.Errorf("%s", b)
	}
}
