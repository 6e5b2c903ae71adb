package h264

// slant predicts the block of n by n at p in a directional mode. Along its direction a
// mode repeats one line of samples, or one for even rows and one for odd ones, so each
// row is a part of a line.
func (e *edge) slant(p []uint8, stride, n int, mode int8) {
	var even, odd [32]uint8
	first, step, odds := 0, 0, false
	switch mode {
	case modeDownLeft:
		e.downLeft(&even, n)
		step = 1
	case modeDownRight:
		for i := range 2*n - 1 {
			even[i] = e.three(1 + i)
		}
		first, step = n-1, -1
	case modeVerticalRight:
		e.verticalRight(&even, &odd, n)
		first, step, odds = n/2-1, -1, true
	case modeHorizontalDown:
		e.horizontalDown(&even, n)
		first, step = 2*n-2, -2
	case modeVerticalLeft:
		for i := range n + n/2 - 1 {
			even[i], odd[i] = e.two(n+1+i), e.three(n+2+i)
		}
		step, odds = 1, true
	default:
		e.horizontalUp(&even, n)
		step = 2
	}
	for y := range n {
		switch {
		case !odds:
			row(p[y*stride:], even[first+step*y:], n)
		case y&1 == 0:
			row(p[y*stride:], even[first+step*(y/2):], n)
		default:
			row(p[y*stride:], odd[first+step*(y/2):], n)
		}
	}
}

// downLeft is the line of Diagonal_Down_Left by x + y (clauses 8.3.1.2.4 and 8.3.2.2.5).
func (e *edge) downLeft(line *[32]uint8, n int) {
	for i := range 2*n - 2 {
		line[i] = e.three(n + 2 + i)
	}
	line[2*n-2] = uint8((uint(e[3*n-1]) + 3*uint(e[3*n]) + 2) >> 2)
}

// verticalRight are the lines of Vertical_Right by n/2 - 1 + x - y/2: behind what is from
// the left, every second sample of it (clauses 8.3.1.2.6 and 8.3.2.2.7).
func (e *edge) verticalRight(even, odd *[32]uint8, n int) {
	left := n/2 - 1
	for i := range left {
		even[left-1-i], odd[left-1-i] = e.three(n-1-2*i), e.three(n-2-2*i)
	}
	for i := range n {
		even[left+i], odd[left+i] = e.two(n+i), e.three(n+i)
	}
}

// horizontalDown is the line of Horizontal_Down by 2n - 2 + x - 2y (clauses 8.3.1.2.7 and
// 8.3.2.2.8).
func (e *edge) horizontalDown(line *[32]uint8, n int) {
	for i := range n {
		line[2*i], line[2*i+1] = e.two(i), e.three(i+1)
	}
	for i := 2; i < n; i++ {
		line[2*n-2+i] = e.three(n - 1 + i)
	}
}

// horizontalUp is the line of Horizontal_Up by x + 2y (clauses 8.3.1.2.9 and 8.3.2.2.10).
func (e *edge) horizontalUp(line *[32]uint8, n int) {
	for i := range n - 1 {
		line[2*i], line[2*i+1] = e.two(n-2-i), e.three(n-2-i)
	}
	line[2*n-3] = uint8((uint(e[1]) + 3*uint(e[0]) + 2) >> 2)
	for i := 2*n - 2; i < 3*n-2; i++ {
		line[i] = e[0]
	}
}
