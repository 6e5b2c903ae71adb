package h264

// clip8 is Clip1Y and Clip1C for 8 bit.
func clip8(v int32) uint8 {
	if uint32(v) <= 255 {
		return uint8(v)
	}
	return uint8(^(v >> 31)) // 0 below, 255 above
}

// add4 adds the inverse transform of a 4x4 block (clause 8.5.12.2) to the samples at p,
// whose rows are stride apart, and clears the block.
func add4(p []uint8, stride int, c *[16]int32) {
	for i := 0; i < 16; i += 4 {
		a, b := c[i]+c[i+2], c[i]-c[i+2]
		e, f := c[i+1]>>1-c[i+3], c[i+1]+c[i+3]>>1
		c[i], c[i+1], c[i+2], c[i+3] = a+f, b+e, b-e, a-f
	}
	for i := range 4 {
		a, b := c[i]+c[i+8]+32, c[i]-c[i+8]+32
		e, f := c[i+4]>>1-c[i+12], c[i+4]+c[i+12]>>1
		c[i], c[i+4], c[i+8], c[i+12] = a+f, b+e, b-e, a-f
	}
	for y := range 4 {
		row, d := p[y*stride:][:4:4], (*[4]int32)(c[4*y:])
		row[0] = clip8(int32(row[0]) + d[0]>>6)
		row[1] = clip8(int32(row[1]) + d[1]>>6)
		row[2] = clip8(int32(row[2]) + d[2]>>6)
		row[3] = clip8(int32(row[3]) + d[3]>>6)
	}
	*c = [16]int32{}
}

// addFlat is add4 and add8 for a block of n by n of which only the first coefficient is
// not zero.
func addFlat(p []uint8, stride, n int, c *int32) {
	v := (*c + 32) >> 6
	*c = 0
	for y := range n {
		row := p[y*stride:][:n]
		for x := range row {
			row[x] = clip8(int32(row[x]) + v)
		}
	}
}

// add8 is add4 for an 8x8 block (clause 8.5.13).
func add8(p []uint8, stride int, c *[64]int32) {
	c[0] += 32 // rounds every result: what this coefficient is goes into each
	var turned [64]int32
	turn8(&turned, c)
	turn8(c, &turned)
	for y := range 8 {
		row, d := (*[8]uint8)(p[y*stride:]), (*[8]int32)(c[8*y:])
		row[0], row[1] = clip8(int32(row[0])+d[0]>>6), clip8(int32(row[1])+d[1]>>6)
		row[2], row[3] = clip8(int32(row[2])+d[2]>>6), clip8(int32(row[3])+d[3]>>6)
		row[4], row[5] = clip8(int32(row[4])+d[4]>>6), clip8(int32(row[5])+d[5]>>6)
		row[6], row[7] = clip8(int32(row[6])+d[6]>>6), clip8(int32(row[7])+d[7]>>6)
	}
	*c = [64]int32{}
}

// turn8 transforms the rows of an 8x8 block into columns.
func turn8(out, in *[64]int32) {
	for i := range 8 {
		c, d := (*[8]int32)(in[8*i:]), (*[57]int32)(out[i:])
		a0, a2 := c[0]+c[4], c[0]-c[4]
		a4, a6 := c[2]>>1-c[6], c[2]+c[6]>>1
		b0, b2, b4, b6 := a0+a6, a2+a4, a2-a4, a0-a6
		a1 := c[5] - c[3] - c[7] - c[7]>>1
		a3 := c[1] + c[7] - c[3] - c[3]>>1
		a5 := c[7] - c[1] + c[5] + c[5]>>1
		a7 := c[3] + c[5] + c[1] + c[1]>>1
		b1, b7 := a1+a7>>2, a7-a1>>2
		b3, b5 := a3+a5>>2, a3>>2-a5
		d[0], d[56] = b0+b7, b0-b7
		d[8], d[48] = b2+b5, b2-b5
		d[16], d[40] = b4+b3, b4-b3
		d[24], d[32] = b6+b1, b6-b1
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
