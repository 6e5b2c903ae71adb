package h264

// pps is what a picture parameter set says (clause 7.3.2.2).
type pps struct {
	id, sps          int
	cabac            bool
	fieldOrder       bool // bottom_field_pic_order_in_frame_present_flag
	refs             [2]int
	weighted         bool
	bipred           int
	qp               int // SliceQPY before slice_qp_delta
	chromaQP         [2]int
	deblocking       bool // deblocking_filter_control_present_flag
	constrainedIntra bool
	redundant        bool
	transform8       bool
	scaling          scaling
}

// parsePPS reads a picture parameter set's NAL unit. The sequence parameter set it
// names must have come, for its scaling lists fall back to that one's.
func parsePPS(unit []byte, sets *[maxSPS]*SPS) (*pps, error) {
	r := newBitReader(unescape(nil, unit[1:]))
	id, seq := r.ue(), r.ue()
	if id >= maxPPS || seq >= maxSPS {
		return nil, damaged("the id of a picture parameter set")
	}
	s := sets[seq]
	if s == nil {
		return nil, ErrParameterSet
	}
	p := &pps{id: int(id), sps: int(seq), scaling: s.scaling}
	p.cabac, p.fieldOrder = r.flag(), r.flag()
	if r.ue() != 0 {
		return nil, unsupported("slice groups")
	}
	for i := range p.refs {
		n := r.ue()
		if n > 31 {
			return nil, damaged("num_ref_idx_default_active")
		}
		p.refs[i] = int(n) + 1
	}
	p.weighted = r.flag()
	p.bipred = int(r.u(2))
	qp := r.se()
	r.se() // pic_init_qs: SP and SI slices only
	p.qp = 26 + int(qp)
	p.chromaQP[0] = int(r.se())
	p.chromaQP[1] = p.chromaQP[0]
	if qp < -26 || qp > 25 || p.chromaQP[0] < -12 || p.chromaQP[0] > 12 {
		return nil, damaged("the quantiser of a picture parameter set")
	}
	p.deblocking, p.constrainedIntra, p.redundant = r.flag(), r.flag(), r.flag()
	if r.more() {
		if err := p.parseHigh(&r, s); err != nil {
			return nil, err
		}
	}
	if r.over() {
		return nil, damaged("a picture parameter set that is cut off")
	}
	return p, nil
}

// parseHigh reads what only the High profiles send.
func (p *pps) parseHigh(r *bitReader, s *SPS) error {
	p.transform8 = r.flag()
	if r.flag() {
		fall := defaultScaling()
		if s.scalingIsSent {
			fall = s.scaling
		}
		lists := 6
		if p.transform8 {
			lists = 8
		}
		if err := p.scaling.parse(r, fall, lists); err != nil {
			return err
		}
	}
	p.chromaQP[1] = int(r.se())
	if p.chromaQP[1] < -12 || p.chromaQP[1] > 12 {
		return damaged("the quantiser of a picture parameter set")
	}
	return nil
}
