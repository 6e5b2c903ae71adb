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

// mark is one thing that goes on.
type mark struct {
	key    string // topic, source and object
	about  string // the item that tells it, where a message may tell several
	events []media.Event
}

// Apply takes one notification and returns the events to hand on, in order.
func (t *Tracker) Apply(n Notification) (out []media.Event) {
	meant, facts := n.facts(t.Classes)
	if (meant.change || meant.moment) && n.Operation == "Initialized" {
		return nil // how a contact rests, and what was pressed before we came
	}
	key := n.key()
	if n.Operation == "Deleted" {
		return t.end(func(m mark) bool { return m.key == key })
	}
	for _, f := range facts { // what began before what is over: the kind may go on
		at := slices.IndexFunc(t.active, func(m mark) bool { return m.key == key && m.about == f.about })
		switch {
		case f.on && (meant.moment || at < 0 && len(t.active) == maxActive):
			out = append(out, t.moment(f.events)...)
		case f.on:
			out = append(out, t.begin(at, mark{key, f.about, f.events})...)
		case f.about != "":
			out = append(out, t.end(func(m mark) bool { return m.key == key && m.about == f.about })...)
		default: // of all of the kind that it does not name: nothing goes on for ever
			out = append(out, t.end(func(m mark) bool {
				named := m.about != "" && slices.ContainsFunc(facts, func(o fact) bool { return o.about == m.about })
				return m.key == key && m.events[0].Kind == meant.kind && !named
			})...)
		}
	}
	return out
}

// begin hands on what did not go on before; at is where the same thing was noted, -1 for
// nowhere.
func (t *Tracker) begin(at int, m mark) (out []media.Event) {
	for _, e := range m.events {
		if !t.any(e) {
			out = append(out, e)
		}
	}
	if at < 0 {
		t.active = append(t.active, m)
	} else {
		t.active[at] = m
	}
	return out
}

// end takes what is over out and hands on the ends of its kinds.
func (t *Tracker) end(over func(mark) bool) (out []media.Event) {
	for {
		at := slices.IndexFunc(t.active, over)
		if at < 0 {
			return out
		}
		ended := t.active[at].events[0]
		t.active = slices.Delete(t.active, at, at+1)
		out = append(out, t.over(ended)...)
	}
}

func (t *Tracker) moment(events []media.Event) []media.Event {
	if events[0].Kind == media.KindDoorbell {
		return events
	}
	return append(slices.Clone(events), t.over(events[0])...)
}

// over is the end of e, if nothing else of its kind goes on.
func (t *Tracker) over(e media.Event) []media.Event {
	if t.goesOn(func(other media.Event) bool { return other.Kind == e.Kind }) {
		return nil
	}
	e.Active = false
	return []media.Event{e}
}

// End ends everything, when the subscription is lost.
func (t *Tracker) End() []media.Event { return t.end(func(mark) bool { return true }) }

func (t *Tracker) any(e media.Event) bool {
	return t.goesOn(func(other media.Event) bool { return other.Kind == e.Kind && other.Class == e.Class })
}

func (t *Tracker) goesOn(like func(media.Event) bool) bool {
	return slices.ContainsFunc(t.active, func(m mark) bool { return slices.ContainsFunc(m.events, like) })
}

// Names reports whether a notification says that it is about one of some video
// sources, by their tokens. Only the items of its Source that name a video source are
// asked: a rule, an object or an input may be called like anything. One that names a
// second source, which is none of them, is about that.
func (n Notification) Names(tokens []string) bool {
	named := false
	for _, i := range n.Source {
		if roleOf(inSource, i.Name).role != ofSource {
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
		if roleOf(inSource, i.Name).role == ofSource && i.Value != "" {
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
