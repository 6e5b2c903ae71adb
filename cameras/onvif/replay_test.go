package onvif

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// heard is what the hub makes of a recording, as NAME.events.json has it beside
// NAME.jsonl.
type heard struct {
	From     string   `json:"from"`     // where it was recorded
	Events   []string `json:"events"`   // what is told, in order
	Refused  string   `json:"refused"`  // the last refusal: a key of refusals, or ""
	Refusals int      `json:"refusals"` // at least
}

// refusals are those of which a hub makes something.
var refusals = map[string]error{"busy": ErrBusy, "not authorized": ErrNotAuthorized, "unsupported": ErrUnsupported}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// replay follows a recorded camera to the end of its recording.
func replay(t *testing.T, file string) (out heard) {
	t.Helper()
	cam, err := fakecam.Start(t.Context(), fakecam.Options{Name: "recorded", Recording: file})
	if err != nil {
		t.Fatal(err)
	}
	defer cam.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		select {
		case <-cam.Replayed():
		case <-ctx.Done():
		}
		cancel()
	}()
	over := func() bool {
		select {
		case <-cam.Replayed():
			return true
		default:
			return false
		}
	}
	_ = client(t, cam.ONVIFURL(), "user", "password").Watch(ctx, Watch{
		Tell: func(list []media.Event) {
			if over() {
				return // what is repeated, and the end of the subscription
			}
			for _, e := range list {
				out.Events = append(out.Events, spell([]media.Event{e}))
			}
		},
		State: func(err error) {
			if err == nil || over() {
				return
			}
			out.Refusals++
			out.Refused = err.Error()
			for name, is := range refusals {
				if errors.Is(err, is) {
					out.Refused = name
				}
			}
		},
		Pause: func(ctx context.Context, _ time.Duration) bool { return ctx.Err() == nil },
	})
	if !over() {
		t.Error("the recording was not played to its end")
	}
	return out
}

const (
	actionCreate = nsEvents + "/EventPortType/CreatePullPointSubscriptionRequest"
	actionPull   = nsEvents + "/PullPointSubscription/PullMessagesRequest"
	subscribed   = `<Envelope><Body><CreatePullPointSubscriptionResponse><SubscriptionReference><Address>http://10.0.0.9:8000/own/sub?Idx=3</Address></SubscriptionReference></CreatePullPointSubscriptionResponse></Body></Envelope>`
)

// recording writes lines that the fake camera plays.
func recording(t *testing.T, lines ...map[string]any) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "own.jsonl")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, l := range lines {
		if err := json.NewEncoder(f).Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

func line(action string, status int, response string) map[string]any {
	return map[string]any{"soap_action": action, "url": "http://10.0.0.9:8000/own/service", "response_status": status, "response": response}
}
