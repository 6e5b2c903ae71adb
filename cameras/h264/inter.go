package h264

// interP reads a macroblock of P_L0_16x16 to P_8x8ref0.
func (s *slice) interP(t int) error {
	s.cur.kind = Inter
	if t == 0 && s.vectors == nil {
		return s.wholeP()
	}
	s.near.loadVectors(s)
	if t >= typeP8 {
		return s.quartersP(t == typeP8r0)
	}
	parts := [3][]partition{whole, wide, tall}[t]
	from := [2]uint8{fromL0, fromL0}
	if err := s.references(0, parts, from); err != nil {
		return err
	}
	energy, err := s.vectorsOf(0, parts, from)
	if err != nil {
		return err
	}
	return s.inter(energy, true)
}

// wholeP reads a macroblock of P_L0_16x16, by far the most, whose vector nobody wants: of the
// grids it needs only what lies beside and above the first block.
func (s *slice) wholeP() error {
	m, at := s.cur, cell(0, 0)
	refs, differences := &s.near.refs[0], &s.near.differences[0]
	refs[at-1], differences[at-1] = refOutside, difference{}
	refs[at-gridWidth], differences[at-gridWidth] = refOutside, difference{}
	if s.left != nil {
		refs[at-1], differences[at-1] = s.left.refs[0][1], s.left.differences[0].right[0]
	}
	if s.top != nil {
		refs[at-gridWidth], differences[at-gridWidth] = s.top.refs[0][2], s.top.differences[0].bottom[0]
	}
	ref, err := s.reference(0, at)
	if err != nil {
		return err
	}
	x, y := s.vectorDifference(0, at)
	if !allowed(x, y) {
		return damaged("mvd")
	}
	x, y = max(x, -x), max(y, -y)
	d := difference{uint8(min(x, 255)), uint8(min(y, 255))}
	m.refs[0] = [4]int8{ref, ref, ref, ref}
	m.differences[0].bottom = [4]difference{d, d, d, d}
	m.differences[0].right = m.differences[0].bottom
	return s.pattern(x+y, true)
}

// interB reads a macroblock of B_Direct_16x16 to B_8x8.
func (s *slice) interB(t int) error {
	s.cur.kind = Inter
	if t == 0 {
		s.cur.direct = true
		return s.inter(0, s.sps.directWhole)
	}
	s.near.loadRefs(s, 0)
	s.near.loadRefs(s, 1)
	if t == typeB8 {
		return s.quartersB()
	}
	parts := whole
	if t >= 4 {
		parts = wide
		if t&1 != 0 {
			parts = tall
		}
	}
	energy := 0
	for list := range 2 {
		if err := s.references(list, parts, predictionsB[t]); err != nil {
			return err
		}
	}
	for list := range 2 {
		e, err := s.vectorsOf(list, parts, predictionsB[t])
		if err != nil {
			return err
		}
		energy += e
	}
	return s.inter(energy, true)
}

// references reads ref_idx of each partition that is predicted from list.
func (s *slice) references(list int, parts []partition, from [2]uint8) error {
	for i, p := range parts {
		ref := int8(refNone)
		if from[i]>>list&1 != 0 {
			var err error
			if ref, err = s.reference(list, cell(int(p.x), int(p.y))); err != nil {
				return err
			}
		}
		s.near.fillRefs(list, p, ref)
		s.keepRef(list, p, ref)
	}
	return nil
}

// keepRef sets the reference of the quarters that a partition covers.
func (s *slice) keepRef(list int, p partition, ref int8) {
	for y := p.y / 2; y < (p.y+p.h+1)/2; y++ {
		for x := p.x / 2; x < (p.x+p.w+1)/2; x++ {
			s.cur.refs[list][2*y+x] = ref
		}
	}
}

// reference reads one ref_idx.
func (s *slice) reference(list, at int) (int8, error) {
	count := s.header.refs[list]
	if count == 1 {
		return 0, nil
	}
	ref := s.refIndex(list, at, count-1)
	if ref >= count {
		return 0, damaged("ref_idx")
	}
	return int8(ref), nil
}

// vectorsOf reads the vectors of each partition that is predicted from list. It
// returns the sum of their differences.
func (s *slice) vectorsOf(list int, parts []partition, from [2]uint8) (int, error) {
	energy := 0
	for i, p := range parts {
		if from[i]>>list&1 == 0 {
			s.fillVector(list, p, Vector{}, difference{})
			continue
		}
		e, err := s.vector(list, p)
		if err != nil {
			return 0, err
		}
		energy += e
	}
	return energy, nil
}

// maxDifference bounds mvd: no level lets a vector be longer (table A-1: 2048 whole
// samples to the side), so that a difference is at most twice that.
const maxDifference = 1 << 14

// allowed says that a difference may be as long as x and y.
func allowed(x, y int) bool { return max(x, -x, y, -y) <= maxDifference }

// vector reads mvd of a partition; its reference is in the grid.
func (s *slice) vector(list int, p partition) (int, error) {
	at := cell(int(p.x), int(p.y))
	x, y := s.vectorDifference(list, at)
	if !allowed(x, y) {
		return 0, damaged("mvd")
	}
	var v Vector
	if s.vectors != nil && s.header.kind == sliceP {
		v = s.near.predict(p, s.near.refs[0][at])
		v.X, v.Y = v.X+int16(x), v.Y+int16(y)
	}
	x, y = max(x, -x), max(y, -y)
	s.fillVector(list, p, v, difference{uint8(min(x, 255)), uint8(min(y, 255))})
	return x + y, nil
}

// fillVector sets vector and difference of a partition.
func (s *slice) fillVector(list int, p partition, v Vector, d difference) {
	known := list == 0 && s.vectors != nil
	for y := int(p.y); y < int(p.y+p.h); y++ {
		at := cell(int(p.x), y)
		row := s.near.differences[list][at : at+int(p.w)]
		for i := range row {
			row[i] = d
		}
		for i := 0; known && i < int(p.w); i++ {
			s.near.vectors[at+i], s.vectors[s.address][4*y+int(p.x)+i] = v, v
		}
	}
}

// quarter is the top left block of each 8x8 block.
var quarter = [4]partition{{0, 0, 2, 2}, {2, 0, 2, 2}, {0, 2, 2, 2}, {2, 2, 2, 2}}

// quartersP reads sub_mb_pred() of a P macroblock (clause 7.3.5.2).
func (s *slice) quartersP(refZero bool) error {
	var shape [4]int
	whole := true
	for i := range shape {
		if shape[i] = s.quarterTypeP(); shape[i] > 3 {
			return damaged("sub_mb_type")
		}
		whole = whole && shape[i] == 0
	}
	for i, q := range quarter {
		ref := int8(0)
		if !refZero {
			var err error
			if ref, err = s.reference(0, cell(int(q.x), int(q.y))); err != nil {
				return err
			}
		}
		s.near.fillRefs(0, q, ref)
		s.cur.refs[0][i] = ref
	}
	energy := 0
	for i := range quarter {
		e, err := s.quarterVectors(0, i, shape[i])
		if err != nil {
			return err
		}
		energy += e
	}
	return s.inter(energy, whole)
}

// quartersB reads sub_mb_pred() of a B macroblock (clause 7.3.5.2).
func (s *slice) quartersB() error {
	var types [4]int
	whole := true
	for i := range types {
		if types[i] = s.quarterTypeB(); types[i] >= len(quartersB) {
			return damaged("sub_mb_type")
		}
		whole = whole && (types[i] == 0 && s.sps.directWhole || types[i] > 0 && quartersB[types[i]].shape == 0)
	}
	for list := range 2 {
		for i, q := range quarter {
			ref := int8(refNone)
			if quartersB[types[i]].from>>list&1 != 0 {
				var err error
				if ref, err = s.reference(list, cell(int(q.x), int(q.y))); err != nil {
					return err
				}
			}
			s.near.fillRefs(list, q, ref)
			s.cur.refs[list][i] = ref
		}
	}
	energy := 0
	for list := range 2 {
		for i, q := range quarter {
			if quartersB[types[i]].from>>list&1 == 0 {
				s.fillVector(list, q, Vector{}, difference{})
				continue
			}
			e, err := s.quarterVectors(list, i, int(quartersB[types[i]].shape))
			if err != nil {
				return err
			}
			energy += e
		}
	}
	return s.inter(energy, whole)
}

// quarterVectors reads the vectors of one quarter.
func (s *slice) quarterVectors(list, i, shape int) (int, error) {
	energy := 0
	for _, p := range shapes[shape] {
		p.x, p.y = p.x+quarter[i].x, p.y+quarter[i].y
		e, err := s.vector(list, p)
		if err != nil {
			return 0, err
		}
		energy += e
	}
	return energy, nil
}

// inter hands the vectors' differences of an inter macroblock on and reads what follows its
// prediction, like pattern.
func (s *slice) inter(energy int, whole bool) error {
	if !s.cur.direct {
		s.near.keepDifferences(s.cur, 0)
		if s.header.kind == sliceB {
			s.near.keepDifferences(s.cur, 1)
		}
	}
	return s.pattern(energy, whole)
}

// pattern reads coded_block_pattern of an inter macroblock and what follows it. whole says that
// no part of it is smaller than 8x8, so that the 8x8 transform may be used.
func (s *slice) pattern(energy int, whole bool) error {
	cbp, err := s.codedBlocks(false)
	if err != nil {
		return err
	}
	s.cur.cbp = cbp
	if cbp&15 != 0 && s.pps.transform8 && whole {
		s.cur.transform8 = s.transformSize()
	}
	return s.residual(energy)
}
