package h264

import (
	"encoding/binary"
	"math/bits"
)

// engine is what the arithmetic decoding engine (clause 9.3.3.2) holds between two bins.
// It is handed on by value, so that loops over bins keep it in registers.
type engine struct {
	// value is codIOffset << offsetShift, and the bits behind it.
	value    uint64
	interval uint64 // codIRange
	spare    int    // how many bits behind codIOffset are loaded
}

const (
	// offsetShift leaves a bit above the nine of codIOffset, for bypass.
	offsetShift = 54
	// spareLow is how many spare bits a bin may need: seven of a renormalisation.
	spareLow = 8
)

// cabac is the engine with the contexts and the data of a slice.
type cabac struct {
	engine
	data  []byte     // the RBSP and its padding
	pos   int        // the next byte to load
	state [512]uint8 // by context; as many as a mask lets through
}

// start begins at a byte (clause 9.3.1.2).
func (c *cabac) start(data []byte, pos int) {
	c.data, c.pos = data, pos
	c.engine = c.load(engine{interval: 510, spare: -9})
}

// load adds four bytes; past the padding they are zero.
func (c *cabac) load(e engine) engine {
	if i := uint(c.pos); i+4 <= uint(len(c.data)) {
		e.value |= uint64(binary.BigEndian.Uint32(c.data[i:])) << (uint(offsetShift-32-e.spare) & 63)
	}
	c.pos += 4
	e.spare += 32
	return e
}

// reset sets the contexts for a slice of that quantiser (clause 9.3.1.1). column is
// 0 for I slices and cabac_init_idc + 1 for others.
func (c *cabac) reset(column, qp int) {
	for i := range contexts {
		p := &contexts[i][column&3]
		pre := min(126, max(1, int(p[0])*qp>>4+int(p[1])))
		if pre <= 63 {
			c.state[i] = uint8(63-pre) << 1
		} else {
			c.state[i] = uint8(pre-64)<<1 | 1
		}
	}
}

// decide decodes one bin with a context in that state (clause 9.3.3.2.1), all but the
// renormalisation: settle has to follow. A state is pStateIdx << 1 | valMPS; it comes back
// complemented for the less probable symbol, so that its last bit is the bin and after
// has its successor. There are no branches, for which way a bin goes cannot be guessed.
func (e engine) decide(state uint8) (engine, uint8) {
	low := uint64(rangeLPS[(e.interval<<1&0x180|uint64(state))&511])
	e.interval -= low
	bound := e.interval << offsetShift
	less := uint64(int64(bound-1-e.value) >> 63) // all ones when codIOffset is not below the bound
	e.value -= bound & less
	e.interval += (low - e.interval) & less
	return e, state ^ uint8(less)
}

// settle renormalises (clause 9.3.3.2.2), and loads when few bits are left.
func (c *cabac) settle(e engine) engine {
	shift := (9 - bits.Len64(e.interval)) & 63
	e.interval <<= shift
	e.value <<= shift
	if e.spare -= shift; e.spare < spareLow {
		return c.load(e)
	}
	return e
}

// bypass decodes one bin without a context (clause 9.3.3.2.3).
func (e engine) bypass() (engine, uint32) {
	bound := e.interval << offsetShift
	v := e.value << 1
	below := uint64(int64(v-bound) >> 63)
	e.value = v - bound&^below
	e.spare--
	return e, uint32(below + 1)
}

// decide decodes one bin with a context: 0 or 1.
func (c *cabac) decide(context int) uint32 {
	p := &c.state[context&511]
	e, s := c.engine.decide(*p)
	*p = after[s]
	c.engine = c.settle(e)
	return uint32(s & 1)
}

// bypass decodes one bin without a context.
func (c *cabac) bypass() uint32 {
	e, bin := c.engine.bypass()
	if e.spare < spareLow {
		e = c.load(e)
	}
	c.engine = e
	return bin
}

// terminate decodes the bin that ends a slice or begins I_PCM (clause 9.3.3.2.2.3).
func (c *cabac) terminate() bool {
	c.interval -= 2
	if c.value >= c.interval<<offsetShift {
		return true
	}
	if c.interval < 256 {
		c.interval <<= 1
		c.value <<= 1
		if c.spare--; c.spare < spareLow {
			c.engine = c.load(c.engine)
		}
	}
	return false
}

// after is the first bit behind the data of the engine, once terminate was true: an
// encoder ends with the very bits that fill the engine's nine, the last of them one
// (clause 9.3.4.5, PutBit and WriteBits).
func (c *cabac) after() int { return 8*c.pos - c.spare }
