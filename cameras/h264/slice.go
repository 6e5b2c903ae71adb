package h264

// Kinds of slices (table 7-6, slice_type % 5).
const (
	sliceP = 0
	sliceB = 1
	sliceI = 2
)

// maxReordered bounds the loops of a slice header: modifications of a reference
// list and marks of reference pictures. A frame has at most 16 references, so
// that twice as many of each are enough for any stream.
const maxReordered = 66

// header is a slice header (clause 7.3.3).
type header struct {
	sps    *SPS
	pps    *pps
	first  int // first_mb_in_slice
	kind   int
	idr    bool
	refIDC int // nal_ref_idc
	// frameNum, pocLSB and idrID tell pictures apart: see follows.
	frameNum, pocLSB, idrID uint32
	refs                    [2]int // num_ref_idx_active
	spatial                 bool   // direct_spatial_mv_pred_flag
	initIDC                 int    // 0 for I slices, cabac_init_idc+1 for others
	qp                      int    // SliceQPY
	filter                  int    // disable_deblocking_filter_idc
	redundant               bool   // it repeats a part of the picture (clause 7.4.3)
	alpha, beta             int    // FilterOffsetA, FilterOffsetB
}

// parseHeader reads the header of a slice; the reader then stands at slice_data().
func parseHeader(r *bitReader, unit byte, sets *parameterSets) (h header, err error) {
	h.refIDC, h.idr = int(unit>>5&3), unit&0x1f == nalIDR
	first, kind, id := r.ue(), r.ue(), r.ue()
	if kind > 9 || id >= maxPPS {
		return h, damaged("a slice header")
	}
	if h.kind = int(kind % 5); h.kind > sliceI {
		return h, unsupported("switching slices (SP, SI)")
	}
	if h.pps = sets.pps[id]; h.pps == nil || sets.sps[h.pps.sps] == nil {
		return h, ErrParameterSet
	}
	h.sps = sets.sps[h.pps.sps]
	if first >= uint32(h.sps.Columns*h.sps.Rows) || h.idr && h.kind != sliceI {
		return h, damaged("a slice header")
	}
	h.first = int(first)
	h.frameNum = r.u(h.sps.frameNumBits)
	if h.idr {
		h.idrID = r.ue()
	}
	h.parseOrder(r)
	if err := h.parseRefs(r); err != nil {
		return h, err
	}
	if h.refIDC != 0 && !h.parseMarking(r) {
		return h, damaged("the marking of reference pictures")
	}
	return h, h.parseCoding(r)
}

// follows says that a slice may be of the same primary coded picture as another one:
// those of two pictures, the end of one and the beginning of the next being lost, differ
// in one of these (clause 7.4.1.2.4).
func (h *header) follows(before *header) bool {
	return h.sps == before.sps && h.idr == before.idr && h.idrID == before.idrID &&
		h.frameNum == before.frameNum && h.pocLSB == before.pocLSB && (h.refIDC == 0) == (before.refIDC == 0)
}

// parseOrder reads the picture order count and the number of a redundant picture.
func (h *header) parseOrder(r *bitReader) {
	switch {
	case h.sps.pocType == 0:
		h.pocLSB = r.u(h.sps.pocBits)
		if h.pps.fieldOrder {
			r.se()
		}
	case h.sps.pocType == 1 && !h.sps.deltaPOCZero:
		r.se()
		if h.pps.fieldOrder {
			r.se()
		}
	}
	h.redundant = h.pps.redundant && r.ue() > 0
}

// parseRefs reads which pictures are referred to, and with what weight.
func (h *header) parseRefs(r *bitReader) error {
	if h.kind == sliceB {
		h.spatial = r.flag()
	}
	if h.kind == sliceI {
		return nil
	}
	lists := 1
	if h.kind == sliceB {
		lists = 2
	}
	h.refs = h.pps.refs
	if r.flag() {
		for i := range lists {
			n := r.ue()
			if n > 31 {
				return damaged("num_ref_idx_active")
			}
			h.refs[i] = int(n) + 1
		}
	}
	for range lists {
		if r.flag() && !skipList(r) {
			return damaged("the modification of a reference list")
		}
	}
	if h.pps.weighted && h.kind == sliceP || h.pps.bipred == 1 && h.kind == sliceB {
		h.skipWeights(r, lists)
	}
	return nil
}

// skipList reads ref_pic_list_modification() for one list (clause 7.3.3.1).
func skipList(r *bitReader) bool {
	const end = 3
	for range maxReordered {
		op := r.ue()
		if op == end {
			return true
		}
		if op > end {
			return false
		}
		r.ue()
	}
	return false
}

// skipWeights reads pred_weight_table() (clause 7.3.3.2).
func (h *header) skipWeights(r *bitReader, lists int) {
	r.ue()
	r.ue()
	for list := range lists {
		for range h.refs[list] {
			if r.flag() {
				r.se()
				r.se()
			}
			if r.flag() {
				r.se()
				r.se()
				r.se()
				r.se()
			}
		}
	}
}

// parseMarking reads dec_ref_pic_marking() (clause 7.3.3.3).
func (h *header) parseMarking(r *bitReader) bool {
	if h.idr {
		r.u(2)
		return true
	}
	if !r.flag() {
		return true
	}
	for range maxReordered {
		switch r.ue() {
		case 0:
			return true
		case 1, 2, 4, 6:
			r.ue()
		case 3:
			r.ue()
			r.ue()
		case 5:
		default:
			return false
		}
	}
	return false
}

// parseCoding reads how the slice is coded and filtered.
func (h *header) parseCoding(r *bitReader) error {
	if h.pps.cabac && h.kind != sliceI {
		n := r.ue()
		if n > 2 {
			return damaged("cabac_init_idc")
		}
		h.initIDC = int(n) + 1
	}
	delta := r.se()
	if delta < -51 || delta > 51 {
		return damaged("slice_qp_delta")
	}
	if h.qp = h.pps.qp + int(delta); h.qp < 0 || h.qp > 51 {
		return damaged("slice_qp_delta")
	}
	if h.pps.deblocking {
		n := r.ue()
		if n > 2 {
			return damaged("disable_deblocking_filter_idc")
		}
		if h.filter = int(n); n != 1 {
			alpha, beta := r.se(), r.se()
			if alpha < -6 || alpha > 6 || beta < -6 || beta > 6 {
				return damaged("the offsets of the deblocking filter")
			}
			h.alpha, h.beta = 2*int(alpha), 2*int(beta)
		}
	}
	if r.over() {
		return damaged("a slice header that is cut off")
	}
	return nil
}

// IsIntra says that a NAL unit is a slice without macroblocks that are predicted from
// other pictures.
func IsIntra(unit []byte) bool {
	if !IsSlice(unit) {
		return false
	}
	// first_mb_in_slice and slice_type are at most 63 bits.
	r := newBitReader(unescape(nil, unit[1:min(len(unit), 16)]))
	r.ue()
	return r.ue()%5 == sliceI && !r.over()
}
