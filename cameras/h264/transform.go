package h264

import "encoding/binary"

// clip8 is Clip1Y and Clip1C for 8 bit.
func clip8(v int32) uint8 {
	if uint32(v) <= 255 {
		return uint8(v)
	}
	return uint8(^(v >> 31)) // 0 below, 255 above
}

// add4 adds the inverse transform of a 4x4 block (clause 8.5.12.2) to the samples at p, whose
// rows are stride apart, and clears the block. Each word of it is a column.
func add4(p []uint8, stride int, c *[4]lanes) {
	c0, c1, c2, c3 := line4(c[0], c[1], c[2], c[3])
	*c = [4]lanes{}
	c0, c1, c2, c3 = line4(turned(c0, c2, c1, c3))
	addRows(p, stride, c0.rest(), c1.rest())
	addRows(p[2*stride:], stride, c2.rest(), c3.rest())
}

// addRows adds to two rows of four samples, of each the first and third before the others.
func addRows(p []uint8, stride int, a, b lanes) {
	const low = 1<<32 - 1
	second := p[stride:]
	v := uint64(binary.LittleEndian.Uint32(p)) | uint64(binary.LittleEndian.Uint32(second))<<32
	v = added(v, a&low|b<<32, a>>32|b&^low)
	binary.LittleEndian.PutUint32(p, uint32(v))
	binary.LittleEndian.PutUint32(second, uint32(v>>32))
}

// addFlat is add4 for a block of which only the first coefficient is not zero.
func addFlat(p []uint8, stride int, c int32) {
	v := lanes((c+32)>>6+raised) & 0x3ff * each
	addRows(p, stride, v, v)
	addRows(p[2*stride:], stride, v, v)
}

// add8 is add4 for an 8x8 block (clause 8.5.13). Its words are the columns of its upper half,
// then those of its lower half.
func add8(p []uint8, stride int, c *[16]lanes) {
	var even, odd [8]lanes // of columns, by rows
	for y := 0; y < 8; y += 4 {
		half := (*[8]lanes)(c[2*y:])
		line8(half)
		even[y], even[y+1], even[y+2], even[y+3] = turned(half[0], half[2], half[4], half[6])
		odd[y], odd[y+1], odd[y+2], odd[y+3] = turned(half[1], half[3], half[5], half[7])
	}
	*c = [16]lanes{}
	line8(&even)
	line8(&odd)
	for y := range 8 {
		row := p[y*stride:]
		binary.LittleEndian.PutUint64(row, added(binary.LittleEndian.Uint64(row), even[y].rest(), odd[y].rest()))
	}
}

// hadamard4 transforms the DC levels of Intra16x16 (clause 8.5.10).
func hadamard4(c *[16]int32) {
	for i := 0; i < 16; i += 4 {
		a, b, d, e := c[i]+c[i+1], c[i]-c[i+1], c[i+2]+c[i+3], c[i+2]-c[i+3]
		c[i], c[i+1], c[i+2], c[i+3] = a+d, a-d, b-e, b+e
	}
	for i := range 4 {
		a, b, d, e := c[i]+c[i+4], c[i]-c[i+4], c[i+8]+c[i+12], c[i+8]-c[i+12]
		c[i], c[i+4], c[i+8], c[i+12] = a+d, a-d, b-e, b+e
	}
}
