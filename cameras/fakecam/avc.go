package fakecam

// NAL unit header bytes: nal_ref_idc and nal_unit_type (ITU-T H.264 §7.4.1).
const (
	nalTypeMask = 0x1f
	nalSlice    = 0x41 // a picture that is referred to
	nalIDR      = 0x65
	nalSEI      = 0x06
	nalSPS      = 0x67
	nalPPS      = 0x68

	typeIDR = 5
	typeSPS = 7
	typePPS = 8
	typeAUD = 9
)

const (
	frameNumBits  = 8    // log2_max_frame_num
	pcmBits       = 3200 // most bits of a macroblock (§A.3.1), rounded up from I_PCM's 3072 and head
	pcmSamples    = 256  // luma of a macroblock; each chroma has a quarter
	chromaSamples = 64
)

// coder turns cells into access units of the Constrained Baseline profile
// without transform, quantiser or motion search. A flat cell beside an equal
// one is predicted from it (Intra_16x16, no residual), a cell that did not
// change is skipped, all others are I_PCM. The loop filter is off, so decoded
// pixels are exactly the drawn ones.
type coder struct {
	card     *card
	colours  [inks]yuv
	prev     []cell // the reference picture
	frameNum uint32
	idrID    uint32
}

func newCoder(c *card) *coder {
	e := &coder{card: c}
	for i, rgb := range c.colours {
		e.colours[i] = narrow(rgb)
	}
	return e
}

// sps is the sequence parameter set (§7.3.2.1.1) for pictures of the card at
// the given rate.
func (e *coder) sps(fps int) []byte {
	w := &bitWriter{}
	c := e.card
	w.u(8, 66)   // profile_idc: Baseline
	w.u(8, 0xc0) // constraint_set0 and 1: Constrained Baseline (§A.2.1.1)
	w.u(8, levelFor(c.cols*c.rows, fps))
	w.ue(0)                // seq_parameter_set_id
	w.ue(frameNumBits - 4) // log2_max_frame_num_minus4
	w.ue(2)                // pic_order_cnt_type: output order is decoding order
	w.ue(1)                // max_num_ref_frames
	w.flag(false)          // gaps_in_frame_num_value_allowed_flag
	w.ue(uint32(c.cols - 1))
	w.ue(uint32(c.rows - 1))
	w.flag(true) // frame_mbs_only_flag
	w.flag(true) // direct_8x8_inference_flag
	right, bottom := c.cols*cellSize-c.width, c.rows*cellSize-c.height
	w.flag(right+bottom > 0)
	if right+bottom > 0 { // in units of two pixels for 4:2:0 (§7.4.2.1.1)
		w.ue(0)
		w.ue(uint32(right / 2))
		w.ue(0)
		w.ue(uint32(bottom / 2))
	}
	w.flag(true) // vui_parameters_present_flag
	vui(w, fps)
	w.trail()
	return nal(nalSPS, w.b)
}

// vui writes vui_parameters (§E.1.1): colours, rate and no reordering.
func vui(w *bitWriter, fps int) {
	w.flag(false) // aspect_ratio_info_present_flag
	w.flag(false) // overscan_info_present_flag
	w.flag(true)  // video_signal_type_present_flag
	w.u(3, 5)     // video_format: unspecified
	w.flag(false) // video_full_range_flag
	w.flag(true)  // colour_description_present_flag
	w.u(8, 6)     // colour_primaries, transfer_characteristics and
	w.u(8, 6)     // matrix_coefficients: BT.601
	w.u(8, 6)
	w.flag(false) // chroma_loc_info_present_flag
	w.flag(true)  // timing_info_present_flag: two ticks per picture
	w.u(32, 1)
	w.u(32, uint32(2*fps))
	w.flag(false) // fixed_frame_rate_flag
	w.flag(false) // nal_hrd_parameters_present_flag
	w.flag(false) // vcl_hrd_parameters_present_flag
	w.flag(false) // pic_struct_present_flag
	w.flag(true)  // bitstream_restriction_flag
	w.flag(true)  // motion_vectors_over_pic_boundaries_flag
	w.ue(0)       // max_bytes_per_pic_denom: no limit
	w.ue(0)       // max_bits_per_mb_denom: no limit
	w.ue(16)      // log2_max_mv_length_horizontal
	w.ue(16)      // log2_max_mv_length_vertical
	w.ue(0)       // max_num_reorder_frames
	w.ue(1)       // max_dec_frame_buffering
}

// pps is the picture parameter set (§7.3.2.2).
func (e *coder) pps() []byte {
	w := &bitWriter{}
	w.ue(0)       // pic_parameter_set_id
	w.ue(0)       // seq_parameter_set_id
	w.flag(false) // entropy_coding_mode_flag: CAVLC
	w.flag(false) // bottom_field_pic_order_in_frame_present_flag
	w.ue(0)       // num_slice_groups_minus1
	w.ue(0)       // num_ref_idx_l0_default_active_minus1
	w.ue(0)       // num_ref_idx_l1_default_active_minus1
	w.flag(false) // weighted_pred_flag
	w.u(2, 0)     // weighted_bipred_idc
	w.se(0)       // pic_init_qp_minus26
	w.se(0)       // pic_init_qs_minus26
	w.se(0)       // chroma_qp_index_offset
	w.flag(true)  // deblocking_filter_control_present_flag
	w.flag(false) // constrained_intra_pred_flag
	w.flag(false) // redundant_pic_cnt_present_flag
	w.trail()
	return nal(nalPPS, w.b)
}

// levelFor is the lowest level_idc of Table A-1 that fits the picture size,
// the macroblock rate and a tenth of all macroblocks as I_PCM, which is more
// than a card has over a group of pictures.
func levelFor(mbs, fps int) uint32 {
	levels := []struct {
		idc            uint32
		rate, size, br int // MaxMBPS, MaxFS, MaxBR in 1000 bit/s
	}{
		{30, 40500, 1620, 10000}, {31, 108000, 3600, 14000}, {32, 216000, 5120, 20000},
		{40, 245760, 8192, 20000}, {41, 245760, 8192, 50000}, {42, 522240, 8704, 50000},
		{50, 589824, 22080, 135000}, {51, 983040, 36864, 240000},
	}
	for _, l := range levels {
		if mbs*fps <= l.rate && mbs <= l.size && mbs*fps/10*pcmBits <= l.br*1000 {
			return l.idc
		}
	}
	return 52
}
