package h264

import "image"

// Decoder draws the pictures that stand alone. It is for one stream, and for one
// goroutine.
type Decoder struct {
	// Rough leaves out smoothing the edges of macroblocks, which a small picture does not
	// show, and Grey colours, which then mean nothing. Comparing pictures needs neither, and
	// both are a third of the work.
	Rough, Grey bool

	sets        parameterSets
	slice       slice
	macroblocks []macroblock
	filters     []filter // by slice, from 1 on
	drawing     drawing
	rbsp        []byte
	unfiltered  bool // tests compare with what is drawn before the edges are smoothed
}

// Decode draws the intra picture of an access unit's NAL units, parameter sets among
// them. It is the visible part of the picture, bit by bit as the standard says; it is
// the decoder's own and holds until the next call. An access unit without slices gives
// nil; one whose slices need other pictures is refused with ErrUnsupported. The sequence
// parameter set says how the samples are meant.
func (d *Decoder) Decode(units [][]byte) (*image.YCbCr, *SPS, error) {
	d.drawing.strips = nil
	sps, err := d.decode(units)
	if sps == nil {
		return nil, nil, err
	}
	if !d.unfiltered && !d.Rough {
		d.drawing.smooth(d.macroblocks, sps.Columns, func(slice uint64) *filter { return &d.filters[slice-1] })
	}
	return d.drawing.visible(sps, 0, sps.Rows), sps, nil
}

// Strips is Decode for a picture that is not needed as a whole: with edges that are not
// smoothed, it is handed over in strips of sixteen lines at most, from the top to the bottom,
// in the memory of one of them. A strip lies where it lies in the picture and holds during the
// call; that there is an error may show behind some of them.
func (d *Decoder) Strips(units [][]byte, take func(strip *image.YCbCr, sps *SPS)) (*SPS, error) {
	d.drawing.strips = take
	defer func() { d.drawing.strips = nil }()
	return d.decode(units)
}

// decode draws the slices of an access unit; nil if it has none.
func (d *Decoder) decode(units [][]byte) (*SPS, error) {
	d.filters = d.filters[:0]
	var sps *SPS
	count, found := 0, false
	for _, unit := range units {
		switch Type(unit) {
		case nalSPS, nalPPS:
			if err := d.sets.keep(unit); err != nil {
				return nil, err
			}
		case nalPartition, nalPartition + 1, nalPartition + 2:
			return nil, unsupported("data partitioning")
		case nalSlice, nalIDR:
			var err error
			if count, err = d.draw(unit, &sps, count); err != nil {
				return nil, d.sets.explain(err, units)
			}
			found = true
		}
	}
	switch {
	case !found:
		return nil, nil
	case sps == nil:
		return nil, errRedundant
	}
	if count != sps.Columns*sps.Rows {
		return nil, damaged("a picture with macroblocks missing")
	}
	return sps, nil
}

// maxDrawn bounds the macroblocks of a picture that is drawn: 16 megapixels, for which
// the samples and what is known of each macroblock take 40 MiB.
const maxDrawn = 1 << 16

// draw draws one slice, of which the picture has so many macroblocks already, and
// returns how many it has then.
func (d *Decoder) draw(unit []byte, sps **SPS, count int) (int, error) {
	d.rbsp = unescape(d.rbsp, unit[1:])
	s := &d.slice
	s.bits = newBitReader(d.rbsp)
	h, err := parseHeader(&s.bits, unit[0], &d.sets)
	if err != nil {
		return 0, err
	}
	switch {
	case h.redundant:
		return count, nil
	case h.first != count:
		return 0, errOrder
	case h.kind != sliceI:
		return 0, unsupported("drawing a picture that needs others")
	case h.sps.Columns*h.sps.Rows > maxDrawn:
		return 0, unsupported("drawing a picture of more than 16 megapixels")
	}
	if *sps == nil {
		*sps = h.sps
		d.reset(h.sps)
	} else if !h.follows(&s.header) {
		return 0, damaged("slices of two pictures")
	}
	d.filters = append(d.filters, filter{mode: h.filter, alpha: h.alpha, beta: h.beta, chromaQP: h.pps.chromaQP})
	s.header, s.id, s.draw = h, uint64(len(d.filters)), &d.drawing
	s.draw.weights.set(h.pps)
	s.macroblocks = d.macroblocks
	s.levels = levels{} // a slice before may have ended in an error
	n, err := s.parse()
	return count + n, err
}

// reset makes room for a picture. What is known of macroblocks is kept of two rows of them
// where edges are not smoothed.
func (d *Decoder) reset(s *SPS) {
	n := s.Columns * s.Rows
	if d.Rough || d.drawing.strips != nil {
		n = s.Columns * min(2, s.Rows)
	}
	if cap(d.macroblocks) < n {
		d.macroblocks = make([]macroblock, n)
	} else {
		d.macroblocks = d.macroblocks[:n]
		clear(d.macroblocks)
	}
	d.drawing.reset(s)
	d.drawing.grey = d.Grey
}

// visible is the part of some rows of macroblocks, which are those that are there, that is
// meant to be seen (clause 7.4.2.1.1, frame_cropping_flag).
func (d *drawing) visible(s *SPS, first, rows int) *image.YCbCr {
	whole := &image.YCbCr{
		Y: d.planes[0].drawn(), Cb: d.planes[1].drawn(), Cr: d.planes[2].drawn(),
		YStride: d.planes[0].stride, CStride: d.planes[1].stride,
		SubsampleRatio: image.YCbCrSubsampleRatio420,
		Rect:           image.Rect(0, 16*first, 16*s.Columns, 16*(first+rows)),
	}
	return whole.SubImage(image.Rect(s.Left, s.Top, s.Left+s.Width, s.Top+s.Height)).(*image.YCbCr)
}
