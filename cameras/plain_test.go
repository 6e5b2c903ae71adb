package cameras

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/control"
	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// conversation writes a recorded one: answers to operations by their actions.
func conversation(t *testing.T, answers ...[2]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "recorded.jsonl")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, a := range answers {
		status := 200
		if strings.Contains(a[1], "<Fault>") {
			status = 400
		}
		line := map[string]any{"soap_action": "http://www.onvif.org/" + a[0], "url": "http://10.0.0.9/onvif", "response_status": status, "response": "<Envelope><Body>" + a[1] + "</Body></Envelope>"}
		if err := json.NewEncoder(f).Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// moved is an answer that tells motion of a video source.
func moved(source string, active string) [2]string {
	return [2]string{"ver10/events/wsdl/PullPointSubscription/PullMessagesRequest", `<PullMessagesResponse><NotificationMessage><Topic>tns1:VideoSource/MotionAlarm</Topic>` +
		`<Message><Message PropertyOperation="Changed"><Source><SimpleItem Name="Source" Value="` + source + `"/></Source><Data><SimpleItem Name="State" Value="` + active + `"/></Data></Message></Message></NotificationMessage></PullMessagesResponse>`}
}

var (
	noProfiles = [2]string{"ver10/media/wsdl/GetProfiles", `<Fault><Code><Subcode><Value>ter:ActionNotSupported</Value></Subcode></Code></Fault>`}
	subscribed = [2]string{"ver10/events/wsdl/EventPortType/CreatePullPointSubscriptionRequest", `<CreatePullPointSubscriptionResponse><SubscriptionReference><Address>http://10.0.0.9/onvif/1</Address></SubscriptionReference></CreatePullPointSubscriptionResponse>`}
	relay      = [2]string{"ver10/device/wsdl/GetRelayOutputs", `<GetRelayOutputsResponse><RelayOutputs token="gate"><Properties><Mode>Bistable</Mode></Properties></RelayOutputs></GetRelayOutputsResponse>`}
	switched   = [2]string{"ver10/device/wsdl/SetRelayOutputState", `<SetRelayOutputStateResponse/>`}
)

// TestPlainDevice: a device that has no profiles to tell has events and relays all the
// same, and its warning says what it lacks; one whose events are about two sources has
// neither.
func TestPlainDevice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	plain := fake(t, fakecam.Options{Recording: conversation(t, noProfiles, subscribed, relay, switched, moved("1", "true"), moved("1", "false"))})
	id := h.add(access(plain))
	h.await(id, patience, Live)
	select {
	case n := <-h.noticed:
		if n.Camera != id || n.Kind != media.KindMotion || !n.Active {
			t.Errorf("%+v", n)
		}
	case <-time.After(patience):
		t.Fatal("its motion is not told")
	}
	outputs := h.obeys(id, control.Order{Do: control.ShowOutputs}).Outputs
	if len(outputs) != 1 {
		t.Fatalf("%+v", outputs)
	}
	h.obeys(id, control.Order{Do: control.Switch, ID: outputs[0].ID, On: true})
	if _, err := h.fleet.Control(t.Context(), id, control.Order{Do: control.GoHome}); !errors.Is(err, control.Cannot) {
		t.Errorf("it is turned: %v", err)
	}
	warns := func(id media.CameraID, says string) {
		t.Helper()
		eventually(t, patience, "the warning", func() bool { s, _ := h.fleet.Status(id); return strings.Contains(s.Warning, says) })
	}
	warns(id, "does not tell its pictures")

	several := fake(t, fakecam.Options{Name: "several", Recording: conversation(t, noProfiles, subscribed, relay, switched, moved("1", "false"), moved("2", "false"))})
	id = h.add(access(several))
	h.await(id, patience, Live)
	warns(id, "which of its pictures")
	if _, err := h.fleet.Control(t.Context(), id, control.Order{Do: control.Switch, ID: outputs[0].ID, On: true}); err == nil {
		t.Error("a relay of a recorder is switched")
	}
}
