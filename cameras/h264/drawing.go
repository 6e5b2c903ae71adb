package h264

import "image"

// plane is one colour of a picture, of whole macroblocks.
type plane struct {
	samples []uint8
	stride  int
	side    int // of a macroblock: 16, or 8 in chroma
	// strip says that it is of one row of macroblocks alone, with the last line of the row
	// above it in front: what they are predicted from.
	strip bool
}

// reset makes room for pictures of columns x rows macroblocks.
func (p *plane) reset(columns, rows, side int, strip bool) {
	p.stride, p.side, p.strip = side*columns, side, strip
	n := p.stride * side * rows
	if strip {
		n = p.stride * (1 + side)
	}
	if len(p.samples) != n {
		p.samples = make([]uint8, n)
	}
}

// place is where the samples of the macroblock at x, y begin.
func (p *plane) place(x, y int) int {
	if p.strip {
		return p.stride + p.side*x
	}
	return p.side * (y*p.stride + x)
}

// drawn are the samples of the macroblocks that are there.
func (p *plane) drawn() []uint8 { return p.samples[p.place(0, 0):] }

// next makes room for the next row of macroblocks of a strip.
func (p *plane) next() { copy(p.samples[:p.stride], p.samples[len(p.samples)-p.stride:]) }

// drawing is an intra picture while it is drawn.
type drawing struct {
	planes  [3]plane // Y, Cb, Cr
	weights weights
	pcm     []byte // of the current macroblock, when it is I_PCM
	grey    bool   // colours are left out
	// strips, when it is there, is given each row of macroblocks once it is drawn, and no
	// other is there then.
	strips func(*image.YCbCr, *SPS)
}

// reset makes room for a picture.
func (d *drawing) reset(s *SPS) {
	for i := range d.planes {
		side := 16
		if i > 0 {
			side = 8
		}
		d.planes[i].reset(s.Columns, s.Rows, side, d.strips != nil)
	}
}

// macroblock draws s.cur.
func (d *drawing) macroblock(s *slice) error {
	x, y := s.address%s.sps.Columns, s.address/s.sps.Columns
	if err := d.samplesOf(s, x, y); err != nil {
		return err
	}
	if d.strips == nil || x < s.sps.Columns-1 {
		return nil
	}
	if strip := d.visible(s.sps, y, 1); !strip.Rect.Empty() {
		d.strips(strip, s.sps)
	}
	for i := range d.planes {
		d.planes[i].next()
	}
	return nil
}

// samplesOf draws the samples of s.cur, which is the macroblock at x, y.
func (d *drawing) samplesOf(s *slice, x, y int) error {
	at := d.planes[0].place(x, y)
	var err error
	switch s.cur.kind {
	case PCM:
		d.samples(x, y)
		return nil
	case Intra4x4:
		err = d.blocks4(s, at)
	case Intra8x8:
		err = d.blocks8(s, at)
	default:
		err = d.whole(s, at)
	}
	if err != nil || d.grey {
		return err
	}
	for i := range 2 {
		if err := d.chroma(s, i, x, y); err != nil {
			return err
		}
	}
	return nil
}

// samples copies those of I_PCM (clause 8.3.5).
func (d *drawing) samples(x, y int) {
	from := d.pcm
	for i := range d.planes {
		p := &d.planes[i]
		at := p.place(x, y)
		for row := range p.side {
			copy(p.samples[at+row*p.stride:][:p.side], from)
			from = from[p.side:]
		}
	}
}

// blocks4 draws the luma of I_4x4 (clause 8.3.1).
func (d *drawing) blocks4(s *slice, at int) error {
	p, m := &d.planes[0], s.cur
	for i := range 16 {
		x, y := int(blockX[i]), int(blockY[i])
		a := s.around(x, y, 1)
		mode := m.modes[4*y+x]
		if !a.allows(mode) {
			return damaged("an intra prediction mode")
		}
		here := at + 4*y*p.stride + 4*x
		block := p.samples[here:]
		edgeOf(p.samples, here, p.stride, 4, a).draw(block, p.stride, 4, mode, a)
		if n := m.nonzero[4*y+x]; n != 0 {
			add(block, p.stride, (*[4]lanes)(s.levels.y[4*i:]), n)
		}
	}
	return nil
}

// add adds the transform of n coefficients of a 4x4 block to the samples at p.
func add(p []uint8, stride int, c *[4]lanes, n uint8) {
	if first := int16(c[0]); n == 1 && first != 0 {
		addFlat(p, stride, int32(first))
		c[0] = 0
		return
	}
	add4(p, stride, c)
}

// blocks8 draws the luma of I_8x8 (clause 8.3.2).
func (d *drawing) blocks8(s *slice, at int) error {
	p, m := &d.planes[0], s.cur
	for i := range 4 {
		x, y := 2*(i&1), i&^1
		a := s.around(x, y, 2)
		mode := m.modes[4*y+x]
		if !a.allows(mode) {
			return damaged("an intra prediction mode")
		}
		here := at + 4*y*p.stride + 4*x
		block := p.samples[here:]
		edgeOf(p.samples, here, p.stride, 8, a).smooth(a).draw(block, p.stride, 8, mode, a)
		if m.cbp>>i&1 != 0 {
			add8(block, p.stride, (*[16]lanes)(s.levels.y[16*i:]))
		}
	}
	return nil
}

// around says which samples around a block of n by n blocks there are (clause 6.4.11).
func (s *slice) around(x, y, n int) around {
	a := around{left: x > 0 || s.left != nil, top: y > 0 || s.top != nil}
	switch {
	case x > 0 && y > 0:
		a.corner = true
	case x > 0:
		a.corner = s.top != nil
	case y > 0:
		a.corner = s.left != nil
	default:
		a.corner = s.topLeft != nil
	}
	switch right := x + n; {
	case y == 0 && right < 4:
		a.right = s.top != nil
	case y == 0:
		a.right = s.topRight != nil
	default:
		a.right = right < 4 && orderOf[4*(y-1)+right] < orderOf[4*y+x]
	}
	return a
}
