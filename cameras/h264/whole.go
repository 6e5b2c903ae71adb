package h264

import "encoding/binary"

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

// even predicts a square of n by n samples, 8 or 16, at p.samples[at] that is vertical,
// horizontal or all alike.
func (p *plane) even(at, n int, mode int8, a around) {
	var low, high uint64 // of a line
	switch mode {
	case wholeVertical:
		above := p.samples[at-p.stride:][:n]
		low, high = binary.LittleEndian.Uint64(above), binary.LittleEndian.Uint64(above[n-8:])
	case wholeDC:
		low = uint64(p.mean(at, n, a.left, a.top)) * ones8
		high = low
	}
	for range n {
		if mode == wholeHorizontal {
			low = uint64(p.samples[at-1]) * ones8
			high = low
		}
		line := p.samples[at:][:n]
		binary.LittleEndian.PutUint64(line, low)
		binary.LittleEndian.PutUint64(line[n-8:], high)
		at += p.stride
	}
}

// mean is the prediction of DC from n samples to the left and n above.
func (p *plane) mean(at, n int, left, top bool) uint8 {
	sum, count := uint64(0), uint64(0)
	if left {
		sum += p.beside(at, n)
		count += uint64(n)
	}
	if top {
		above := p.samples[at-p.stride:][:n]
		for ; len(above) >= 8; above = above[8:] {
			sum += sum8(binary.LittleEndian.Uint64(above))
		}
		count += uint64(n)
	}
	if count == 0 {
		return 128
	}
	return uint8((sum + count/2) / count)
}

// beside is the sum of n samples to the left of a square, from the top.
func (p *plane) beside(at, n int) (sum uint64) {
	at--
	for range n {
		sum += uint64(p.samples[at])
		at += p.stride
	}
	return sum
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
	at := p.place(x, y)
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
	const four = 1<<32 - 1
	var left, top [2]uint64 // sums of the samples beside each half and above it
	if a.left {
		left[0], left[1] = p.beside(at, 4), p.beside(at+4*p.stride, 4)
	}
	if a.top {
		above := binary.LittleEndian.Uint64(p.samples[at-p.stride:])
		top[0], top[1] = sum8(above&four), sum8(above>>32)
	}
	var means [4]uint64
	switch {
	case a.left && a.top:
		means = [4]uint64{(left[0] + top[0] + 4) / 8, (top[1] + 2) / 4, (left[1] + 2) / 4, (left[1] + top[1] + 4) / 8}
	case a.left:
		means[0], means[2] = (left[0]+2)/4, (left[1]+2)/4
		means[1], means[3] = means[0], means[2]
	case a.top:
		means[0], means[1] = (top[0]+2)/4, (top[1]+2)/4
		means[2], means[3] = means[0], means[1]
	default:
		means = [4]uint64{128, 128, 128, 128}
	}
	for half := 0; half < 4; half += 2 {
		line := means[half]*(ones8&four) | means[half+1]*(ones8&^four)
		for range 4 {
			binary.LittleEndian.PutUint64(p.samples[at:], line)
			at += p.stride
		}
	}
}
