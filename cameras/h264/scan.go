package h264

// zigzag4 and zigzag8 are where the levels of a block go, counted in rows (tables 8-2
// and 8-3, frames).
var (
	zigzag4 = [16]uint8{0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15}
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
				scan[i] = uint8(8*y + x)
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
