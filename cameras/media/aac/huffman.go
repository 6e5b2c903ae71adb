package aac

// code is a codeword: its length in bits, and the bits.
type code struct {
	bits uint8
	word uint16
}

// largest is the largest magnitude of codebook 8.
const largest = 7

// pairs is spectrum codebook 8, unsigned pairs up to 7 (ISO/IEC 14496-3 table
// 4.A.9), by the first value and the second; signs follow the word.
var pairs = [largest + 1][largest + 1]code{
	{{5, 0x00e}, {4, 0x005}, {5, 0x010}, {6, 0x030}, {7, 0x06f}, {8, 0x0f1}, {9, 0x1fa}, {10, 0x3fe}},
	{{4, 0x003}, {3, 0x000}, {4, 0x004}, {5, 0x012}, {6, 0x02c}, {7, 0x06a}, {7, 0x075}, {8, 0x0f8}},
	{{5, 0x00f}, {4, 0x002}, {4, 0x006}, {5, 0x014}, {6, 0x02e}, {7, 0x069}, {7, 0x072}, {8, 0x0f5}},
	{{6, 0x02f}, {5, 0x011}, {5, 0x013}, {6, 0x02a}, {6, 0x032}, {7, 0x06c}, {8, 0x0ec}, {8, 0x0fa}},
	{{7, 0x071}, {6, 0x02b}, {6, 0x02d}, {6, 0x031}, {7, 0x06d}, {7, 0x070}, {8, 0x0f2}, {9, 0x1f9}},
	{{8, 0x0ef}, {7, 0x068}, {6, 0x033}, {7, 0x06b}, {7, 0x06e}, {8, 0x0ee}, {8, 0x0f9}, {10, 0x3fc}},
	{{9, 0x1f8}, {7, 0x074}, {7, 0x073}, {8, 0x0ed}, {8, 0x0f0}, {8, 0x0f6}, {9, 0x1f6}, {9, 0x1fd}},
	{{10, 0x3fd}, {8, 0x0f3}, {8, 0x0f4}, {8, 0x0f7}, {9, 0x1f7}, {9, 0x1fb}, {9, 0x1fc}, {10, 0x3ff}},
}

// steepest is the largest step from one band's scale factor to the next that is
// made.
const steepest = 15

// steps is the part from -steepest to steepest of the codebook of scale factors
// (ISO/IEC 14496-3 table 4.A.1).
var steps = [2*steepest + 1]code{
	{11, 0x7f8}, {10, 0x3f9}, {10, 0x3f7}, {10, 0x3f5}, {9, 0x1f8}, {9, 0x1f7}, {8, 0x0fa}, {8, 0x0f8},
	{8, 0x0f6}, {7, 0x079}, {6, 0x03a}, {6, 0x038}, {5, 0x01a}, {4, 0x00b}, {3, 0x004}, {1, 0x000},
	{4, 0x00a}, {4, 0x00c}, {5, 0x01b}, {6, 0x039}, {6, 0x03b}, {7, 0x078}, {7, 0x07a}, {8, 0x0f7},
	{8, 0x0f9}, {9, 0x1f6}, {9, 0x1f9}, {10, 0x3f4}, {10, 0x3f6}, {10, 0x3f8}, {11, 0x7f5},
}

// writer puts bits behind each other, the highest first.
type writer struct {
	out  []byte
	left uint // bits of the last byte that are free
}

func (w *writer) put(bits uint8, word uint16) {
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
