package h264

// The types of macroblocks and of their quarters, in both entropy codings.

// typeI reads mb_type of an I slice.
func (s *slice) typeI() int {
	if !s.pps.cabac {
		return s.bits.count()
	}
	context := 3
	for _, m := range [2]*macroblock{s.left, s.top} {
		if m != nil && m.kind != Intra4x4 && m.kind != Intra8x8 {
			context++
		}
	}
	if s.cabac.decide(context) == 0 {
		return typeNxN
	}
	return s.type16([5]int{6, 7, 8, 9, 10})
}

// typeIntra reads the type of an intra macroblock behind its prefix in P and B slices.
func (s *slice) typeIntra(context int) int {
	if s.cabac.decide(context) == 0 {
		return typeNxN
	}
	return s.type16([5]int{context + 1, context + 2, context + 2, context + 3, context + 3})
}

// type16 reads the bins of I_PCM and Intra16x16 (table 9-36).
func (s *slice) type16(contexts [5]int) int {
	c := &s.cabac
	if c.terminate() {
		return typePCM
	}
	t := type16 + 12*int(c.decide(contexts[0]))
	if c.decide(contexts[1]) != 0 {
		t += 4 + 4*int(c.decide(contexts[2]))
	}
	t += 2 * int(c.decide(contexts[3]))
	return t + int(c.decide(contexts[4]))
}

// typeP reads mb_type of a P slice.
func (s *slice) typeP() int {
	if !s.pps.cabac {
		return s.bits.count()
	}
	c := &s.cabac
	if c.decide(14) != 0 {
		return typesP + s.typeIntra(17)
	}
	if c.decide(15) == 0 {
		return typeP8 * int(c.decide(16))
	}
	return 2 - int(c.decide(17))
}

// typeB reads mb_type of a B slice.
func (s *slice) typeB() int {
	if !s.pps.cabac {
		return s.bits.count()
	}
	c, context := &s.cabac, 27
	for _, m := range [2]*macroblock{s.left, s.top} {
		if m != nil && !m.direct {
			context++
		}
	}
	if c.decide(context) == 0 {
		return 0
	}
	if c.decide(30) == 0 {
		return 1 + int(c.decide(32))
	}
	t := int(c.decide(31))
	for range 3 {
		t = 2*t + int(c.decide(32))
	}
	switch {
	case t < 8:
		return t + 3
	case t == 13:
		return typesB + s.typeIntra(32)
	case t == 14:
		return 11
	case t == 15:
		return typeB8
	}
	return 2*t + int(c.decide(32)) - 4
}

// quarterTypeP reads sub_mb_type of a P macroblock.
func (s *slice) quarterTypeP() int {
	if !s.pps.cabac {
		return s.bits.count()
	}
	c := &s.cabac
	switch {
	case c.decide(21) != 0:
		return 0
	case c.decide(22) == 0:
		return 1
	case c.decide(23) != 0:
		return 2
	}
	return 3
}

// quarterTypeB reads sub_mb_type of a B macroblock.
func (s *slice) quarterTypeB() int {
	if !s.pps.cabac {
		return s.bits.count()
	}
	c := &s.cabac
	if c.decide(36) == 0 {
		return 0
	}
	if c.decide(37) == 0 {
		return 1 + int(c.decide(39))
	}
	t := 3
	if c.decide(38) != 0 {
		if c.decide(39) != 0 {
			return 11 + int(c.decide(39))
		}
		t = 7
	}
	t += 2 * int(c.decide(39))
	return t + int(c.decide(39))
}
