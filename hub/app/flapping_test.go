package app

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

// TestFlapping: that a camera comes and goes is told once, and anew when it did not meanwhile; one
// whose outage was told, as that of one that sleeps is, is not told of again.
func TestFlapping(t *testing.T) {
	door, began := media.NewCameraID(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f := newFlapping()
	for _, step := range []struct {
		after  time.Duration
		often  recorder.GapCause
		outage bool
		want   bool
	}{
		{0, recorder.GapDisk, false, false},
		{1 * time.Minute, recorder.GapCamera, true, false},
		{2 * time.Minute, recorder.GapCamera, false, false},
		{12 * time.Minute, recorder.GapCamera, false, true},
		{13 * time.Minute, recorder.GapCamera, false, false},
		{40 * time.Minute, recorder.GapCamera, false, false},
		{41 * time.Minute, "", false, false},
		{50 * time.Minute, recorder.GapCamera, false, true},
	} {
		outages := map[media.CameraID]time.Time{}
		if step.outage {
			outages[door] = began
		}
		all := map[media.CameraID]recorder.Status{door: {Due: true, Often: step.often}}
		got := f.look(all, outages, began.Add(step.after))
		if step.want != slices.Equal(got, []media.CameraID{door}) || len(got) > 1 {
			t.Errorf("after %v: told of %v", step.after, got)
		}
		if len(got) > 0 && !slices.Equal(f.look(all, outages, began.Add(step.after)), got) {
			t.Error("what could not be told does not come again")
		}
		for _, id := range got {
			f.told[id] = true
		}
	}
	if f.look(nil, nil, began.Add(time.Hour)); len(f.told)+len(f.away) != 0 {
		t.Error("a camera that is gone is remembered")
	}
}

// TestFlapsAreTold: the owner hears that not all is recorded, and nothing is noted that would hide
// a disk that takes nothing.
func TestFlapsAreTold(t *testing.T) {
	ctx := t.Context()
	h := stopped(t, t.TempDir())
	defer h.close()
	door, f := inhabit(t, h, "ann"), newFlapping()
	if err := h.tellFlapping(ctx, f, door); err != nil || !f.told[door] {
		t.Fatalf("told: %v, %v", f.told, err)
	}
	c, err := h.store.Camera(ctx, door)
	if err != nil {
		t.Fatal(err)
	}
	list, err := h.journal.Notices(ctx, c.Owner)
	if err != nil || len(list) != 1 || list[0].Kind != journal.NoticeStopped || list[0].Camera != door || list[0].Detail["cause"] != "camera" || list[0].Detail["partly"] != true {
		t.Errorf("told %+v, %v", list, err)
	}
	known, err := h.store.Outages(ctx, store.MissingRecording)
	if err != nil || len(known) != 0 {
		t.Errorf("noted: %v, %v", known, err)
	}
	status := map[media.CameraID]recorder.Status{door: {Due: true, Often: recorder.GapCamera, Gap: recorder.Gap{From: h.clock.Now().Add(-time.Minute), Cause: recorder.GapDisk}}}
	if news := lookRecording(status, nil, known, map[media.CameraID]bool{}, h.clock.Now()); len(news) != 1 || news[0].cause != recorder.GapDisk || news[0].partly {
		t.Errorf("the disk: %+v", news)
	}
	status[door] = recorder.Status{Due: true, Often: recorder.GapCamera}
	if news := lookRecording(status, nil, known, map[media.CameraID]bool{}, h.clock.Now()); len(news) != 0 {
		t.Errorf("told twice: %+v", news)
	}
}
