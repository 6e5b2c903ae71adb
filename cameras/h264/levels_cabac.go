package h264

// Contexts of a block's levels by ctxBlockCat (tables 9-34 and 9-40), of frames.
var (
	significantAt = [6]int{105, 120, 134, 149, 152, 402}
	lastAt        = [6]int{166, 181, 195, 210, 213, 417}
	absoluteAt    = [6]int{227, 237, 247, 257, 266, 426}
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

// levels reads residual_block_cabac() behind its coded_block_flag (clause 7.3.5.3.3):
// as many levels as scan is long, to the places that scan names. It returns how many are
// not zero and the sum of their absolute values.
func (c *cabac) levels(cat int, scan []uint8, to *target) (total, sum int) {
	var where [64]uint8 // of the levels that are not zero
	if cat == catLuma8 {
		total = c.significance8(&where)
	} else {
		total = c.significance(cat, len(scan), &where)
	}
	base, most := absoluteAt[cat], 4
	if cat == catChromaDC {
		most = 3
	}
	state := (*[10]uint8)(c.state[base:])
	e, first, more := c.engine, uint(1), 0
	for i := total - 1; i >= 0; i-- {
		p := &state[first]
		var s uint8
		e, s = e.decide(*p)
		*p = after[s]
		if e = e.settle(); e.few() {
			e.value = c.load(e.value)
		}
		v := 1
		if s&1 != 0 {
			c.engine = e
			v = c.absolute(base + 5 + min(most, more))
			e = c.engine
			more++
			first = 0
		} else if first != 0 {
			first = min(4, first+1)
		}
		sum += v
		var bin uint32
		if e, bin = e.bypass(); e.few() {
			e.value = c.load(e.value)
		}
		if to != nil {
			sign := -int(bin)
			to.put(scan[where[i&63]&63], int32(v^sign-sign))
		}
	}
	c.engine = e
	return total, sum
}

// significance reads which levels of a block of 16 or less are not zero.
func (c *cabac) significance(cat, count int, where *[64]uint8) int {
	significant, last := (*[16]uint8)(c.state[significantAt[cat]:]), (*[16]uint8)(c.state[lastAt[cat]:])
	e, total := c.engine, 0
	for i := range uint(count - 1) {
		p := &significant[i&15]
		var s uint8
		e, s = e.decide(*p)
		*p = after[s]
		if e = e.settle(); e.few() {
			e.value = c.load(e.value)
		}
		if s&1 == 0 {
			continue
		}
		where[total&63] = uint8(i)
		total++
		p = &last[i&15]
		e, s = e.decide(*p)
		*p = after[s]
		if e = e.settle(); e.few() {
			e.value = c.load(e.value)
		}
		if s&1 != 0 {
			c.engine = e
			return total
		}
	}
	c.engine = e
	where[total&63] = uint8(count - 1)
	return total + 1
}

// significance8 is significance of an 8x8 block.
func (c *cabac) significance8(where *[64]uint8) int {
	significant, last := (*[16]uint8)(c.state[significantAt[catLuma8]:]), (*[16]uint8)(c.state[lastAt[catLuma8]:])
	e, total := c.engine, 0
	for i := range significant8 {
		p := &significant[significant8[i]&15]
		var s uint8
		e, s = e.decide(*p)
		*p = after[s]
		if e = e.settle(); e.few() {
			e.value = c.load(e.value)
		}
		if s&1 == 0 {
			continue
		}
		where[total&63] = uint8(i)
		total++
		p = &last[last8[i]&15]
		e, s = e.decide(*p)
		*p = after[s]
		if e = e.settle(); e.few() {
			e.value = c.load(e.value)
		}
		if s&1 != 0 {
			c.engine = e
			return total
		}
	}
	c.engine = e
	where[total&63] = 63
	return total + 1
}

// absolute reads the rest of coeff_abs_level_minus1 (UEG0, clause 9.3.2.3) whose first
// bin was one, and returns the absolute level.
func (c *cabac) absolute(context int) int {
	v := 2
	for v < 15 && c.decide(context) != 0 {
		v++
	}
	if v == 15 {
		v += c.golomb(0)
	}
	return v
}
