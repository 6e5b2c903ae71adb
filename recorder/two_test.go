package recorder

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lares/cameras/media"
)

// two is a house with two media pools and two cameras, each recorded to one of them.
type two struct {
	*house
	other *cam   // recorded to the second pool
	more  string // its folder
	pool  Pool
}

func newTwo(t *testing.T) *two {
	t.Helper()
	w := &two{house: newHouse(t), more: filepath.Join(t.TempDir(), "disk")}
	if err := os.Mkdir(w.more, 0o700); err != nil {
		t.Fatal(err)
	}
	id, err := MarkPool(w.more)
	if err != nil {
		t.Fatal(err)
	}
	w.pool = Pool{Number: 1, Name: "more", Dir: w.more, ID: id}
	w.other = w.camera(media.NewCameraID())
	return w
}

// begin starts the recorder.
func (w *two) begin(change ...func(*Config, *Recorder)) {
	w.t.Helper()
	w.start(append(change, func(c *Config, r *Recorder) {
		if r == nil {
			c.Pools, c.Source = append(c.Pools, w.pool), cams{w.cam.id: w.cam, w.other.id: w.other}
		}
	})...)
	w.r.RecordTo(w.other.id, 1)
	w.r.Watch(w.other.id)
	w.other.newRun(w.r)
}

// records has both cameras recorded all the time.
func (w *two) records() {
	w.t.Helper()
	w.is("")
	for _, c := range []*cam{w.cam, w.other} {
		w.r.Plan(c.id, Plan{Mode: media.ModeContinuous})
		wait(w.t, "somebody to read", c.watched)
		for c.n%gop != 0 {
			c.picture()
		}
		c.picture()
		wait(w.t, "a clip to open", func() bool { s, _ := w.r.Status(c.id); return s.Recording })
	}
}

// both sends pictures of both, each once the one before was read where anybody reads.
func (w *two) both(pictures int) {
	w.t.Helper()
	for range pictures {
		for _, c := range []*cam{w.cam, w.other} {
			c.picture()
			wait(w.t, "a camera to be read", func() bool { return c.taken() || c == w.other && !c.watched() })
		}
	}
}

// stops has no camera recorded any more.
func (w *two) stops() {
	w.t.Helper()
	for _, c := range []*cam{w.cam, w.other} {
		w.r.Plan(c.id, Plan{Mode: media.ModeOff})
		wait(w.t, "the clips to end", func() bool { s, _ := w.r.Status(c.id); return !s.Recording })
	}
	w.listed()
}

// is waits for the second pool to have a trouble; the first one never has any.
func (w *two) is(trouble PoolTrouble) {
	w.t.Helper()
	wait(w.t, "the second pool to be "+string(trouble), func() bool { return w.r.Pools()[1].Trouble == trouble })
	if s := w.r.Pools()[0]; s.Trouble != "" {
		w.t.Errorf("the first pool is %s", s.Trouble)
	}
}

// of are the rows of a camera.
func (w *two) of(c *cam) (rows []ClipRow) {
	return slices.DeleteFunc(w.index.all(), func(row ClipRow) bool { return row.Camera != c.id })
}

// away takes the second pool away, as where its disk is not mounted; back brings it again.
func (w *two) away() (back func()) {
	w.t.Helper()
	if err := errors.Join(os.Rename(w.more, w.more+".aside"), os.Mkdir(w.more, 0o700)); err != nil {
		w.t.Fatal(err)
	}
	return func() {
		w.t.Helper()
		if left, err := os.ReadDir(w.more); err != nil || len(left) > 0 {
			w.t.Errorf("what was in its place was written to: %v, %v", left, err)
		}
		if err := errors.Join(os.Remove(w.more), os.Rename(w.more+".aside", w.more)); err != nil {
			w.t.Fatal(err)
		}
	}
}
