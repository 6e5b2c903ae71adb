package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
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
	out := shrink(p, 2)
	if got := []uint8{out.Y[0], out.Y[1], out.Y[out.YStride], out.Y[out.YStride+1]}; !bytes.Equal(got, []uint8{35, 55, 4, 6}) {
		t.Errorf("means %v", got)
	}
	if same := shrink(p, 100); same.Rect.Dx() != 4 || !bytes.Equal(same.Y[:4], p.Y[:4]) {
		t.Errorf("not as it was: %v", same.Rect)
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
