package recorder

import (
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
)

// TestMachineSleeps has the machine sleep for hours, and the hub be stopped for minutes: the time is a gap of the
// hub in each mode, from the last picture to the first, and no file and no event goes on over it. A clock that is
// set by as much is no gap.
func TestMachineSleeps(t *testing.T) {
	const minutes = 3 * time.Minute
	for name, test := range map[string]struct {
		sleeps, stops, set time.Duration
		away               time.Duration // of the camera behind it
		goes               bool          // its worker's times run on, as if nothing had been
	}{
		"sleeps":                     {sleeps: 8 * time.Hour},
		"sleeps, and its times not":  {sleeps: 8 * time.Hour, goes: true},
		"sleeps for a moment":        {sleeps: 4 * time.Second},
		"sleeps, and is set":         {sleeps: 8 * time.Hour, set: -time.Second},
		"sleeps, and a camera stays": {sleeps: 8 * time.Hour, away: 40 * time.Second},
		"stops":                      {stops: minutes},
		"stops, and a camera stays":  {stops: minutes, away: 40 * time.Second},
		"is set on":                  {set: 8 * time.Hour, goes: true},
		"is set back":                {set: -8 * time.Hour, goes: true},
	} {
		for _, mode := range []media.Mode{media.ModeEvents, media.ModeContinuous, media.ModeBoth} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDeck(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
					d.begins(mode)
					d.goes(247, 0)
					if mode.Events() {
						d.trigger(Trigger{Kind: media.KindMotion, Active: true})
					}
					d.goes(50, 0)
					missed := d.clock.Now().Round(0)
					last := d.cam.n
					if !test.goes {
						for _, c := range []*cam{d.cam, d.sub} {
							c.skip(int((test.sleeps + test.stops) / interval))
						}
						d.clock.Advance(-test.sleeps - test.stops)
					}
					d.slept.Add(int64(test.sleeps))
					d.clock.Advance(test.stops)
					d.steps(test.sleeps + test.set)
					for from := d.clock.Now(); d.clock.Now().Sub(from) < test.away; synctest.Wait() {
						d.cam.skip(1)
						time.Sleep(interval)
					}
					first := d.cam.n
					back := d.clock.Now().Round(0)
					d.goes(150, 0)
					if mode.Events() {
						d.trigger(Trigger{Kind: media.KindMotion, Hold: true})
						d.goes(100, 0)
					}
					d.rests()
					d.lost = func(n uint64) bool { return n+2 > last && n < first+2*gop }
					d.holds(mode)
					rows, shown := d.taped(false)
					for _, row := range rows {
						if n := shown[row.Clip]; test.sleeps+test.stops > 0 && n[0] < last && n[len(n)-1] >= first {
							t.Errorf("a file goes on over it, from picture %d to %d", n[0], n[len(n)-1])
						}
					}
					gaps := d.index.allGaps()
					if test.sleeps+test.stops == 0 {
						if len(gaps) > 0 {
							t.Errorf("gaps %+v", gaps)
						}
						return
					}
					want := []GapRow{{From: missed, To: back, Cause: GapHub}}
					if test.away > 0 {
						want[0].To = back.Add(-test.away)
						want = append(want, GapRow{From: want[0].To, To: back, Cause: GapCamera})
					}
					for i, gap := range gaps {
						if i >= len(want) || gap.From.Sub(want[i].From).Abs() > time.Second || gap.To.Sub(want[i].To).Abs() > 2*time.Second || gap.Cause != want[i].Cause {
							t.Errorf("gaps %+v, and not %+v", gaps, want)
							break
						}
					}
					if len(gaps) != len(want) {
						t.Errorf("%d gaps, and not %d: %+v", len(gaps), len(want), gaps)
					}
				})
			})
		}
	}
}
