package httpapi

import (
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

// TestCameraHealth: who manages a camera reads up to when it is on the disk, how quick that is,
// and that nothing is recorded and why; who does not, nothing of that, and who may not hear it
// nothing that would tell when there was something to hear.
func TestCameraHealth(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, carol, eve := r.person("alice"), r.person("carol"), r.person("eve")
	id, cam := alice.camera(fakecam.Options{Name: "front"})
	r.grant(alice, id, carol, gate.Live, gate.History, gate.Audio)
	r.grant(alice, id, eve, gate.Live, gate.Manage)
	health := func(who *person) *healthView {
		t.Helper()
		return who.cameraView(id).Health
	}
	r.recorder.Plan(id, recorder.Plan{Mode: media.ModeContinuous})
	began := time.Now()
	for _, who := range []*person{alice, eve} {
		wait(t, "something on the disk", func() bool {
			h := health(who)
			return h != nil && time.Time(h.Durable).After(began) && h.Writes != nil && h.Writes.Most >= h.Writes.P99 && h.Writes.P99 >= h.Writes.Median && h.Writes.Most > 0
		})
	}
	if h := health(alice); h.Gap != nil || h.Dropped != 0 || h.Waiting.Bytes > 8<<20 {
		t.Errorf("while it is recorded: %+v", h)
	}
	if h := health(carol); h != nil {
		t.Errorf("who does not manage it is told %+v", h)
	}
	r.recorder.Plan(id, recorder.Plan{Mode: media.ModeEvents})
	if h, other := health(alice), health(eve); h == nil || h.Durable == (moment{}) || other != nil {
		t.Errorf("of events its owner is told %+v, and who may not hear them %+v", h, other)
	}
	wait(t, "an event to be possible", func() bool { s, _ := r.recorder.Status(id); return s.Ready && s.Gap.From.IsZero() })
	r.recorder.Plan(id, recorder.Plan{Mode: media.ModeContinuous})
	wait(t, "a clip", func() bool { s, _ := r.recorder.Status(id); return s.Recording })
	cam.Close()
	wait(t, "a gap", func() bool { h := health(alice); return h.Gap != nil && h.Gap.Cause == recorder.GapCamera })
	if h := health(alice); time.Time(h.Gap.From).Sub(time.Time(h.Durable)).Abs() > 3*time.Second {
		t.Errorf("nothing from %v on, and the last on the disk is of %v", time.Time(h.Gap.From), time.Time(h.Durable))
	}
}
