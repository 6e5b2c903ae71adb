package recorder

import (
	"testing"

	"lares/cameras/media"
)

// TestWhy: of what a worker tells of several times, that of the largest stays, with the zones
// and the map of all; what is out of its bounds is not believed.
func TestWhy(t *testing.T) {
	said := func(size int) EventText {
		return textOf(media.Event{Why: &media.Why{Sensitivity: 50, Size: size, Columns: 2, Rows: 1, Map: []byte{byte(size / 10), 2},
			Zones: []media.WhyZone{{Zone: "gate", Lasted: 1000 - size, Shown: true}}}})
	}
	text := EventText{Zone: "gate"}
	for _, size := range []int{300, 500, 400} {
		text = text.and(said(size))
	}
	if text = text.and(EventText{}); text.Why == nil || text.Why.Size != 500 || text.Zone != "gate" || text.Why.Map[0] != 50 || text.Why.Zones[0].Lasted != 700 {
		t.Errorf("%+v", text.Why)
	}
	if said(1).IsZero() {
		t.Error("a why is nothing to tell")
	}
	if got := textOf(media.Event{Why: &media.Why{Sensitivity: 50, Columns: 200, Rows: 200}}); got.Why != nil {
		t.Errorf("believed %+v", got.Why)
	}
}
