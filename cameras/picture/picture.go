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
	out, err := Reduce(in, width)
	if err != nil {
		return nil, err
	}
	return out.JPEG(c)
}

// Pair is JPEG in two sizes, the second one made of the first.
func Pair(in *image.YCbCr, width, small int, c Colours) (large, little []byte, err error) {
	out, err := Reduce(in, width)
	if err != nil {
		return nil, nil, err
	}
	return out.Pair(small, c)
}

// Reduced is a picture that is made smaller as its lines come: each pixel is the mean of those
// it stands for.
type Reduced struct {
	out    *image.YCbCr
	planes [3]scale // Y, Cb, Cr
}

// NewReduced begins a picture that is at most to pixels wide, of a picture of width x height;
// one that is narrower keeps its size. None of these numbers is below one.
func NewReduced(width, height, to int) *Reduced {
	to = min(to, width)
	from, size := image.Pt(width, height), image.Pt(to, max(1, (height*to+width/2)/width))
	out := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	halved := func(p image.Point) image.Point { return image.Pt((p.X+1)/2, (p.Y+1)/2) }
	return &Reduced{out, [3]scale{
		newScale(out.Y, out.YStride, size, from),
		newScale(out.Cb, out.CStride, halved(size), halved(from)),
		newScale(out.Cr, out.CStride, halved(size), halved(from)),
	}}
}

// Reduce is NewReduced with all lines of a 4:2:0 picture.
func Reduce(in *image.YCbCr, to int) (*Reduced, error) {
	if in.Rect.Empty() || to < 1 || in.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return nil, errEmpty
	}
	r := NewReduced(in.Rect.Dx(), in.Rect.Dy(), to)
	r.Take(in)
	return r, nil
}

// Take takes the next lines, from the top to the bottom and of the whole width, in 4:2:0. They
// are only read.
func (r *Reduced) Take(strip *image.YCbCr) {
	b := strip.Rect
	for y := b.Min.Y; y < b.Max.Y; y++ {
		r.planes[0].take(strip.Y[strip.YOffset(b.Min.X, y):])
	}
	for y := b.Min.Y; y < b.Max.Y; y += 2 {
		at := strip.COffset(b.Min.X, y)
		r.planes[1].take(strip.Cb[at:])
		r.planes[2].take(strip.Cr[at:])
	}
}

// JPEG makes a file of the picture, once all lines were taken. With that the picture is used up.
func (r *Reduced) JPEG(c Colours) ([]byte, error) {
	c.convert(r.out)
	return encode(r.out)
}

// Pair is JPEG, and a file of another picture of at most small pixels to the side that is made
// of this one.
func (r *Reduced) Pair(small int, c Colours) (large, little []byte, err error) {
	if large, err = r.JPEG(c); err != nil {
		return nil, nil, err
	}
	out, err := Reduce(r.out, small)
	if err != nil {
		return nil, nil, err
	}
	little, err = encode(out.out)
	return large, little, err
}

func encode(p *image.YCbCr) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return b.Bytes(), nil
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
		at := y / 2 * p.CStride
		cbs, crs, luma := p.Cb[at:][:p.CStride], p.Cr[at:][:p.CStride], p.Y[y*p.YStride:][:p.YStride]
		for i := range min(len(cbs), len(crs)) {
			more := (yFromCb*(int(cbs[i])-128) + yFromCr*(int(crs[i])-128)) >> 16
			if len(luma) > 1 {
				luma[1] = clip(int(luma[1]) + more)
			}
			luma[0] = clip(int(luma[0]) + more)
			luma = luma[min(2, len(luma)):]
		}
	}
	for i := range min(len(p.Cb), len(p.Cr)) {
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

func clip(v int) uint8 {
	if uint(v) <= 255 {
		return uint8(v)
	}
	return uint8(^(v >> 63)) // 0 below, 255 above
}
