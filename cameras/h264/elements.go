package h264

// The syntax elements of a macroblock, in both entropy codings. Values are as in the
// standard; the caller checks their bounds.

// skipped reads mb_skip_flag (CABAC only).
func (s *slice) skipped() bool {
	context := 11
	if s.header.kind == sliceB {
		context = 24
	}
	if s.left != nil && s.left.kind != Skip {
		context++
	}
	if s.top != nil && s.top.kind != Skip {
		context++
	}
	return s.cabac.decide(context) != 0
}

// transformSize reads transform_size_8x8_flag.
func (s *slice) transformSize() bool {
	if !s.pps.cabac {
		return s.bits.flag()
	}
	context := 399
	if s.left != nil && s.left.transform8 {
		context++
	}
	if s.top != nil && s.top.transform8 {
		context++
	}
	return s.cabac.decide(context) != 0
}

// intraMode reads prev_intra_pred_mode_flag, -1 when it is set, and else
// rem_intra_pred_mode.
func (s *slice) intraMode() int {
	if !s.pps.cabac {
		if s.bits.flag() {
			return -1
		}
		return int(s.bits.u(3))
	}
	c := &s.cabac
	if c.decide(68) != 0 {
		return -1
	}
	rem := int(c.decide(69))
	rem |= int(c.decide(69)) << 1
	return rem | int(c.decide(69))<<2
}

// chromaMode reads intra_chroma_pred_mode.
func (s *slice) chromaMode() int {
	if !s.pps.cabac {
		return s.bits.count()
	}
	context := 64
	for _, m := range [2]*macroblock{s.left, s.top} {
		if m != nil && m.chromaMode != 0 {
			context++
		}
	}
	mode := 0
	for mode < 3 && s.cabac.decide(context) != 0 {
		mode++
		context = 67
	}
	return mode
}

// codedBlocks reads coded_block_pattern: luma in bits 0 to 3, chroma in 4 and 5.
func (s *slice) codedBlocks(intra bool) (uint8, error) {
	if !s.pps.cabac {
		code := s.bits.ue()
		if code >= uint32(len(patternIntra)) {
			return 0, damaged("coded_block_pattern")
		}
		if intra {
			return patternIntra[code], nil
		}
		return patternInter[code], nil
	}
	left, top := uint8(0x0f), uint8(0x0f)
	if s.left != nil {
		left = s.left.cbp
	}
	if s.top != nil {
		top = s.top.cbp
	}
	c := &s.cabac
	context := func(a, b uint8) int { return 73 + int(1-a&1) + 2*int(1-b&1) }
	cbp := uint8(c.decide(context(left>>1, top>>2)))
	cbp |= uint8(c.decide(context(cbp, top>>3))) << 1
	cbp |= uint8(c.decide(context(left>>3, cbp))) << 2
	cbp |= uint8(c.decide(context(cbp>>2, cbp>>1))) << 3
	left, top = left>>4, top>>4
	if c.decide(77+int(min(left, 1))+2*int(min(top, 1))) != 0 {
		cbp |= 16 << c.decide(81+int(left>>1)+2*int(top>>1))
	}
	return cbp, nil
}

// quantiserDelta reads mb_qp_delta.
func (s *slice) quantiserDelta() int {
	if !s.pps.cabac {
		return int(s.bits.se())
	}
	context := 60
	if s.qpDelta {
		context = 61
	}
	c, v := &s.cabac, 0
	for c.decide(context) != 0 {
		context = 62
		if v++; v > 1 {
			context = 63
		}
		if v > 2*52 {
			break
		}
	}
	if v&1 != 0 {
		return (v + 1) / 2
	}
	return -v / 2
}
