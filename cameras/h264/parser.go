package h264

// Picture is what a Parser found in one picture. It is the parser's own and holds
// until the next one is parsed.
type Picture struct {
	// SPS describes the pictures of the stream.
	SPS *SPS
	// Columns and Rows count macroblocks; Count is how many were coded.
	Columns, Rows, Count int
	// IDR says that the picture stands alone and begins a sequence; Intra that it has
	// no macroblock that is predicted from another one.
	IDR, Intra bool
	// Energy is of each macroblock, by rows: the sum of the absolute luma levels times
	// the quantiser's step, and of the absolute vector differences in quarter samples,
	// 65535 at most. That one is intra adds nothing: encoders choose that for noise in a
	// fine picture, and for all of a flat place whose light changes.
	Energy []uint16

	macroblocks []macroblock // the last two rows; all where vectors are
	vectors     [][16]Vector
}

// Parser takes pictures apart. It is for one stream, and for one goroutine.
type Parser struct {
	// Vectors says that the motion vectors are worked out: nothing else of a picture needs
	// them. It is set before the first picture.
	Vectors bool

	sets    parameterSets
	slice   slice
	slices  uint64 // counted since the start
	picture Picture
	rbsp    []byte
}

// Parse takes the NAL units of one access unit, parameter sets among them, and
// returns its picture: nil if it has no slice. A picture that has an error has no
// result; the parser is ready for the next one all the same.
func (p *Parser) Parse(units [][]byte) (*Picture, error) {
	found, primary := false, false
	for _, unit := range units {
		switch t := Type(unit); t {
		case nalSPS, nalPPS:
			if err := p.sets.keep(unit); err != nil {
				return nil, err
			}
		case nalPartition, nalPartition + 1, nalPartition + 2:
			return nil, unsupported("data partitioning")
		case nalSlice, nalIDR:
			redundant, err := p.parse(unit, !primary)
			if err != nil {
				return nil, p.sets.explain(err, units)
			}
			found, primary = true, primary || !redundant
		}
	}
	if !found {
		return nil, nil
	}
	if !primary {
		return nil, errRedundant
	}
	if want := p.picture.Columns * p.picture.Rows; p.picture.Count != want {
		return nil, damaged("a picture with macroblocks missing")
	}
	return &p.picture, nil
}

// parse takes one slice apart, unless it is redundant; first says that it begins a picture.
func (p *Parser) parse(unit []byte, first bool) (redundant bool, err error) {
	p.rbsp = unescape(p.rbsp, unit[1:])
	s := &p.slice
	s.bits = newBitReader(p.rbsp)
	h, err := parseHeader(&s.bits, unit[0], &p.sets)
	if err != nil || h.redundant {
		return h.redundant, err
	}
	if first {
		p.begin(&h)
	}
	if !first && !h.follows(&s.header) || h.first != p.picture.Count {
		return false, errOrder
	}
	p.slices++
	s.header, s.id = h, p.slices
	s.macroblocks, s.energies, s.vectors = p.picture.macroblocks, p.picture.Energy, p.picture.vectors
	p.picture.Intra = p.picture.Intra && h.kind == sliceI
	n, err := s.parse()
	p.picture.Count += n
	return false, err
}

// begin makes room for a picture.
func (p *Parser) begin(h *header) {
	if p.picture.Columns != h.sps.Columns || p.picture.Rows != h.sps.Rows {
		n, kept := h.sps.Columns*h.sps.Rows, 2*h.sps.Columns
		var vectors [][16]Vector
		if p.Vectors {
			kept, vectors = n, make([][16]Vector, n)
		}
		p.picture = Picture{Energy: make([]uint16, n), macroblocks: make([]macroblock, kept), vectors: vectors}
	}
	p.picture.SPS, p.picture.Columns, p.picture.Rows = h.sps, h.sps.Columns, h.sps.Rows
	p.picture.Count, p.picture.IDR, p.picture.Intra = 0, h.idr, true
}
