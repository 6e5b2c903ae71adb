package retention

import (
	"reflect"
	"testing"
	"time"
	_ "time/tzdata" // the machine may have no time zones

	"lares/cameras/media"
)

// TestDaysWhereClocksChange: a day of a rule is 24 hours, whatever the clock on the wall shows meanwhile: nothing goes an
// hour early where a day has 25, and what is to stay stays; and summer time is no step of the clock.
func TestDaysWhereClocksChange(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	id := media.NewCameraID()
	c := Camera{Rule: Rule{Days: 3, AtLeast: 1}}
	policy := Policy{Cameras: map[media.CameraID]Camera{id: c}}
	for _, day := range []string{"2026-03-29", "2026-10-25"} {
		from, err := time.ParseInLocation(time.DateOnly, day, berlin)
		if err != nil {
			t.Fatal(err)
		}
		var s Steady
		for ran := time.Duration(0); ran < 5*24*time.Hour; ran += 15 * time.Minute {
			now := from.Add(ran)
			if got := s.Look(now, ran); got != (ran >= settle) {
				t.Fatalf("at %v: believed %v", now, got)
			}
			aged := c.aged(id, now)
			loose, _, _ := (&Pass{Policy: policy, Now: now}).loose(t.Context(), &rack{}, id)
			if len(aged) != 1 || now.Sub(aged[0].Until) != 72*time.Hour || len(loose) != 1 || now.Sub(loose[0].Until) != 24*time.Hour {
				t.Fatalf("at %v: aged %v, loose %v", now, aged, loose)
			}
			utc := c.aged(id, now.UTC())
			if aged[0].Until = aged[0].Until.UTC(); !reflect.DeepEqual(aged, utc) {
				t.Fatalf("at %v: %v, elsewhere %v", now, aged, utc)
			}
		}
	}
}
