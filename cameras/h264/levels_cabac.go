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
func (c *cabac) block(context, cat, count int, f *found) (total, sum int) {
	p := &c.state[context&511]
	row := transitions[uint8(*p)]
	e, s := c.engine.decide(row, c.less(row))
	if *p = s; s < 0 {
		return c.levels(e, cat, count, f)
	}
	if e.few() {
		e.value = c.load(e.value)
	}
	c.engine = e
	f.where = 0
	return 0, 0
}

// levels reads residual_block_cabac() behind its coded_block_flag, from e on, as many levels
// as count says. It returns how many are not zero and the sum of their absolute values.
func (c *cabac) levels(e engine, cat, count int, f *found) (total, sum int) {
	if cat == catLuma8 {
		e, f.where = c.significance8(e)
	} else {
		e, f.where = c.significance(e, cat, count)
	}
	total = bits.OnesCount64(f.where)
	sum = total
	states := (*[16]int8)(c.state[absoluteAt[cat]:])
	// step is which contexts the next level has (clause 9.3.3.1.3): how many of one came, up to
	// three, or behind a larger one how many of those, and three.
	step := uint(0)
	for i := range total {
		if e.few() {
			e.value = c.load(e.value)
		}
		p := &states[oneAt[step&7]&15]
		row := transitions[uint8(*p)]
		var s int8
		e, s = e.decide(row, e.less(row))
		*p = s
		v := 1
		if s < 0 {
			step = max(step, 3)
			e, v = c.absolute(e, &states[(step+2)&15])
			step = min(step+1, 7)
			sum += v - 1
		} else if step < 3 {
			step++
		}
		var bin uint32
		e, bin = e.bypass()
		sign := -int32(bin)
		f.levels[i&63] = int32(v) ^ sign - sign
	}
	c.engine = e
	return total, sum
}

// oneAt is ctxIdxInc of the first bin of coeff_abs_level_minus1, by step of levels.
var oneAt = [8]uint8{1, 2, 3, 4, 0, 0, 0, 0}

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
		row := transitions[uint8(*p)]
		var s int8
		e, s = e.decide(row, e.less(row))
		if *p = s; s >= 0 {
			continue
		}
		where |= 1 << (i & 15)
		p = &states[lastBehind+i&15]
		row = transitions[uint8(*p)]
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
		row := transitions[uint8(*p)]
		var s int8
		e, s = e.decide(row, e.less(row))
		if *p = s; s >= 0 {
			continue
		}
		where |= 1 << (i & 63)
		p = &states[lastBehind8+last8[i]&15]
		row = transitions[uint8(*p)]
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
		row := transitions[uint8(*p)]
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
