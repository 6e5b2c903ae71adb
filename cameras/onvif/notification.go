package onvif

import (
	"strings"

	"lares/cameras/media"
)

const (
	maxNotifications = 256
	maxItems         = 32
	maxText          = 256
)

// Item is one name and value of a notification.
type Item struct{ Name, Value string }

// Notification is one message of a device (ONVIF Core §9.4).
type Notification struct {
	// Topic without namespace prefixes, such as
	// RuleEngine/CellMotionDetector/Motion; empty on some cameras.
	Topic string
	// Operation is Initialized, Changed or Deleted.
	Operation         string
	Source, Key, Data []Item
}

type xmlItems struct {
	Simple []struct {
		Name  string `xml:"Name,attr"`
		Value string `xml:"Value,attr"`
	} `xml:"SimpleItem"`
}

func (x xmlItems) items() []Item {
	var out []Item
	for _, i := range x.Simple[:min(len(x.Simple), maxItems)] {
		out = append(out, Item{bounded(i.Name, maxText), bounded(i.Value, maxText)})
	}
	return out
}

type xmlNotification struct {
	Topic   string `xml:"Topic"`
	Message struct {
		Operation string   `xml:"PropertyOperation,attr"`
		Source    xmlItems `xml:"Source"`
		Key       xmlItems `xml:"Key"`
		Data      xmlItems `xml:"Data"`
	} `xml:"Message>Message"`
}

// ParseNotifications reads the answer to PullMessages.
func ParseNotifications(answer []byte) ([]Notification, error) {
	var a struct {
		Response *struct {
			Messages []xmlNotification `xml:"NotificationMessage"`
		} `xml:"Body>PullMessagesResponse"`
	}
	if err := decode(answer, &a); err != nil {
		return nil, err
	}
	if a.Response == nil {
		return nil, ErrMalformed
	}
	var out []Notification
	for _, m := range a.Response.Messages[:min(len(a.Response.Messages), maxNotifications)] {
		out = append(out, m.plain())
	}
	return out, nil
}

func (m xmlNotification) plain() Notification {
	return Notification{
		Topic: plainTopic(m.Topic), Operation: bounded(m.Message.Operation, 32),
		Source: m.Message.Source.items(), Key: m.Message.Key.items(), Data: m.Message.Data.items(),
	}
}

// plainTopic drops the namespace prefixes of a concrete topic expression
// (ONVIF Core §9.6.3), which vendors choose freely.
func plainTopic(s string) string {
	parts := strings.Split(bounded(s, maxText), "/")
	for i, p := range parts {
		if _, after, ok := strings.Cut(p, ":"); ok {
			parts[i] = after
		}
	}
	return strings.Join(parts, "/")
}

// rule says what a topic means. The last element decides, or one before it.
type rule struct {
	part  string // an element of the topic
	kind  media.Kind
	class string
}

// rules in the order they are tried: what names a class before what is motion
// alone. From cameras' recordings (see the tests).
var rules = []rule{
	{"Visitor", media.KindDoorbell, ""},
	{"PeopleDetect", media.KindMotion, "person"},
	{"People", media.KindMotion, "person"},
	{"HumanShapeDetect", media.KindMotion, "person"},
	{"FaceDetect", media.KindMotion, "face"},
	{"VehicleDetect", media.KindMotion, "vehicle"},
	{"DogCatDetect", media.KindMotion, "animal"},
	{"Package", media.KindMotion, "package"},
	{"Tamper", media.KindTamper, ""},
	{"GlobalSceneChange", media.KindTamper, ""},
	{"Intrusion", media.KindMotion, ""},
	{"LineCross", media.KindMotion, ""},
	{"ObjectsInside", media.KindMotion, ""},
	{"Crossed", media.KindMotion, ""},
	{"Crossing", media.KindMotion, ""},
	{"Object", media.KindMotion, ""},
	{"TpSmartEvent", media.KindMotion, ""},
	{"TPSmartEvent", media.KindMotion, ""},
	{"MotionRegionDetector", media.KindMotion, ""},
	{"CellMotionDetector", media.KindMotion, ""},
	{"MotionDetector", media.KindMotion, ""},
	{"MotionAlarm", media.KindMotion, ""},
	{"DetectedSound", media.KindSound, ""},
	{"SoundDetection", media.KindSound, ""},
}

// classes are words in rule names, item names and values that say what moved.
var classes = []struct{ word, class string }{
	{"human", "person"}, {"people", "person"}, {"person", "person"},
	{"vehicle", "vehicle"}, {"car", "vehicle"},
	{"animal", "animal"}, {"pet", "animal"},
	{"face", "face"}, {"package", "package"},
}

// Event says what a notification means; ok is false for one that is nothing to
// record, such as the processor's load or an empty topic.
func (n Notification) Event() (e media.Event, ok bool) {
	r, ok := n.rule()
	if !ok {
		return e, false
	}
	active, ok := n.active()
	if !ok {
		return e, false
	}
	e = media.Event{Kind: r.kind, Class: r.class, Topic: n.Topic, Active: active}
	if e.Kind == media.KindMotion && e.Class == "" {
		e.Class = n.class()
	}
	if e.Kind == media.KindMotion && n.isTamper() {
		e.Kind, e.Class = media.KindTamper, ""
	}
	return e, true
}

func (n Notification) rule() (rule, bool) {
	parts := strings.Split(n.Topic, "/")
	for _, r := range rules {
		for _, p := range parts {
			if p == r.part {
				return r, true
			}
		}
	}
	return rule{}, false
}

// active finds the state among the data: a boolean in the spellings in use, or
// a list of classes that is empty when all is over.
func (n Notification) active() (active, ok bool) {
	if n.Operation == "Deleted" {
		return false, true
	}
	for _, i := range n.Data {
		switch strings.ToLower(i.Value) {
		case "true", "1", "active":
			return true, true
		case "false", "0", "inactive":
			active, ok = false, true
		}
		if i.Name == "ClassTypes" {
			return strings.TrimSpace(i.Value) != "", true
		}
	}
	if !ok && n.momentary() && n.Operation != "Initialized" {
		return true, true // told with the object's number or nothing
	}
	return active, ok
}

// momentary notifications have a beginning only.
func (n Notification) momentary() bool {
	switch n.Topic[strings.LastIndexByte(n.Topic, '/')+1:] {
	case "Crossed", "Crossing", "Visitor":
		return true
	}
	return false
}

// class looks for a word in the name of the rule, in the names of data items
// (IsPeople) and in lists of classes.
func (n Notification) class() string {
	for _, i := range n.Data {
		word := ""
		switch {
		case i.Name == "ClassTypes" || strings.HasSuffix(i.Name, "Type"):
			word = i.Value
		case strings.HasPrefix(i.Name, "Is"):
			word = i.Name[2:]
		}
		if c := classIn(word); c != "" {
			return c
		}
	}
	for _, i := range n.Source {
		if i.Name == "Rule" {
			if c := classIn(i.Value); c != "" {
				return c
			}
		}
	}
	return ""
}

func classIn(s string) string {
	s = strings.ToLower(s)
	for _, c := range classes {
		if strings.Contains(s, c.word) {
			return c.class
		}
	}
	return ""
}

func (n Notification) isTamper() bool {
	for _, i := range n.Data {
		if i.Name == "IsTamper" {
			return true
		}
	}
	return false
}
