package episode

import (
	"bytes"
	"errors"
	"image/jpeg"
	"reflect"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/h264"
	"lares/cameras/motion"
	"lares/cameras/picture"
)

// TestDraw: any picture that stands alone is drawn in colours, one of the past like the last
// one; what is found is the same as without. One of other parameter sets is refused.
func TestDraw(t *testing.T) {
	t.Parallel()
	type still struct {
		units [][]byte
		at    time.Duration
	}
	run := func(look func(w *Watcher, s still, past []still)) (found []motion.Motion, small [][]byte) {
		t.Helper()
		w := Watcher{Moved: func(m motion.Motion) { found = append(found, m) }, Best: func(p Picture) { small = append(small, p.Small) }}
		var past []still
		var last time.Duration
		if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 10, func(at time.Duration, units [][]byte) error {
			last = at
			if err := w.Take(units, at); err != nil {
				return err
			}
			if slices.ContainsFunc(units, h264.IsIntra) {
				past = append(past, still{units, at})
				look(&w, past[len(past)-1], past)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		w.Finish(last)
		return found, small
	}
	alone, small := run(func(*Watcher, still, []still) {})
	again := 0
	beside, _ := run(func(w *Watcher, s still, past []still) {
		for _, x := range append([]still{s}, append(slices.Clone(past), s)...) {
			alone := h264.Decoder{Rough: true}
			if w.drawn.picture != nil && x.at == s.at {
				again++
				alone.Rough = false
			}
			p, sps, err := w.Draw(x.units, x.at, true)
			if err != nil || sps == nil {
				t.Fatalf("the picture of %v, at %v: %v", x.at, s.at, err)
			}
			if want, _, err := alone.Decode(x.units); err != nil || p.Rect != want.Rect || !bytes.Equal(p.Y, want.Y) || !bytes.Equal(p.Cb, want.Cb) || !bytes.Equal(p.Cr, want.Cr) {
				t.Fatalf("the picture of %v, at %v, is another one: %v", x.at, s.at, err)
			}
		}
	})
	if len(alone) == 0 || !reflect.DeepEqual(alone, beside) {
		t.Errorf("found %v, and %v beside drawing", alone, beside)
	}
	if again == 0 {
		t.Error("no picture was there drawn already")
	}
	for i, b := range small {
		if c, err := jpeg.DecodeConfig(bytes.NewReader(b)); err != nil || c.Width != picture.Small {
			t.Errorf("small picture %d: %d wide, %v", i, c.Width, err)
		}
	}
	run(func(w *Watcher, s still, _ []still) {
		sets := slices.Clone(s.units)
		sets[0] = append(slices.Clone(sets[0]), 0)
		if _, _, err := w.Draw(sets, s.at+1, true); !errors.Is(err, motion.ErrOther) {
			t.Errorf("with other parameter sets: %v", err)
		}
	})
}

// TestNoPicture: no picture is made for nobody.
func TestNoPicture(t *testing.T) {
	t.Parallel()
	var moved int
	w := Watcher{Moved: func(motion.Motion) { moved++ }}
	if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 10, func(at time.Duration, units [][]byte) error {
		err := w.Take(units, at)
		if w.drawn.picture != nil || w.shown.JPEG != nil {
			t.Fatalf("a picture was made at %v", at)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if moved == 0 {
		t.Error("nothing moves")
	}
}
