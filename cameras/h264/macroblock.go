package h264

// Kind is how a macroblock was coded.
type Kind uint8

// The kinds of macroblocks (tables 7-11, 7-13 and 7-14).
const (
	// Skip repeats what the references show there (P_Skip, B_Skip).
	Skip Kind = iota
	// Inter is predicted from other pictures.
	Inter
	// Intra4x4, Intra8x8 and Intra16x16 are predicted from their own picture.
	Intra4x4
	Intra8x8
	Intra16x16
	// PCM brings its samples as they are.
	PCM
)

// Intra says that a kind needs no other picture.
func (k Kind) Intra() bool { return k >= Intra4x4 }

// Vector is a motion vector in quarter samples of luma.
type Vector struct{ X, Y int16 }

// difference is the absolute difference of a vector from its prediction, 255 at
// most: contexts of later ones are chosen by it, and no threshold there is above 32.
type difference struct{ x, y uint8 }

// macroblock is what later macroblocks and the drawing need to know of one. Blocks of
// 4x4 luma samples are counted in rows: block x + 4*y.
type macroblock struct {
	slice      uint64 // which slice it is of, 0 for none
	kind       Kind
	direct     bool // B_Skip or B_Direct_16x16
	transform8 bool
	chromaMode uint8 // intra_chroma_pred_mode
	lumaMode   uint8 // Intra16x16PredMode
	cbp        uint8 // CodedBlockPatternLuma | CodedBlockPatternChroma << 4
	dc         uint8 // coded_block_flag of the DC blocks: bit 0 Y, 1 Cb, 2 Cr
	qp         uint8 // QPY
	// nonzero is total_coeff of each block: 16 of Y, 4 of Cb, 4 of Cr.
	nonzero [24]uint8
	// modes is Intra4x4PredMode or Intra8x8PredMode of each block.
	modes [16]int8
	// refs is refIdxL0 and refIdxL1 of each quarter, -1 for none.
	refs [2][4]int8
	// differences of the blocks at the bottom and at the right, for both lists.
	differences [2]struct{ bottom, right [4]difference }
}

// blockX and blockY are where luma4x4BlkIdx lies, in blocks (clause 6.4.3); rowOf is
// its number counted in rows.
var (
	blockX = [16]uint8{0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3}
	blockY = [16]uint8{0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3}
	rowOf  = [16]uint8{0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15}
)

// orderOf is the inverse of rowOf: luma4x4BlkIdx of a block counted in rows.
var orderOf = [16]uint8{0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15}

// partition is a part of a macroblock with vectors of its own, in blocks.
type partition struct{ x, y, w, h uint8 }

// Shapes of mb_type and sub_mb_type.
var (
	whole  = []partition{{0, 0, 4, 4}}
	wide   = []partition{{0, 0, 4, 2}, {0, 2, 4, 2}}
	tall   = []partition{{0, 0, 2, 4}, {2, 0, 2, 4}}
	shapes = [4][]partition{ // of a quarter: 8x8, 8x4, 4x8, 4x4
		{{0, 0, 2, 2}},
		{{0, 0, 2, 1}, {0, 1, 2, 1}},
		{{0, 0, 1, 2}, {1, 0, 1, 2}},
		{{0, 0, 1, 1}, {1, 0, 1, 1}, {0, 1, 1, 1}, {1, 1, 1, 1}},
	}
)

// Which lists a partition is predicted from.
const (
	fromL0 = 1
	fromL1 = 2
	fromBi = fromL0 | fromL1
)

// predictionsB is table 7-14: which lists the partitions of mb_type 1 to 21 of B
// slices are predicted from. Types 4 and on are 16x8 when even and 8x16 when odd.
var predictionsB = [22][2]uint8{
	1: {fromL0}, 2: {fromL1}, 3: {fromBi},
	4: {fromL0, fromL0}, 5: {fromL0, fromL0},
	6: {fromL1, fromL1}, 7: {fromL1, fromL1},
	8: {fromL0, fromL1}, 9: {fromL0, fromL1},
	10: {fromL1, fromL0}, 11: {fromL1, fromL0},
	12: {fromL0, fromBi}, 13: {fromL0, fromBi},
	14: {fromL1, fromBi}, 15: {fromL1, fromBi},
	16: {fromBi, fromL0}, 17: {fromBi, fromL0},
	18: {fromBi, fromL1}, 19: {fromBi, fromL1},
	20: {fromBi, fromBi}, 21: {fromBi, fromBi},
}

// quartersB is table 7-18: list and shape of each sub_mb_type of B slices; type 0 is
// B_Direct_8x8.
var quartersB = [13]struct{ from, shape uint8 }{
	1: {fromL0, 0}, 2: {fromL1, 0}, 3: {fromBi, 0},
	4: {fromL0, 1}, 5: {fromL0, 2}, 6: {fromL1, 1}, 7: {fromL1, 2},
	8: {fromBi, 1}, 9: {fromBi, 2},
	10: {fromL0, 3}, 11: {fromL1, 3}, 12: {fromBi, 3},
}
