package worker

const (
	// lateBy is how far behind the last sequence number a packet may be to count
	// as late or repeated; one from further behind begins a new count (RFC 3550
	// §A.1, MAX_MISORDER).
	lateBy = 128
	// maxDropout is how many packets may be missing in a row. A greater step is a
	// new count: encoders that begin anew draw another number, and so do not lose
	// thousands of packets at once (RFC 3550 §A.1).
	maxDropout = 3000
	// anewAfter is how many late packets in an unbroken row are a new count that
	// happens to begin right behind the old one.
	anewAfter = 8
)

// sequence follows the sequence numbers of a track. One goroutine uses it.
type sequence struct {
	begun bool
	last  uint16
	late  uint16 // the last that came late
	row   int    // how many late ones followed each other up to it
	anew  bool   // the last one began a new count
}

// next takes the number of the packet that came. missing is how many before it
// did not; of a count that begins anew it is 1, because nobody knows. With
// late, the packet was given up or was here, and counts for nothing.
func (s *sequence) next(number uint16) (missing int, late bool) {
	step := int(int16(number - s.last))
	if !s.begun {
		step = 1
	}
	if step <= 0 && step > -lateBy {
		if number != s.late+1 {
			s.row = 0
		}
		s.late = number
		if s.row++; s.row < anewAfter {
			return 0, true
		}
	}
	s.anew = step < 1 || step-1 > maxDropout
	s.begun, s.last, s.row = true, number, 0
	if s.anew {
		return 1, false
	}
	return step - 1, false
}
