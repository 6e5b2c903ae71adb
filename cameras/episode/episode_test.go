package episode

import (
	"bytes"
	"image/jpeg"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/motion"
)

// TestOneEpisode: twelve seconds with people walking are one episode, told when it begins
// and when it is over, with the zone that it is in and pictures that show more and more.
func TestOneEpisode(t *testing.T) {
	t.Parallel()
	var w Watcher
	if err := w.Set(motion.Settings{Zones: []motion.Zone{
		{Name: "all", Polygon: motion.Polygon{{0, 0}, {1, 0}, {1, 1}, {0, 1}}}, {Name: "corner", Polygon: motion.Polygon{{0, 0}, {0.1, 0}, {0, 0.1}}},
	}}); err != nil {
		t.Fatal(err)
	}
	var began, ended []Episode
	var told, last time.Duration
	var shown []Picture
	w.Began = func(e Episode) {
		if began = append(began, e); told-e.From > 3*time.Second {
			t.Errorf("told at %v of what began at %v", told, e.From)
		}
	}
	w.Ended = func(e Episode) { ended = append(ended, e) }
	w.Best = func(p Picture) {
		if len(began) != 1 || len(ended) != 0 {
			t.Errorf("a picture of no episode at %v", p.At)
		}
		shown = append(shown, p)
	}
	if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 10, func(at time.Duration, units [][]byte) error {
		told, last = at, at
		return w.Take(units, at)
	}); err != nil {
		t.Fatal(err)
	}
	if len(began) != 1 || len(ended) != 0 {
		t.Fatalf("began %+v, ended %+v", began, ended)
	}
	w.Finish(last)
	if len(ended) != 1 || ended[0].From != began[0].From || ended[0].To < last-time.Second || len(ended[0].Zones) != 1 || ended[0].Zones[0] != "all" || ended[0].Box.Empty() {
		t.Errorf("ended %+v", ended)
	}
	why := ended[0].Why
	if why == nil || !why.Sound() {
		t.Fatalf("why: %+v", why)
	}
	if length := ended[0].To - ended[0].From; why.Zone != "all" || why.Sensitivity != motion.UsualSensitivity || why.Lasted != int(length.Milliseconds()) || len(why.Curve) != int((length+time.Second-1)/time.Second) {
		t.Errorf("why: %+v, of %v", why, length)
	}
	if why.Columns != 20 || why.Rows < 11 || why.Width < 0.0499 || why.Width > 0.05 || why.Area < 0.02 || why.Area > 0.2 || slices.Max(why.Map) < 100 || slices.Min(why.Map) >= 100 || slices.Max(why.Curve) < 100 || why.Size < shown[len(shown)-1].Size {
		t.Errorf("why: %+v", why)
	}
	for i, p := range shown {
		if i > 0 && p.Size <= shown[i-1].Size || p.At < began[0].From-Gap || p.At > ended[0].To {
			t.Errorf("picture %d at %v shows %d", i, p.At, p.Size)
		}
		if img, err := jpeg.Decode(bytes.NewReader(p.JPEG)); err != nil || img.Bounds().Dx() != 320 {
			t.Errorf("picture %d: %v %v", i, img, err)
		}
	}
	if len(shown) == 0 {
		t.Error("no picture")
	}
}

// TestEpisodesApart: times of motion that are Gap apart at most are one episode, and what
// is further apart are two; one that is told late begins no earlier than the one before ended.
func TestEpisodesApart(t *testing.T) {
	t.Parallel()
	const s = time.Second
	var w Watcher
	var began, ended []Episode
	w.Began = func(e Episode) { began = append(began, e) }
	w.Ended = func(e Episode) { ended = append(ended, e) }
	tell := func(motions ...motion.Motion) {
		w.fresh = append(w.fresh, motions...)
		w.join()
	}
	tell(motion.Motion{From: 1 * s, To: 2 * s, Zone: "b"}, motion.Motion{From: 0, To: 1 * s, Zone: "a"})
	tell(motion.Motion{From: 4 * s, To: 5 * s, Zone: "c"})
	if len(began) != 1 || len(ended) != 0 || len(began[0].Zones) != 2 {
		t.Fatalf("began %+v, ended %+v", began, ended)
	}
	tell(motion.Motion{From: 7*s + 1, To: 9 * s})
	w.end()
	tell(motion.Motion{From: 8 * s, To: 11 * s})
	w.end()
	want := []Episode{{From: 0, To: 5 * s}, {From: 7*s + 1, To: 9 * s}, {From: 9 * s, To: 11 * s}}
	if len(ended) != len(want) || len(began) != len(want) {
		t.Fatalf("began %+v, ended %+v", began, ended)
	}
	for i, e := range ended {
		if e.From != want[i].From || e.To != want[i].To || began[i].From != e.From {
			t.Errorf("%d: %+v", i, e)
		}
	}
}
