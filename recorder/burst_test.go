package recorder

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
)

// TestEventInABurst: what leads up to an event has the dates that it has in the stretch before, also where
// the camera sends at once what it could not before: it came faster than it lasts.
func TestEventInABurst(t *testing.T) {
	for name, before := range map[string]int{"early": 60, "in the middle of a file": 70, "late": 95} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDeck(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
				d.begins(media.ModeBoth)
				d.goes(before, 0)
				d.cam.burst, d.sub.burst = true, true
				d.goes(110, 0)
				d.trigger(Trigger{Kind: media.KindMotion, Hold: true})
				d.goes(40, 0)
				d.cam.burst, d.sub.burst = false, false
				d.goes(200, 0)
				d.rests()
				d.holds(media.ModeBoth)
				rows, shown := d.taped(false)
				compared := 0
				for _, event := range rows {
					for _, file := range rows {
						if at := slices.Index(shown[file.Clip], shown[event.Clip][0]); !event.Stretch && event.Part == 0 && file.Stretch && at > 0 {
							compared++
							if want := file.Start.Add(time.Duration(at) * interval); event.Start.Sub(want).Abs() > 2*time.Millisecond {
								t.Errorf("the event's file is of %v, and what it begins with of %v in the stretch", event.Start, want)
							}
						}
					}
				}
				if compared == 0 {
					t.Error("no file of the event begins in a stretch")
				}
			})
		})
	}
}
