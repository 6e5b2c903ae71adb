// Package picture makes JPEG files of decoded pictures: smaller, and in the colours
// that JPEG files have.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"lares/cameras/h264"
)

// Small is how wide, in pixels, pictures of lists and previews are.
const Small = 160

// quality of the files, as image/jpeg counts it: 640 pixels are about 40 kB, 160 about 5.
const quality = 80

// Colours says how the samples of a picture are meant (ITU-T H.264 annex E).
type Colours struct {
	// Full says that luma goes from 0 to 255 and not from 16 to 235.
	Full bool
	// HD says that the samples are by ITU-R BT.709 and not by BT.601, as JPEG files
	// are (JFIF 1.02).
	HD bool
}

// Of is how the samples of a stream are meant. One that does not say is taken to be as
// its size usually is.
func Of(sps *h264.SPS) Colours {
	const bt709, unsaid = 1, 2 // ITU-T H.264 table E-5
	const highDefinition = 720 // lines, from which on cameras use BT.709
	return Colours{Full: sps.FullRange, HD: sps.Matrix == bt709 || sps.Matrix == unsaid && sps.Height >= highDefinition}
}

var errEmpty = errors.New("picture: it has no samples")

// JPEG makes a file of a 4:2:0 picture that is at most width pixels wide; one that is
// narrower keeps its size. The picture is only read.
func JPEG(in *image.YCbCr, width int, c Colours) ([]byte, error) {
	if in.Rect.Empty() || width < 1 || in.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return nil, errEmpty
	}
	out := shrink(in, width)
	c.convert(out)
	return encode(out)
}

// Pair is JPEG in two sizes, the second one made of the first.
func Pair(in *image.YCbCr, width, small int, c Colours) (large, little []byte, err error) {
	if in.Rect.Empty() || min(width, small) < 1 || in.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return nil, nil, errEmpty
	}
	out := shrink(in, width)
	c.convert(out)
	if large, err = encode(out); err != nil {
		return nil, nil, err
	}
	little, err = encode(shrink(out, small))
	return large, little, err
}

func encode(p *image.YCbCr) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return b.Bytes(), nil
}

// shrink makes a copy of in that is at most width wide: each pixel is the mean of those
// it stands for.
func shrink(in *image.YCbCr, width int) *image.YCbCr {
	w, h := in.Rect.Dx(), in.Rect.Dy()
	width = min(width, w)
	out := image.NewYCbCr(image.Rect(0, 0, width, max(1, (h*width+w/2)/w)), image.YCbCrSubsampleRatio420)
	y0 := in.YOffset(in.Rect.Min.X, in.Rect.Min.Y)
	c0 := in.COffset(in.Rect.Min.X, in.Rect.Min.Y)
	scale(samples{out.Y, out.YStride, out.Rect.Dx(), out.Rect.Dy()}, samples{in.Y[y0:], in.YStride, w, h})
	halved := func(n int) int { return (n + 1) / 2 }
	for _, p := range [2][2][]uint8{{out.Cb, in.Cb}, {out.Cr, in.Cr}} {
		scale(samples{p[0], out.CStride, halved(out.Rect.Dx()), halved(out.Rect.Dy())}, samples{p[1][c0:], in.CStride, halved(w), halved(h)})
	}
	return out
}

// samples are one plane.
type samples struct {
	at            []uint8
	stride        int
	width, height int
}

// scale fills out with the means of the samples of in that each of its own covers,
// whole samples only: a thumbnail shows no difference.
func scale(out, in samples) {
	for y := range out.height {
		top := y * in.height / out.height
		bottom := max(top+1, (y+1)*in.height/out.height)
		for x := range out.width {
			left := x * in.width / out.width
			right := max(left+1, (x+1)*in.width/out.width)
			sum := 0
			for row := top; row < bottom; row++ {
				for _, v := range in.at[row*in.stride+left : row*in.stride+right] {
					sum += int(v)
				}
			}
			n := (bottom - top) * (right - left)
			out.at[y*out.stride+x] = uint8((sum + n/2) / n)
		}
	}
}

// Coefficients of BT.709 samples in BT.601, times 65536, for samples whose zero is at
// zero: Y + a Cb + b Cr, and so on. They follow from the luma coefficients of both
// (0.2126, 0.0722 and 0.299, 0.114).
const (
	yFromCb, yFromCr   = 6657, 12850
	cbFromCb, cbFromCr = 64871, -7252
	crFromCb, crFromCr = -4748, 64448
)

// convert makes full-range BT.601 samples of a picture in place.
func (c Colours) convert(p *image.YCbCr) {
	if !c.Full {
		stretch(p.Y, 16, 0, 219)
		stretch(p.Cb, 128, 128, 224)
		stretch(p.Cr, 128, 128, 224)
	}
	if !c.HD {
		return
	}
	for y := range p.Rect.Dy() {
		for x := range p.Rect.Dx() {
			i := p.COffset(x, y)
			cb, cr := int(p.Cb[i])-128, int(p.Cr[i])-128
			at := p.YOffset(x, y)
			p.Y[at] = clip(int(p.Y[at]) + (yFromCb*cb+yFromCr*cr)>>16)
		}
	}
	for i := range p.Cb {
		cb, cr := int(p.Cb[i])-128, int(p.Cr[i])-128
		p.Cb[i] = clip(128 + (cbFromCb*cb+cbFromCr*cr)>>16)
		p.Cr[i] = clip(128 + (crFromCb*cb+crFromCr*cr)>>16)
	}
}

// stretch moves zero from one value to another and a range to 255.
func stretch(samples []uint8, from, to, span int) {
	var table [256]uint8
	for v := range table {
		table[v] = clip(to + ((v-from)*255*2+span)/(2*span))
	}
	for i, v := range samples {
		samples[i] = table[v]
	}
}

func clip(v int) uint8 { return uint8(max(0, min(255, v))) }
