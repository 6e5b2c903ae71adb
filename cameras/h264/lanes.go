package h264

// lanes are four numbers of 16 bits that are added and subtracted as one: the sum of each
// times 65536 to the power of its place, so that one that is negative borrows from the next.
// The transforms of a stream keep to those bits (clause 8.5.12); where one does not, its
// numbers get into each other.
type lanes uint64

const (
	// each times a number are four of it.
	each lanes = 0x0001000100010001
	// raise makes numbers of 16 bits positive: none borrows then.
	raise = each << 15
)

// half and quarter are each number >> 1 and >> 2.
func (l lanes) half() lanes { return (l+raise)>>1&(each*0x7fff) - raise>>1 }

func (l lanes) quarter() lanes { return (l+raise)>>2&(each*0x3fff) - raise>>2 }

// turned are four columns as rows.
func turned(a, b, c, d lanes) (_, _, _, _ lanes) {
	const even, low = 0x0000ffff0000ffff, 1<<32 - 1
	a, b, c, d = a+raise, b+raise, c+raise, d+raise
	ab, cd := a&even|b&even<<16, c&even|d&even<<16         // rows 0 and 2
	abOdd, cdOdd := a>>16&even|b&^even, c>>16&even|d&^even // rows 1 and 3
	return (ab&low | cd<<32) - raise, (abOdd&low | cdOdd<<32) - raise,
		(ab>>32 | cd&^low) - raise, (abOdd>>32 | cdOdd&^low) - raise
}

// line4 transforms four lines of a 4x4 block (clause 8.5.12.2), line8 four of an 8x8 block
// (clause 8.5.13): the first number of each is in the first word.
func line4(c0, c1, c2, c3 lanes) (_, _, _, _ lanes) {
	a, b := c0+c2, c0-c2
	e, f := c1.half()-c3, c1+c3.half()
	return a + f, b + e, b - e, a - f
}

func line8(c *[8]lanes) {
	a0, a2 := c[0]+c[4], c[0]-c[4]
	a4, a6 := c[2].half()-c[6], c[2]+c[6].half()
	b0, b2, b4, b6 := a0+a6, a2+a4, a2-a4, a0-a6
	a1 := c[5] - c[3] - c[7] - c[7].half()
	a3 := c[1] + c[7] - c[3] - c[3].half()
	a5 := c[7] - c[1] + c[5] + c[5].half()
	a7 := c[3] + c[5] + c[1] + c[1].half()
	b1, b7 := a1+a7.quarter(), a7-a1.quarter()
	b3, b5 := a3+a5.quarter(), a3.quarter()-a5
	c[0], c[7] = b0+b7, b0-b7
	c[1], c[6] = b2+b5, b2-b5
	c[2], c[5] = b4+b3, b4-b3
	c[3], c[4] = b6+b1, b6-b1
}

// raised says by how much what is added to samples is more than it means.
const raised = 512

// rest is what transformed numbers add to samples, raised.
func (l lanes) rest() lanes { return (l + raise + each*32) >> 6 & (each * 0x3ff) }

// added adds what is raised to eight samples, the first and every second one apart from the
// others, and clips them (Clip1Y and Clip1C for 8 bit).
func added(samples uint64, even, odd lanes) uint64 {
	const eight = each * 255
	even += lanes(samples)&eight - each*raised
	odd += lanes(samples)>>8&eight - each*raised
	if (even|odd)&^eight != 0 {
		even, odd = even.clipped(), odd.clipped()
	}
	return uint64(even | odd<<8)
}

// clipped are numbers of -512 to 1023 from 0 to 255.
func (l lanes) clipped() lanes {
	l += raise
	return (l | (l>>8|l>>9)&each*255) & (l >> 15 & each * 255)
}
