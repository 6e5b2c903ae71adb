package onvif

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lares/cameras/fakecam"
)

// shared finds the recorded data beside the repository.
func shared(t testing.TB, what string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		at := filepath.Join(dir, "..", "shared", "data", "protocol", what)
		if _, err := os.Stat(at); err == nil {
			return at
		}
	}
	t.Skipf("the recorded data (../shared/data/protocol/%s) are not here; meanings and the tests with the fake camera cover the same on own data", what)
	return ""
}

// TestRecordedNotifications: each recorded notification is played as a recording, one of an
// end after its beginning; testdata/shared_notifications.json says what the hub is told.
func TestRecordedNotifications(t *testing.T) {
	at := shared(t, "notifications")
	var files []string
	for _, pattern := range []string{"*.xml", "recorded/*.xml"} {
		more, err := filepath.Glob(filepath.Join(at, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	var table map[string][]string
	readJSON(t, "testdata/shared_notifications.json", &table)
	if len(files) != len(table) {
		t.Errorf("%d notifications are there, %d in the table", len(files), len(table))
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".xml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			lines := []map[string]any{line(actionCreate, 200, subscribed)}
			for _, m := range []string{begun(string(b)), string(b)} {
				if m != "" {
					lines = append(lines, line(actionPull, 200, string(pulled(m))))
				}
			}
			got := replay(t, recording(t, append(lines, line(actionPull, 200, string(pulled())))...))
			if want, known := table[name]; !known || !slices.Equal(got.Events, want) {
				t.Errorf("%q, the table (known: %v) has %q", got.Events, known, want)
			}
		})
	}
}

// TestRecordings plays every recording of testdata/recordings. A new one is added by laying
// NAME.jsonl there; the test then says what to write into NAME.events.json.
func TestRecordings(t *testing.T) {
	playAll(t, "testdata/recordings", nil)
}

// TestSharedRecordings plays those that are not in the repository;
// testdata/shared_recordings.json has what the hub is told.
func TestSharedRecordings(t *testing.T) {
	at := shared(t, "onvif_recordings")
	var table map[string]heard
	readJSON(t, "testdata/shared_recordings.json", &table)
	playAll(t, at, table)
	for name := range table {
		if _, err := os.Stat(filepath.Join(at, name+".jsonl")); err != nil {
			t.Errorf("%s is in the table alone", name)
		}
	}
}

func playAll(t *testing.T, folder string, table map[string]heard) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s, %v", folder, err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".jsonl")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, known := table[name]
			if beside := strings.TrimSuffix(f, ".jsonl") + ".events.json"; !known {
				if _, err := os.Stat(beside); err == nil {
					readJSON(t, beside, &want)
					known = true
				}
			}
			got := replay(t, f)
			if got.From = want.From; !known || !slices.Equal(got.Events, want.Events) || got.Refused != want.Refused || got.Refusals < want.Refusals {
				b, _ := json.Marshal(got)
				t.Errorf("the hub is told %s", b)
			}
			if want.From == "" {
				t.Error("it says not where it was recorded")
			}
		})
	}
}

// TestRecordedDialogue reads a device, its media and imaging services out of a
// recorded dialogue whose namespaces its recorder has mangled.
func TestRecordedDialogue(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t, "bosch_flexidome"), "capture_*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Endpoint string
			Request  string `json:"request_body"`
			Response string `json:"response_body"`
			Status   int    `json:"status_code"`
		}
		var request struct {
			Body struct {
				Call struct{ XMLName xml.Name } `xml:",any"`
			} `xml:"Body"`
		}
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal([]byte(c.Request), &request); err != nil {
			t.Fatal(err)
		}
		name := request.Body.Call.XMLName
		l := line(name.Space+"/"+name.Local, c.Status, c.Response)
		l["url"] = c.Endpoint
		lines = append(lines, l)
	}
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: "recorded", Recording: recording(t, lines...)})
	if err != nil {
		t.Fatal(err)
	}
	defer cam.Close()
	c := client(t, cam.ONVIFURL(), "user", "password")
	if d, err := c.Device(t.Context()); err != nil || !strings.Contains(d.Model, "FLEXIDOME") {
		t.Errorf("%+v, %v", d, err)
	}
	profiles, err := c.Profiles(t.Context())
	if err != nil || len(profiles) < 4 {
		t.Fatalf("%d profiles, %v", len(profiles), err)
	}
	if e := profiles[0].Encoder; e.Codec != CodecH264 || e.Width != 1920 || e.Height != 1080 || e.GOP != 255 || e.Kbps != 5200 || e.FPS != 30 {
		t.Errorf("%+v", e)
	}
	if u, err := c.StreamURI(t.Context(), profiles[0]); err != nil || u != "rtsp://127.0.0.1/rtsp_tunnel?p=0&line=1&inst=1&vcd=2" {
		t.Errorf("%s, %v", u, err)
	}
	if i, err := c.Imaging(t.Context(), profiles[0]); err != nil || i.Brightness == nil || *i.Brightness != 128 || i.IrCut != "" {
		t.Errorf("%+v, %v", i, err)
	}
}

// TestSubscriptionActions: what a subscription asks for is told as the standard
// spells it, so that a device that goes by the action answers (ONVIF Core §9.1).
func TestSubscriptionActions(t *testing.T) {
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: "recorded", Recording: recording(t,
		line(actionCreate, 200, `<Envelope><Body><CreatePullPointSubscriptionResponse/></Body></Envelope>`),
		line(actionPull, 200, string(pulled())),
		line("http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest", 200, `<Envelope><Body/></Envelope>`),
		line("http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/UnsubscribeRequest", 200, `<Envelope><Body/></Envelope>`),
	)})
	if err != nil {
		t.Fatal(err)
	}
	defer cam.Close()
	sub, err := client(t, cam.ONVIFURL(), "user", "password").Subscribe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sub.Pull(t.Context()); err != nil {
		t.Error(err)
	}
	if err := sub.Renew(t.Context()); err != nil {
		t.Error(err)
	}
	if err := sub.Unsubscribe(t.Context()); err != nil {
		t.Error(err)
	}
}
