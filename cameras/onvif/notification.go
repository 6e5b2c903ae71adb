package onvif

import "strings"

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
