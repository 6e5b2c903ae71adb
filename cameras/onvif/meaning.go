package onvif

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"lares/cameras/media"
)

// fact is one thing that a notification says goes on, or does not.
type fact struct {
	// about is the item that says so, where its name says what it is about: the message,
	// or the next one, may say otherwise of other things. "" is of all other items
	// together.
	about string
	on    bool
	// events are what began: one, or one for each class of a list; none where it is over.
	events []media.Event
}

// facts are what a notification says, what goes on before what does not; none for one that
// is nothing to record, such as the processor's load or an empty topic. rules are the
// classes of the device's rules, by their names.
func (n Notification) facts(rules map[string]string) (t topic, out []fact) {
	t, ok := n.topic()
	if !ok {
		return t, nil
	}
	for _, i := range n.Data {
		if f, ok := n.fact(t, i, rules); ok {
			at := slices.IndexFunc(out, func(o fact) bool { return o.about == f.about })
			if at < 0 {
				out = append(out, f)
			} else if f.on && !out[at].on { // whichever is on counts
				out[at] = f
			}
		}
	}
	if len(out) == 0 && t.moment && t.values == nil { // told with the object's number or nothing
		out = append(out, fact{on: true, events: n.began(t, t.kind, nil, rules)})
	}
	slices.SortStableFunc(out, func(a, b fact) int {
		switch {
		case a.on == b.on:
			return 0
		case a.on:
			return -1
		}
		return 1
	})
	return t, out
}

// fact reads one item of the data; ok is false if it says nothing.
func (n Notification) fact(t topic, i Item, rules map[string]string) (f fact, ok bool) {
	row := roleOf(inData, i.Name)
	kind := t.kind
	var classes []string
	switch {
	case row.role == ofList:
		classes = classesOf(i.Value, kind)
		f.on, ok = slices.ContainsFunc(strings.FieldsFunc(i.Value, apart), something), true
	case t.values != nil:
		f.on = row.role == ofState && slices.Contains(t.values, i.Value)
		ok = f.on
	default:
		f.on, ok = i.state()
		if row.kind != "" && kind == kindMotion {
			kind, f.about = row.kind, i.Name
		}
		if c := i.named(kind); c != "" {
			classes, f.about = []string{c}, i.Name
		}
	}
	if f.on {
		f.events = n.began(t, kind, classes, rules)
	}
	return f, ok
}

// began are the beginnings of a kind, of each class that is known: the topic's own, those
// given, or what the rest of the notification or the device's rule says.
func (n Notification) began(t topic, kind media.Kind, classes []string, rules map[string]string) (out []media.Event) {
	switch {
	case kind != t.kind:
		classes = []string{""}
	case t.class != "":
		classes = []string{t.class}
	case len(classes) == 0:
		classes = []string{n.class(kind, rules)}
	}
	for _, c := range classes {
		out = append(out, media.Event{Kind: kind, Class: c, Topic: n.Topic, Active: true})
	}
	return out
}

// class looks for a word in what the data say that it is, in the name of the rule, and in
// what the device says of that rule.
func (n Notification) class(kind media.Kind, rules map[string]string) string {
	for _, i := range n.Data {
		c := ""
		if on, _ := i.state(); on {
			c = i.named(kind)
		}
		if roleOf(inData, i.Name).role == ofClass {
			c = classOf(i.Value, kind)
		}
		if c != "" {
			return c
		}
	}
	rule := ""
	for _, i := range n.Source {
		if roleOf(inSource, i.Name).role == ofRule {
			rule = i.Value
			break
		}
	}
	c := classOf(rule, kind)
	if kind == kindMotion {
		c = cmp.Or(c, rules[rule])
	}
	return c
}

func (n Notification) topic() (topic, bool) {
	parts := strings.Split(n.Topic, "/")
	for _, t := range topics {
		if slices.Contains(parts, t.part) {
			return t, true
		}
	}
	return topic{}, false
}

// state reads one item of the data as a boolean.
func (i Item) state() (on, ok bool) {
	for _, s := range spellings {
		if strings.EqualFold(i.Value, s.word) && (!s.known || roleOf(inData, i.Name).role == ofState) {
			return s.on, true
		}
	}
	return false, false
}

// named is the class that an item's own name says, such as that of IsPeople.
func (i Item) named(kind media.Kind) string {
	if !roleOf(inData, i.Name).names {
		return ""
	}
	return classOf(i.Name, kind)
}

// something says that a word in a list of classes is one.
func something(word string) bool {
	for _, n := range nothings {
		if strings.EqualFold(word, n.word) {
			return false
		}
	}
	return true
}

func apart(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
