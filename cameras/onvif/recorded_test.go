package onvif

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
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

// notifications says of each recorded notification what it is: kind/class and +
// or -; "" is no event. Names are those of the files without .xml.
var notifications = map[string]string{
	"ajax__ajax_human_animal":            "motion/person+",
	"ajax__ajax_human_vehicle":           "motion/person+",
	"ajax__ajax_line_crossing":           "motion/+",
	"ajax__ajax_missing_attributes":      "motion/person+",
	"ajax__ajax_motion_detector":         "motion/+",
	"ajax__ajax_object_detector_cleared": "motion/-",
	"ajax__ajax_object_detector_human":   "motion/person+",
	// Initialized: the last line crossed before we came.
	"generic__line_detector_crossed":        "",
	"hikvision__hikvision_alarm":            "camera/+",
	"reolink__reolink_package":              "motion/package+",
	"tapo__tapo_cellmotiondetector_person":  "motion/person+",
	"tapo__tapo_cellmotiondetector_vehicle": "motion/vehicle+",
	"tapo__tapo_intrusion":                  "motion/+",
	"tapo__tapo_line_crossed":               "motion/+",
	"tapo__tapo_missing_attributes":         "motion/person+",
	"tapo__tapo_tamper":                     "tamper/+",
	"tapo__tapo_tpsmartevent_person":        "motion/person+",
	"tapo__tapo_tpsmartevent_pet":           "motion/animal+",
	"tapo__tapo_tpsmartevent_vehicle":       "motion/vehicle+",
	"tapo__tapo_unknown_type":               "motion/person+",
	"unknown__reolink_package":              "",

	"bench_onvif__tns1_RuleEngine_CellMotionDetector_Motion__true": "motion/+",

	"cell_motion_camera_20260321__tns1_Monitoring_OperatingTime_LastClockSynchronization__x":     "",
	"cell_motion_camera_20260321__tns1_Monitoring_OperatingTime_LastReboot__x":                   "",
	"cell_motion_camera_20260321__tns1_Monitoring_OperatingTime_LastReset__x":                    "",
	"cell_motion_camera_20260321__tns1_Monitoring_ProcessorUsage__x":                             "",
	"cell_motion_camera_20260321__tns1_RuleEngine_CellMotionDetector_Motion__false":              "motion/-",
	"cell_motion_camera_20260321__tns1_RuleEngine_CellMotionDetector_Motion__true":               "motion/+",
	"cell_motion_camera_20260321__tns1_VideoSource_GlobalSceneChange_AnalyticsService__false":    "tamper/-",
	"cell_motion_camera_20260321__tns1_VideoSource_MotionAlarm__false":                           "motion/-",
	"cell_motion_camera_20260321__tns1_VideoSource_MotionAlarm__true":                            "motion/+",
	"cell_motion_no_events_20260321__tns1_Monitoring_OperatingTime_LastClockSynchronization__x":  "",
	"cell_motion_no_events_20260321__tns1_Monitoring_OperatingTime_LastReboot__x":                "",
	"cell_motion_no_events_20260321__tns1_Monitoring_OperatingTime_LastReset__x":                 "",
	"cell_motion_no_events_20260321__tns1_Monitoring_ProcessorUsage__x":                          "",
	"cell_motion_no_events_20260321__tns1_RuleEngine_CellMotionDetector_Motion__false":           "motion/-",
	"cell_motion_no_events_20260321__tns1_VideoSource_GlobalSceneChange_AnalyticsService__false": "tamper/-",
	"cell_motion_no_events_20260321__tns1_VideoSource_MotionAlarm__false":                        "motion/-",

	"dahua_dh_sd4a425db_hny_20260219__EMPTY__x":                                         "",
	"dahua_dh_sd4a425db_hny_20260219__tns1_RuleEngine_CellMotionDetector_Motion__false": "motion/-",
	"dahua_dh_sd4a425db_hny_20260219__tns1_RuleEngine_CellMotionDetector_Motion__true":  "motion/+",
	"dahua_dh_sd4a425db_hny_20260219__tns1_UserAlarm_IVA_HumanShapeDetect__false":       "motion/person-",
	"dahua_dh_sd4a425db_hny_20260219__tns1_UserAlarm_IVA_HumanShapeDetect__true":        "motion/person+",
	"dahua_dh_sd4a425db_hny_20260219__tns1_VideoSource_MotionAlarm__false":              "motion/-",
	"dahua_dh_sd4a425db_hny_20260219__tns1_VideoSource_MotionAlarm__true":               "motion/+",

	"hikvision_compatible_20260219__tns1_Device_Trigger_DigitalInput__false":                    "camera/-",
	"hikvision_compatible_20260219__tns1_Device_Trigger_Relay__x":                               "",
	"hikvision_compatible_20260219__tns1_Monitoring_OperatingTime_LastClockSynchronization__x":  "",
	"hikvision_compatible_20260219__tns1_Monitoring_OperatingTime_LastReboot__x":                "",
	"hikvision_compatible_20260219__tns1_Monitoring_OperatingTime_LastReset__x":                 "",
	"hikvision_compatible_20260219__tns1_Monitoring_ProcessorUsage__x":                          "",
	"hikvision_compatible_20260219__tns1_RuleEngine_CellMotionDetector_Motion__false":           "motion/-",
	"hikvision_compatible_20260219__tns1_RuleEngine_FieldDetector_ObjectsInside__false":         "motion/vehicle-",
	"hikvision_compatible_20260219__tns1_RuleEngine_FieldDetector_ObjectsInside__true":          "motion/vehicle+",
	"hikvision_compatible_20260219__tns1_VideoSource_GlobalSceneChange_AnalyticsService__false": "tamper/-",
	"hikvision_compatible_20260219__tns1_VideoSource_MotionAlarm__false":                        "motion/-",

	"reolink_bullet__tns1_RuleEngine_CellMotionDetector_Motion__false":    "motion/-",
	"reolink_bullet__tns1_RuleEngine_MyRuleDetector_DogCatDetect__false":  "motion/animal-",
	"reolink_bullet__tns1_RuleEngine_MyRuleDetector_FaceDetect__false":    "motion/face-",
	"reolink_bullet__tns1_RuleEngine_MyRuleDetector_PeopleDetect__false":  "motion/person-",
	"reolink_bullet__tns1_RuleEngine_MyRuleDetector_PeopleDetect__true":   "motion/person+",
	"reolink_bullet__tns1_RuleEngine_MyRuleDetector_VehicleDetect__false": "motion/vehicle-",
	"reolink_bullet__tns1_VideoSource_MotionAlarm__false":                 "motion/-",
}

func TestRecordedNotifications(t *testing.T) {
	at := shared(t, "notifications")
	seen := 0
	for _, pattern := range []string{"*.xml", "recorded/*.xml"} {
		files, err := filepath.Glob(filepath.Join(at, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			want, known := notifications[strings.TrimSuffix(filepath.Base(f), ".xml")]
			if !known {
				t.Errorf("%s is not in the table", filepath.Base(f))
				continue
			}
			seen++
			got := ""
			if e, ok := parseOne(t, string(b)).Event(); ok {
				got = spell([]media.Event{e})
			}
			if got != want {
				t.Errorf("%s: %q, not %q", filepath.Base(f), got, want)
			}
		}
	}
	if seen != len(notifications) {
		t.Errorf("%d of %d notifications are there", seen, len(notifications))
	}
}

// conversations says what comes out of each recording, played to a hub that
// follows the camera's events.
var conversations = []struct {
	file    string
	events  map[string]int
	refused error // the last refusal before it worked, or for good
	pauses  int   // at least
}{
	{"bench_onvif.jsonl", map[string]int{"motion/+": 1, "motion/-": 1}, nil, 0},
	{"cell_motion_camera_20260321.jsonl", map[string]int{"motion/+": 19, "motion/-": 19}, nil, 0},
	{"cell_motion_no_events_20260321.jsonl", map[string]int{}, nil, 0},
	{"dahua_dh_sd4a425db_hny_20260219.jsonl", map[string]int{"motion/+": 4, "motion/-": 4, "motion/person+": 1}, ErrBusy, 13},
	{"hikvision_compatible_20260219.jsonl", map[string]int{"motion/person+": 3, "motion/person-": 3, "motion/vehicle+": 18, "motion/vehicle-": 18}, nil, 0},
	{"hikvision_pullpoint_notauthorized.jsonl", map[string]int{}, ErrNotAuthorized, 5},
	{"html_404_camera_20260321.jsonl", map[string]int{}, ErrUnsupported, 10},
	{"reolink_bullet.jsonl", map[string]int{"motion/person+": 1, "motion/person-": 1}, nil, 0},
}

func TestRecordedConversations(t *testing.T) {
	at := shared(t, "onvif_recordings")
	files, err := filepath.Glob(filepath.Join(at, "*.jsonl"))
	if err != nil || len(files) != len(conversations) {
		t.Errorf("%d recordings, %d in the table, %v", len(files), len(conversations), err)
	}
	for _, c := range conversations {
		t.Run(c.file, func(t *testing.T) {
			events, pauses, refused := replay(t, filepath.Join(at, c.file))
			if len(events) != len(c.events) {
				t.Errorf("events %v, not %v", events, c.events)
			}
			for e, n := range c.events {
				if events[e] != n {
					t.Errorf("%s came %d times, not %d", e, events[e], n)
				}
			}
			if !errors.Is(refused, c.refused) || pauses < c.pauses {
				t.Errorf("refused with %v, %d times", refused, pauses)
			}
		})
	}
}

// replay follows a recorded camera to the end of its recording.
func replay(t *testing.T, file string) (events map[string]int, pauses int, refused error) {
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
	events = map[string]int{}
	_ = client(t, cam.ONVIFURL(), "user", "password").Watch(ctx, Watch{
		Tell: func(list []media.Event) {
			for _, e := range list {
				events[spell([]media.Event{e})]++
			}
		},
		State: func(err error) {
			if err != nil {
				refused = err
				pauses++
			}
		},
		Pause: func(ctx context.Context, _ time.Duration) bool { return ctx.Err() == nil },
	})
	select {
	case <-cam.Replayed():
	default:
		t.Error("the recording was not played to its end")
	}
	return events, pauses, refused
}

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

// TestOwnConversation plays a conversation made by hand: a camera that is full,
// tells a person and falls silent.
func TestOwnConversation(t *testing.T) {
	full := `<Envelope><Body><Fault><Code><Subcode><Value>ter:BlockedThreadUpperLimit</Value></Subcode></Code></Fault></Body></Envelope>`
	person := func(v string) string {
		return string(pulled(message("tns1:RuleEngine/MyRuleDetector/PeopleDetect", "Changed", item("Source", "0"), item("State", v))))
	}
	const create, pull = nsEvents + "/EventPortType/CreatePullPointSubscriptionRequest", nsEvents + "/PullPointSubscription/PullMessagesRequest"
	events, pauses, refused := replay(t, recording(t,
		line(create, 400, full), line(create, 400, full),
		line(create, 200, `<Envelope><Body><CreatePullPointSubscriptionResponse><SubscriptionReference><Address>http://10.0.0.9:8000/own/sub?Idx=3</Address></SubscriptionReference></CreatePullPointSubscriptionResponse></Body></Envelope>`),
		line(pull, 200, person("true")), line(pull, 200, string(pulled())), line(pull, 200, person("false")),
	))
	if events["motion/person+"] != 1 || events["motion/person-"] != 1 || len(events) != 2 {
		t.Errorf("events %v", events)
	}
	if !errors.Is(refused, ErrBusy) || pauses != 2 {
		t.Errorf("refused with %v, %d times", refused, pauses)
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
		line(nsEvents+"/EventPortType/CreatePullPointSubscriptionRequest", 200, `<Envelope><Body><CreatePullPointSubscriptionResponse/></Body></Envelope>`),
		line(nsEvents+"/PullPointSubscription/PullMessagesRequest", 200, string(pulled())),
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
