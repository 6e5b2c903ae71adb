package h264

// Types of macroblocks (tables 7-11, 7-13 and 7-14): those of P and B slices come
// first in their slices, those of I slices after them.
const (
	typeNxN  = 0
	type16   = 1  // to 24
	typePCM  = 25 // of I slices
	typesP   = 5  // inter types of P slices
	typesB   = 23 // inter types of B slices
	typeP8   = 3  // P_8x8
	typeP8r0 = 4  // P_8x8ref0: CAVLC only
	typeB8   = 22 // B_8x8
)

// macroblock reads macroblock_layer() (clause 7.3.5) into s.cur.
func (s *slice) macroblock() error {
	var t int
	var err error
	switch s.header.kind {
	case sliceP:
		if t = s.typeP(); t < typesP {
			err = s.interP(t)
			break
		}
		err = s.intra(t - typesP)
	case sliceB:
		if t = s.typeB(); t < typesB {
			err = s.interB(t)
			break
		}
		err = s.intra(t - typesB)
	default:
		err = s.intra(s.typeI())
	}
	if err != nil {
		return err
	}
	if s.draw != nil {
		return s.draw.macroblock(s)
	}
	return nil
}

// intra reads a macroblock of that type of I slices.
func (s *slice) intra(t int) error {
	m := s.cur
	switch {
	case t == typeNxN:
		m.kind = Intra4x4
		if s.pps.transform8 && s.transformSize() {
			m.kind, m.transform8 = Intra8x8, true
		}
		s.intraModes()
	case t == typePCM:
		return s.pcm()
	case t >= type16 && t < typePCM:
		m.kind, m.lumaMode = Intra16x16, uint8(t-1)&3
		m.cbp = uint8((t-1)/4%3) << 4
		if t >= 13 {
			m.cbp |= 15
		}
	default:
		return damaged("mb_type")
	}
	mode := s.chromaMode()
	if mode > 3 {
		return damaged("intra_chroma_pred_mode")
	}
	m.chromaMode = uint8(mode)
	if m.kind != Intra16x16 {
		cbp, err := s.codedBlocks(true)
		if err != nil {
			return err
		}
		m.cbp = cbp
	}
	return s.residual(0) // that it is intra costs nothing (see Picture)
}

// intraModes reads the prediction modes of I_NxN (clause 8.3.1.1).
func (s *slice) intraModes() {
	m, n := s.cur, &s.near
	n.loadModes(s)
	step := 1
	if m.transform8 {
		step = 4
	}
	for i := 0; i < 16; i += step {
		x, y := int(blockX[i]), int(blockY[i])
		a, b := n.modes[cell(x-1, y)], n.modes[cell(x, y-1)]
		predicted := min(a, b)
		if predicted == modeAbsent {
			predicted = modeDC
		}
		if rem := s.intraMode(); rem >= 0 {
			if rem >= int(predicted) {
				rem++
			}
			predicted = int8(rem)
		}
		s.fillModes(i, step, predicted)
	}
}

// fillModes sets the mode of a block, or of the four of a quarter.
func (s *slice) fillModes(first, count int, mode int8) {
	for i := first; i < first+count; i++ {
		s.cur.modes[rowOf[i]] = mode
		s.near.modes[cell(int(blockX[i]), int(blockY[i]))] = mode
	}
}

// pcm reads the samples of I_PCM.
func (s *slice) pcm() error {
	m := s.cur
	m.kind, m.cbp, m.dc, m.qp = PCM, 0x2f, 7, 0
	for i := range m.nonzero {
		m.nonzero[i] = 16
	}
	s.qpDelta = false
	at := (s.bits.pos + 7) / 8
	if s.pps.cabac {
		at = (s.cabac.after() + 7) / 8
	}
	const samples = 256 + 2*64
	if at+samples > s.bits.end/8 {
		return damaged("I_PCM that is cut off")
	}
	if s.draw != nil {
		s.draw.pcm = s.bits.data[at : at+samples]
	}
	if s.pps.cabac {
		s.cabac.start(s.bits.data, at+samples)
	} else {
		s.bits.pos = 8 * (at + samples)
	}
	s.keepEnergy(maxEnergy)
	return nil
}
