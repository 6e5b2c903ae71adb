package h264

// Prediction modes of whole macroblocks: Intra16x16PredMode (table 8-4).
const (
	wholeVertical = iota
	wholeHorizontal
	wholeDC
	wholePlane
)

// whole draws the luma of I_16x16 (clauses 8.3.3 and 8.5.2).
func (d *drawing) whole(s *slice, at int) error {
	p, m := &d.planes[0], s.cur
	a := s.around(0, 0, 4)
	switch m.lumaMode {
	case wholeVertical, wholeHorizontal, wholeDC:
		if m.lumaMode == wholeVertical && !a.top || m.lumaMode == wholeHorizontal && !a.left {
			return damaged("an intra prediction mode")
		}
		p.even(at, 16, int8(m.lumaMode), a)
	default:
		if !a.left || !a.top || !a.corner {
			return damaged("an intra prediction mode")
		}
		p.slope(at, 16)
	}
	if m.dc&1 == 0 && m.cbp&15 == 0 {
		return nil
	}
	dc := &s.levels.yDC
	hadamard4(dc)
	scaleAll(dc, d.weights.four[0][m.qp%6][0], int(m.qp))
	for i := range 16 {
		x, y := int(blockX[i]), int(blockY[i])
		c, here, v := (*[4]lanes)(s.levels.y[4*i:]), p.samples[at+4*y*p.stride+4*x:], dc[4*x+y]
		switch {
		case m.nonzero[4*y+x] != 0:
			c[0] += lanes(v)
			add4(here, p.stride, c)
		case v != 0:
			addFlat(here, p.stride, v)
		}
	}
	*dc = [16]int32{}
	return nil
}

// even predicts a square of n by n samples at p.samples[at] that is vertical, horizontal
// or all alike.
func (p *plane) even(at, n int, mode int8, a around) {
	if mode == wholeVertical {
		above := p.samples[at-p.stride:][:n]
		for y := range n {
			copy(p.samples[at+y*p.stride:], above)
		}
		return
	}
	dc := uint8(0)
	if mode == wholeDC {
		dc = p.mean(at, n, a.left, a.top)
	}
	for y := range n {
		row := at + y*p.stride
		if mode == wholeHorizontal {
			dc = p.samples[row-1]
		}
		fill(p.samples[row:][:n], dc)
	}
}

// mean is the prediction of DC from n samples to the left and n above.
func (p *plane) mean(at, n int, left, top bool) uint8 {
	sum, count := 0, 0
	if left {
		for y := range n {
			sum += int(p.samples[at+y*p.stride-1])
		}
		count += n
	}
	if top {
		for _, v := range p.samples[at-p.stride:][:n] {
			sum += int(v)
		}
		count += n
	}
	if count == 0 {
		return 128
	}
	return uint8((sum + count/2) / count)
}

// slope predicts a plane through the samples around a square of n by n (clauses 8.3.3.4
// and 8.3.4.4).
func (p *plane) slope(at, n int) {
	half := n / 2
	above, beside := at-p.stride, at-1
	h, v := int32(0), int32(0)
	for i := 1; i <= half; i++ {
		h += int32(i) * (int32(p.samples[above+half-1+i]) - int32(p.samples[above+half-1-i]))
		v += int32(i) * (int32(p.samples[beside+(half-1+i)*p.stride]) - int32(p.samples[beside+(half-1-i)*p.stride]))
	}
	factor, shift := int32(5), 6
	if n == 8 {
		factor = 34
	}
	b, c := (factor*h+32)>>shift, (factor*v+32)>>shift
	a := 16 * (int32(p.samples[above+n-1]) + int32(p.samples[beside+(n-1)*p.stride]))
	for y := range n {
		row := p.samples[at+y*p.stride:][:n]
		first := a + c*int32(y-half+1) + 16
		for x := range row {
			row[x] = clip8((first + b*int32(x-half+1)) >> 5)
		}
	}
}

// Prediction modes of chroma: intra_chroma_pred_mode (table 8-5).
const (
	chromaDC = iota
	chromaHorizontal
	chromaVertical
	chromaPlane
)

// chroma draws Cb (i of 0) or Cr of the macroblock at x, y (clauses 8.3.4 and 8.5.4).
func (d *drawing) chroma(s *slice, i, x, y int) error {
	p, m := &d.planes[1+i], s.cur
	at := 8*y*p.stride + 8*x
	a := s.around(0, 0, 4)
	switch {
	case m.chromaMode == chromaDC:
		p.chromaMeans(at, a)
	case m.chromaMode == chromaHorizontal && a.left:
		p.even(at, 8, wholeHorizontal, a)
	case m.chromaMode == chromaVertical && a.top:
		p.even(at, 8, wholeVertical, a)
	case m.chromaMode == chromaPlane && a.left && a.top && a.corner:
		p.slope(at, 8)
	default:
		return damaged("an intra prediction mode")
	}
	if m.cbp>>4 == 0 {
		return nil
	}
	qp := chromaQP(int(m.qp), s.pps.chromaQP[i])
	weight := d.weights.four[1+i][qp%6][0]
	dc := &s.levels.cDC[i]
	c0, c1, c2, c3 := dc[0]+dc[1], dc[0]-dc[1], dc[2]+dc[3], dc[2]-dc[3]
	*dc = [4]int32{c0 + c2, c1 + c3, c0 - c2, c1 - c3}
	for k := range 4 {
		c, v := (*[4]lanes)(s.levels.c[i][4*k:]), dc[k]*weight<<(qp/6)>>5
		if v != 0 || m.nonzero[16+4*i+k] != 0 {
			c[0] += lanes(v)
			add4(p.samples[at+4*(k/2)*p.stride+4*(k%2):], p.stride, c)
		}
	}
	*dc = [4]int32{}
	return nil
}

// chromaMeans predicts the four quarters of a chroma block by DC (clause 8.3.4.1): the
// two on the diagonal from both sides, the others from the side they touch, if it is
// there.
func (p *plane) chromaMeans(at int, a around) {
	for k := range 4 {
		left, top := a.left, a.top
		if k == 1 && top {
			left = false
		}
		if k == 2 && left {
			top = false
		}
		here := at + 4*(k/2)*p.stride + 4*(k%2)
		// The samples beside the macroblock, not those beside the quarter.
		dc := p.quarterMean(at, k, left, top)
		for y := range 4 {
			fill(p.samples[here+y*p.stride:][:4], dc)
		}
	}
}

func (p *plane) quarterMean(at, k int, left, top bool) uint8 {
	sum, count := 0, 0
	if left {
		for y := range 4 {
			sum += int(p.samples[at+(4*(k/2)+y)*p.stride-1])
		}
		count += 4
	}
	if top {
		for _, v := range p.samples[at-p.stride+4*(k%2):][:4] {
			sum += int(v)
		}
		count += 4
	}
	if count == 0 {
		return 128
	}
	return uint8((sum + count/2) / count)
}
