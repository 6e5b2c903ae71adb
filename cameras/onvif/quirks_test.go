package onvif

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// quirks says, by a phrase of a quirk that is written down of real devices, which
// of our own notifications (meanings) are of its kind.
var quirks = map[string][]string{
	"EMPTY Topic element":            {"empty topic"},
	"UserAlarm/IVA/HumanShapeDetect": {"person by the shape"},
	"FieldDetector/ObjectsInside":    {"person by rule", "vehicle by rule"},
	"LastReboot status":              {"last reboot"},
	"own topics RuleEngine/MyRule":   {"person by topic", "vehicle by topic", "animal by topic", "face by topic", "package"},
	"MyRuleDetector/Visitor":         {"doorbell"},
	"TPSmartEventDetector":           {"person by another topic", "pet by item", "vehicle by item", "vehicle, no person", "person, no tampering", "intrusion", "line cross", "tamper by item"},
	"tnshik:AlarmIn":                 {"alarm contact"},
	"ClassTypes holds":               {"list of classes", "empty list", "no class"},
	"MotionRegionDetector/Motion":    {"region", "motion alarm", "motion alarm over", "relay"},
	"0000-00-00T00:00:00Z":           {"cell motion"}, // all of them are dated so
	"State='Ring'":                   {"doorbell by word"},
}

// otherQuirks are of conversations, streams and advertisements: the matter of
// other tests.
var otherQuirks = []string{
	"camera clock stands", "13 CreatePullPointSubscription", "one fixed URL with no id", "motion comes twice", "PropertyOperation=Initialized",
	"most pulls are empty", "ter:NotAuthorized", "HTTP 200 with an HTML", "'vsconf' does not match", "full GetProfiles", "a=Media_header",
	"a=packetization-supported", "s=VCP IPC Realtime", "one broken-SDP case each", "base URL broken", "ONVIF back channel", "_axis-video._tcp", "_hap._tcp",
}

// TestQuirks: what is written down of real devices' notifications has one of our
// own, which means what it should; and nothing is written down that no test knows.
func TestQuirks(t *testing.T) {
	b, err := os.ReadFile(shared(t, "quirks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ Vendor, Area, Quirk string }
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	for phrase, names := range quirks {
		if !slices.ContainsFunc(list, func(q struct{ Vendor, Area, Quirk string }) bool { return strings.Contains(q.Quirk, phrase) }) {
			t.Errorf("nothing is written down of %q", phrase)
		}
		for _, name := range names {
			at := slices.IndexFunc(meanings, func(m struct{ name, topic, source, data, want string }) bool { return m.name == name })
			if at < 0 {
				t.Errorf("%q: there is no notification %q", phrase, name)
				continue
			}
			c := meanings[at]
			if got := told(t, message(c.topic, "Changed", c.source, c.data)); got != c.want {
				t.Errorf("%q: %s is %q, not %q", phrase, name, got, c.want)
			}
		}
	}
	for _, q := range list {
		known := slices.ContainsFunc(otherQuirks, func(phrase string) bool { return strings.Contains(q.Quirk, phrase) })
		for phrase := range quirks {
			known = known || strings.Contains(q.Quirk, phrase)
		}
		if !known {
			t.Errorf("nobody looks at: %s, %s: %s", q.Vendor, q.Area, q.Quirk)
		}
	}
}
