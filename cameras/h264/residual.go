package h264

// levels are the transform coefficients of one macroblock, those of DC blocks the levels
// as they came: each block's in the order of its rows (clause 8.5.6), kept only when the
// picture is drawn. Blocks of 4x4 are counted by luma4x4BlkIdx; an 8x8 block takes the place
// of four.
type levels struct {
	y   [256]int32
	yDC [16]int32 // of Intra16x16
	c   [2][64]int32
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
		total, e, err := s.block(catDC16, 0, 0, zigzag4[:], s.keepDC(s.levels.yDC[:]))
		if err != nil {
			return 0, err
		}
		sum += e
		if total > 0 {
			m.dc |= 1
		}
	}
	if s.draw != nil {
		s.draw.luma(s, &s.to)
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
	if s.cur.transform8 && s.pps.cabac {
		total, sum := s.cabac.levels(s.cabac.engine, catLuma8, zigzag8[:], s.keep(s.levels.y[64*q:64*q+64]))
		s.near.fillQuarter(q, uint8(min(total, 16)))
		return sum, nil
	}
	sum := 0
	for i := 4 * q; i < 4*q+4; i++ {
		to := s.keep(s.levels.y[16*i : 16*i+16])
		if s.cur.transform8 {
			// CAVLC sends every fourth level of the 8x8 block (clause 7.3.5.3.2).
			scan, to = interleaved[i%4][:], s.keep(s.levels.y[64*q:64*q+64])
		}
		at := cell(int(blockX[i]), int(blockY[i]))
		total, e, err := s.block(cat, 0, at, scan, to)
		if err != nil {
			return 0, err
		}
		s.near.nonzero[0][at] = uint8(total)
		sum += e
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
		var to *target
		if s.inColours() {
			to = s.keepDC(s.levels.cDC[i][:])
		}
		total, _, err := s.block(catChromaDC, 1+i, 0, chromaScan[:], to)
		if err != nil {
			return err
		}
		if total > 0 {
			m.dc |= 2 << i
		}
	}
	if m.cbp>>5 == 0 {
		return nil
	}
	for plane := 1; plane < 3; plane++ {
		s.near.loadChroma(s, plane, s.absentNonzero())
		if s.inColours() {
			s.draw.colour(s, plane, &s.to)
		}
		for i := range 4 {
			var to *target
			if s.inColours() {
				to = s.keep(s.levels.c[plane-1][16*i : 16*i+16])
			}
			at := cell(i%2, i/2)
			total, _, err := s.block(catChromaAC, plane, at, zigzag4[1:], to)
			if err != nil {
				return err
			}
			s.near.nonzero[plane][at], m.nonzero[12+4*plane+i] = uint8(total), uint8(total)
		}
	}
	return nil
}

// keep is where levels go, as coefficients: nowhere unless the picture is drawn.
func (s *slice) keep(out []int32) *target {
	if s.draw == nil {
		return nil
	}
	s.to.out = out
	return &s.to
}

// keepDC is keep for levels as they are.
func (s *slice) keepDC(out []int32) *target {
	if s.draw == nil {
		return nil
	}
	s.to = target{out: out, weights: ones[:]}
	return &s.to
}

// inColours says that the picture is drawn, and not in grey.
func (s *slice) inColours() bool { return s.draw != nil && !s.draw.grey }

// block reads the levels of one block: how many there are, and the sum of their
// absolute values. plane and at say where it lies in the grids; at is 0 for DC blocks.
func (s *slice) block(cat, plane, at int, scan []uint8, to *target) (total, sum int, err error) {
	if !s.pps.cabac {
		return s.blockCAVLC(cat, plane, at, scan, to)
	}
	context := 85 + 4*cat
	if at == 0 {
		context += s.codedDC(plane)
	} else {
		if s.near.nonzero[plane][at-1] != 0 {
			context++
		}
		if s.near.nonzero[plane][at-gridWidth] != 0 {
			context += 2
		}
	}
	total, sum = s.cabac.block(context, cat, scan, to)
	return total, sum, nil
}

// codedDC is the part of the context of coded_block_flag that the DC blocks beside
// and above give (clause 9.3.3.1.1.9).
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
