package motion

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"
)

// scene is a picture of 320 x 192 with a pattern, noise and changes.
type scene struct {
	random *rand.Rand
	noise  int
	gain   float64 // contrast and brightness of the light
	lift   float64
	square image.Rectangle // something bright
}

func newScene() *scene { return &scene{random: rand.New(rand.NewPCG(1, 2)), noise: 4, gain: 1} }

// draw makes the picture.
func (s *scene) draw() *image.YCbCr {
	p := image.NewYCbCr(image.Rect(0, 0, 320, 192), image.YCbCrSubsampleRatio420)
	for y := range 192 {
		for x := range 320 {
			v := float64(40 + (x/16*37+y/16*53)%100)
			if (image.Point{X: x, Y: y}).In(s.square) {
				v = 200 - v/2
			}
			v = v*s.gain + s.lift + float64(s.random.IntN(2*s.noise+1)-s.noise)
			p.Y[p.YOffset(x, y)] = uint8(max(0, min(255, v)))
		}
	}
	return p
}

// see shows a picture to stills without zones.
func see(s *stills, p *image.YCbCr) still {
	var none Settings
	s.take(p, &none, none.watches())
	return s.found[0]
}

// rest shows a scene so often that it is usual, and fails if that moves.
func rest(t *testing.T, s *stills, c *scene, times int) {
	t.Helper()
	for i := range times {
		if found := see(s, c.draw()); found.size > 0 {
			t.Fatalf("still %d: %+v moves, and nothing does", i, found)
		}
	}
}

// TestMovingIsFound: what is in a place of its own in each still moves, with a box around
// where it is, and around where it was no more.
func TestMovingIsFound(t *testing.T) {
	t.Parallel()
	var s stills
	c := newScene()
	rest(t, &s, c, 6)
	for x := 32; x < 256; x += 48 {
		c.square = image.Rect(x, 64, x+40, 128)
		found := see(&s, c.draw())
		want := image.Rect(c.square.Min.X/8, c.square.Min.Y/8, c.square.Max.X/8, c.square.Max.Y/8)
		if found.size < minMoving || !want.Overlaps(found.box) || !found.box.In(want.Inset(-2)) {
			t.Errorf("at %d: %+v, want %v", x, found, want)
		}
	}
	c.square = image.Rectangle{}
	rest(t, &s, c, 3)
}

// TestSmallPictures: what is as large a part of a small picture as what counts in a large
// one counts there, too, down to what noise could be.
func TestSmallPictures(t *testing.T) {
	t.Parallel()
	for all, want := range map[int]int{80 * 45: minMoving, 96 * 54: minMoving, 72 * 40: 5, 44 * 36: minSmall, 40 * 22: minSmall} {
		if got := leastMoving(all); got != want {
			t.Errorf("%d of %d blocks, want %d", got, all, want)
		}
	}
}

// TestWhatStaysBecomesUsual: something that was put there moves once.
func TestWhatStaysBecomesUsual(t *testing.T) {
	t.Parallel()
	var s stills
	c := newScene()
	rest(t, &s, c, 6)
	c.square = image.Rect(100, 60, 160, 130)
	if see(&s, c.draw()).size == 0 {
		t.Fatal("it is not seen")
	}
	rest(t, &s, c, 40)
}

// TestLight: other light moves nothing, whether it comes at once or slowly, dimmer,
// brighter or flatter; and what moves in it later is seen all the same.
func TestLight(t *testing.T) {
	t.Parallel()
	var s stills
	c := newScene()
	rest(t, &s, c, 6)
	for _, light := range [][2]float64{{0.3, 0}, {1, 0}, {1.4, 0}, {1, 60}, {1, 0}, {0.5, 40}, {1, 0}} {
		c.gain, c.lift = light[0], light[1]
		rest(t, &s, c, 3)
	}
	c.gain = 0.5
	rest(t, &s, c, 3)
	c.square = image.Rect(100, 60, 180, 140)
	if see(&s, c.draw()).size == 0 {
		t.Error("what comes in the new light is not seen")
	}
}

// TestNoise: strong noise moves nothing.
func TestNoise(t *testing.T) {
	t.Parallel()
	var s stills
	c := newScene()
	c.noise = 60
	rest(t, &s, c, 60)
}

// TestRestlessIsLearnt: what changes in one place all the time, as leaves and clocks do,
// is seen at first and no more after a while; what moves elsewhere is.
func TestRestlessIsLearnt(t *testing.T) {
	t.Parallel()
	var s stills
	c := newScene()
	rest(t, &s, c, 3)
	wobble := func() { c.square = image.Rect(200, 40, 240+c.random.IntN(12), 80+c.random.IntN(12)) }
	for range 60 {
		wobble()
		see(&s, c.draw())
	}
	moved := 0
	for range 40 {
		wobble()
		if see(&s, c.draw()).size > 0 {
			moved++
		}
	}
	if moved > 4 {
		t.Errorf("it moved %d times of 40", moved)
	}
	c.square = image.Rect(40, 100, 90, 150)
	if see(&s, c.draw()).size == 0 {
		t.Error("what moves elsewhere is not seen")
	}
}

// TestSizes: a picture of another size is another scene, and large ones have as many
// blocks as small ones.
func TestSizes(t *testing.T) {
	t.Parallel()
	var s stills
	rest(t, &s, newScene(), 4)
	for _, size := range []image.Point{{1920, 1080}, {3840, 2160}, {64, 48}, {4, 2}} {
		p := image.NewYCbCr(image.Rect(0, 0, size.X, size.Y), image.YCbCrSubsampleRatio420)
		for range 2 {
			if found := see(&s, p); found.size > 0 {
				t.Errorf("%v: %+v", size, found)
			}
		}
		if s.columns > maxBlocks || s.columns < 1 || s.rows < 1 || s.side%blockSide != 0 {
			t.Errorf("%v: %d x %d blocks of %d", size, s.columns, s.rows, s.side)
		}
	}
}

// TestRoot: roots are those of whole numbers, up to the largest there is.
func TestRoot(t *testing.T) {
	t.Parallel()
	for _, r := range []uint64{0, 1, 2, 3, 255, 65535, 1<<26 - 1, 1 << 26, 94906267, 1<<31 + 1, 1<<32 - 1} {
		for _, v := range []uint64{r * r, r*r + r, r*r + 2*r} {
			if got := root(v); got != r {
				t.Errorf("root of %d: %d, want %d", v, got, r)
			}
		}
	}
}

// TestSumOf: the samples of a block are added whole, however many there are and however
// light, and none beside them.
func TestSumOf(t *testing.T) {
	t.Parallel()
	const stride = 200
	white, mixed := bytes.Repeat([]byte{255}, stride*stride), make([]byte, stride*stride)
	for i := range mixed {
		mixed[i] = uint8(255 - i*i/7)
	}
	for _, all := range [][]byte{white, mixed} {
		for _, size := range []image.Point{{1, 1}, {7, 3}, {8, 8}, {16, 16}, {24, 24}, {27, 40}, {40, 40}, {176, 176}} {
			want := int32(0)
			for y := range size.Y {
				for _, v := range all[y*stride:][:size.X] {
					want += int32(v)
				}
			}
			if got := sumOf(all, stride, size.X, size.Y); got != want {
				t.Errorf("%v samples: %d, want %d", size, got, want)
			}
		}
	}
}
