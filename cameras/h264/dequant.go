package h264

import "math/bits"

// weights are LevelScale4x4 and LevelScale8x8 of intra macroblocks (clause 8.5.9): by
// qP % 6 and by place (see zigzag4).
type weights struct {
	of    *pps
	four  [3][6][16]int32 // Y, Cb, Cr
	eight [6][64]int32
}

// norm4 and norm8 are the norms of the transforms' rows (equations 8-315 and 8-318).
var (
	norm4 = [6][3]int32{{10, 16, 13}, {11, 18, 14}, {13, 20, 16}, {14, 23, 18}, {16, 25, 20}, {18, 29, 23}}
	norm8 = [6][6]int32{
		{20, 18, 32, 19, 25, 24}, {22, 19, 35, 21, 28, 26}, {26, 23, 42, 24, 33, 31},
		{28, 25, 45, 26, 35, 33}, {32, 28, 51, 30, 40, 38}, {36, 32, 58, 34, 46, 43},
	}
)

// set works the weights of a picture parameter set out.
func (w *weights) set(p *pps) {
	if w.of == p {
		return
	}
	w.of = p
	for m := range 6 {
		for plane := range 3 {
			for i, at := range zigzag4 {
				x, y := at/4, at%4
				kind := 2
				if x%2 == 0 && y%2 == 0 {
					kind = 0
				} else if x%2 == 1 && y%2 == 1 {
					kind = 1
				}
				w.four[plane][m][at] = int32(p.scaling.four[plane][i]) * norm4[m][kind]
			}
		}
		for i, at := range zigzag8 {
			w.eight[m][at] = int32(p.scaling.eight[0][i]) * norm8[m][norm8Kind(at/4%8, at/32*4+at%4)]
		}
	}
}

// norm8Kind is which norm a place of an 8x8 block has (equation 8-317).
func norm8Kind(x, y uint8) int {
	switch {
	case x%4 == 0 && y%4 == 0:
		return 0
	case x%2 == 1 && y%2 == 1:
		return 1
	case x%4 == 2 && y%4 == 2:
		return 2
	case x%4 == 0 && y%2 == 1 || x%2 == 1 && y%4 == 0:
		return 3
	case x%2 == 0 && y%2 == 0:
		return 4
	}
	return 5
}

// found are the levels of a block that are not zero: where has a bit for each, and the last one
// comes first.
type found struct {
	where  uint64
	levels [64]int32
}

// place puts the levels to the places in out that scan names.
func (f *found) place(out []int32, scan []uint8) {
	where := f.where
	for i := 0; where != 0; i++ {
		k := 63 - bits.LeadingZeros64(where)
		where &^= 1 << (k & 63)
		out[scan[k]] = f.levels[i&63]
	}
}

// scale is how levels become coefficients: they are multiplied with their weights and rounded to
// the step of the quantiser (equations 8-336 and 8-356).
type scale struct {
	weights     []int32 // of one block
	left, right uint8
	round       int32
}

// weigh sets the weights for a quantiser; shift is 4 for 4x4 blocks and 6 for 8x8.
func (t *scale) weigh(weights []int32, qp, shift int) {
	t.weights, t.left, t.right, t.round = weights, 0, 0, 0
	if step := qp / 6; step >= shift {
		t.left = uint8(step - shift)
	} else {
		t.right = uint8(shift - step)
		t.round = 1 << t.right >> 1
	}
}

// put adds the coefficients of levels to a block that has none there, at the places that scan
// names.
func (t *scale) put(f *found, out []lanes, scan []uint8) {
	weights, left, right, round := t.weights, t.left&31, t.right&31, t.round
	where := f.where
	for i := 0; where != 0; i++ {
		k := 63 - bits.LeadingZeros64(where)
		where &^= 1 << (k & 63)
		at := scan[k]
		out[at/4] += lanes((f.levels[i&63]*weights[at]<<left+round)>>right) << (16 * (at % 4))
	}
}

// luma sets the weights of s.cur.
func (d *drawing) luma(s *slice, t *scale) {
	if qp := int(s.cur.qp); s.cur.transform8 {
		t.weigh(d.weights.eight[qp%6][:], qp, 6)
	} else {
		t.weigh(d.weights.four[0][qp%6][:], qp, 4)
	}
}

// colour is luma for Cb (plane of 1) or Cr.
func (d *drawing) colour(s *slice, plane int, t *scale) {
	qp := chromaQP(int(s.cur.qp), s.pps.chromaQP[plane-1])
	t.weigh(d.weights.four[plane][qp%6][:], qp, 4)
}

// scaleAll scales the DC levels of Intra16x16, which have one weight (equations 8-322 and
// 8-323).
func scaleAll(levels *[16]int32, weight int32, qp int) {
	if step := qp / 6; step < 6 {
		shift := uint(6-step) & 31
		for i, v := range levels {
			levels[i] = (v*weight + 1<<shift>>1) >> shift
		}
		return
	}
	for i, v := range levels {
		levels[i] = v * weight << (uint(qp/6-6) & 31)
	}
}

// chromaQP is QPC of a luma quantiser (table 8-15).
func chromaQP(qp, offset int) int {
	qp = min(51, max(0, qp+offset))
	if qp < 30 {
		return qp
	}
	return int(chromaQPs[qp-30])
}

var chromaQPs = [22]uint8{29, 30, 31, 32, 32, 33, 34, 34, 35, 35, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39}
