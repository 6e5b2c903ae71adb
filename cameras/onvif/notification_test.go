package onvif

import (
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

// begun is a notification of an end as it was when it began; "" for one that is no end.
func begun(m string) string {
	if strings.Contains(m, `Value="true"`) {
		return ""
	}
	on := strings.NewReplacer(`Value="false"`, `Value="true"`, `"State" Value="0"`, `"State" Value="1"`, `"ClassTypes" Value=""`, `"ClassTypes" Value="Human"`).Replace(m)
	if on == m {
		return ""
	}
	return strings.Replace(on, `"Initialized"`, `"Changed"`, 1)
}

// told is what comes out of a notification: of an end, after its beginning.
func told(t *testing.T, m string) string {
	t.Helper()
	var tr Tracker
	var out []media.Event
	for _, m := range []string{begun(m), m} {
		if m != "" {
			out = append(out, tr.Apply(parseOne(t, m))...)
		}
	}
	return spell(out)
}

func TestMeaning(t *testing.T) {
	seen, rows := map[string]bool{}, map[itemRow]bool{}
	for _, c := range meanings {
		m := message(c.topic, "Changed", c.source, c.data)
		if got := told(t, m); got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
		n := parseOne(t, m)
		if m, ok := n.topic(); ok {
			seen[m.part] = true
		}
		for _, i := range n.Data {
			rows[roleOf(inData, i.Name)] = true
		}
	}
	for _, row := range topics {
		if !seen[row.part] {
			t.Errorf("nothing is about %s", row.part)
		}
	}
	for _, row := range items {
		if row.in == inData && !rows[row] {
			t.Errorf("nothing has an item %s", row.name)
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
	smart := func(data string) string {
		return message("tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "Changed", item("Rule", "r"), data)
	}
	list := func(classes string) string {
		return message("tns1:RuleEngine/ObjectDetection/Object", "Changed", item("Rule", "r"), item("ClassTypes", classes))
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
		{alarm("Changed", "false"), ""}, // persons are still there
		{alarm("Changed", "false"), ""},
		{person("7", "false"), ""},
		{person("8", "false"), "motion/person-"},
		{message("tns1:RuleEngine/LineDetector/Crossed", "Changed", item("Rule", "r"), item("ObjectId", "1")), "motion/+motion/-"},
		{person("9", "true"), "motion/person+"},
		{message("tns1:RuleEngine/LineDetector/Crossed", "Changed", item("Rule", "r"), item("ObjectId", "1")), "motion/+"},
		{person("9", "false"), "motion/person-"},
		{message("tns1:RuleEngine/MyRuleDetector/Visitor", "Changed", "", item("State", "true")), "doorbell/+"},
		{message("tns1:RuleEngine/MyRuleDetector/Visitor", "Changed", "", item("State", "false")), ""},
		{message("tns1:RuleEngine/MyRuleDetector/Visitor", "Changed", "", item("State", "true")), "doorbell/+"},
		{message("", "Changed", "", item("State", "true")), ""},
		{message("tns1:RuleEngine/MyRuleDetector/Visitor", "Initialized", "", item("State", "true")), ""},
		{message("tns1:Device/Trigger/DigitalInput", "Initialized", item("InputToken", "0"), item("LogicalState", "true")), ""},
		{message("tns1:Device/Trigger/DigitalInput", "Changed", item("InputToken", "0"), item("LogicalState", "false")), ""},
		{message("tns1:Device/Trigger/DigitalInput", "Changed", item("InputToken", "0"), item("LogicalState", "true")), "camera/+"},
		{message("tns1:Device/Trigger/DigitalInput", "Changed", item("InputToken", "0"), item("LogicalState", "false")), "camera/-"},
		{cell("Initialized", "true"), "motion/+"},
		{message("tns1:RuleEngine/CellMotionDetector/Motion", "Deleted", item("Rule", "r"), ""), "motion/-"},
		{smart(item("IsVehicle", "true")), "motion/vehicle+"}, // one topic and rule, told one by one
		{smart(item("IsPet", "true")), "motion/animal+"},
		{smart(item("IsTamper", "true")), "tamper/+"},
		{smart(item("IsVehicle", "false")), ""},
		{smart(item("IsTamper", "false")), "tamper/-"},
		{smart(item("IsVehicle", "true") + item("IsPet", "false")), "motion/vehicle+"}, // there was always motion
		{smart(item("IsVehicle", "false")), "motion/vehicle-"},
		{smart(item("IsPeople", "true") + item("IsTamper", "true")), "motion/person+tamper/+"},
		{strings.Replace(smart(""), "Changed", "Deleted", 1), "motion/person-tamper/-"},
		{smart(item("IsPeople", "true") + item("IsTamper", "true")), "motion/person+tamper/+"}, // what is over may be told by another item
		{smart(item("State", "false") + item("IsPeople", "true")), ""},
		{smart(item("State", "false")), "motion/person-"},
		{smart(item("IsTamper", "false")), "tamper/-"},
		{list("Human"), "motion/person+"},
		{list("Human,Vehicle"), "motion/vehicle+"},
		{list("Vehicle"), ""},
		{list("Human"), "motion/person+"},
		{list("None"), "motion/person-"},
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
	many := strings.Repeat(message("t", "Changed", strings.Repeat(item("a", strings.Repeat("b", 1000)), 2*maxItems), ""), maxList+9)
	list, err := ParseNotifications(pulled(many))
	if err != nil || len(list) != maxList || len(list[0].Source) != maxItems || len(list[0].Source[0].Value) > maxText {
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
