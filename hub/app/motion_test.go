package app_test

import (
	"bytes"
	"context"
	"image/jpeg"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/recorder/sealed"
)

// TestMotionOfAHub: who walks before a camera becomes one event, though the camera tells
// nothing, with a clip from before until after it, a picture out of the stream and a preview; where
// the camera tells of the same visit it is one event as well. A still card gives none.
func TestMotionOfAHub(t *testing.T) {
	t.Parallel()
	h := startHub(t, t.TempDir())
	keeper := h.claim("keeper")
	cams, ids := map[string]*fakecam.Camera{}, map[string]string{}
	for _, name := range []string{"mute", "telling", "still"} {
		cam, err := fakecam.Start(context.WithoutCancel(t.Context()), fakecam.Options{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cam.Close)
		body := map[string]string{"name": name, "main": cam.MainURL(), "sub": cam.SubURL()}
		if name == "telling" {
			body["onvif"] = cam.ONVIFURL()
		}
		cams[name], ids[name] = cam, keeper.addCamera(body)
	}
	for name, id := range ids {
		until(t, time.Minute, name+" is live", func() bool { return keeper.camera(id).Status.State == "live" })
	}
	pass := func(pictures uint64) {
		t.Helper()
		from := cams["mute"].LastMark().Frame
		until(t, time.Duration(pictures)*time.Second, "pictures go by", func() bool { return cams["mute"].LastMark().Frame >= from+pictures })
	}
	pass(80) // until what the cards show is known
	came := time.Now()
	cams["mute"].Visit(true)
	cams["telling"].Visit(true)
	cams["telling"].Motion(true)
	of := func(name string) (all []eventJSON) {
		for _, e := range keeper.events() {
			if e.Camera == ids[name] {
				all = append(all, e)
			}
		}
		return all
	}
	until(t, time.Minute, "events", func() bool {
		told := of("telling")
		return len(of("mute")) > 0 && len(told) > 0 && len(told[0].Sources) == 2
	})
	pass(30)
	cams["telling"].Motion(false)
	cams["mute"].Visit(false)
	cams["telling"].Visit(false)
	left := time.Now()
	until(t, 2*time.Minute, "their ends", func() bool {
		return !slices.ContainsFunc(keeper.events(), func(e eventJSON) bool { return e.Recording || e.End.IsZero() })
	})

	for name, sources := range map[string][]string{"mute": {"motion"}, "telling": {"camera", "motion"}} {
		events := of(name)
		if len(events) != 1 {
			t.Fatalf("%s: %d events: %+v", name, len(events), events)
		}
		e := events[0]
		if e.Kind != "motion" || !slices.Equal(e.Sources, sources) || e.Score < 0.5 {
			t.Errorf("%s: %+v", name, e)
		}
		if e.Start.Before(came.Add(-2*time.Second)) || e.Start.After(left) || e.End.Before(e.Start) {
			t.Errorf("%s: the event is from %v to %v, and the visit was from %v to %v", name, e.Start, e.End, came, left)
		}
		first, last := e.Clips[0], e.Clips[len(e.Clips)-1]
		if end := last.Start.Add(time.Duration(last.DurationMS) * time.Millisecond); first.Start.After(e.Start.Add(-4*time.Second)) || end.Before(e.End.Add(9*time.Second)) {
			t.Errorf("%s: the clip is from %v to %v, the event from %v to %v", name, first.Start, end, e.Start, e.End)
		}
		img, err := jpeg.Decode(bytes.NewReader(keeper.get("clips/" + e.Clip + "/thumbnail")))
		if err != nil || img.Bounds().Dx() != 320 { // of the sub stream: the camera's own is wider
			t.Errorf("%s: its picture: %v %v", name, img, err)
		}
		checkPreview(t, keeper, name, e)
	}
	if e := of("still"); len(e) > 0 {
		t.Errorf("of a still card: %+v", e)
	}
}

// checkPreview: the clip of an event has eight to sixteen small pictures, from its beginning
// to its end and of different moments, and a small one of its picture.
func checkPreview(t *testing.T, p *person, name string, e eventJSON) {
	t.Helper()
	frames, err := sealed.ParsePreview(p.get("clips/" + e.Clip + "/preview"))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	seen := map[string]bool{}
	for _, f := range frames {
		if c, err := jpeg.DecodeConfig(bytes.NewReader(f.JPEG)); err != nil || c.Width != 160 || c.Height != 90 {
			t.Errorf("%s: a picture of %dx%d, %v", name, c.Width, c.Height, err)
		}
		seen[string(f.JPEG)] = true
	}
	const most = 5 * time.Second // of the clip before the first and behind the last: cards have a picture that stands alone each two
	long := time.Duration(e.Clips[0].DurationMS) * time.Millisecond
	first, last := ticks(frames[0].Time), ticks(frames[len(frames)-1].Time)
	if len(frames) < 8 || len(frames) > 16 || len(seen) < len(frames)/2 || first > most || last < long-most || last > long {
		t.Errorf("%s: %d pictures, %d of them different, from %v to %v of %v", name, len(frames), len(seen), first, last, long)
	}
	if c, err := jpeg.DecodeConfig(bytes.NewReader(p.get("clips/" + e.Clip + "/thumbnail/small"))); err != nil || c.Width != 160 {
		t.Errorf("%s: the small picture is %d wide, %v", name, c.Width, err)
	}
}

// ticks is a media time.
func ticks(n uint64) time.Duration { return time.Duration(n) * time.Second / 90_000 }
