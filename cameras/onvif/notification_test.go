package onvif

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/cameras/media"
)

// message makes a notification as cameras send it.
func message(topic, operation, source, data string) string {
	return `<wsnt:NotificationMessage><wsnt:Topic Dialect="x">` + topic + `</wsnt:Topic><wsnt:Message><tt:Message UtcTime="0000-00-00T00:00:00Z" PropertyOperation="` + operation + `">` +
		`<tt:Source>` + source + `</tt:Source><tt:Data>` + data + `</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>`
}

func item(name, value string) string {
	return `<tt:SimpleItem Name="` + name + `" Value="` + value + `"/>`
}

func pulled(messages ...string) []byte {
	return []byte(`<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tns1="x"><s:Body><tev:PullMessagesResponse><tev:CurrentTime>2017-12-31T00:00:00Z</tev:CurrentTime>` +
		strings.Join(messages, "") + `</tev:PullMessagesResponse></s:Body></s:Envelope>`)
}

func parseOne(t *testing.T, m string) Notification {
	t.Helper()
	list, err := ParseNotifications(pulled(m))
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v of %s", list, err, m)
	}
	return list[0]
}

func TestMeaning(t *testing.T) {
	no := media.Event{}
	for name, c := range map[string]struct {
		topic, source, data string
		want                media.Event
	}{
		"cell motion":          {"tns1:RuleEngine/CellMotionDetector/Motion", item("Rule", "MyMotionDetectorRule"), item("IsMotion", "true"), media.Event{Kind: media.KindMotion, Active: true}},
		"cell motion over":     {"tns1:RuleEngine/CellMotionDetector/Motion", item("Rule", "MyMotionDetectorRule"), item("IsMotion", "false"), media.Event{Kind: media.KindMotion}},
		"motion alarm":         {"tns1:VideoSource/MotionAlarm", item("Source", "0"), item("State", "1"), media.Event{Kind: media.KindMotion, Active: true}},
		"region":               {"tns1:RuleEngine/MotionRegionDetector/Motion", "", item("State", "0"), media.Event{Kind: media.KindMotion}},
		"person by topic":      {"tns1:RuleEngine/MyRuleDetector/PeopleDetect", item("Source", "000"), item("State", "true"), media.Event{Kind: media.KindMotion, Class: "person", Active: true}},
		"person by rule":       {"tns1:RuleEngine/FieldDetector/ObjectsInside", item("Rule", "Human"), item("IsInside", "true"), media.Event{Kind: media.KindMotion, Class: "person", Active: true}},
		"vehicle by rule":      {"tns1:RuleEngine/FieldDetector/ObjectsInside", item("Rule", "Vehicle"), item("IsInside", "false"), media.Event{Kind: media.KindMotion, Class: "vehicle"}},
		"pet by item":          {"tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("IsPet", "true"), media.Event{Kind: media.KindMotion, Class: "animal", Active: true}},
		"vendor's namespace":   {"tns1:RuleEngine/tnsajax:MotionDetector/Detection", "", item("State", "true"), media.Event{Kind: media.KindMotion, Active: true}},
		"list of classes":      {"tns1:RuleEngine/ObjectDetection/Object", "", item("ClassTypes", "Human Animal"), media.Event{Kind: media.KindMotion, Class: "person", Active: true}},
		"empty list":           {"tns1:RuleEngine/ObjectDetection/Object", "", item("ClassTypes", ""), media.Event{Kind: media.KindMotion}},
		"tamper by item":       {"tns1:RuleEngine/CellMotionDetector/Tamper", "", item("IsTamper", "true"), media.Event{Kind: media.KindTamper, Active: true}},
		"doorbell":             {"tns1:RuleEngine/MyRuleDetector/Visitor", "", item("State", "true"), media.Event{Kind: media.KindDoorbell, Active: true}},
		"line crossed":         {"tns1:RuleEngine/LineDetector/Crossed", item("Rule", "x"), item("ObjectId", "12"), media.Event{Kind: media.KindMotion, Active: true}},
		"scene changed":        {"tns1:VideoSource/GlobalSceneChange/ImagingService", "", item("State", "true"), media.Event{Kind: media.KindTamper, Active: true}},
		"empty topic":          {"", "", item("State", "true"), no},
		"relay":                {"tns1:Device/Trigger/Relay", "", item("LogicalState", "active"), no},
		"last reboot":          {"tns1:Monitoring/OperatingTime/LastReboot", "", item("Status", "10-05-2025T22:41:27Z"), no},
		"motion without state": {"tns1:VideoSource/MotionAlarm", "", "", no},
	} {
		e, ok := parseOne(t, message(c.topic, "Changed", c.source, c.data)).Event()
		if ok != (c.want != no) {
			t.Errorf("%s: an event: %v", name, ok)
			continue
		}
		e.Topic = ""
		if e != c.want {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestTrackerPairsAndRepeats(t *testing.T) {
	cell := func(op, v string) string {
		return message("tns1:RuleEngine/CellMotionDetector/Motion", op, item("Rule", "r"), item("IsMotion", v))
	}
	alarm := func(op, v string) string {
		return message("tns1:VideoSource/MotionAlarm", op, item("Source", "0"), item("State", v))
	}
	person := func(id, v string) string {
		return message("tns1:RuleEngine/FieldDetector/ObjectsInside", "Changed", item("Rule", "Human")+item("Object", id), item("IsInside", v))
	}
	var tr Tracker
	for i, step := range []struct {
		message string
		want    string // kind/class+ or kind/class-
	}{
		{cell("Initialized", "false"), ""},
		{alarm("Initialized", "false"), ""},
		{cell("Changed", "true"), "motion/+"},
		{alarm("Changed", "true"), ""},
		{cell("Changed", "true"), ""},
		{person("7", "true"), "motion/person+"},
		{person("8", "true"), ""},
		{cell("Changed", "false"), ""},
		{alarm("Changed", "false"), "motion/-"},
		{alarm("Changed", "false"), ""},
		{person("7", "false"), ""},
		{person("8", "false"), "motion/person-"},
		{message("tns1:RuleEngine/MyRuleDetector/Visitor", "Changed", "", item("State", "true")), "doorbell/+"},
		{message("tns1:RuleEngine/MyRuleDetector/Visitor", "Changed", "", item("State", "false")), ""},
		{message("tns1:RuleEngine/MyRuleDetector/Visitor", "Changed", "", item("State", "true")), "doorbell/+"},
		{message("", "Changed", "", item("State", "true")), ""},
		{cell("Initialized", "true"), "motion/+"},
		{message("tns1:RuleEngine/CellMotionDetector/Motion", "Deleted", item("Rule", "r"), ""), "motion/-"},
	} {
		if got := spell(tr.Apply(parseOne(t, step.message))); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
	tr.Apply(parseOne(t, cell("Changed", "true")))
	tr.Apply(parseOne(t, alarm("Changed", "true")))
	if got := spell(tr.End()); got != "motion/-" {
		t.Errorf("lost with motion going on: %q", got)
	}
	for i := range 1000 {
		tr.Apply(parseOne(t, person(string(rune('a'+i%26))+string(rune('a'+i/26)), "true")))
	}
	if len(tr.active) > maxActive {
		t.Errorf("%d active", len(tr.active))
	}
}

func spell(events []media.Event) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString(string(e.Kind) + "/" + e.Class)
		if e.Active {
			b.WriteString("+")
		} else {
			b.WriteString("-")
		}
	}
	return b.String()
}

// shared finds the recorded data beside the repository.
func shared(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		at := filepath.Join(dir, "..", "shared", "data", "protocol", "notifications")
		if _, err := os.Stat(at); err == nil {
			return at
		}
	}
	t.Skip("the recorded notifications (../shared/data) are not here; TestMeaning covers the same on own data")
	return ""
}

func TestRecordedNotifications(t *testing.T) {
	at := shared(t)
	var files []string
	for _, pattern := range []string{"*.xml", "recorded/*.xml"} {
		found, err := filepath.Glob(filepath.Join(at, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 40 {
		t.Fatalf("only %d files", len(files))
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(f)
		e, ok := parseOne(t, string(b)).Event()
		moves := false
		for _, word := range []string{"otion", "person", "vehicle", "pet", "Detect", "ObjectsInside", "human", "animal", "cross", "intrusion", "tamper", "SceneChange", "package", "object", "missing_attributes", "unknown_type"} {
			moves = moves || strings.Contains(name, word)
		}
		moves = moves && !strings.Contains(name, "Monitoring") && !strings.HasPrefix(name, "unknown__")
		if ok != moves {
			t.Errorf("%s: an event: %v (%s)", name, ok, b)
		}
		if strings.HasSuffix(name, "__true.xml") && !e.Active || strings.HasSuffix(name, "__false.xml") && e.Active {
			t.Errorf("%s: %+v", name, e)
		}
		for word, class := range map[string]string{"person": "person", "human": "person", "PeopleDetect": "person", "HumanShape": "person", "VehicleDetect": "vehicle", "_vehicle": "vehicle", "DogCat": "animal", "_pet": "animal", "FaceDetect": "face", "__reolink_package": "package"} {
			if moves && strings.Contains(name, word) && !strings.Contains(name, "human_vehicle") && e.Class != class {
				t.Errorf("%s: class %q", name, e.Class)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"nothing":        "",
		"not XML":        "404 File Not Found",
		"web page":       "<html><head><title>404 File Not Found</title></head><body></body></html>",
		"another answer": "<Envelope><Body><RenewResponse/></Body></Envelope>",
		"cut off":        string(pulled(message("a", "", "", "")))[:200],
		"deep":           strings.Repeat("<a>", 20_000),
	} {
		if list, err := ParseNotifications([]byte(in)); err == nil {
			t.Errorf("%s: %v", name, list)
		}
	}
	if list, err := ParseNotifications(pulled()); err != nil || len(list) != 0 {
		t.Errorf("an empty answer is usual: %v %v", list, err)
	}
	many := strings.Repeat(message("t", "Changed", strings.Repeat(item("a", strings.Repeat("b", 1000)), 100), ""), 500)
	list, err := ParseNotifications(pulled(many))
	if err != nil || len(list) != maxNotifications || len(list[0].Source) != maxItems || len(list[0].Source[0].Value) > maxText {
		t.Errorf("bounds: %d, %v", len(list), err)
	}
}

func FuzzNotifications(f *testing.F) {
	f.Add(pulled(message("tns1:VideoSource/MotionAlarm", "Changed", item("Source", "0"), item("State", "true"))))
	f.Add([]byte("<Envelope><Body><PullMessagesResponse><NotificationMessage/></PullMessagesResponse></Body></Envelope>"))
	f.Add([]byte(`<?xml version="1.0" encoding="gb2312"?><a>&nbsp;<b c=d></a>`))
	f.Fuzz(func(t *testing.T, in []byte) {
		list, err := ParseNotifications(in)
		if err != nil {
			return
		}
		var tr Tracker
		for _, n := range list {
			for _, e := range tr.Apply(n) {
				if !e.Kind.Valid() || len(e.Topic) > maxText {
					t.Fatalf("%+v", e)
				}
			}
		}
		tr.End()
		if len(tr.active) != 0 {
			t.Fatal("something stays active")
		}
	})
}
