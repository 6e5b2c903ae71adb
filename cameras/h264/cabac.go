package h264

import (
	"encoding/binary"
	"math/bits"
)

// engine is what the arithmetic decoding engine (clause 9.3.3.2) holds between two bins.
// It is handed on by value, so that loops over bins keep it in registers.
type engine struct {
	// value is codIOffset << offsetShift, and the bits behind it that are loaded: a one that
	// is not of the data follows the last of them, zeros that one.
	value    uint64
	interval uint64 // codIRange << offsetShift
}

const (
	// offsetShift leaves a bit above the nine of codIOffset, for bypass.
	offsetShift = 54
	// fewBits is where the one behind the loaded bits stands at least when few of them are
	// left. Until then there are 22, and a bin takes seven at most: three bins may be decoded
	// from one load to the next time that is asked.
	fewBits = 32
)

// cabac is the engine with the contexts and the data of a slice.
type cabac struct {
	engine
	data  []byte    // the RBSP and its padding
	pos   int       // the next byte to load
	state [512]int8 // by context (see transitions); as many as a mask lets through
}

// start begins at a byte (clause 9.3.1.2).
func (c *cabac) start(data []byte, pos int) {
	c.data, c.pos = data, pos
	c.engine = engine{c.load(1 << (offsetShift + 8)), 510 << offsetShift}
}

// load adds four bytes behind the loaded bits; past the padding they are zero. It is no
// part of the loops that call it seldom: they need the registers.
//
//go:noinline
func (c *cabac) load(value uint64) uint64 {
	more := uint64(0)
	if i := uint(c.pos); i+4 <= uint(len(c.data)) {
		more = uint64(binary.BigEndian.Uint32(c.data[i:]))
	}
	c.pos += 4
	return value + (more<<1+1-1<<32)<<(uint(bits.TrailingZeros64(value)-fewBits)&63)
}

// reset sets the contexts for a slice of that quantiser (clause 9.3.1.1). column is
// 0 for I slices and cabac_init_idc + 1 for others.
func (c *cabac) reset(column, qp int) {
	for i := range contexts {
		p := &contexts[i][column&3]
		pre := min(126, max(1, int(p[0])*qp>>4+int(p[1])))
		if pre <= 63 {
			c.state[i] = int8(63-pre) << 1
		} else {
			c.state[i] = int8(pre-64)<<1 | 1
		}
	}
}

// less is rangeTabLPS of a state's row for the interval.
func (e engine) less(row uint64) uint64 {
	return row << (e.interval >> (offsetShift + 3) & 24) & (255 << offsetShift)
}

// decide decodes one bin with a context whose state has that row of transitions (clauses
// 9.3.3.2.1 and 9.3.3.2.2); less is what less says of it. It returns the state that follows,
// a negative number where the bin is one. Mostly a bin is what is more probable, so it is
// worth guessing: who asks for it branches by it anyhow.
func (e engine) decide(row, less uint64) (engine, int8) {
	high := e.interval - less
	if e.value < high {
		shift := high>>(offsetShift+8) ^ 1 // at least 128 are left of codIRange
		return engine{e.value << (shift & 63), high << (shift & 63)}, int8(row)
	}
	shift := renormalise[less>>offsetShift&255] & 63
	return engine{(e.value - high) << shift, less << shift}, int8(row >> 8)
}

// few says that more bits have to be loaded.
func (e engine) few() bool { return uint32(e.value) == 0 }

// bypass decodes one bin without a context (clause 9.3.3.2.3), without a branch: it is
// either as often.
func (e engine) bypass() (engine, uint32) {
	v := e.value << 1
	below := uint64(int64(v-e.interval) >> 63)
	e.value = v - e.interval&^below
	return e, uint32(below + 1)
}

// decide decodes one bin with a context: 0 or 1.
func (c *cabac) decide(context int) uint32 {
	p := &c.state[context&511]
	row := transitions[uint8(*p)]
	e, s := c.engine.decide(row, c.less(row))
	*p = s
	if e.few() {
		e.value = c.load(e.value)
	}
	c.engine = e
	return uint32(uint8(s) >> 7)
}

// bypass decodes one bin without a context.
func (c *cabac) bypass() uint32 {
	e, bin := c.engine.bypass()
	if e.few() {
		e.value = c.load(e.value)
	}
	c.engine = e
	return bin
}

// terminate decodes the bin that ends a slice or begins I_PCM (clause 9.3.3.2.2.3).
func (c *cabac) terminate() bool {
	c.interval -= 2 << offsetShift
	if c.value >= c.interval {
		return true
	}
	if c.interval < 256<<offsetShift {
		c.interval <<= 1
		if c.value <<= 1; c.few() {
			c.value = c.load(c.value)
		}
	}
	return false
}

// after is the first bit behind the data of the engine, once terminate was true: an
// encoder ends with the very bits that fill the engine's nine, the last of them one
// (clause 9.3.4.5, PutBit and WriteBits).
func (c *cabac) after() int { return 8*c.pos - (offsetShift - 1 - bits.TrailingZeros64(c.value)) }
