package picture

import (
	"encoding/binary"
	"image"
)

// A plane is made smaller line by line: those that a line of the smaller one covers are added,
// eight samples at once, in the columns that they have; of the sums of the columns that a
// sample covers comes its mean.

// mostLines bounds the lines whose mean one is, so that a sum of them fits 16 bits: more are
// only in pictures that are hundreds of times as high as they are to be.
const mostLines = 256

// pairs are the samples of a word that have an even place.
const pairs = 0x00ff00ff00ff00ff

// scale makes a plane smaller: each sample is the mean of those that it covers, whole ones
// only.
type scale struct {
	out           []uint8 // what is not filled yet
	stride        int     // of out
	width, height int     // of out
	in, lines     int     // width and height of what is made smaller

	seen, row int // lines taken, lines filled
	added     int // lines in the sums
	sums      []uint64
	// before has of each column the sum of those before it. It may begin anew at zero: the
	// sums of the columns of a sample are differences.
	before []uint32
}

// newScale fills a plane of a size from one of another, which is not smaller.
func newScale(out []uint8, stride int, size, from image.Point) scale {
	words := (from.X + 7) / 8
	return scale{
		out: out, stride: stride, width: size.X, height: size.Y, in: from.X, lines: from.Y,
		sums: make([]uint64, 2*words), before: make([]uint32, 8*words+1),
	}
}

// take takes the next line.
func (s *scale) take(line []uint8) {
	if s.row == s.height {
		return
	}
	if s.seen++; s.added < mostLines {
		s.add(line[:s.in])
	}
	if s.seen == (s.row+1)*s.lines/s.height {
		s.fill()
	}
}

// add adds a line to the sums: of eight samples those of even places to one word, the others
// to the next.
func (s *scale) add(line []uint8) {
	sums := s.sums
	if s.added++; s.added == 1 {
		clear(sums)
	}
	for len(line) >= 8 && len(sums) >= 2 {
		v := binary.LittleEndian.Uint64(line)
		sums[0] += v & pairs
		sums[1] += v >> 8 & pairs
		line, sums = line[8:], sums[2:]
	}
	if len(sums) >= 2 {
		var last [8]uint8
		copy(last[:], line)
		v := binary.LittleEndian.Uint64(last[:])
		sums[0] += v & pairs
		sums[1] += v >> 8 & pairs
	}
}

// fill makes a line of the sums.
func (s *scale) fill() {
	before, sum := s.before[1:], uint32(0)
	for sums := s.sums; len(sums) >= 2 && len(before) >= 8; sums, before = sums[2:], before[8:] {
		even, odd := sums[0], sums[1]
		for i := 0; i < 8; i += 2 {
			sum += uint32(even & 0xffff)
			before[i] = sum
			sum += uint32(odd & 0xffff)
			before[i+1] = sum
			even, odd = even>>16, odd>>16
		}
	}
	// Samples are of one width or of one more, which come in turn.
	width, more := s.in/s.width, s.in%s.width
	n, left, over := uint64(s.added*width), 0, 0
	narrow, wide := reciprocal(n), reciprocal(n+uint64(s.added))
	half, halfWide := n/2, (n+uint64(s.added))/2
	before = s.before
	line := s.out[:s.width]
	for x := range line {
		right, by, round := left+width, narrow, half
		if over += more; over >= s.width {
			over -= s.width
			right, by, round = right+1, wide, halfWide
		}
		line[x] = uint8((uint64(before[right]-before[left]) + round) * by >> reciprocalBits)
		left = right
	}
	s.row, s.added = s.row+1, 0
	s.out = s.out[min(s.stride, len(s.out)):]
}

// reciprocalBits are enough for means of as many samples as a picture may make one of, and few
// enough for their sums.
const reciprocalBits = 44

// reciprocal of n times 1<<reciprocalBits, rounded up: times a sum of n samples it is their mean.
func reciprocal(n uint64) uint64 { return (1<<reciprocalBits + n - 1) / max(n, 1) }
