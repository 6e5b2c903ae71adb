package h264

// levels are the transform coefficients of one macroblock, those of DC blocks the levels
// as they came: each block's in the order of its columns (see add4 and add8), kept only when
// the picture is drawn. Blocks of 4x4 are counted by luma4x4BlkIdx; an 8x8 block takes the place
// of four.
type levels struct {
	y   [64]lanes
	yDC [16]int32 // of Intra16x16
	c   [2][16]lanes
	cDC [2][4]int32
}

// Categories of blocks (table 9-42, ctxBlockCat).
const (
	catDC16 = iota
	catAC16
	catLuma
	catChromaDC
	catChromaAC
	catLuma8
)

// maxEnergy is the largest energy of a macroblock.
const maxEnergy = 65535

// stepSize is the quantiser's step for qp % 6, times 16; it doubles every six.
var stepSize = [6]int{10, 11, 13, 14, 16, 18}

// residual reads mb_qp_delta and residual() (clause 7.3.5.3) and keeps the energy:
// that of the levels, as far as they are luma, and what the prediction cost.
func (s *slice) residual(energy int) error {
	m := s.cur
	if m.cbp == 0 && m.kind != Intra16x16 {
		s.qpDelta = false
		s.keepEnergy(energy)
		return nil
	}
	delta := s.quantiserDelta()
	if delta < -26 || delta > 25 {
		return damaged("mb_qp_delta")
	}
	s.qpDelta = delta != 0
	m.qp = uint8((int(m.qp) + delta + 52) % 52)
	sum, err := s.luma()
	if err != nil {
		return err
	}
	if err := s.chroma(); err != nil {
		return err
	}
	sum = min(sum, maxEnergy*16) // times at most 18 << 8: it fits 32 bits
	s.keepEnergy(energy + int(int64(sum)*int64(stepSize[m.qp%6]<<(m.qp/6))>>4))
	return nil
}

func (s *slice) keepEnergy(energy int) {
	if s.energies != nil {
		s.energies[s.address] = uint16(min(energy, maxEnergy))
	}
}

// outsideNonzero marks a block outside of the slice for CAVLC: larger than any sum of
// two that are inside.
const outsideNonzero = 64

// absentNonzero is what a block outside of the slice counts as: for CABAC it is coded
// if this macroblock is intra (clause 9.3.3.1.1.9), for CAVLC it is marked.
func (s *slice) absentNonzero() uint8 {
	switch {
	case !s.pps.cabac:
		return outsideNonzero
	case s.cur.kind.Intra():
		return 1
	}
	return 0
}

// luma reads residual_luma() and returns the sum of its levels.
func (s *slice) luma() (int, error) {
	m := s.cur
	sum := 0
	s.near.loadLuma(s, s.absentNonzero())
	cat, scan := catLuma, zigzag4[:]
	if m.kind == Intra16x16 {
		cat, scan = catAC16, zigzag4[1:]
		total, e, err := s.block(catDC16, 0, 0, len(scan)+1)
		if err != nil {
			return 0, err
		}
		if s.draw != nil {
			s.found.place(s.levels.yDC[:], zigzag4[:])
		}
		sum += e
		if total > 0 {
			m.dc |= 1
		}
	}
	if s.draw != nil {
		s.draw.luma(s, &s.scale)
	}
	for q := range 4 {
		if m.cbp>>q&1 == 0 {
			s.near.clearQuarter(q)
			continue
		}
		e, err := s.quarterLevels(q, cat, scan)
		if err != nil {
			return 0, err
		}
		sum += e
	}
	for y := range 4 {
		*(*[4]uint8)(m.nonzero[4*y:]) = [4]uint8(s.near.nonzero[0][cell(0, y):])
	}
	return sum, nil
}

// quarterLevels reads the levels of one 8x8 block, whose transform is one of 8x8 or
// four of 4x4.
func (s *slice) quarterLevels(q, cat int, scan []uint8) (int, error) {
	g, out := &s.near.nonzero[0], s.levels.y[16*q:16*q+16]
	if s.cur.transform8 && s.pps.cabac {
		total, sum := s.cabac.levels(s.cabac.engine, catLuma8, len(zigzag8), &s.found)
		s.near.fillQuarter(q, uint8(min(total, 16)))
		if s.draw != nil {
			s.scale.put(&s.found, out, zigzag8[:])
		}
		return sum, nil
	}
	sum := 0
	for i := range 4 {
		at := cell(int(blockX[4*q+i]), int(blockY[4*q+i]))
		total, e, err := s.block(cat, 0, at, len(scan))
		if err != nil {
			return 0, err
		}
		g[at] = uint8(total)
		sum += e
		switch {
		case total == 0 || s.draw == nil:
		case s.cur.transform8:
			// CAVLC sends every fourth level of the 8x8 block (clause 7.3.5.3.2).
			s.scale.put(&s.found, out, interleaved[i][:])
		default:
			s.scale.put(&s.found, out[4*i:4*i+4], scan)
		}
	}
	return sum, nil
}

// chroma reads the levels of Cb and Cr. Where they have none, the macroblock says so from the
// beginning.
func (s *slice) chroma() error {
	m := s.cur
	if m.cbp>>4 == 0 {
		return nil
	}
	for i := range 2 {
		total, _, err := s.block(catChromaDC, 1+i, 0, len(chromaScan))
		if err != nil {
			return err
		}
		if total > 0 {
			m.dc |= 2 << i
		}
		if s.inColours() {
			s.found.place(s.levels.cDC[i][:], chromaScan[:])
		}
	}
	if m.cbp>>5 == 0 {
		return nil
	}
	scan := zigzag4[1:]
	for plane := 1; plane < 3; plane++ {
		s.near.loadChroma(s, plane, s.absentNonzero())
		if s.inColours() {
			s.draw.colour(s, plane, &s.scale)
		}
		for i := range 4 {
			at := cell(i%2, i/2)
			total, _, err := s.block(catChromaAC, plane, at, len(scan))
			if err != nil {
				return err
			}
			s.near.nonzero[plane][at], m.nonzero[12+4*plane+i] = uint8(total), uint8(total)
			if total > 0 && s.inColours() {
				s.scale.put(&s.found, s.levels.c[plane-1][4*i:4*i+4], scan)
			}
		}
	}
	return nil
}

// inColours says that the picture is drawn, and not in grey.
func (s *slice) inColours() bool { return s.draw != nil && !s.draw.grey }

// block reads the levels of one block, of count places: how many there are, and the sum of
// their absolute values. plane and at say where it lies in the grids; at is 0 for DC blocks.
func (s *slice) block(cat, plane, at, count int) (total, sum int, err error) {
	if !s.pps.cabac {
		return s.blockCAVLC(cat, plane, at, count)
	}
	context := 85 + 4*cat
	if at == 0 {
		context += s.codedDC(plane)
	} else {
		context += coded(&s.near.nonzero[plane], at)
	}
	total, sum = s.cabac.block(context, cat, count, &s.found)
	return total, sum, nil
}

// coded is the part of the context of coded_block_flag that the blocks beside and above
// give (clause 9.3.3.1.1.9).
func coded(nonzero *[gridSize]uint8, at int) int {
	return int(min(nonzero[at-1], 1)) + 2*int(min(nonzero[at-gridWidth], 1))
}

// codedDC is coded for a DC block.
func (s *slice) codedDC(plane int) int {
	context := 0
	if s.hasDC(s.left, plane) {
		context++
	}
	if s.hasDC(s.top, plane) {
		context += 2
	}
	return context
}

func (s *slice) hasDC(m *macroblock, plane int) bool {
	if m == nil {
		return s.cur.kind.Intra()
	}
	return m.dc>>plane&1 != 0
}

// clearQuarter says that the blocks of a quarter have no levels.
func (n *near) clearQuarter(q int) { n.fillQuarter(q, 0) }

// fillQuarter sets total_coeff of the blocks of a quarter.
func (n *near) fillQuarter(q int, total uint8) {
	at := cell(2*(q&1), q&^1)
	g := &n.nonzero[0]
	g[at], g[at+1], g[at+gridWidth], g[at+gridWidth+1] = total, total, total, total
}
