package h264

// zigzag4 and zigzag8 are where the levels of a block go (tables 8-2 and 8-3, frames), counted
// as add4 and add8 have them: by columns, those of an 8x8 block first in its upper half.
var (
	zigzag4 = [16]uint8{0, 4, 1, 2, 5, 8, 12, 9, 6, 3, 7, 10, 13, 14, 11, 15}
	zigzag8 = zigzagOf8()
)

// chromaScan is the order of the chroma DC levels (clause 8.5.11.1).
var chromaScan = [4]uint8{0, 1, 2, 3}

// interleaved are the places of every fourth level of an 8x8 block, which CAVLC sends
// as a block of its own.
var interleaved = interleave()

// zigzagOf8 walks the diagonals of an 8x8 block, every other one upwards.
func zigzagOf8() (scan [64]uint8) {
	i := 0
	for d := range 15 {
		for k := range d + 1 {
			x, y := k, d-k
			if d%2 != 0 {
				x, y = y, x
			}
			if x < 8 && y < 8 {
				scan[i] = uint8(32*(y/4) + 4*x + y%4)
				i++
			}
		}
	}
	return scan
}

func interleave() (scans [4][16]uint8) {
	for i, at := range zigzag8 {
		scans[i%4][i/4] = at
	}
	return scans
}
