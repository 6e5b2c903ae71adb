package episode

import (
	"bytes"
	"image/jpeg"
	"os"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/h264"
	"lares/cameras/picture"
)

// TestNearest: of what pictures between two that stand alone found the picture is the one of
// those inside that is nearest to where most moved, else the one that is nearest; who comes is
// found a moment late.
func TestNearest(t *testing.T) {
	t.Parallel()
	const s = time.Second
	v := Episode{From: 10 * s, To: 20 * s}
	slice := [][]byte{{0x65, 0x88, 0x80}} // of an intra picture
	for _, x := range []struct {
		what  string
		alone []time.Duration
		most  time.Duration
		want  time.Duration
	}{
		{"the later one inside", []time.Duration{4 * s, 12 * s, 17 * s, 22 * s}, 16 * s, 17 * s},
		{"the earlier one inside", []time.Duration{4 * s, 12 * s, 17 * s, 22 * s}, 13 * s, 12 * s},
		{"none inside, that before", []time.Duration{3 * s, 8 * s, 23 * s}, 18 * s, 8 * s},
		{"none inside, that behind", []time.Duration{3 * s, 7 * s, 21 * s}, 11 * s, 21 * s},
		{"it had just come", []time.Duration{5 * s, 10*s - aside/2, 20*s + aside/2}, 19 * s, 10*s - aside/2},
		{"the only one", []time.Duration{0}, 19 * s, 0},
	} {
		var n near
		for _, at := range x.alone {
			n.keep(slice, at)
			n.keep([][]byte{{0x41, 0x9a}}, at+s/10)                                  // of another kind
			n.keep([][]byte{slices.Concat(slice[0], make([]byte, largestNear))}, at) // too large
			n.choose(v, min(x.most, at))
		}
		n.choose(v, x.most)
		if n.chosen.at != x.want || n.chosen.units == nil {
			t.Errorf("%s: the picture of %v, want that of %v", x.what, n.chosen.at, x.want)
		}
	}
}

// TestPictureOfNoStill: an episode that no picture which stands alone shows has one all the
// same, of both sizes, told before its end.
func TestPictureOfNoStill(t *testing.T) {
	t.Parallel()
	var shown []Picture
	var last time.Duration
	ended, told := 0, 0
	w := Watcher{
		Best:  func(p Picture) { shown = append(shown, p) },
		Ended: func(Episode) { ended++; told = len(shown) },
	}
	if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 10, func(at time.Duration, units [][]byte) error {
		if at > 0 && slices.ContainsFunc(units, h264.IsIntra) {
			return nil
		}
		last = at
		return w.Take(units, at)
	}); err != nil {
		t.Fatal(err)
	}
	w.Finish(last)
	if ended == 0 || told != ended || len(shown) != ended {
		t.Fatalf("%d pictures of %d episodes, %d before their end", len(shown), ended, told)
	}
	for _, p := range shown {
		large, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG))
		if err != nil || large.Width != 320 || p.Size != 0 || p.At != 0 {
			t.Errorf("that of %v shows %d, %d wide: %v", p.At, p.Size, large.Width, err)
		}
		if small, err := jpeg.DecodeConfig(bytes.NewReader(p.Small)); err != nil || small.Width != picture.Small {
			t.Errorf("the small one is %d wide: %v", small.Width, err)
		}
	}
}

// TestPicturesOfVisits: a camera that sends a picture which stands alone each five seconds has
// a picture of each visit.
func TestPicturesOfVisits(t *testing.T) {
	t.Parallel()
	const footage = "../../../shared/data/video/intel_person-bicycle-car-detection.mp4"
	if _, err := os.Stat(footage); err != nil {
		t.Skip("the footage of ../shared/data/video is not here: no visits to have pictures of")
	}
	var at []time.Duration
	var best Picture
	var last time.Duration
	w := Watcher{Best: func(p Picture) { best = p }, Ended: func(v Episode) {
		at = append(at, best.At.Round(time.Second))
		best = Picture{}
	}}
	if err := fakecam.ReadH264(footage, 12, func(at time.Duration, units [][]byte) error {
		last = at
		return w.Take(units, at)
	}); err != nil {
		t.Fatal(err)
	}
	w.Finish(last)
	// the file's first two thirds of a second, which are played here, are not of the truth
	if want := []time.Duration{0, 10 * time.Second, 30 * time.Second}; !slices.Equal(at, want) {
		t.Errorf("pictures of %v, want %v", at, want)
	}
}
