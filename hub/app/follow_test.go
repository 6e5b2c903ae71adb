package app

import (
	"slices"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
)

// TestLost: a camera is looked for once it did not answer for a while, often at
// first; one that answers in any way is not.
func TestLost(t *testing.T) {
	door := media.NewCameraID()
	l := lost{}
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		after  time.Duration
		state  cameras.State
		away   bool
		search bool
	}{
		{0, cameras.Connecting, false, false},
		{4 * time.Second, cameras.Unreachable, false, false},
		{5 * time.Second, cameras.Connecting, true, true},
		{2 * time.Minute, cameras.AnotherDevice, true, false},
		{3 * time.Minute, cameras.Frozen, false, false},
		{3*time.Minute + time.Second, cameras.WrongPassword, false, false},
		{3*time.Minute + 6*time.Second, cameras.WrongPassword, true, true},
		{4 * time.Minute, cameras.Private, false, false},
	} {
		away, search := l.look(map[media.CameraID]cameras.Status{door: {State: step.state}}, began.Add(step.after))
		if slices.Contains(away, door) != step.away || search != step.search {
			t.Errorf("after %v: away %v, search %v", step.after, away, search)
		}
	}
	l.look(map[media.CameraID]cameras.Status{door: {State: cameras.Unreachable}}, began)
	if l.look(nil, began); len(l) != 0 {
		t.Error("a camera that is gone is looked for")
	}
}

// TestPace: the networks are compared with the cameras that are away when either
// has news, not too often, and now and then without; not for nobody.
func TestPace(t *testing.T) {
	one, two := media.NewCameraID(), media.NewCameraID()
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p := pace{}
	for _, step := range []struct {
		after time.Duration
		away  []media.CameraID
		news  bool
		due   bool
	}{
		{0, nil, true, false},
		{time.Second, []media.CameraID{one, two}, false, true},
		{2 * time.Second, []media.CameraID{two, one}, true, false}, // too soon
		{3 * time.Second, []media.CameraID{one}, false, false},     // too soon
		{4 * time.Second, []media.CameraID{two, one}, false, true}, // the news of before
		{8 * time.Second, []media.CameraID{one, two}, false, false},
		{18 * time.Second, []media.CameraID{one, two}, false, false},
		{19 * time.Second, []media.CameraID{one, two}, false, true},
		{22 * time.Second, []media.CameraID{one}, false, true}, // another one is away
		{25 * time.Second, nil, false, true},                   // what was asked is forgotten
		{26 * time.Second, nil, true, false},
		{-time.Hour, []media.CameraID{one}, false, true}, // the clock was set back
	} {
		p.news = p.news || step.news
		if due := p.due(step.away, began.Add(step.after)); due != step.due {
			t.Errorf("after %v: %v", step.after, due)
		}
	}
}
