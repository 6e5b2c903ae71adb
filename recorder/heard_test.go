package recorder

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
)

// TestHeardIsApart: what was said of sounds is kept apart from all else that was said of an
// event, whichever came first, so that who does not hear the camera is told the rest and
// nothing of it; an event that began with a sound is of what came next.
func TestHeardIsApart(t *testing.T) {
	for _, soundFirst := range []bool{true, false} {
		h := newHouse(t)
		h.start()
		h.cam.pictures(60)
		says := h.teller()
		said := []func() media.EventID{
			func() media.EventID {
				says.tell(media.SourceSound, true, time.Second, media.Event{})
				return says.tell(media.SourceCamera, true, 0, media.Event{Kind: media.KindSound, Class: "bark", Topic: "tns1:DogBarking", Score: 0.9})
			},
			func() media.EventID {
				return says.tell(media.SourceMotion, true, 0, media.Event{Zones: []string{"gate"}, Score: 0.5})
			},
		}
		if !soundFirst {
			slices.Reverse(said)
		}
		event := said[0]()
		h.recording()
		if s, _ := h.r.Status(h.cam.id); s.Heard != soundFirst {
			t.Errorf("sound first %v: heard %v", soundFirst, s.Heard)
		}
		h.pass(20)
		if said[1]() != event {
			t.Error("another event")
		}
		if s, _ := h.r.Status(h.cam.id); s.Heard {
			t.Error("not only heard any more")
		}
		h.finishAfter(func() {
			says.tell(media.SourceCamera, false, 0, media.Event{Kind: media.KindSound})
			says.tell(media.SourceSound, false, 0, media.Event{})
			says.tell(media.SourceMotion, false, 0, media.Event{})
		})
		if e := h.index.event(event); e.Kind != media.KindMotion {
			t.Errorf("sound first %v: of kind %s", soundFirst, e.Kind)
		}
		if got := string(h.index.event(event).Text.Sealed); got != `sealed {"zone":"gate","score":0.5,"sources":["motion"],"heard":{"class":"bark","score":0.9,"topic":"tns1:DogBarking","sources":["sound","camera"]}}` {
			t.Errorf("sound first %v: said %s", soundFirst, got)
		}
		for _, n := range h.open(h.clips(1)[0], h.vault.store).notes {
			if n.Kind == media.KindSound && !n.EventText.For(false).IsZero() {
				t.Errorf("in the file %+v", n)
			}
		}
	}
}

// TestFor: who hears the camera is told all, others what was not heard; of texts that were
// written before the two were kept apart, they are not told that somebody listens.
func TestFor(t *testing.T) {
	text := EventText{Class: "person", Score: 0.5, Sources: []media.Source{media.SourceMotion}, Heard: &EventText{Class: "bark", Score: 0.9, Sources: []media.Source{media.SourceSound}}}
	all, rest := text.For(true), text.For(false)
	if all.Heard != nil || all.Class != "person" || !slices.Equal(all.Labels, []string{"bark"}) || all.Score != 0.9 || len(all.Sources) != 2 {
		t.Errorf("all: %+v", all)
	}
	if rest.Heard != nil || rest.Class != "person" || len(rest.Labels) != 0 || rest.Score != 0.5 || len(rest.Sources) != 1 {
		t.Errorf("the rest: %+v", rest)
	}
	if only := (EventText{Heard: text.Heard}); only.IsZero() || !only.For(false).IsZero() || only.For(true).Class != "bark" {
		t.Errorf("only heard: %+v", only)
	}
	old := EventText{Sources: []media.Source{media.SourceMotion, media.SourceSound}}
	if got := old.For(false).Sources; len(got) != 1 || got[0] != media.SourceMotion || len(old.For(true).Sources) != 2 || len(old.Sources) != 2 {
		t.Errorf("of before: %v", got)
	}
	if both := text.and(EventText{Heard: &EventText{Class: "glass"}}); both.Heard.Class != "bark" || both.Heard.Labels[0] != "glass" || text.Heard.Labels != nil {
		t.Errorf("two sounds: %+v", both.Heard)
	}
}
