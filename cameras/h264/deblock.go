package h264

// filter is how the edges of a slice's macroblocks are smoothed.
type filter struct {
	mode        int // disable_deblocking_filter_idc
	alpha, beta int // FilterOffsetA, FilterOffsetB
	chromaQP    [2]int
}

// alphas and betas are table 8-16; limits is table 8-17 for bS of 3.
var (
	alphas = [52]uint8{
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 5, 6, 7, 8, 9, 10, 12, 13,
		15, 17, 20, 22, 25, 28, 32, 36, 40, 45, 50, 56, 63, 71, 80, 90, 101, 113, 127, 144, 162, 182, 203, 226, 255, 255,
	}
	betas = [52]uint8{
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4,
		6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18,
	}
	limits = [52]uint8{
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 6, 6, 7, 8, 9, 10, 11, 13, 14, 16, 18, 20, 23, 25,
	}
)

// smooth filters the edges of an intra picture (clause 8.7): filterOf gives the filter of
// a macroblock's slice.
func (d *drawing) smooth(macroblocks []macroblock, columns int, filterOf func(slice uint64) *filter) {
	for i := range macroblocks {
		m := &macroblocks[i]
		f := filterOf(m.slice)
		if f.mode == 1 {
			continue
		}
		x, y := i%columns, i/columns
		var left, top *macroblock
		if x > 0 && (f.mode == 0 || macroblocks[i-1].slice == m.slice) {
			left = &macroblocks[i-1]
		}
		if y > 0 && (f.mode == 0 || macroblocks[i-columns].slice == m.slice) {
			top = &macroblocks[i-columns]
		}
		corner := [2]int{16 * x, 16 * y}
		d.edges(f, m, left, corner, false)
		d.edges(f, m, top, corner, true)
	}
}

// edges filters the vertical edges of a macroblock, or the horizontal ones. beside is the
// macroblock on the other side of the first, nil if that is not filtered; corner is x and y.
func (d *drawing) edges(f *filter, m, beside *macroblock, corner [2]int, horizontal bool) {
	for k := range 4 {
		other := m
		if k == 0 {
			if other = beside; other == nil {
				continue
			}
		}
		if k%2 == 0 || !m.transform8 {
			p := &d.planes[0]
			p.luma(p.line(corner[0], corner[1], 4*k, horizontal), f, (int(m.qp)+int(other.qp)+1)/2, k == 0)
		}
		if k%2 != 0 {
			continue
		}
		for i := range 2 {
			p := &d.planes[1+i]
			e := p.line(corner[0]/2, corner[1]/2, 2*k, horizontal)
			qp := (chromaQP(int(m.qp), f.chromaQP[i]) + chromaQP(int(other.qp), f.chromaQP[i]) + 1) / 2
			p.chromaEdge(e, f, qp, k == 0)
		}
	}
}

// seam is an edge that begins at a sample: step leads across it, along to its next sample.
type seam struct{ at, step, along int }

// line is the edge that lies offset samples into the macroblock at x, y.
func (p *plane) line(x, y, offset int, horizontal bool) seam {
	if horizontal {
		return seam{(y+offset)*p.stride + x, p.stride, 1}
	}
	return seam{y*p.stride + x + offset, 1, p.stride}
}

// thresholds are alpha, beta and tC0 for a quantiser (clause 8.7.2.2).
func (f *filter) thresholds(qp int) (alpha, beta, limit int32) {
	a, b := min(51, max(0, qp+f.alpha)), min(51, max(0, qp+f.beta))
	return int32(alphas[a]), int32(betas[b]), int32(limits[a])
}

func abs(v int32) int32 { return max(v, -v) }

func clip(v, limit int32) int32 { return min(limit, max(-limit, v)) }

// luma filters sixteen samples of an edge; border is bS of 4 (clauses 8.7.2.3 and
// 8.7.2.4).
func (p *plane) luma(e seam, f *filter, qp int, border bool) {
	alpha, beta, limit := f.thresholds(qp)
	if alpha == 0 || beta == 0 {
		return
	}
	s, at, step := p.samples, e.at, e.step
	for range 16 {
		p0, p1 := int32(s[at-step]), int32(s[at-2*step])
		q0, q1 := int32(s[at]), int32(s[at+step])
		if abs(p0-q0) < alpha && abs(p1-p0) < beta && abs(q1-q0) < beta {
			p2, q2 := int32(s[at-3*step]), int32(s[at+2*step])
			flatP, flatQ := abs(p2-p0) < beta, abs(q2-q0) < beta
			if border {
				near := abs(p0-q0) < alpha>>2+2
				strong(s, at-step, -step, flatP && near, [2]int32{q0, q1})
				strong(s, at, step, flatQ && near, [2]int32{p0, p1})
			} else {
				weak(s, at, step, limit, [2]bool{flatP, flatQ})
			}
		}
		at += e.along
	}
}

// strong filters the samples of one side with bS of 4: the first at s[at], the others
// step apart. other are the first two of the other side as they were.
func strong(s []uint8, at, step int, flat bool, other [2]int32) {
	q0, q1 := other[0], other[1]
	p0, p1 := int32(s[at]), int32(s[at+step])
	if !flat {
		s[at] = uint8((2*p1 + p0 + q1 + 2) >> 2)
		return
	}
	p2, p3 := int32(s[at+2*step]), int32(s[at+3*step])
	s[at] = uint8((p2 + 2*p1 + 2*p0 + 2*q0 + q1 + 4) >> 3)
	s[at+step] = uint8((p2 + p1 + p0 + q0 + 2) >> 2)
	s[at+2*step] = uint8((2*p3 + 3*p2 + p1 + p0 + q0 + 4) >> 3)
}

// weak filters with bS of 3; flat says of the side before the edge and of that behind it
// whether it is.
func weak(s []uint8, at, step int, limit int32, flat [2]bool) {
	p0, p1, p2 := int32(s[at-step]), int32(s[at-2*step]), int32(s[at-3*step])
	q0, q1, q2 := int32(s[at]), int32(s[at+step]), int32(s[at+2*step])
	most := limit
	if flat[0] {
		s[at-2*step] = uint8(p1 + clip((p2+(p0+q0+1)>>1-2*p1)>>1, limit))
		most++
	}
	if flat[1] {
		s[at+step] = uint8(q1 + clip((q2+(p0+q0+1)>>1-2*q1)>>1, limit))
		most++
	}
	delta := clip(((q0-p0)<<2+p1-q1+4)>>3, most)
	s[at-step], s[at] = clip8(p0+delta), clip8(q0-delta)
}

// chromaEdge filters eight samples of an edge (chromaStyleFilteringFlag).
func (p *plane) chromaEdge(e seam, f *filter, qp int, border bool) {
	alpha, beta, limit := f.thresholds(qp)
	if alpha == 0 || beta == 0 {
		return
	}
	s, at, step := p.samples, e.at, e.step
	for range 8 {
		p0, p1 := int32(s[at-step]), int32(s[at-2*step])
		q0, q1 := int32(s[at]), int32(s[at+step])
		if abs(p0-q0) < alpha && abs(p1-p0) < beta && abs(q1-q0) < beta {
			if border {
				s[at-step] = uint8((2*p1 + p0 + q1 + 2) >> 2)
				s[at] = uint8((2*q1 + q0 + p1 + 2) >> 2)
			} else {
				delta := clip(((q0-p0)<<2+p1-q1+4)>>3, limit+1)
				s[at-step], s[at] = clip8(p0+delta), clip8(q0-delta)
			}
		}
		at += e.along
	}
}
