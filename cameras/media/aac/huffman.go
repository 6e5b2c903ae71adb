package aac

// code is a codeword: its length in bits, and the bits.
type code struct {
	bits uint8
	word uint32
}

// largest is the largest magnitude of codebook 8, which sound is encoded with.
const largest = 7

// steepest is the largest step from one band's scale factor to the next that is
// made.
const steepest = 15

// farthest is the largest step that can be told.
const farthest = 60

// steps is the codebook of scale factors, from -farthest to farthest (ISO/IEC 14496-3 table
// 4.A.1).
var steps = [2*farthest + 1]code{
	{18, 0x3ffe8}, {18, 0x3ffe6}, {18, 0x3ffe7}, {18, 0x3ffe5}, {19, 0x7fff5}, {19, 0x7fff1}, {19, 0x7ffed}, {19, 0x7fff6},
	{19, 0x7ffee}, {19, 0x7ffef}, {19, 0x7fff0}, {19, 0x7fffc}, {19, 0x7fffd}, {19, 0x7ffff}, {19, 0x7fffe}, {19, 0x7fff7},
	{19, 0x7fff8}, {19, 0x7fffb}, {19, 0x7fff9}, {18, 0x3ffe4}, {19, 0x7fffa}, {18, 0x3ffe3}, {17, 0x1ffef}, {17, 0x1fff0},
	{16, 0xfff5}, {17, 0x1ffee}, {16, 0xfff2}, {16, 0xfff3}, {16, 0xfff4}, {16, 0xfff1}, {15, 0x7ff6}, {15, 0x7ff7},
	{14, 0x3ff9}, {14, 0x3ff5}, {14, 0x3ff7}, {14, 0x3ff3}, {14, 0x3ff6}, {14, 0x3ff2}, {13, 0x1ff7}, {13, 0x1ff5},
	{12, 0xff9}, {12, 0xff7}, {12, 0xff6}, {11, 0x7f9}, {12, 0xff4}, {11, 0x7f8}, {10, 0x3f9}, {10, 0x3f7},
	{10, 0x3f5}, {9, 0x1f8}, {9, 0x1f7}, {8, 0x0fa}, {8, 0x0f8}, {8, 0x0f6}, {7, 0x079}, {6, 0x03a},
	{6, 0x038}, {5, 0x01a}, {4, 0x00b}, {3, 0x004}, {1, 0x000}, {4, 0x00a}, {4, 0x00c}, {5, 0x01b},
	{6, 0x039}, {6, 0x03b}, {7, 0x078}, {7, 0x07a}, {8, 0x0f7}, {8, 0x0f9}, {9, 0x1f6}, {9, 0x1f9},
	{10, 0x3f4}, {10, 0x3f6}, {10, 0x3f8}, {11, 0x7f5}, {11, 0x7f4}, {11, 0x7f6}, {11, 0x7f7}, {12, 0xff5},
	{12, 0xff8}, {13, 0x1ff4}, {13, 0x1ff6}, {13, 0x1ff8}, {14, 0x3ff8}, {14, 0x3ff4}, {16, 0xfff0}, {15, 0x7ff4},
	{16, 0xfff6}, {15, 0x7ff5}, {18, 0x3ffe2}, {19, 0x7ffd9}, {19, 0x7ffda}, {19, 0x7ffdb}, {19, 0x7ffdc}, {19, 0x7ffdd},
	{19, 0x7ffde}, {19, 0x7ffd8}, {19, 0x7ffd2}, {19, 0x7ffd3}, {19, 0x7ffd4}, {19, 0x7ffd5}, {19, 0x7ffd6}, {19, 0x7fff2},
	{19, 0x7ffdf}, {19, 0x7ffe7}, {19, 0x7ffe8}, {19, 0x7ffe9}, {19, 0x7ffea}, {19, 0x7ffeb}, {19, 0x7ffe6}, {19, 0x7ffe0},
	{19, 0x7ffe1}, {19, 0x7ffe2}, {19, 0x7ffe3}, {19, 0x7ffe4}, {19, 0x7ffe5}, {19, 0x7ffd7}, {19, 0x7ffec}, {19, 0x7fff4},
	{19, 0x7fff3},
}

// writer puts bits behind each other, the highest first.
type writer struct {
	out  []byte
	left uint // bits of the last byte that are free
}

func (w *writer) put(bits uint8, word uint32) {
	for bits > 0 {
		if w.left == 0 {
			w.out, w.left = append(w.out, 0), 8
		}
		n := min(uint(bits), w.left)
		part := byte(word >> (uint(bits) - n) & (1<<n - 1))
		w.out[len(w.out)-1] |= part << (w.left - n)
		bits, w.left = bits-uint8(n), w.left-n
	}
}
