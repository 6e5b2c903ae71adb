package h264

// The blocks of the current macroblock and those around it lie in a grid of eight
// columns, the macroblock's own from column 1 and row 1 on.
const (
	gridWidth = 8
	gridSize  = 5 * gridWidth
)

// cell is where a block lies in a grid; -1 is a neighbour.
func cell(x, y int) int { return (y+1)*gridWidth + x + 1 }

// Special values of refs in a grid.
const (
	refNone    = -1 // intra, or not of this list
	refOutside = -2 // not available
)

// near holds what the blocks around a macroblock say, with its own as they come.
type near struct {
	nonzero     [3][gridSize]uint8 // Y, Cb, Cr
	modes       [gridSize]int8
	refs        [2][gridSize]int8
	differences [2][gridSize]difference
	vectors     [gridSize]Vector
}

// loadLuma fetches total_coeff of the luma blocks to the left and above. absent is what one
// outside of the slice counts as.
func (n *near) loadLuma(s *slice, absent uint8) {
	g := &n.nonzero[0]
	above := [4]uint8{absent, absent, absent, absent}
	beside := above
	if m := s.top; m != nil {
		above = [4]uint8(m.nonzero[12:])
	}
	if m := s.left; m != nil {
		beside = [4]uint8{m.nonzero[3], m.nonzero[7], m.nonzero[11], m.nonzero[15]}
	}
	*(*[4]uint8)(g[cell(0, -1):]) = above
	for y, v := range beside {
		g[cell(-1, y)] = v
	}
}

// loadChroma is loadLuma for the blocks of Cb (plane of 1) or Cr.
func (n *near) loadChroma(s *slice, plane int, absent uint8) {
	g, first := &n.nonzero[plane], 12+4*plane
	above, beside := [2]uint8{absent, absent}, [2]uint8{absent, absent}
	if m := s.top; m != nil {
		above = [2]uint8(m.nonzero[first+2:])
	}
	if m := s.left; m != nil {
		beside = [2]uint8{m.nonzero[first+1], m.nonzero[first+3]}
	}
	*(*[2]uint8)(g[cell(0, -1):]) = above
	g[cell(-1, 0)], g[cell(-1, 1)] = beside[0], beside[1]
}

// modeAbsent makes a block's prediction mode DC: dcPredModePredictedFlag (clause
// 8.3.1.1).
const modeAbsent = -1

// loadModes fetches Intra4x4PredMode of the blocks to the left and above: DC for
// those that are not I_4x4 or I_8x8, modeAbsent for those that may not be used.
func (n *near) loadModes(s *slice) {
	for i := range 4 {
		n.modes[cell(i, -1)] = s.modeOf(s.top, 12+i)
		n.modes[cell(-1, i)] = s.modeOf(s.left, 3+4*i)
	}
}

func (s *slice) modeOf(m *macroblock, block int) int8 {
	switch {
	case m == nil || !m.kind.Intra() && s.pps.constrainedIntra:
		return modeAbsent
	case m.kind == Intra4x4 || m.kind == Intra8x8:
		return m.modes[block]
	}
	return modeDC
}

// loadRefs fetches the references around the macroblock for a list, and the
// differences of their vectors, which choose contexts.
func (n *near) loadRefs(s *slice, list int) {
	refs, differences := &n.refs[list], &n.differences[list]
	for i := range 4 {
		refs[cell(i, -1)], differences[cell(i, -1)] = refOutside, difference{}
		refs[cell(-1, i)], differences[cell(-1, i)] = refOutside, difference{}
		if s.top != nil {
			refs[cell(i, -1)] = s.top.refs[list][2+i/2]
			differences[cell(i, -1)] = s.top.differences[list].bottom[i]
		}
		if s.left != nil {
			refs[cell(-1, i)] = s.left.refs[list][i/2*2+1]
			differences[cell(-1, i)] = s.left.differences[list].right[i]
		}
	}
	refs[cell(-1, -1)], refs[cell(4, -1)] = refOutside, refOutside
	if s.topLeft != nil {
		refs[cell(-1, -1)] = s.topLeft.refs[list][3]
	}
	if s.topRight != nil {
		refs[cell(4, -1)] = s.topRight.refs[list][2]
	}
}

// loadVectors fetches references and, if somebody wants them, vectors of list 0 around the
// macroblock.
func (n *near) loadVectors(s *slice) {
	n.loadRefs(s, 0)
	if s.vectors == nil {
		return
	}
	above := s.address - s.sps.Columns
	for i := range 4 {
		n.vectors[cell(i, -1)], n.vectors[cell(-1, i)] = Vector{}, Vector{}
		if s.top != nil {
			n.vectors[cell(i, -1)] = s.vectors[above][12+i]
		}
		if s.left != nil {
			n.vectors[cell(-1, i)] = s.vectors[s.address-1][3+4*i]
		}
	}
	n.vectors[cell(-1, -1)], n.vectors[cell(4, -1)] = Vector{}, Vector{}
	if s.topLeft != nil {
		n.vectors[cell(-1, -1)] = s.vectors[above-1][15]
	}
	if s.topRight != nil {
		n.vectors[cell(4, -1)] = s.vectors[above+1][12]
	}
}

// still says that the vector of P_Skip is zero whatever the median is (clause 8.4.1.1).
func (s *slice) still() bool {
	return s.left == nil || s.top == nil ||
		s.left.refs[0][1] == 0 && s.vectors[s.address-1][3] == (Vector{}) ||
		s.top.refs[0][2] == 0 && s.vectors[s.address-s.sps.Columns][12] == (Vector{})
}

// neighbours returns where the blocks A, B and C of a partition lie (clause 8.4.1.3.2):
// D takes the place of a C that is outside or comes later.
func (n *near) neighbours(p partition) (a, b, c int) {
	x, y := int(p.x), int(p.y)
	a, b = cell(x-1, y), cell(x, y-1)
	right := x + int(p.w)
	if y == 0 && n.refs[0][cell(right, -1)] != refOutside ||
		y > 0 && right < 4 && orderOf[4*(y-1)+right] < orderOf[4*y+x] {
		return a, b, cell(right, y-1)
	}
	return a, b, cell(x-1, y-1)
}

// median predicts a partition's vector (clause 8.4.1.3).
func (n *near) median(p partition, ref int8) Vector {
	a, b, c := n.neighbours(p)
	refs := &n.refs[0]
	va, vb, vc := n.vectors[a], n.vectors[b], n.vectors[c]
	if refs[b] == refOutside && refs[c] == refOutside && refs[a] != refOutside {
		return va
	}
	switch same := [3]bool{refs[a] == ref, refs[b] == ref, refs[c] == ref}; same {
	case [3]bool{true, false, false}:
		return va
	case [3]bool{false, true, false}:
		return vb
	case [3]bool{false, false, true}:
		return vc
	}
	return Vector{middle(va.X, vb.X, vc.X), middle(va.Y, vb.Y, vc.Y)}
}

func middle(a, b, c int16) int16 { return max(min(a, b), min(max(a, b), c)) }

// predict is the prediction of a partition's vector: 16x8 and 8x16 look in one
// direction first (clause 8.4.1.3).
func (n *near) predict(p partition, ref int8) Vector {
	a, b, c := n.neighbours(p)
	refs := &n.refs[0]
	switch {
	case p.w == 4 && p.h == 2 && p.y == 0 && refs[b] == ref:
		return n.vectors[b]
	case p.w == 4 && p.h == 2 && p.y == 2 && refs[a] == ref,
		p.w == 2 && p.h == 4 && p.x == 0 && refs[a] == ref:
		return n.vectors[a]
	case p.w == 2 && p.h == 4 && p.x == 2 && refs[c] == ref:
		return n.vectors[c]
	}
	return n.median(p, ref)
}

// fillRefs sets the reference of a partition.
func (n *near) fillRefs(list int, p partition, ref int8) {
	for y := int(p.y); y < int(p.y+p.h); y++ {
		row := n.refs[list][cell(int(p.x), y):][:p.w]
		for i := range row {
			row[i] = ref
		}
	}
}

// keepDifferences hands those of the macroblock's outer blocks on.
func (n *near) keepDifferences(m *macroblock, list int) {
	g, d := &n.differences[list], &m.differences[list]
	for i := range 4 {
		d.bottom[i], d.right[i] = g[cell(i, 3)], g[cell(3, i)]
	}
}
