package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// flat is a picture of one colour, cut out of a larger one of another.
func flat(r image.Rectangle, c color.YCbCr) *image.YCbCr {
	p := image.NewYCbCr(image.Rect(0, 0, r.Max.X+16, r.Max.Y+16), image.YCbCrSubsampleRatio420)
	for i := range p.Y {
		p.Y[i] = 255 - c.Y
	}
	cut := p.SubImage(r).(*image.YCbCr)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			cut.Y[cut.YOffset(x, y)] = c.Y
			cut.Cb[cut.COffset(x, y)], cut.Cr[cut.COffset(x, y)] = c.Cb, c.Cr
		}
	}
	return cut
}

// TestColours: the samples of white, black and pure colours, as cameras write them, are
// those colours in the file.
func TestColours(t *testing.T) {
	for _, x := range []struct {
		name string
		in   color.YCbCr
		c    Colours
		want color.RGBA
	}{
		{"white", color.YCbCr{Y: 235, Cb: 128, Cr: 128}, Colours{}, color.RGBA{255, 255, 255, 255}},
		{"black", color.YCbCr{Y: 16, Cb: 128, Cr: 128}, Colours{}, color.RGBA{0, 0, 0, 255}},
		{"full white", color.YCbCr{Y: 255, Cb: 128, Cr: 128}, Colours{Full: true}, color.RGBA{255, 255, 255, 255}},
		{"red, BT.601", color.YCbCr{Y: 81, Cb: 90, Cr: 240}, Colours{}, color.RGBA{255, 0, 0, 255}},
		{"red, BT.709", color.YCbCr{Y: 63, Cb: 102, Cr: 240}, Colours{HD: true}, color.RGBA{255, 0, 0, 255}},
		{"green, BT.709", color.YCbCr{Y: 173, Cb: 42, Cr: 26}, Colours{HD: true}, color.RGBA{0, 255, 0, 255}},
		{"blue, BT.709", color.YCbCr{Y: 32, Cb: 240, Cr: 118}, Colours{HD: true}, color.RGBA{0, 0, 255, 255}},
	} {
		b, err := JPEG(flat(image.Rect(4, 2, 164, 92), x.in), 64, x.c)
		if err != nil {
			t.Fatal(err)
		}
		p, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil || p.Bounds().Dx() != 64 || p.Bounds().Dy() != 36 {
			t.Fatalf("%s: %v %v", x.name, p, err)
		}
		for _, at := range []image.Point{{0, 0}, {63, 35}, {30, 20}} {
			r, g, b, _ := p.At(at.X, at.Y).RGBA()
			for i, v := range []int{int(r>>8) - int(x.want.R), int(g>>8) - int(x.want.G), int(b>>8) - int(x.want.B)} {
				if v < -6 || v > 6 {
					t.Errorf("%s at %v: channel %d is off by %d", x.name, at, i, v)
				}
			}
		}
	}
}

// TestShrinks: each pixel is the mean of those it stands for, and a small picture stays
// as it is.
func TestShrinks(t *testing.T) {
	p := image.NewYCbCr(image.Rect(0, 0, 4, 4), image.YCbCrSubsampleRatio420)
	copy(p.Y, []uint8{10, 20, 30, 40, 50, 60, 70, 80, 1, 2, 3, 4, 5, 6, 7, 8})
	r, err := Reduce(p, 2)
	if err != nil {
		t.Fatal(err)
	}
	out := r.out
	if got := []uint8{out.Y[0], out.Y[1], out.Y[out.YStride], out.Y[out.YStride+1]}; !bytes.Equal(got, []uint8{35, 55, 4, 6}) {
		t.Errorf("means %v", got)
	}
	same, err := Reduce(p, 100)
	if err != nil || same.out.Rect.Dx() != 4 || !bytes.Equal(same.out.Y, p.Y) {
		t.Errorf("not as it was: %v %v", same.out.Rect, err)
	}
	if _, err := JPEG(&image.YCbCr{}, 10, Colours{}); err == nil {
		t.Error("a file of nothing")
	}
}

// TestPair: both files show the same, in their sizes; a picture that is smaller than both
// keeps its own.
func TestPair(t *testing.T) {
	in := flat(image.Rect(4, 2, 324, 182), color.YCbCr{Y: 63, Cb: 102, Cr: 240})
	for _, x := range []struct{ width, small, large, little int }{{192, 160, 192, 160}, {640, 500, 320, 320}} {
		large, little, err := Pair(in, x.width, x.small, Colours{HD: true})
		if err != nil {
			t.Fatal(err)
		}
		for b, want := range map[*[]byte]int{&large: x.large, &little: x.little} {
			p, err := jpeg.Decode(bytes.NewReader(*b))
			if err != nil || p.Bounds().Dx() != want || p.Bounds().Dy() != want*9/16 {
				t.Fatalf("not %d wide: %v", want, err)
			}
			if r, g, b, _ := p.At(want/2, want/4).RGBA(); r>>8 < 248 || g>>8 > 8 || b>>8 > 8 {
				t.Errorf("%d wide: %d %d %d is not red", want, r>>8, g>>8, b>>8)
			}
		}
	}
	if _, _, err := Pair(&image.YCbCr{}, 10, 5, Colours{}); err == nil {
		t.Error("files of nothing")
	}
}

// noise is a picture of chance, cut out of a larger one.
func noise(t *testing.T, width, height int) *image.YCbCr {
	t.Helper()
	p := image.NewYCbCr(image.Rect(0, 0, width+11, height+10), image.YCbCrSubsampleRatio420)
	from := rand.New(rand.NewPCG(uint64(width), uint64(height)))
	for _, plane := range [][]uint8{p.Y, p.Cb, p.Cr} {
		for i := range plane {
			plane[i] = uint8(from.Uint32())
		}
	}
	return p.SubImage(image.Rect(4, 2, 4+width, 2+height)).(*image.YCbCr)
}

// TestMeans: whatever the sizes are, each sample is the mean of those that it covers, whole
// ones only, and it is the same whether the lines come at once or in strips.
func TestMeans(t *testing.T) {
	for _, x := range []struct{ width, height, to int }{
		{1920, 32, 640}, {1920, 48, 160}, {640, 360, 160}, {352, 288, 160}, {300, 200, 299}, {161, 90, 160},
		{100, 70, 100}, {17, 1, 5}, {16, 16, 1}, {1, 1, 1}, {8, 300, 3}, {7, 5, 7},
	} {
		in := noise(t, x.width, x.height)
		whole, err := Reduce(in, x.to)
		if err != nil {
			t.Fatal(err)
		}
		parts := NewReduced(x.width, x.height, x.to)
		for y := in.Rect.Min.Y; y < in.Rect.Max.Y; y += 16 {
			parts.Take(in.SubImage(image.Rect(in.Rect.Min.X, y, in.Rect.Max.X, y+16)).(*image.YCbCr))
		}
		out := whole.out
		if !bytes.Equal(out.Y, parts.out.Y) || !bytes.Equal(out.Cb, parts.out.Cb) || !bytes.Equal(out.Cr, parts.out.Cr) {
			t.Errorf("%v: another picture in strips", x)
		}
		size := out.Rect.Size()
		luma := mean(size, image.Pt(x.width, x.height), func(x, y int) uint8 { return in.Y[in.YOffset(4+x, 2+y)] })
		if !bytes.Equal(out.Y, luma) {
			t.Errorf("%v: other means", x)
		}
		half := func(p image.Point) image.Point { return image.Pt((p.X+1)/2, (p.Y+1)/2) }
		for name, c := range map[string]struct{ out, in []uint8 }{"Cb": {out.Cb, in.Cb}, "Cr": {out.Cr, in.Cr}} {
			at := func(x, y int) uint8 { return c.in[in.COffset(4+2*x, 2+2*y)] }
			if !bytes.Equal(c.out, mean(half(size), half(image.Pt(x.width, x.height)), at)) {
				t.Errorf("%v: other means of %s", x, name)
			}
		}
	}
}

// mean makes a plane smaller.
func mean(size, from image.Point, at func(x, y int) uint8) (out []uint8) {
	for y := range size.Y {
		for x := range size.X {
			sum, n := 0, 0
			for v := y * from.Y / size.Y; v < (y+1)*from.Y/size.Y; v++ {
				for u := x * from.X / size.X; u < (x+1)*from.X/size.X; u++ {
					sum += int(at(u, v))
					n++
				}
			}
			out = append(out, uint8((sum+n/2)/n))
		}
	}
	return out
}

// TestHigh: of a picture that is hundreds of times as high as it is to be, the first lines
// count.
func TestHigh(t *testing.T) {
	in := image.NewYCbCr(image.Rect(0, 0, 4096, 1024), image.YCbCrSubsampleRatio420)
	for y := range 1024 {
		for x := range 4096 {
			in.Y[y*in.YStride+x] = []uint8{255, 0}[y/mostLines&1]
		}
	}
	r, err := Reduce(in, 8)
	if err != nil || r.out.Rect != image.Rect(0, 0, 8, 2) {
		t.Fatal(r.out.Rect, err)
	}
	for i, v := range r.out.Y {
		if v != 255 {
			t.Errorf("sample %d is %d", i, v)
		}
	}
}

// TestConverts: each sample of a picture of an odd size is converted, by the equations of
// BT.601 and BT.709.
func TestConverts(t *testing.T) {
	for _, c := range []Colours{{HD: true}, {HD: true, Full: true}} {
		p, err := Reduce(noise(t, 23, 15), 23)
		if err != nil {
			t.Fatal(err)
		}
		was, err := Reduce(noise(t, 23, 15), 23)
		if err != nil {
			t.Fatal(err)
		}
		c.convert(p.out)
		if Colours.convert(Colours{Full: c.Full}, was.out); bytes.Equal(p.out.Y, was.out.Y) {
			t.Error("nothing was converted")
		}
		for y := range 15 {
			for x := range 23 {
				from, got := was.out.YCbCrAt(x, y), p.out.YCbCrAt(x, y)
				v, cb, cr := float64(from.Y), float64(from.Cb)-128, float64(from.Cr)-128
				r, b := v+1.5748*cr, v+1.8556*cb
				g := (v - 0.2126*r - 0.0722*b) / 0.7152
				luma := 0.299*r + 0.587*g + 0.114*b
				for i, d := range []float64{luma - float64(got.Y), 128 + (b-luma)/1.772 - float64(got.Cb), 128 + (r-luma)/1.402 - float64(got.Cr)} {
					if v := []uint8{got.Y, got.Cb, got.Cr}[i]; math.Abs(d) > 1.1 && (v != 0 || d > 0) && (v != 255 || d < 0) {
						t.Errorf("%+v: sample %d at %d, %d is off by %v", c, i, x, y, d)
					}
				}
			}
		}
	}
}
