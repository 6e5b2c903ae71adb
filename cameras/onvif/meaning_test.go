package onvif

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"lares/cameras/media"
)

// meanings are notifications of every kind, written by hand, and what the hub is told, of an
// end after its beginning: kind/class and + for a beginning, - for an end, "" for nothing.
var meanings = []struct{ name, topic, source, data, want string }{
	{"cell motion", "tns1:RuleEngine/CellMotionDetector/Motion", item("Rule", "MyMotionDetectorRule"), item("IsMotion", "true"), "motion/+"},
	{"cell motion over", "tns1:RuleEngine/CellMotionDetector/Motion", item("Rule", "MyMotionDetectorRule"), item("IsMotion", "false"), "motion/+motion/-"},
	{"motion alarm", "tns1:VideoSource/MotionAlarm", item("Source", "0"), item("State", "1"), "motion/+"},
	{"motion alarm over", "tns1:VideoSource/MotionAlarm", item("Source", "0"), item("State", "0"), "motion/+motion/-"},
	{"region", "tns1:RuleEngine/MotionRegionDetector/Motion", "", item("State", "0"), "motion/+motion/-"},
	{"vendor's namespace", "tns1:RuleEngine/tnsvendor:MotionDetector/Detection", "", item("Detected", "true"), "motion/+"},
	{"person by topic", "tns1:RuleEngine/MyRuleDetector/PeopleDetect", item("Source", "000"), item("State", "true"), "motion/person+"},
	{"person by another topic", "tns1:RuleEngine/PeopleDetector/People", "", item("IsPeople", "true"), "motion/person+"},
	{"person by the shape", "tns1:UserAlarm/IVA/HumanShapeDetect", "", item("State", "false"), "motion/person+motion/person-"},
	{"person by rule", "tns1:RuleEngine/FieldDetector/ObjectsInside", item("Rule", "Human"), item("IsInside", "true"), "motion/person+"},
	{"vehicle by rule", "tns1:RuleEngine/FieldDetector/ObjectsInside", item("Rule", "Vehicle"), item("IsInside", "false"), "motion/vehicle+motion/vehicle-"},
	{"vehicle by topic", "tns1:RuleEngine/MyRuleDetector/VehicleDetect", "", item("State", "true"), "motion/vehicle+"},
	{"licence plate", "tns1:RuleEngine/Recognition/LicensePlate", "", item("State", "true"), "motion/vehicle+"},
	{"animal by topic", "tns1:RuleEngine/MyRuleDetector/DogCatDetect", "", item("State", "true"), "motion/animal+"},
	{"pet by item", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("IsPet", "true"), "motion/animal+"},
	{"vehicle by item", "tns1:RuleEngine/CellMotionDetector/TpSmartEvent", "", item("IsVehicle", "true"), "motion/vehicle+"},
	{"face by topic", "tns1:RuleEngine/MyRuleDetector/FaceDetect", "", item("State", "true"), "motion/face+"},
	{"face recognised", "tns1:RuleEngine/Recognition/Face", "", item("State", "true"), "motion/face+"},
	{"package", "tns1:RuleEngine/MyRuleDetector/Package", "", item("State", "true"), "motion/package+"},
	{"list of classes", "tns1:RuleEngine/ObjectDetection/Object", "", item("ClassTypes", "Human Animal"), "motion/person+motion/animal+"},
	{"vehicle, no person", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("IsPeople", "false") + item("IsVehicle", "true"), "motion/vehicle+"},
	{"person, no vehicle", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("IsVehicle", "false") + item("IsPeople", "true"), "motion/person+"},
	{"person, no tampering", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("IsTamper", "false") + item("IsPeople", "true"), "motion/person+"},
	{"person and vehicle", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("IsVehicle", "true") + item("IsPeople", "true"), "motion/vehicle+motion/person+"},
	{"person and tampering", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("IsPeople", "true") + item("IsTamper", "true"), "motion/person+tamper/+"},
	{"vehicle over, no person", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("IsPeople", "false") + item("IsVehicle", "false"), "motion/person+motion/vehicle+motion/vehicle-"},
	{"person and that it is so", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("State", "true") + item("IsPeople", "true"), "motion/person+"},
	{"motion, no person", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("IsMotion", "true") + item("IsPeople", "false"), "motion/+"},
	{"so, and not so", "tns1:VideoSource/MotionAlarm", "", item("State", "true") + item("Detected", "false"), "motion/+"},
	{"vehicle as the standard spells it", "tns1:RuleEngine/ObjectDetection/Object", "", item("ClassTypes", "Vehical"), "motion/vehicle+"},
	{"class of no name", "tns1:RuleEngine/ObjectDetection/Object", "", item("ClassTypes", "Other"), "motion/+"},
	{"no class", "tns1:RuleEngine/ObjectDetection/Object", "", item("ClassTypes", "None"), ""},
	{"empty list", "tns1:RuleEngine/ObjectDetection/Object", "", item("ClassTypes", ""), "motion/person+motion/person-"},
	{"intrusion", "tns1:RuleEngine/CellMotionDetector/Intrusion", "", item("IsIntrusion", "true"), "motion/+"},
	{"loitering", "tns1:RuleEngine/LoiteringDetector/Loitering", "", item("State", "true"), "motion/+"},
	{"line crossed", "tns1:RuleEngine/LineDetector/Crossed", item("Rule", "x"), item("ObjectId", "12"), "motion/+motion/-"},
	{"line crossed by object 0", "tns1:RuleEngine/LineDetector/Crossed", item("Rule", "x"), item("ObjectId", "0"), "motion/+motion/-"},
	{"line crossed by whom", "tns1:RuleEngine/LineDetector/Crossed", item("Rule", "car line"), item("ObjectId", "1"), "motion/vehicle+motion/vehicle-"},
	{"line crossing", "tns1:RuleEngine/tnsvendor:LineDetector/Crossing", "", "", "motion/+motion/-"},
	{"line cross", "tns1:RuleEngine/CellMotionDetector/LineCross", "", item("IsLineCross", "true"), "motion/+"},
	{"tamper by item", "tns1:RuleEngine/CellMotionDetector/Tamper", "", item("IsTamper", "true"), "tamper/+"},
	{"tamper by item alone", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", item("IsTamper", "true"), "tamper/+"},
	{"scene changed", "tns1:VideoSource/GlobalSceneChange/ImagingService", "", item("State", "true"), "tamper/+"},
	{"blurred", "tns1:VideoSource/ImageTooBlurry/ImagingService", "", item("State", "true"), "tamper/+"},
	{"doorbell", "tns1:RuleEngine/MyRuleDetector/Visitor", "", item("State", "true"), "doorbell/+"},
	{"doorbell by word", "tns1:VideoSource/Alarm", "", item("State", "CameraBellButton"), "doorbell/+"},
	{"another word", "tns1:VideoSource/Alarm", "", item("State", "LowBattery"), ""},
	{"sound", "tns1:AudioAnalytics/Audio/DetectedSound", "", item("IsSoundDetected", "true"), "sound/+"},
	{"glass", "tns1:AudioAnalytics/Audio/DetectedSound", "", item("SoundType", "GlassBreak") + item("State", "true"), "sound/glass+"},
	{"sound of another make", "tns1:RuleEngine/SoundDetection/Sound", item("Rule", "baby cry"), item("State", "true"), "sound/baby+"},
	{"sound that is an alarm's", "tns1:RuleEngine/SoundDetection/Sound", "", item("Alarm", "true"), "sound/+"},
	{"sound by its value", "tns1:RuleEngine/SoundDetection/Sound", "", item("Value", "1"), "sound/+"},
	{"digital input", "tns1:Device/Trigger/DigitalInput", item("InputToken", "1"), item("LogicalState", "true"), "camera/+"},
	{"alarm contact", "tns1:Device/Trigger/tnsvendor:AlarmIn", item("AlarmInToken", "1"), item("State", "false"), "camera/+camera/-"},
	{"empty topic", "", "", item("State", "true"), ""},
	{"relay", "tns1:Device/Trigger/Relay", "", item("LogicalState", "active"), ""},
	{"last reboot", "tns1:Monitoring/OperatingTime/LastReboot", "", item("Status", "10-05-2025T22:41:27Z"), ""},
	{"motion without state", "tns1:VideoSource/MotionAlarm", "", "", ""},
	{"an object's number is no state", "tns1:RuleEngine/CellMotionDetector/Motion", "", item("ObjectId", "1"), ""},
}

// TestTablesHaveSources: every row says whom it was seen at and where that is
// written.
func TestTablesHaveSources(t *testing.T) {
	var rows []source
	for _, r := range topics {
		rows = append(rows, r.from)
	}
	for _, r := range items {
		rows = append(rows, r.from)
	}
	for _, r := range spellings {
		rows = append(rows, r.from)
	}
	for _, r := range nothings {
		rows = append(rows, r.from)
	}
	for _, r := range words {
		rows = append(rows, r.from)
	}
	for _, r := range faults {
		rows = append(rows, r.from)
	}
	for _, r := range codecs {
		rows = append(rows, r.from)
	}
	for _, r := range smart {
		rows = append(rows, r.from)
	}
	for i, r := range rows {
		if r.vendor == "" || r.evidence == "" {
			t.Errorf("row %d of the tables has no source", i)
		}
	}
	if len(rows) < 90 {
		t.Errorf("only %d rows", len(rows))
	}
}

// TestWords: every word leads to its class, where no earlier one does, however it
// is written, and not inside another word.
func TestWords(t *testing.T) {
	for _, w := range words {
		capital := strings.ToUpper(w.word[:1]) + w.word[1:]
		for _, name := range []string{"My" + capital + "Rule", "TP" + capital + "sDetect", w.word, "any_" + strings.ToUpper(w.word) + "_1", "rule " + w.word + "s2"} {
			if got := classOf(name, w.kind); got != w.class {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
	for name, kind := range map[string]media.Kind{
		"nothing at all": kindMotion, "": kindMotion, "CardReader": kindMotion, "InterfaceRule": kindMotion, "surface": kindMotion, "Carpet": kindMotion,
		"Impersonation": kindMotion, "cryptic": media.KindSound, "Embark": media.KindSound,
	} {
		if got := classOf(name, kind); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestWordsOf(t *testing.T) {
	for name, want := range map[string]string{
		"isHumanDetect": "is human detect", "HUMAN_DETECT": "human detect", "TPHumanDetect": "tp human detect", "MyRule2Car": "my rule car", "SmartH264": "smart h",
		"ÄrgerÜber": "ärger über", "": "", "123": "", "a": "a", "AB": "ab",
	} {
		if got := strings.Join(wordsOf(name), " "); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestCodecs(t *testing.T) {
	for in, want := range map[string]string{
		"H264": CodecH264, "h.264": CodecH264, "H265": CodecH265, "HEVC": CodecH265, "H.265": CodecH265, "JPEG": CodecJPEG, "MJPEG": CodecJPEG,
		"MPEG4": CodecMPEG4, "MPV4-ES": CodecMPEG4, "video/H265": CodecH265, "AV1": "AV1", "": "", "AVC": CodecH264,
	} {
		if got, smart := codecOf(in); got != want || smart {
			t.Errorf("%q: %q, smart %v", in, got, smart)
		}
	}
	for name, want := range map[string]bool{
		"H.265+": true, "H264+": true, "SmartH264": true, "Zipstream profile": true, "smartcodec": true, "Smartphone": false, "MainStream": false,
	} {
		if _, is := codecOf(name); is != want {
			t.Errorf("%q: smart %v", name, is)
		}
	}
}

func TestFaultCodes(t *testing.T) {
	for _, f := range faults {
		answer := []byte(`<e:Envelope xmlns:e="x"><e:Body><e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:` + f.word + `</e:Value></e:Subcode></e:Code></e:Fault></e:Body></e:Envelope>`)
		if err := check(http.StatusBadRequest, answer); !errors.Is(err, f.means) {
			t.Errorf("%s: %v", f.word, err)
		}
	}
	other := []byte(`<Envelope><Body><Fault><Code><Value>x</Value></Code></Fault></Body></Envelope>`)
	if err := check(http.StatusInternalServerError, other); err == nil || Lost(err) {
		t.Errorf("a fault is an answer: %v", err)
	}
}
