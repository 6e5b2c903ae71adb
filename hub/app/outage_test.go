package app

import (
	"slices"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
)

// TestOutages: a camera is missed once it was away for long, whatever it was
// called meanwhile, and is told to be back once.
func TestOutages(t *testing.T) {
	door, yard := media.NewCameraID(), media.NewCameraID()
	o := newOutages(time.Minute)
	known := map[media.CameraID]time.Time{}
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		after time.Duration
		door  cameras.State
		want  []told // without since
	}{
		{0, cameras.Connecting, nil},
		{59 * time.Second, cameras.Unreachable, nil},
		{60 * time.Second, cameras.Connecting, []told{{camera: door, state: cameras.Connecting, away: time.Minute}}},
		{70 * time.Second, cameras.Unreachable, nil},
		{80 * time.Second, cameras.Live, []told{{camera: door, state: cameras.Live, away: 80 * time.Second, back: true}}},
		{81 * time.Second, cameras.Degraded, nil},
		{90 * time.Second, cameras.Frozen, nil},
		{100 * time.Second, cameras.Live, nil},
		{110 * time.Second, cameras.WrongPassword, nil},
		{170 * time.Second, cameras.WrongPassword, []told{{camera: door, state: cameras.WrongPassword, away: time.Minute}}},
		{171 * time.Second, cameras.Private, []told{{camera: door, state: cameras.Private, away: 61 * time.Second, back: true}}},
		{172 * time.Second, cameras.Connecting, nil},
		{173 * time.Second, cameras.Live, nil},
	} {
		now := began.Add(step.after)
		all := map[media.CameraID]cameras.Status{door: {State: step.door}, yard: {State: cameras.Live}}
		got := o.look(all, known, now)
		for i := range got {
			if since := got[i].since; now.Sub(since) != got[i].away {
				t.Errorf("after %v: away since %v", step.after, since)
			}
			if known[door] = got[i].since; got[i].back {
				delete(known, door)
			}
			got[i].since = time.Time{}
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("after %v: %+v, want %+v", step.after, got, step.want)
		}
	}
	o.look(map[media.CameraID]cameras.Status{door: {State: cameras.Frozen}}, nil, began)
	if o.look(nil, nil, began); len(o.away)+len(o.came) != 0 {
		t.Error("a camera that is gone is missed")
	}
}

// TestOutageBegan: a camera is away since its last picture, not since that was noticed; one that
// was off the air meanwhile, since it is not.
func TestOutageBegan(t *testing.T) {
	door, began := media.NewCameraID(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o := newOutages(30 * time.Second)
	look := func(after int, s cameras.State, last int) []told {
		at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
		return o.look(map[media.CameraID]cameras.Status{door: {State: s, LastVideo: at(last)}}, nil, at(after))
	}
	is := func(got []told, away time.Duration) {
		t.Helper()
		if len(got) != min(1, int(away)) || away > 0 && got[0].away != away {
			t.Errorf("%+v, want one of %v", got, away)
		}
	}
	is(look(100, cameras.Live, 96), 0)
	is(look(106, cameras.Unreachable, 96), 0)
	is(look(125, cameras.Connecting, 96), 0)
	is(look(126, cameras.Unreachable, 96), 30*time.Second)
	is(look(127, cameras.Live, 127), 0)
	is(look(128, cameras.Private, 127), 0)
	is(look(500, cameras.Connecting, 127), 0)
	is(look(530, cameras.Connecting, 127), 30*time.Second)
	is(look(540, cameras.Live, 541), 0) // the clock was put back
	is(look(540, cameras.Frozen, 541), 0)
	is(look(570, cameras.Frozen, 541), 30*time.Second)
}

// TestOutagesOutliveTheHub: a hub that starts tells what the one before it did not,
// and nothing again; what could not be told comes again.
func TestOutagesOutliveTheHub(t *testing.T) {
	door, began := media.NewCameraID(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	known := map[media.CameraID]time.Time{door: began}
	look := func(o *outages, s cameras.State, known map[media.CameraID]time.Time, after time.Duration) []told {
		return o.look(map[media.CameraID]cameras.Status{door: {State: s}}, known, began.Add(after))
	}
	o := newOutages(time.Minute)
	for _, after := range []time.Duration{time.Hour, 2 * time.Hour} {
		if got := look(o, cameras.Connecting, known, after); len(got) != 0 {
			t.Errorf("told again %+v", got)
		}
	}
	if got := look(o, cameras.Live, known, 3*time.Hour); len(got) != 1 || !got[0].back || got[0].away != 3*time.Hour {
		t.Errorf("back: %+v", got)
	}
	for range 2 { // the database took neither
		if got := look(o, cameras.Live, known, 3*time.Hour); len(got) != 1 {
			t.Errorf("back is not told again: %+v", got)
		}
	}
	look(o, cameras.Frozen, nil, 4*time.Hour)
	for _, after := range []time.Duration{5 * time.Hour, 6 * time.Hour} {
		if got := look(o, cameras.Frozen, nil, after); len(got) != 1 || got[0].back || !got[0].since.Equal(began.Add(4*time.Hour)) {
			t.Errorf("away is not told again: %+v", got)
		}
	}
}
