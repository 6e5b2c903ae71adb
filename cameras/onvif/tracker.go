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
// is handed on is that a kind and class began, and that the last of it ended.
// The zero Tracker is ready. One goroutine uses it.
type Tracker struct {
	active []mark
}

type mark struct {
	key   string // topic, source and object
	event media.Event
}

// Apply takes one notification and returns the events to hand on, none or one.
func (t *Tracker) Apply(n Notification) []media.Event {
	e, ok := n.Event()
	if !ok {
		return nil
	}
	key := n.key()
	at := slices.IndexFunc(t.active, func(m mark) bool { return m.key == key })
	switch {
	case e.Active && at < 0:
		began := !t.any(e)
		if len(t.active) < maxActive {
			t.active = append(t.active, mark{key, e})
		}
		if n.momentary() {
			t.active = slices.DeleteFunc(t.active, func(m mark) bool { return m.key == key })
			return []media.Event{e}
		}
		if began {
			return []media.Event{e}
		}
	case !e.Active && at >= 0:
		ended := t.active[at].event
		t.active = slices.Delete(t.active, at, at+1)
		if !t.any(ended) {
			ended.Active = false
			return []media.Event{ended}
		}
	}
	return nil
}

// End ends everything, when the subscription is lost.
func (t *Tracker) End() []media.Event {
	var out []media.Event
	for len(t.active) > 0 {
		e := t.active[0].event
		t.active = t.active[1:]
		if !t.any(e) {
			e.Active = false
			out = append(out, e)
		}
	}
	return out
}

func (t *Tracker) any(e media.Event) bool {
	return slices.ContainsFunc(t.active, func(m mark) bool { return m.event.Kind == e.Kind && m.event.Class == e.Class })
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
