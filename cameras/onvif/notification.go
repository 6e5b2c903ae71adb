package onvif

import (
	"slices"
	"strings"

	"lares/cameras/media"
)

const (
	maxItems = 32
	maxText  = 256
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
	Simple list[struct {
		Name  string `xml:"Name,attr"`
		Value string `xml:"Value,attr"`
	}] `xml:"SimpleItem"`
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
	a, err := read[struct {
		Messages list[xmlNotification] `xml:"NotificationMessage"`
	}](answer, "PullMessagesResponse")
	if err != nil {
		return nil, err
	}
	var out []Notification // maxList of them at most
	for _, m := range a.Messages {
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

// Event says what a notification means; ok is false for one that is nothing to
// record, such as the processor's load or an empty topic.
func (n Notification) Event() (e media.Event, ok bool) {
	t, ok := n.topic()
	if !ok {
		return e, false
	}
	active, ok := n.active(t)
	if !ok {
		return e, false
	}
	e = media.Event{Kind: t.kind, Class: t.class, Topic: n.Topic, Active: active}
	if e.Class == "" {
		e.Class = n.class(t.kind)
	}
	if e.Kind == kindMotion && n.isTamper() {
		e.Kind, e.Class = media.KindTamper, ""
	}
	return e, true
}

func (n Notification) topic() (topic, bool) {
	parts := strings.Split(n.Topic, "/")
	for _, t := range topics {
		for _, p := range parts {
			if p == t.part {
				return t, true
			}
		}
	}
	return topic{}, false
}

// active finds the state among the data: a boolean in the spellings in use, a
// word, or a list of classes that is empty when all is over.
func (n Notification) active(t topic) (active, ok bool) {
	if n.Operation == "Deleted" {
		return false, true
	}
	for _, i := range n.Data {
		if i.Name == "ClassTypes" {
			return strings.TrimSpace(i.Value) != "", true
		}
		if t.values != nil {
			if isState(i.Name) && slices.Contains(t.values, i.Value) {
				return true, true
			}
			continue
		}
		on, is := i.state()
		if is && on {
			return true, true
		}
		ok = ok || is
	}
	if !ok && t.moment && t.values == nil && n.Operation != "Initialized" {
		return true, true // told with the object's number or nothing
	}
	return false, ok
}

// state reads one item as a boolean.
func (i Item) state() (on, ok bool) {
	switch strings.ToLower(i.Value) {
	case "true", "active":
		return true, true
	case "false", "inactive":
		return false, true
	case "1":
		return true, isState(i.Name)
	case "0":
		return false, isState(i.Name)
	}
	return false, false
}

func isState(name string) bool {
	for _, s := range states {
		if s.name == name {
			return true
		}
	}
	return strings.HasPrefix(name, "Is")
}

// class looks for a word in the names of data items (IsPeople), in lists of
// classes and in the name of the rule.
func (n Notification) class(kind media.Kind) string {
	for _, i := range n.Data {
		word := ""
		switch {
		case i.Name == "ClassTypes" || strings.HasSuffix(i.Name, "Type"):
			word = i.Value
		case strings.HasPrefix(i.Name, "Is"):
			word = i.Name[2:]
		}
		if c := classOf(word, kind); c != "" {
			return c
		}
	}
	return classOf(n.rule(), kind)
}

// rule is the name of the device's rule that noticed it, "" for none.
func (n Notification) rule() string {
	for _, i := range n.Source {
		if i.Name == "Rule" {
			return i.Value
		}
	}
	return ""
}

func (n Notification) isTamper() bool {
	return slices.ContainsFunc(n.Data, func(i Item) bool { return i.Name == "IsTamper" })
}
