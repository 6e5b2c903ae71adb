package h264

import "math/bits"

// blockCAVLC reads residual_block_cavlc() (clause 7.3.5.3.2), count levels at most. It returns
// how many are not zero and the sum of their absolute values.
func (s *slice) blockCAVLC(cat, plane, at, count int) (total, sum int, err error) {
	f := &s.found
	f.where = 0
	ones, total, ok := s.coeffToken(cat, plane, at)
	if !ok || total > count {
		return 0, 0, damaged("coeff_token")
	}
	if total == 0 {
		return 0, 0, nil
	}
	if !s.readLevels(f.levels[:total], ones) {
		return 0, 0, damaged("level_prefix")
	}
	zeros := 0
	if total < count {
		codes := zerosCodes
		if cat == catChromaDC {
			codes = zerosDCCodes
		}
		if zeros, ok = codes[total-1].read(&s.bits); !ok || zeros+total > count {
			return 0, 0, damaged("total_zeros")
		}
	}
	place := zeros + total - 1
	for i, v := range f.levels[:total] {
		sum += int(max(v, -v))
		f.where |= 1 << place
		if i == total-1 {
			break
		}
		if zeros > 0 {
			run, ok := runCodes[min(zeros, 7)-1].read(&s.bits)
			if !ok || run > zeros {
				return 0, 0, damaged("run_before")
			}
			zeros -= run
			place -= run
		}
		place--
	}
	return total, sum, nil
}

// coeffToken reads coeff_token (clause 9.2.1).
func (s *slice) coeffToken(cat, plane, at int) (ones, total int, ok bool) {
	table := 3
	if cat != catChromaDC {
		if at == 0 {
			at = cell(0, 0) // Intra16x16DCLevel is coded like the first block
		}
		n := s.coefficientsNear(plane, at)
		switch {
		case n < 2:
			table = 0
		case n < 4:
			table = 1
		case n < 8:
			table = 2
		default:
			const nothing = 3
			v := int(s.bits.u(6))
			if v == nothing {
				return 0, 0, true
			}
			return v & 3, v>>2 + 1, v&3 <= v>>2+1
		}
	}
	v, ok := tokenCodes[table].read(&s.bits)
	return v & 3, v >> 2, ok
}

// coefficientsNear is nC of a block (clause 9.2.1).
func (s *slice) coefficientsNear(plane, at int) int {
	sum := int(s.near.nonzero[plane][at-1]) + int(s.near.nonzero[plane][at-gridWidth])
	if sum < outsideNonzero {
		return (sum + 1) / 2
	}
	return sum % outsideNonzero
}

// readLevels reads the levels, the one of the highest frequency first (clause 9.2.2).
func (s *slice) readLevels(level []int32, ones int) bool {
	r := &s.bits
	signs := int32(r.u(ones))
	for i := ones - 1; i >= 0; i-- {
		level[i] = 1 - 2*(signs&1)
		signs >>= 1
	}
	suffixLength := 0
	if len(level) > 10 && ones < 3 {
		suffixLength = 1
	}
	for i := ones; i < len(level); i++ {
		code, ok := levelCode(r, suffixLength)
		if !ok {
			return false
		}
		if i == ones && ones < 3 {
			code += 2
		}
		v := int32(code>>1) + 1
		if suffixLength == 0 {
			suffixLength = 1
		}
		if v > 3<<(suffixLength-1) && suffixLength < 6 {
			suffixLength++
		}
		if code&1 != 0 {
			v = -v
		}
		level[i] = v
	}
	return true
}

// levelCode reads level_prefix and level_suffix (clause 9.2.2.1). A prefix above 15 is
// of profiles with more bits; 25 is more than any uses.
func levelCode(r *bitReader, suffixLength int) (code uint32, ok bool) {
	next := r.peek()
	prefix := bits.LeadingZeros32(next)
	if prefix > 25 {
		return 0, false
	}
	r.pos += prefix + 1
	if prefix < 14 {
		r.pos += suffixLength
		next <<= uint(prefix+1) & 31
		return uint32(prefix)<<(suffixLength&31) + next>>(32-suffixLength&63), true
	}
	size := suffixLength
	switch {
	case prefix == 14 && suffixLength == 0:
		size = 4
	case prefix >= 15:
		size = prefix - 3
	}
	code = uint32(min(prefix, 15))<<suffixLength + r.u(size)
	if prefix >= 15 && suffixLength == 0 {
		code += 15
	}
	if prefix >= 16 {
		code += 1<<(prefix-3) - 4096
	}
	return code, true
}
