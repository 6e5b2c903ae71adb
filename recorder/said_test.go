package recorder

import (
	"fmt"
	"testing"

	"lares/cameras/media"
)

// TestSaidFromOutside: what somebody outside says of an event is sealed with it, in the index and
// in the file; what is said later is a label; and of a sound it is kept from who may not hear.
func TestSaidFromOutside(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(30)
	event := h.trigger(Trigger{Kind: media.KindTrigger, Hold: true, Class: "parcel", Text: "at the gate"})
	h.said(event, `{"class":"parcel","text":"at the gate"}`)
	h.trigger(Trigger{Kind: media.KindTrigger, Hold: true, Class: "person", Text: "at the door"})
	h.trigger(Trigger{Kind: media.KindTrigger, Hold: true, Text: "at the gate"})
	both := `"class":"parcel","labels":["person","at the door"],"text":"at the gate"`
	h.said(event, "{"+both+"}")
	h.trigger(Trigger{Kind: media.KindSound, Hold: true, Class: "bark", Text: "the dog"})
	h.said(event, "{"+both+`,"heard":{"class":"bark","text":"the dog"}}`)
	h.recording()
	h.finish()
	row := h.index.all()[0]
	if o := h.open(row, h.vault.store); len(o.notes) != 4 || o.notes[1].Text != "at the door" || o.notes[3].Heard.Text != "the dog" {
		t.Errorf("notes %+v", o.notes)
	}
	heard := EventText{Heard: &EventText{Text: "the dog"}}
	if heard.IsZero() || !heard.For(false).IsZero() || heard.For(true).Text != "the dog" {
		t.Errorf("of a sound: %+v and %+v", heard.For(false), heard.For(true))
	}
}

// TestSaidBeforeAnEpoch: what was said in an epoch is sealed to its key, however late it is
// written down, and what is said in a later one stands alone.
func TestSaidBeforeAnEpoch(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(30)
	event := h.trigger(Trigger{Hold: true, Text: "before"})
	h.said(event, `{"text":"before"}`)
	first := h.index.event(event).Text.KID
	h.vault.bump(t)
	h.cam.newRun(h.r)
	h.cam.pictures(10)
	h.trigger(Trigger{Hold: true, Text: "after"})
	h.said(event, `{"text":"after"}`)
	if kid := h.index.event(event).Text.KID; kid == first {
		t.Error("what was said after is sealed to the key of before")
	}
}

// TestLabelsAreBounded: who says something else each time is not written down without end.
func TestLabelsAreBounded(t *testing.T) {
	var text EventText
	for i := range 10 * mostLabels {
		text = text.and(EventText{Class: fmt.Sprint("class ", i), Text: fmt.Sprint("text ", i)})
	}
	if text.Class != "class 0" || text.Text != "text 0" || len(text.Labels) != mostLabels || text.Labels[1] != "text 1" {
		t.Errorf("%d labels: %+v", len(text.Labels), text)
	}
}
