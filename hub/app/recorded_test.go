package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestRecordedCamera: a recorded ONVIF conversation about nothing but events is added by
// the address of the command that plays it: it shows the fake picture, and its motion is
// recorded.
func TestRecordedCamera(t *testing.T) {
	t.Parallel()
	const events = "http://www.onvif.org/ver10/events/wsdl/"
	envelope := func(body string) string { return `<Envelope><Body>` + body + `</Body></Envelope>` }
	moves := func(state string) string {
		return envelope(`<PullMessagesResponse><NotificationMessage><Topic>tns1:VideoSource/MotionAlarm</Topic><Message><Message PropertyOperation="Changed">` +
			`<Source><SimpleItem Name="Source" Value="00000"/></Source><Data><SimpleItem Name="State" Value="` + state + `"/></Data></Message></Message></NotificationMessage></PullMessagesResponse>`)
	}
	file := filepath.Join(t.TempDir(), "recorded.jsonl")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ action, answer string }{
		{"EventPortType/CreatePullPointSubscriptionRequest", envelope(`<CreatePullPointSubscriptionResponse><SubscriptionReference><Address>http://10.0.0.9/ev/1</Address></SubscriptionReference></CreatePullPointSubscriptionResponse>`)},
		{"PullPointSubscription/PullMessagesRequest", moves("true")}, {"PullPointSubscription/PullMessagesRequest", moves("false")},
	} {
		line := map[string]any{"soap_action": events + x.action, "url": "http://10.0.0.9/ev", "response_status": 200, "response": x.answer}
		if err := json.NewEncoder(f).Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	w := newTown(t)
	house := w.build()
	house.camera("recorded", "", "--onvif-recording", file)
	h := startHubIn(t, w.Hub, t.TempDir(), "--discover", "off")
	keeper := h.claim("keeper")
	var looked struct{ ID, State string }
	keeper.call(http.MethodPost, "probes", map[string]string{"address": house.host, "username": "user", "password": "correct horse"}, http.StatusOK, &looked)
	if looked.State != "ready" {
		t.Fatalf("the look says %+v", looked)
	}
	id := keeper.addCamera(map[string]string{"name": "recorded", "probe": looked.ID})
	keeper.overlooks(id)
	waitLive(t, keeper, []string{id})
	until(t, patience, "its motion is recorded", func() bool {
		return slices.ContainsFunc(keeper.events(), func(e eventJSON) bool { return e.Camera == id && e.Kind == "motion" }) && h.recorded(id) > 0
	})
}
