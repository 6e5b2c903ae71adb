package h264

import "math/bits"

// Contexts of a block's levels by ctxBlockCat (tables 9-34 and 9-40), of frames.
// Those of last_significant_coeff_flag lie as far behind those of significant_coeff_flag in
// all categories but that of 8x8 blocks.
var (
	significantAt = [5]int{105, 120, 134, 149, 152}
	absoluteAt    = [6]int{227, 237, 247, 257, 266, 426}
)

const (
	lastBehind     = 166 - 105
	significant8At = 402
	lastBehind8    = 417 - significant8At
)

// significant8 and last8 are ctxIdxInc of an 8x8 block by levelListIdx (table 9-43).
var (
	significant8 = [63]uint8{
		0, 1, 2, 3, 4, 5, 5, 4, 4, 3, 3, 4, 4, 4, 5, 5,
		4, 4, 4, 4, 3, 3, 6, 7, 7, 7, 8, 9, 10, 9, 8, 7,
		7, 6, 11, 12, 13, 11, 6, 7, 8, 9, 14, 10, 9, 8, 6, 11,
		12, 13, 11, 6, 9, 14, 10, 9, 11, 12, 13, 11, 14, 10, 12,
	}
	last8 = [63]uint8{
		0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
		3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4,
		5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8,
	}
)

// block reads residual_block_cabac(), whose coded_block_flag has that context (clause
// 7.3.5.3.3), like levels.
func (c *cabac) block(context, cat int, scan []uint8, to *target) (total, sum int) {
	p := &c.state[context&511]
	row := transitions[*p&127]
	e, s := c.engine.decide(row, c.less(row))
	if *p = s; s < 0 {
		return c.levels(e, cat, scan, to)
	}
	if e.few() {
		e.value = c.load(e.value)
	}
	c.engine = e
	return 0, 0
}

// levels reads residual_block_cabac() behind its coded_block_flag, from e on:
// as many levels as scan is long, to the places that scan names. It returns how many are
// not zero and the sum of their absolute values.
func (c *cabac) levels(e engine, cat int, scan []uint8, to *target) (total, sum int) {
	var where uint64 // a bit for each level that is not zero
	if cat == catLuma8 {
		e, where = c.significance8(e)
	} else {
		e, where = c.significance(e, cat, len(scan))
	}
	total = bits.OnesCount64(where)
	base, most := absoluteAt[cat], uint(4)
	if cat == catChromaDC {
		most = 3
	}
	states := (*[10]int8)(c.state[base:])
	first, more := uint(1), uint(0)
	for where != 0 {
		if e.few() {
			e.value = c.load(e.value)
		}
		p := &states[first]
		row := transitions[*p&127]
		var s int8
		e, s = e.decide(row, e.less(row))
		*p = s
		v := 1
		if s < 0 {
			e, v = c.absolute(e, &states[5+min(most, more)])
			more++
			first = 0
		} else if first != 0 {
			first = min(4, first+1)
		}
		sum += v
		var bin uint32
		e, bin = e.bypass()
		at := 63 - bits.LeadingZeros64(where)
		where &^= 1 << (at & 63)
		if to != nil {
			sign := -int(bin)
			to.put(scan[at], int32(v^sign-sign))
		}
	}
	c.engine = e
	return total, sum
}

// significance reads which levels of a block of 16 or less are not zero (clause 7.3.5.3.3,
// significant_coeff_flag and last_significant_coeff_flag): a bit for each.
func (c *cabac) significance(e engine, cat, count int) (_ engine, where uint64) {
	states := (*[lastBehind + 16]int8)(c.state[significantAt[cat]:])
	end := uint(count - 1)
	for i := uint(0); i < end; i++ {
		if e.few() {
			e.value = c.load(e.value)
		}
		p := &states[i&15]
		row := transitions[*p&127]
		var s int8
		e, s = e.decide(row, e.less(row))
		if *p = s; s >= 0 {
			continue
		}
		where |= 1 << (i & 15)
		p = &states[lastBehind+i&15]
		row = transitions[*p&127]
		e, s = e.decide(row, e.less(row))
		if *p = s; s < 0 {
			return e, where
		}
	}
	return e, where | 1<<(end&15)
}

// significance8 is significance of an 8x8 block.
func (c *cabac) significance8(e engine) (_ engine, where uint64) {
	states := (*[lastBehind8 + 16]int8)(c.state[significant8At:])
	for i := uint(0); i < 63; i++ {
		if e.few() {
			e.value = c.load(e.value)
		}
		p := &states[significant8[i]&15]
		row := transitions[*p&127]
		var s int8
		e, s = e.decide(row, e.less(row))
		if *p = s; s >= 0 {
			continue
		}
		where |= 1 << (i & 63)
		p = &states[lastBehind8+last8[i]&15]
		row = transitions[*p&127]
		e, s = e.decide(row, e.less(row))
		if *p = s; s < 0 {
			return e, where
		}
	}
	return e, where | 1<<63
}

// absolute reads the rest of coeff_abs_level_minus1 (UEG0, clause 9.3.2.3) whose first
// bin was one, and returns the absolute level. All its bins have one context.
func (c *cabac) absolute(e engine, p *int8) (engine, int) {
	for v := 2; ; v++ {
		if e.few() {
			e.value = c.load(e.value)
		}
		row := transitions[*p&127]
		var s int8
		e, s = e.decide(row, e.less(row))
		*p = s
		switch {
		case s >= 0:
			return e, v
		case v == 14:
			c.engine = e
			v = 15 + c.golomb(0)
			return c.engine, v
		}
	}
}
