package h264

// Kind is how the macroblock was coded, counted by rows: of a Parser that works vectors out,
// which keeps all of them.
func (p *Picture) Kind(i int) Kind { return p.macroblocks[i].kind }

// Vectors are the motion vectors of list 0 of a macroblock's blocks of 4x4 luma
// samples, by rows, and the reference of each quarter, -1 for none. They are known in
// P slices only, of a Parser that works them out.
func (p *Picture) Vectors(i int) (*[16]Vector, *[4]int8) {
	return &p.vectors[i], &p.macroblocks[i].refs[0]
}
