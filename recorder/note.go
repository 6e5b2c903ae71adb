package recorder

import (
	"encoding/json"
	"slices"

	"lares/cameras/media"
)

// note is a trigger as it is written down. What the camera said of it came in a unit of
// some epoch, and is sealed to no key of a later one, neither in a file nor in the
// index: a grant that begins "now" opens no words of before.
type note struct {
	EventNote
	key StoreKey // of the unit's epoch
}

// in is the note for a file sealed to a key: without words if they are of another epoch.
func (n note) in(kid media.KeyID) EventNote {
	if n.key.KID != kid {
		n.EventText = EventText{}
	}
	return n.EventNote
}

// spoken is what the camera said of an event in its newest epoch.
type spoken struct {
	key  StoreKey
	text EventText
}

func (s *spoken) add(n note) {
	if s.key.KID != n.key.KID {
		*s = spoken{key: n.key}
	}
	s.text = s.text.and(n.EventText)
}

// note opens what a camera said about an event; nothing if it does not open.
func (t *take) note(n noted) note {
	out := note{EventNote: EventNote{Event: n.event, Kind: n.kind, At: n.at}}
	if n.seen != nil {
		return t.c.recognised(out, *n.seen)
	}
	if n.unit == nil {
		return t.c.saidOf(out, n)
	}
	var e media.Event
	au, err := t.open(*n.unit)
	if err == nil {
		err = json.Unmarshal(au.Data, &e)
	}
	if err == nil {
		out.key, err = t.c.key(*n.unit)
	}
	if err != nil {
		t.c.r.config.Log.Warn("event of the camera does not open", "camera", t.c.id.String(), "error", err)
		return out
	}
	out.EventText = textOf(e)
	if n.source != "" {
		out.Sources = []media.Source{n.source}
	}
	out.apart()
	return out
}

// saidOf is a note with what somebody outside says; without words where the camera has no run
// to seal them for.
func (c *camera) saidOf(out note, n noted) note {
	if n.class == "" && n.text == "" {
		return out
	}
	key, err := c.key(media.Unit{Run: n.run})
	if err != nil {
		c.r.config.Log.Warn("what was said of an event is lost", "camera", c.id.String(), "error", err)
		return out
	}
	out.key, out.EventText = key, EventText{Class: n.class, Text: n.text}
	out.apart()
	return out
}

// apart keeps what is said of a sound from who may not hear it.
func (n *note) apart() {
	if heard := n.EventText; n.Kind == media.KindSound && !heard.IsZero() {
		n.EventText = EventText{Heard: &heard}
	}
}

const (
	// mostZones and longestZone (in bytes) bound what is believed of an event's zones:
	// what a worker says may be a camera's.
	mostZones, longestZone = 16, 256
)

// textOf is what was said of an event: in the first zone, with the others as labels.
func textOf(e media.Event) EventText {
	t := EventText{Class: e.Class, Topic: e.Topic}
	if e.Score > 0 && e.Score <= 1 {
		t.Score = e.Score
	}
	if e.Why != nil && e.Why.Sound() {
		t.Why = e.Why
	}
	zones := slices.DeleteFunc(e.Zones[:min(len(e.Zones), mostZones)], func(z string) bool { return z == "" || len(z) > longestZone })
	if len(zones) > 0 {
		t.Zone, t.Labels = zones[0], zones[1:]
	}
	return t
}
