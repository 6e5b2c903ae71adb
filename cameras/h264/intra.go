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

// edge holds the samples around a block of n by n, in one line from the bottom left over
// the corner to the top right: n to the left from the lowest up, the corner at n, 2n
// above.
type edge [32]uint8

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

// load fetches the samples around the block of n by n at p[at]. What is not there above
// to the right is the last sample above (clause 8.3.1.2).
func (e *edge) load(p []uint8, at, stride, n int, a around) {
	if a.left {
		from := at - 1
		for y := range n {
			e[(n-1-y)&15] = p[from]
			from += stride
		}
	}
	if a.corner {
		e[n&15] = p[at-stride-1]
	}
	if !a.top {
		return
	}
	row(e[n+1:], p[at-stride:], n)
	if a.right {
		row(e[2*n+1:], p[at-stride+n:], n)
		return
	}
	fill(e[2*n+1:][:n], e[2*n])
}

// row copies n samples, 4 or 8.
func row(to, from []uint8, n int) {
	if n == 4 {
		binary.NativeEndian.PutUint32(to, binary.NativeEndian.Uint32(from))
		return
	}
	binary.NativeEndian.PutUint64(to, binary.NativeEndian.Uint64(from))
}

// smooth filters the samples around an 8x8 block (clause 8.3.2.2.1).
func (e *edge) smooth(a around) {
	const n = 8
	in := *e
	end := func(i, j int) uint8 { return uint8((3*uint(in[i]) + uint(in[j]) + 2) >> 2) }
	if a.top {
		for i := n + 2; i < 3*n; i++ {
			e[i] = in.three(i)
		}
		e[3*n] = end(3*n, 3*n-1)
		e[n+1] = end(n+1, n+2)
	}
	if a.left {
		for i := 1; i < n-1; i++ {
			e[i] = in.three(i)
		}
		e[0] = end(0, 1)
		e[n-1] = end(n-1, n-2)
	}
	if !a.corner {
		return
	}
	if a.top {
		e[n+1] = in.three(n + 1)
	}
	if a.left {
		e[n-1] = in.three(n - 1)
	}
	switch {
	case a.top && a.left:
		e[n] = in.three(n)
	case a.top:
		e[n] = end(n, n+1)
	case a.left:
		e[n] = end(n, n-1)
	}
}

// draw predicts the block of n by n at p in a mode that a allows.
func (e *edge) draw(p []uint8, stride, n int, mode int8, a around) {
	switch mode {
	case modeVertical:
		for y := range n {
			row(p[y*stride:], e[n+1:], n)
		}
	case modeHorizontal:
		for y := range n {
			fill(p[y*stride:][:n], e[(n-1-y)&15])
		}
	case modeDC:
		dc := e.mean(n, a)
		for y := range n {
			fill(p[y*stride:][:n], dc)
		}
	default:
		e.slant(p, stride, n, mode)
	}
}

// fill sets a row of 4, 8 or 16 samples.
func fill(row []uint8, v uint8) {
	word := uint64(v) * 0x0101010101010101
	for len(row) >= 8 {
		binary.NativeEndian.PutUint64(row, word)
		row = row[8:]
	}
	if len(row) >= 4 {
		binary.NativeEndian.PutUint32(row, uint32(word))
	}
}

// mean is the prediction of DC.
func (e *edge) mean(n int, a around) uint8 {
	sum, count := 0, 0
	if a.left {
		for _, v := range e[:n] {
			sum += int(v)
		}
		count += n
	}
	if a.top {
		for _, v := range e[n+1:][:n] {
			sum += int(v)
		}
		count += n
	}
	if count == 0 {
		return 128
	}
	return uint8((sum + count/2) / count)
}

// three and two are the filters of the directional modes.
func (e *edge) three(i int) uint8 {
	return uint8((uint(e[(i-1)&31]) + 2*uint(e[i&31]) + uint(e[(i+1)&31]) + 2) >> 2)
}

func (e *edge) two(i int) uint8 { return uint8((uint(e[i]) + uint(e[i+1]) + 1) >> 1) }
