package h264

// Bounds of a sequence parameter set. They are wider than any camera needs and
// narrow enough that memory follows them.
const (
	maxSide        = 16384   // luma samples
	maxMacroblocks = 139_264 // of a frame (table A-1, level 6.2)
	maxRefFrames   = 16      // clause A.3.1
	maxPOCCycle    = 255     // clause 7.4.2.1.1
	maxSPS         = 32      // seq_parameter_set_id, clause 7.4.2.1.1
	maxPPS         = 256     // pic_parameter_set_id, clause 7.4.2.2
	maxRate        = 240     // pictures in a second; one is the least
)

// SPS is what a sequence parameter set says (clause 7.3.2.1.1), as far as it is
// needed here.
type SPS struct {
	ID int
	// Profile and Level are profile_idc and level_idc.
	Profile, Level int
	// Columns and Rows count macroblocks of a frame.
	Columns, Rows int
	// Width and Height are of the visible picture in luma samples, which begins at
	// Left, Top of the coded one.
	Width, Height, Left, Top int
	// FullRange says that luma goes from 0 to 255 and not from 16 to 235; Matrix is
	// matrix_coefficients (table E-5), 2 when it is not said.
	FullRange bool
	Matrix    int
	// Ticks and Scale tell how long a picture lasts: Ticks parts of a second that has Scale.
	// Both are 0 where that is not told, or is no rate of 1 to 240 pictures in a second.
	Ticks, Scale int64

	reorders      bool // slices of a picture may come in any order
	frameNumBits  int
	pocType       int
	pocBits       int
	deltaPOCZero  bool
	directWhole   bool // direct_8x8_inference_flag
	scaling       scaling
	scalingIsSent bool
}

// ParseSPS reads a sequence parameter set's NAL unit.
func ParseSPS(unit []byte) (*SPS, error) {
	if Type(unit) != nalSPS || len(unit) < 4 {
		return nil, damaged("no sequence parameter set")
	}
	r := newBitReader(unescape(nil, unit[1:]))
	s := &SPS{Matrix: 2, scaling: flatScaling()}
	s.Profile = int(r.u(8))
	constraints := r.u(8) // constraint_set0_flag first
	s.reorders = s.Profile == profileBaseline && constraints>>6&1 == 0
	s.Level = int(r.u(8))
	id := r.ue()
	if id >= maxSPS {
		return nil, damaged("the id of a sequence parameter set")
	}
	s.ID = int(id)
	if err := s.parseHigh(&r); err != nil {
		return nil, err
	}
	if err := s.parseOrder(&r); err != nil {
		return nil, err
	}
	if err := s.parseSize(&r); err != nil {
		return nil, err
	}
	if r.flag() {
		s.parseVUI(&r)
	}
	if r.over() {
		return nil, damaged("a sequence parameter set that is cut off")
	}
	return s, nil
}

// hasChroma says which profiles send chroma_format_idc (clause 7.3.2.1.1).
func hasChroma(profile int) bool {
	switch profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		return true
	}
	return false
}

// parseHigh reads what only the High profiles send.
func (s *SPS) parseHigh(r *bitReader) error {
	if !hasChroma(s.Profile) {
		return nil
	}
	switch chroma := r.ue(); chroma {
	case 1:
	case 0:
		return unsupported("pictures without colour planes (4:0:0)")
	case 2:
		return unsupported("4:2:2")
	case 3:
		return unsupported("4:4:4")
	default:
		return damaged("chroma_format_idc")
	}
	if luma, chroma := r.ue(), r.ue(); luma != 0 || chroma != 0 {
		return unsupported("more than 8 bit per sample")
	}
	if r.flag() {
		return unsupported("lossless coding")
	}
	if s.scalingIsSent = r.flag(); s.scalingIsSent {
		return s.scaling.parse(r, defaultScaling(), 8)
	}
	return nil
}

// parseOrder reads how pictures are counted.
func (s *SPS) parseOrder(r *bitReader) error {
	n := r.ue()
	if n > 12 {
		return damaged("log2_max_frame_num")
	}
	s.frameNumBits = int(n) + 4
	kind := r.ue()
	s.pocType = int(kind & 3)
	switch kind {
	case 0:
		n := r.ue()
		if n > 12 {
			return damaged("log2_max_pic_order_cnt_lsb")
		}
		s.pocBits = int(n) + 4
	case 1:
		s.deltaPOCZero = r.flag()
		r.se()
		r.se()
		cycle := r.ue()
		if cycle > maxPOCCycle {
			return damaged("num_ref_frames_in_pic_order_cnt_cycle")
		}
		for range cycle {
			r.se()
		}
	case 2:
	default:
		return damaged("pic_order_cnt_type")
	}
	if r.ue() > maxRefFrames {
		return damaged("max_num_ref_frames")
	}
	r.flag() // gaps_in_frame_num_value_allowed_flag
	return nil
}

// parseSize reads the size of the pictures.
func (s *SPS) parseSize(r *bitReader) error {
	columns, rows := r.ue(), r.ue()
	if columns >= maxSide/16 || rows >= maxSide/16 {
		return damaged("the size of the pictures")
	}
	s.Columns, s.Rows = int(columns)+1, int(rows)+1
	if s.Columns*s.Rows > maxMacroblocks {
		return damaged("the size of the pictures")
	}
	if !r.flag() {
		return unsupported("interlace (fields or macroblock-adaptive frames)")
	}
	s.directWhole = r.flag()
	s.Width, s.Height = 16*s.Columns, 16*s.Rows
	if !r.flag() {
		return nil
	}
	left, right, top, bottom := r.ue(), r.ue(), r.ue(), r.ue()
	for _, crop := range []uint32{left, right, top, bottom} {
		if crop > maxSide {
			return damaged("the cropping of the pictures")
		}
	}
	s.Left, s.Top = 2*int(left), 2*int(top) // CropUnit of 4:2:0 frames
	s.Width -= s.Left + 2*int(right)
	s.Height -= s.Top + 2*int(bottom)
	if s.Width <= 0 || s.Height <= 0 {
		return damaged("the cropping of the pictures")
	}
	return nil
}

// parseVUI reads how samples become colours and how long pictures last (clause E.1.1), and
// leaves the rest.
func (s *SPS) parseVUI(r *bitReader) {
	const extendedSAR = 255
	if r.flag() && r.u(8) == extendedSAR {
		r.u(32)
	}
	if r.flag() { // overscan_info_present_flag
		r.flag()
	}
	if r.flag() { // video_signal_type_present_flag
		r.u(3)
		s.FullRange = r.flag()
		if r.flag() {
			r.u(16)
			s.Matrix = int(r.u(8))
		}
	}
	before := *r
	if r.flag() { // chroma_loc_info_present_flag
		r.ue()
		r.ue()
	}
	if r.flag() { // timing_info_present_flag
		s.setRate(int64(r.u(32)), int64(r.u(32)))
	}
	if r.over() && !before.over() { // nothing of that is needed for pictures
		*r, s.Ticks, s.Scale = before, 0, 0
	}
}

// setRate takes num_units_in_tick and time_scale (clause E.2.1): a picture is two fields, each
// a tick. Which values are no rate of any camera is left out: it is no reason not to read pictures.
func (s *SPS) setRate(units, scale int64) {
	if ticks := 2 * units; ticks > 0 && scale >= ticks && scale <= maxRate*ticks {
		s.Ticks, s.Scale = ticks, scale
	}
}
