package h264

// References and vector differences, in both entropy codings.

// refIndex reads ref_idx of the partition that begins at a cell; most is the largest
// there may be.
func (s *slice) refIndex(list, at, most int) int {
	if !s.pps.cabac {
		return s.bits.te(most)
	}
	refs, context := &s.near.refs[list], 54
	if refs[at-1] > 0 {
		context++
	}
	if refs[at-gridWidth] > 0 {
		context += 2
	}
	ref := 0
	for s.cabac.decide(context) != 0 {
		if ref++; ref > 31 {
			return ref
		}
		context = 58
		if ref > 1 {
			context = 59
		}
	}
	return ref
}

// vectorDifference reads mvd of the partition that begins at a cell.
func (s *slice) vectorDifference(list, at int) (x, y int) {
	if !s.pps.cabac {
		return int(s.bits.se()), int(s.bits.se())
	}
	a, b := s.near.differences[list][at-1], s.near.differences[list][at-gridWidth]
	x = s.cabac.difference(40, int(a.x)+int(b.x))
	return x, s.cabac.difference(47, int(a.y)+int(b.y))
}

// difference reads one component of mvd (UEG3, clause 9.3.2.3); around is the sum of
// the neighbours' differences.
func (c *cabac) difference(context, around int) int {
	first := context
	if around > 2 {
		first++
	}
	if around > 32 {
		first++
	}
	if c.decide(first) == 0 {
		return 0
	}
	v, bin := 1, context+3
	for v < 9 && c.decide(bin) != 0 {
		v++
		if bin < context+6 {
			bin++
		}
	}
	if v == 9 {
		v += c.golomb(3)
	}
	if c.bypass() != 0 {
		return -v
	}
	return v
}

// maxGolomb bounds the prefix of an Exp-Golomb suffix: what is longer is larger than
// any value that is taken.
const maxGolomb = 20

// golomb reads an Exp-Golomb suffix of order k (clause 9.3.2.3).
func (c *cabac) golomb(k int) int {
	v, top := 0, k+maxGolomb
	for c.bypass() != 0 && k < top {
		v += 1 << k
		k++
	}
	for k > 0 {
		k--
		v += int(c.bypass()) << k
	}
	return v
}
