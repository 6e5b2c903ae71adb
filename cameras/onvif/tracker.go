package onvif

import (
	"slices"
	"strings"

	"lares/cameras/media"
)

// maxActive bounds what may be active at once; a camera that invents objects
// without end gains nothing.
const maxActive = 64

// Tracker makes beginnings and ends out of notifications. Cameras tell one
// motion twice, under two topics, repeat states, and count every object: what
// is handed on is that a kind and class began, and that the last of a kind
// ended, for a recording lasts as long as anything of the kind goes on. What
// crossed a line began and ended at once; a doorbell only begins.
// The zero Tracker is ready. One goroutine uses it.
type Tracker struct {
	// Classes says what the device's rules are about, by their names; see
	// RuleClasses.
	Classes map[string]string

	active []mark
}

type mark struct {
	key   string // topic, source and object
	event media.Event
}

// Apply takes one notification and returns the events to hand on, in order.
func (t *Tracker) Apply(n Notification) []media.Event {
	e, ok := n.Event()
	if !ok {
		return nil
	}
	if e.Class == "" && e.Kind == kindMotion {
		e.Class = t.Classes[n.rule()]
	}
	meant, _ := n.topic()
	if (meant.change || meant.moment) && n.Operation == "Initialized" {
		return nil // how a contact rests, and what was pressed before we came
	}
	key := n.key()
	at := slices.IndexFunc(t.active, func(m mark) bool { return m.key == key })
	switch {
	case e.Active && (meant.moment || at < 0 && len(t.active) == maxActive):
		return t.moment(e)
	case e.Active && at < 0:
		began := !t.any(e)
		t.active = append(t.active, mark{key, e})
		if began {
			return []media.Event{e}
		}
	case !e.Active && at >= 0:
		ended := t.active[at].event
		t.active = slices.Delete(t.active, at, at+1)
		return t.over(ended)
	}
	return nil
}

func (t *Tracker) moment(e media.Event) []media.Event {
	if e.Kind == media.KindDoorbell {
		return []media.Event{e}
	}
	return append([]media.Event{e}, t.over(e)...)
}

// over is the end of e, if nothing else of its kind goes on.
func (t *Tracker) over(e media.Event) []media.Event {
	if slices.ContainsFunc(t.active, func(m mark) bool { return m.event.Kind == e.Kind }) {
		return nil
	}
	e.Active = false
	return []media.Event{e}
}

// End ends everything, when the subscription is lost.
func (t *Tracker) End() []media.Event {
	var out []media.Event
	for len(t.active) > 0 {
		e := t.active[0].event
		t.active = t.active[1:]
		out = append(out, t.over(e)...)
	}
	return out
}

func (t *Tracker) any(e media.Event) bool {
	return slices.ContainsFunc(t.active, func(m mark) bool { return m.event.Kind == e.Kind && m.event.Class == e.Class })
}

// Names reports whether a notification says that it is about one of some video
// sources, by their tokens. Only the items of its Source that name a video source are
// asked: a rule, an object or an input may be called like anything. One that names a
// second source, which is none of them, is about that.
func (n Notification) Names(tokens []string) bool {
	named := false
	for _, i := range n.Source {
		if !namesSource(i.Name) {
			continue
		}
		if i.Value == "" || !slices.Contains(tokens, i.Value) {
			return false
		}
		named = true
	}
	return named
}

// VideoSources are the items by which a notification says which video source it is about,
// each named with the family of its topic: what is told of sound may call its source like
// one.
func (n Notification) VideoSources() (out []Item) {
	family, _, _ := strings.Cut(n.Topic, "/")
	for _, i := range n.Source {
		if namesSource(i.Name) && i.Value != "" {
			out = append(out, Item{Name: family + "/" + i.Name, Value: i.Value})
		}
	}
	return out
}

func (n Notification) key() string {
	var b strings.Builder
	b.WriteString(n.Topic)
	for _, items := range [][]Item{n.Source, n.Key} {
		for _, i := range items {
			b.WriteString("|" + i.Name + "=" + i.Value)
		}
	}
	return b.String()
}
