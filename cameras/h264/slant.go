package h264

import "math/bits"

// slant predicts the block of n by n at p in a directional mode. Along its direction a mode
// repeats a line of filtered samples, or one for even rows and one for odd ones, so each row
// is a part of a line.
func (e edge) slant(p []uint8, stride, n int, mode int8) {
	// The filters: twos of a sample and the next one, threes of one and those beside it.
	left, top, right := threes(e.left, e.left, e.top), threes(e.left, e.top, e.right), threes(e.top, e.right, e.end)
	var even, odd [2]uint64 // the lines
	first, step := 0, 1     // which part of them a pair of rows is
	switch mode {
	case modeDownLeft: // clauses 8.3.1.2.4 and 8.3.2.2.5
		even = [2]uint64{part(top, right, 2), part(right, threes(e.right, e.end, e.end), 2)}
		odd = [2]uint64{part(even[0], even[1], 1), even[1] >> 8}
		step = 2
	case modeDownRight: // clauses 8.3.1.2.5 and 8.3.2.2.6
		even = [2]uint64{left, top}
		odd = [2]uint64{left << 8, part(left, top, 7)}
		first, step = 8, -2
	case modeVerticalRight: // clauses 8.3.1.2.6 and 8.3.2.2.7: to the left, every second sample
		const a, b, c = 0xff << 56, 0xff << 48, 0xff << 40
		even = [2]uint64{left&a | left<<8&b | left<<16&c, twos(e.top, e.right)}
		odd = [2]uint64{left<<8&a | left<<16&b | left<<24&c, top}
		first, step = 8, -1
	case modeVerticalLeft: // clauses 8.3.1.2.8 and 8.3.2.2.9
		r := twos(e.right, e.end)
		even = [2]uint64{part(twos(e.top, e.right), r, 1), r >> 8}
		odd = [2]uint64{part(top, right, 2), right >> 16}
	case modeHorizontalDown:
		e.horizontalDown(p, stride, n)
		return
	default:
		e.horizontalUp(p, stride, n)
		return
	}
	for y := 0; y < n; y += 2 {
		put(p[y*stride:], part(even[0], even[1], first), n)
		put(p[(y+1)*stride:], part(odd[0], odd[1], first), n)
		first += step
	}
}

// horizontalDown predicts by Horizontal_Down: rows begin two samples earlier each in twos and
// threes of what is from the left in turn, behind them threes of what is from above (clauses
// 8.3.1.2.7 and 8.3.2.2.8).
func (e edge) horizontalDown(p []uint8, stride, n int) {
	left, top, right := threes(e.left, e.left, e.top), threes(e.left, e.top, e.right), threes(e.top, e.right, e.end)
	low, high := mixed(twos(e.left, e.top), part(left, top, 1))
	last := part(top, right, 1)
	for y := range n {
		if y == 4 {
			low, high, last = 0, low, high
		}
		put(p[y*stride:], part(high, last, 6-2*(y&3)), n)
	}
}

// horizontalUp predicts by Horizontal_Up: rows begin two samples later each in twos and threes
// of what is from the left in turn, downwards (clauses 8.3.1.2.9 and 8.3.2.2.10).
func (e edge) horizontalUp(p []uint8, stride, n int) {
	end := e.left & 255 // the lowest sample, with which all ends
	two, three := twos(e.left, e.top), threes(end<<56, e.left, e.top)
	now, next := mixed(bits.ReverseBytes64(two)>>8|end<<56, bits.ReverseBytes64(three)>>8|end<<56)
	for y := range n {
		if y == 4 {
			now, next = next, end*ones8
		}
		put(p[y*stride:], part(now, next, 2*(y&3)), n)
	}
}

// part are eight samples from the n-th of two words on.
func part(a, b uint64, n int) uint64 { return a>>(8*uint(n)) | b<<(64-8*uint(n)) }

// mixed are the samples of two words in turn.
func mixed(a, b uint64) (low, high uint64) {
	return apart(a) | apart(b)<<8, apart(a>>32) | apart(b>>32)<<8
}

// apart are the first four samples of a word with room for one behind each.
func apart(v uint64) uint64 {
	v &= 1<<32 - 1
	v = (v | v<<16) & 0x0000ffff0000ffff
	return (v | v<<8) & 0x00ff00ff00ff00ff
}

// twos are the means of the samples of a word and the ones behind them, and threes those of
// each and the ones beside it, which count half; before and next are the words around it.
func twos(word, next uint64) uint64 { return meanUp(word, word>>8|next<<56) }

func threes(before, word, next uint64) uint64 {
	return meanUp(meanDown(word<<8|before>>56, word>>8|next<<56), word)
}

// meanDown and meanUp are the means of eight samples each, rounded down and up.
func meanDown(a, b uint64) uint64 { return a&b + (a^b)>>1&0x7f7f7f7f7f7f7f7f }

func meanUp(a, b uint64) uint64 { return (a | b) - (a^b)>>1&0x7f7f7f7f7f7f7f7f }
