package h264

// slice is one slice while it is taken apart (clause 7.3.4). It is used again for
// the next one.
type slice struct {
	header
	bits  bitReader // of CAVLC and of the header
	cabac cabac

	id          uint64       // of this slice among all that the parser has seen, from 1 on
	macroblocks []macroblock // all of the picture, or of two rows: by address % their number
	vectors     [][16]Vector // of list 0, in P slices; nil where nobody wants them
	address     int
	// cur and its neighbours (clause 6.4.9); nil where there is none in this slice.
	cur, left, top, topLeft, topRight *macroblock

	qpDelta bool // the last macroblock changed the quantiser
	near    near
	found   found // of the block that was read last
	scale   scale // of the plane that is drawn
	levels  levels
	// draw, when it is there, is given each macroblock as it has been read.
	draw *drawing
	// energies takes the energy of each macroblock, unless the slice is drawn.
	energies []uint16
}

// parse reads the slice's macroblocks. It returns how many there were.
func (s *slice) parse() (int, error) {
	s.address, s.qpDelta = s.first, false
	if s.pps.cabac {
		return s.parseCABAC()
	}
	return s.parseCAVLC()
}

// parseCABAC reads slice_data() of a CABAC slice.
func (s *slice) parseCABAC() (int, error) {
	for !s.bits.aligned() {
		if !s.bits.flag() {
			return 0, damaged("cabac_alignment_one_bit")
		}
	}
	s.cabac.reset(s.initIDC, s.header.qp)
	s.cabac.start(s.bits.data, s.bits.pos/8)
	qp, all := s.header.qp, s.sps.Columns*s.sps.Rows
	for {
		if s.address >= all {
			return 0, damaged("more macroblocks than the picture has")
		}
		s.enter(qp)
		if s.kind != sliceI && s.skipped() {
			s.skip()
		} else if err := s.macroblock(); err != nil {
			return 0, err
		}
		qp = s.nextQP(qp)
		s.address++
		if s.cabac.terminate() {
			break
		}
		if s.cabac.pos > len(s.cabac.data)+cabacSlack {
			return 0, damaged("a slice that is cut off")
		}
	}
	// The last bit that the engine took is rbsp_stop_one_bit. x264 sets bits behind it,
	// up to the end of the byte.
	if (s.cabac.after()-1)/8 != s.bits.stop/8 {
		return 0, damaged("a slice that does not end where its data does")
	}
	return s.address - s.first, nil
}

// cabacSlack is how far the engine may have loaded past the padding while it still
// decodes what is there.
const cabacSlack = 4

// parseCAVLC reads slice_data() of a CAVLC slice.
func (s *slice) parseCAVLC() (int, error) {
	qp, all := s.header.qp, s.sps.Columns*s.sps.Rows
	for {
		if s.kind != sliceI {
			run := s.bits.count()
			if s.bits.over() || run > all-s.address {
				return 0, damaged("mb_skip_run")
			}
			for range run {
				s.enter(qp)
				s.skip()
				s.address++
			}
			if run > 0 && !s.bits.more() {
				break
			}
		}
		if s.address >= all {
			return 0, damaged("more macroblocks than the picture has")
		}
		s.enter(qp)
		if err := s.macroblock(); err != nil {
			return 0, err
		}
		qp = s.nextQP(qp)
		s.address++
		if s.bits.over() {
			return 0, damaged("a slice that is cut off")
		}
		if !s.bits.more() {
			break
		}
	}
	if s.bits.pos != s.bits.stop {
		return 0, damaged("a slice that does not end where its data does")
	}
	return s.address - s.first, nil
}

// nextQP is QPY,PRED of the next macroblock, qp having been that of the current one:
// I_PCM, whose own quantiser is 0, changes nothing.
func (s *slice) nextQP(qp int) int {
	if s.cur.kind == PCM {
		return qp
	}
	return int(s.cur.qp)
}

// enter begins the macroblock at s.address.
func (s *slice) enter(qp int) {
	columns := s.sps.Columns
	x, at := s.address%columns, s.address%len(s.macroblocks)
	s.cur = &s.macroblocks[at]
	*s.cur = macroblock{}
	s.cur.slice, s.cur.qp, s.cur.refs = s.id, uint8(qp), noRefs
	if s.vectors != nil {
		s.vectors[s.address] = [16]Vector{}
	}
	s.left, s.top, s.topLeft, s.topRight = nil, nil, nil, nil
	if x > 0 {
		s.left = s.here(at - 1)
	}
	if s.address < columns {
		return
	}
	above := at - columns
	if above < 0 {
		above += len(s.macroblocks)
	}
	s.top = s.here(above)
	if x > 0 {
		s.topLeft = s.here(above - 1)
	}
	if x < columns-1 {
		s.topRight = s.here(above + 1)
	}
}

var noRefs = [2][4]int8{{-1, -1, -1, -1}, {-1, -1, -1, -1}}

// here is a macroblock that is kept, nil if it is not of this slice.
func (s *slice) here(at int) *macroblock {
	if m := &s.macroblocks[at]; m.slice == s.id {
		return m
	}
	return nil
}

// skip makes the current macroblock P_Skip or B_Skip.
func (s *slice) skip() {
	m := s.cur
	m.kind, s.qpDelta = Skip, false
	s.keepEnergy(0)
	if s.kind == sliceB {
		m.direct = true
		return
	}
	m.refs[0] = [4]int8{}
	if s.vectors == nil || s.still() {
		return
	}
	s.near.loadVectors(s)
	v := s.near.median(partition{0, 0, 4, 4}, 0)
	for i := range s.vectors[s.address] {
		s.vectors[s.address][i] = v
	}
}
