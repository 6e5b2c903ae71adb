package h264

import "encoding/binary"

// Prediction modes of 4x4 and 8x8 blocks (tables 8-2 and 8-3).
const (
	modeVertical = iota
	modeHorizontal
	modeDC
	modeDownLeft
	modeDownRight
	modeVerticalRight
	modeHorizontalDown
	modeVerticalLeft
	modeHorizontalUp
)

// edge holds the samples around a block of n by n in one line from the bottom left over the
// corner to the top right, eight in a word, the first one lowest. The corner is the first of
// top. Where n is 4, what is from the left lies in the upper half of its word. At both ends
// the line goes on with its last sample.
type edge struct{ left, top, right, end uint64 }

// ones8 times a sample are eight of it.
const ones8 = 0x0101010101010101

// around says which samples of an edge there are.
type around struct{ left, top, corner, right bool }

// allows says that a mode may be used with those samples (clauses 8.3.1.2.1 to 8.3.1.2.9).
func (a around) allows(mode int8) bool {
	switch mode {
	case modeVertical, modeDownLeft, modeVerticalLeft:
		return a.top
	case modeHorizontal, modeHorizontalUp:
		return a.left
	case modeDC:
		return true
	}
	return a.left && a.top && a.corner
}

// edgeOf fetches the samples around the block of n by n at p[at].
func edgeOf(p []uint8, at, stride, n int, a around) (e edge) {
	if a.left {
		from := at + (n-1)*stride - 1
		e.left = uint64(p[from]) * ones8
		for range n {
			e.left = e.left>>8 | uint64(p[from])<<56
			from -= stride
		}
	}
	if a.corner {
		e.top = uint64(p[at-stride-1])
	}
	if a.top {
		row, right := above(p[at-stride:], n, a.right)
		e.top |= row << 8
		e.right, e.end = row>>56|right<<8, right>>56*ones8
	}
	return e
}

// above are the samples above a block and to the right of those. What is not there is the
// last sample above (clause 8.3.1.2).
func above(p []uint8, n int, more bool) (row, right uint64) {
	if n == 8 {
		row = binary.LittleEndian.Uint64(p)
		if right = row >> 56 * ones8; more {
			right = binary.LittleEndian.Uint64(p[8:])
		}
		return row, right
	}
	row = uint64(binary.LittleEndian.Uint32(p))
	if right = row >> 24 * ones8; more {
		right = uint64(binary.LittleEndian.Uint32(p[4:]))
	}
	row |= right << 32
	return row, row >> 56 * ones8
}

// put sets a row of n samples, 4 or 8.
func put(row []uint8, v uint64, n int) {
	if n == 4 {
		binary.LittleEndian.PutUint32(row, uint32(v))
		return
	}
	binary.LittleEndian.PutUint64(row, v)
}

// smooth filters the samples around an 8x8 block (clause 8.3.2.2.1). A line that ends goes on
// with its last sample.
func (e edge) smooth(a around) edge {
	corner, first := e.top&255, e.top>>8&255
	left, top, next := e.left, e.top, corner // next is behind what is from the left
	switch {
	case !a.corner: // two lines
		next, top = left>>56, top&^255|first
	case !a.left:
		left = corner << 56
	case !a.top:
		top = corner | corner<<8
	}
	return edge{
		left:  threes(e.left<<56, e.left, next),
		top:   threes(left, top, e.right),
		right: threes(top, e.right, e.end),
		end:   threes(e.right, e.end, e.end) & 255 * ones8,
	}
}

// draw predicts the block of n by n at p in a mode that a allows.
func (e edge) draw(p []uint8, stride, n int, mode int8, a around) {
	var row uint64
	switch mode {
	case modeVertical:
		row = part(e.top, e.right, 1)
	case modeHorizontal:
		for y := range n {
			put(p[y*stride:], e.left>>56*ones8, n)
			e.left <<= 8
		}
		return
	case modeDC:
		row = e.mean(n, a) * ones8
	default:
		e.slant(p, stride, n, mode)
		return
	}
	for y := range n {
		put(p[y*stride:], row, n)
	}
}

// mean is the prediction of DC.
func (e edge) mean(n int, a around) uint64 {
	unused := uint(64 - 8*n)
	left, top := sum8(e.left>>unused), sum8(part(e.top, e.right, 1)<<unused)
	half := uint64(n / 2)
	switch {
	case a.left && a.top:
		return (left + top + 2*half) / uint64(2*n)
	case a.left:
		return (left + half) / uint64(n)
	case a.top:
		return (top + half) / uint64(n)
	}
	return 128
}

// sum8 adds the samples of a word.
func sum8(v uint64) uint64 {
	const pairs = 0x00ff00ff00ff00ff
	return (v&pairs + v>>8&pairs) * 0x0001000100010001 >> 48
}
