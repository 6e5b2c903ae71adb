package h264

// scaling is a set of scaling lists (clause 7.4.2.1.1.1), in the order of the zigzag
// scan: six for 4x4 blocks (intra Y, Cb, Cr, inter Y, Cb, Cr) and two for 8x8 luma
// blocks (intra, inter).
type scaling struct {
	four  [6][16]uint8
	eight [2][64]uint8
}

// flatScaling is Flat_4x4_16 and Flat_8x8_16.
func flatScaling() (s scaling) {
	for i := range s.four {
		for j := range s.four[i] {
			s.four[i][j] = 16
		}
	}
	for i := range s.eight {
		for j := range s.eight[i] {
			s.eight[i][j] = 16
		}
	}
	return s
}

// defaultScaling is table 7-3 and table 7-4: Default_4x4_Intra, Default_4x4_Inter,
// Default_8x8_Intra and Default_8x8_Inter.
func defaultScaling() scaling {
	intra := [16]uint8{6, 13, 13, 20, 20, 20, 28, 28, 28, 28, 32, 32, 32, 37, 37, 42}
	inter := [16]uint8{10, 14, 14, 20, 20, 20, 24, 24, 24, 24, 27, 27, 27, 30, 30, 34}
	return scaling{
		four: [6][16]uint8{intra, intra, intra, inter, inter, inter},
		eight: [2][64]uint8{
			{
				6, 10, 10, 13, 11, 13, 16, 16, 16, 16, 18, 18, 18, 18, 18, 23,
				23, 23, 23, 23, 23, 25, 25, 25, 25, 25, 25, 25, 27, 27, 27, 27,
				27, 27, 27, 27, 29, 29, 29, 29, 29, 29, 29, 31, 31, 31, 31, 31,
				31, 33, 33, 33, 33, 33, 36, 36, 36, 36, 38, 38, 38, 40, 40, 42,
			},
			{
				9, 13, 13, 15, 13, 15, 17, 17, 17, 17, 19, 19, 19, 19, 19, 21,
				21, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 24, 24, 24, 24,
				24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 27, 27, 27, 27, 27,
				27, 28, 28, 28, 28, 28, 30, 30, 30, 30, 32, 32, 32, 33, 33, 35,
			},
		},
	}
}

// parse reads n lists (clause 7.3.2.1.1.1). One that is not sent falls back to the
// one before it, the first of a kind to that of fall: the default for a sequence
// (rule A), the sequence's for a picture (rule B, table 7-2).
func (s *scaling) parse(r *bitReader, fall scaling, n int) error {
	standard := defaultScaling()
	for i := range 6 {
		before := fall.four[i]
		if i%3 != 0 {
			before = s.four[i-1]
		}
		if err := parseList(r, s.four[i][:], before[:], standard.four[i][:]); err != nil {
			return err
		}
	}
	for i := range s.eight {
		if 6+i >= n {
			s.eight[i] = fall.eight[i]
			continue
		}
		if err := parseList(r, s.eight[i][:], fall.eight[i][:], standard.eight[i][:]); err != nil {
			return err
		}
	}
	return nil
}

// parseList reads one list: scaling_list( ) of clause 7.3.2.1.1.1.
func parseList(r *bitReader, list, fall, standard []uint8) error {
	if !r.flag() {
		copy(list, fall)
		return nil
	}
	last, next := int32(8), int32(8)
	for i := range list {
		if next != 0 {
			delta := r.se()
			if delta < -128 || delta > 127 {
				return damaged("a scaling list")
			}
			next = (last + delta + 256) & 255
			if i == 0 && next == 0 {
				copy(list, standard)
				return nil
			}
		}
		if next != 0 {
			last = next
		}
		list[i] = uint8(last)
	}
	return nil
}
