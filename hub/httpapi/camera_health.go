package httpapi

import (
	"time"

	"lares/recorder"
)

// healthView is how the recording of a camera does.
type healthView struct {
	Durable moment      `json:"durable,omitzero"`
	Writes  *writesView `json:"writes,omitempty"`
	Waiting waitingView `json:"waiting"`
	Dropped int64       `json:"dropped"`
	Ahead   int64       `json:"ahead_ms,omitempty"`
	Gap     *gapNowView `json:"gap,omitempty"`
}

// writesView is how long the disk took for the syncs of about two minutes.
type writesView struct {
	Median float64 `json:"median_ms"`
	P99    float64 `json:"p99_ms"`
	Most   float64 `json:"most_ms"`
}

// waitingView is what came and is not on the disk, or not in the index, yet.
type waitingView struct {
	Units int   `json:"units"`
	Bytes int64 `json:"bytes"`
	Rows  int   `json:"rows"`
}

type gapNowView struct {
	From  moment            `json:"from"`
	Cause recorder.GapCause `json:"cause"`
}

func viewOfHealth(now recorder.Status) *healthView {
	v := &healthView{
		Durable: moment(now.Durable), Dropped: now.Waiting.Dropped, Ahead: now.Ahead.Milliseconds(),
		Waiting: waitingView{now.Waiting.Units, now.Waiting.Bytes, now.Rows},
	}
	if now.Writes != (recorder.Latency{}) {
		v.Writes = &writesView{milliseconds(now.Writes.Median), milliseconds(now.Writes.P99), milliseconds(now.Writes.Most)}
	}
	if !now.Gap.From.IsZero() {
		v.Gap = &gapNowView{moment(now.Gap.From), now.Gap.Cause}
	}
	return v
}

// milliseconds are those of a span, to the tenth.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}
