package httpapi

import (
	"net/url"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

// TestBothStreams: a camera of which both streams are recorded has its sub stream beside the
// main one, which is told apart, plays as any clip does for who may look back, and is found
// where nothing of the main stream is.
func TestBothStreams(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, carol, dan := r.person("alice"), r.person("carol"), r.person("dan")
	id, _ := alice.camera(fakecam.Options{Name: "front"})
	r.grant(alice, id, carol, gate.Live, gate.History)
	begin := time.Now()
	r.recorder.Plan(id, recorder.Plan{Mode: media.ModeEvents, Streams: media.StreamsBoth})
	recorded := func() (beside []recordingView) {
		t.Helper()
		q := url.Values{"from": {begin.Add(-time.Hour).UTC().Format(time.RFC3339Nano)}, "to": {begin.Add(time.Hour).UTC().Format(time.RFC3339Nano)}}
		var page struct{ Recordings []recordingView }
		decode(t, carol.do("GET", carol.path("/cameras/%s/recordings", id)+"?"+q.Encode(), nil), &page)
		for _, one := range page.Recordings {
			if one.Kind == "beside" {
				beside = append(beside, one)
			} else {
				t.Errorf("of the main stream there is %+v", one)
			}
		}
		return beside
	}
	wait(t, "the sub stream", func() bool { return len(recorded()) == 1 })
	var clip struct{ Clip clipView }
	wait(t, "some of it", func() bool {
		decode(t, alice.do("GET", alice.path("/clips/%s", recorded()[0].Clip), nil), &clip)
		return clip.Clip.Fragments > 1
	})
	r.recorder.Plan(id, recorder.Plan{Mode: media.ModeEvents})
	wait(t, "its end", func() bool { return recorded()[0].State == recorder.StateComplete })
	one := recorded()[0]
	for who, want := range map[*person]int{alice: 200, carol: 200, dan: 404} {
		for _, path := range []string{"", "/clip.mp4", "/init", "/fragments/0"} {
			if a := who.do("GET", who.path("/clips/%s", one.Clip)+path, nil); a.StatusCode != want {
				t.Errorf("%s gets %q: %s", who.name, path, a.Status)
			}
		}
	}
	decode(t, alice.do("GET", alice.path("/clips/%s", one.Clip), nil), &clip)
	sub, known := r.fleet.Status(id)
	if len(sub.Streams) != 2 || !known || len(clip.Clip.Tracks) == 0 || int(clip.Clip.Tracks[0].Width) != sub.Streams[1].Width || sub.Streams[0].Width == sub.Streams[1].Width {
		t.Errorf("it is %+v of %+v", clip.Clip.Tracks, sub.Streams)
	}
	if !one.Event.IsZero() || !clip.Clip.Event.IsZero() || one.Thumbnail || one.Preview {
		t.Errorf("%+v, %+v", one, clip.Clip)
	}
	var found seekAnswer
	decode(t, carol.do("GET", seekPath(carol, id, time.Time(one.Start).Add(time.Second)), nil), &found)
	if p := found.Place; p == nil || p.Kind != "beside" || p.Clip.ID != one.Clip {
		t.Errorf("at its time there is %+v", p)
	}
	var drawn timelineView
	decode(t, carol.do("GET", timelinePath(carol, begin.Add(-time.Minute), begin.Add(time.Minute), 60, id.String()), nil), &drawn)
	if c := drawn.Cameras; len(c) != 1 || len(c[0].Beside) != 1 || len(c[0].Continuous)+len(c[0].Recorded) != 0 {
		t.Errorf("drawn as %+v", c)
	}
}
