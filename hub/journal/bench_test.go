package journal

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// BenchmarkCheckOfADay is a check of the last day in a journal of a million rows,
// of a year: some 2,700 a day.
func BenchmarkCheckOfADay(b *testing.B) {
	const rows, days = 1_000_000, 365
	r := newRig(b)
	ann, bob, door := store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
	r.household(ann, door)
	r.household(bob)
	r.must(r.Put(b.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
	r.must(r.Put(b.Context(), Entry{Kind: Granted, Camera: door, Other: bob}))
	for day := range days {
		for n := range rows / days / 10 {
			for i := range 5 {
				v := View{Kind: Clip, Account: bob, Session: [16]byte{1}, Camera: door, Owner: ann, Object: [16]byte{byte(i)}, Start: t0}
				d := r.Begin(v)
				d.Bytes(1 << 20)
				d.End()
			}
			r.clock.Advance(5 * time.Minute)
			r.settle(r.clock.Now(), false)
			if day >= days-4 || n%20 == 0 { // few commits before: it takes long enough
				r.must(r.Flush(b.Context()))
			}
		}
		r.must(r.stand(b.Context()))
	}
	b.Logf("%d rows", r.newest())
	for _, whole := range []bool{false, true} {
		name := map[bool]string{false: "from what stood", true: "whole"}[whole]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c := r.check(CheckQuery{Since: r.clock.Now().Add(-24 * time.Hour), Until: r.clock.Now(), Whole: whole})
				if !c.Report.OK() || len(c.WithoutGrant) > 0 || c.Deliveries < 500 {
					b.Fatalf("%+v", c)
				}
				b.ReportMetric(float64(c.Report.Rows), "rows")
			}
		})
	}
}
