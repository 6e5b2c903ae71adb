package fakecam

// mb_type of Table 7-11 for I slices; in P slices intra types follow the five
// inter types (§7.4.5, Table 7-13).
const (
	mbVertical   = 1 // I_16x16_0_0_0: predicted from the row above, no residual
	mbHorizontal = 2 // I_16x16_1_0_0: from the column to the left
	mbPCM        = 25
	mbIntraInP   = 5

	chromaHorizontal = 1 // intra_chroma_pred_mode (Table 7-16)
	chromaVertical   = 2
)

// picture codes cells as one slice. The first picture must be an IDR.
func (e *coder) picture(cells []cell, idr bool) []byte {
	w := &bitWriter{}
	e.sliceHeader(w, idr)
	pcm := make([]bool, len(cells)) // macroblocks of this slice coded as I_PCM
	var skipped uint32
	for i, c := range cells {
		if !idr {
			if e.prev[i] == c {
				// P_Skip: all neighbours are skipped or intra, so the
				// inferred motion vector is zero (§8.4.1.1).
				skipped++
				continue
			}
			w.ue(skipped) // mb_skip_run
			skipped = 0
		}
		e.macroblock(w, cells, i, pcm, idr)
	}
	if skipped > 0 {
		w.ue(skipped)
	}
	w.trail()
	e.prev = cells
	e.frameNum = (e.frameNum + 1) % (1 << frameNumBits)
	if idr {
		return nal(nalIDR, w.b)
	}
	return nal(nalSlice, w.b)
}

// sliceHeader writes slice_header (§7.3.3).
func (e *coder) sliceHeader(w *bitWriter, idr bool) {
	w.ue(0) // first_mb_in_slice
	if idr {
		e.frameNum = 0
		w.ue(7) // slice_type: all I
	} else {
		w.ue(5) // slice_type: all P
	}
	w.ue(0) // pic_parameter_set_id
	w.u(frameNumBits, e.frameNum)
	if idr {
		w.ue(e.idrID) // idr_pic_id differs between consecutive IDRs (§7.4.3)
		e.idrID ^= 1
		w.flag(false) // no_output_of_prior_pics_flag
		w.flag(false) // long_term_reference_flag
	} else {
		w.flag(false) // num_ref_idx_active_override_flag
		w.flag(false) // ref_pic_list_modification_flag_l0
		w.flag(false) // adaptive_ref_pic_marking_mode_flag: sliding window
	}
	w.se(0) // slice_qp_delta
	w.ue(1) // disable_deblocking_filter_idc
}

// macroblock writes macroblock_layer (§7.3.5) of cell i and notes in pcm
// whether it is I_PCM.
func (e *coder) macroblock(w *bitWriter, cells []cell, i int, pcm []bool, idr bool) {
	var offset uint32
	if !idr {
		offset = mbIntraInP
	}
	c, cols := cells[i], e.card.cols
	same := func(j int) bool { return c.flat() && cells[j].flat() && cells[j].paper == c.paper }
	left, above := i%cols > 0, i >= cols
	switch {
	case above && same(i-cols):
		w.ue(offset + mbVertical)
		w.ue(chromaVertical)
	case left && same(i-1):
		w.ue(offset + mbHorizontal)
		w.ue(chromaHorizontal)
	default:
		w.ue(offset + mbPCM)
		w.align()
		e.pcm(w, c)
		pcm[i] = true
		return
	}
	w.se(0) // mb_qp_delta
	// Intra16x16DCLevel without coefficients: coeff_token of Table 9-5. An
	// I_PCM neighbour counts 16 coefficients, all others none (§9.2.1), so
	// nC is either 0 or at least 8.
	if left && pcm[i-1] || above && pcm[i-cols] {
		w.u(6, 0b000011)
		return
	}
	w.u(1, 1)
}

// pcm writes pcm_sample_luma and pcm_sample_chroma (§7.3.5).
func (e *coder) pcm(w *bitWriter, c cell) {
	paper, ink := e.colours[c.paper], e.colours[c.ink]
	buf := make([]byte, pcmSamples, pcmSamples+2*chromaSamples)
	for i := range buf {
		buf[i] = paper.y
		if c.dot(i%cellSize, i/cellSize) {
			buf[i] = ink.y
		}
	}
	const half = cellSize / 2
	buf = buf[:pcmSamples+2*chromaSamples]
	for i := range chromaSamples {
		at := paper
		if c.dot(i%half*2, i/half*2) {
			at = ink
		}
		buf[pcmSamples+i], buf[pcmSamples+chromaSamples+i] = at.u, at.v
	}
	w.bytes(buf)
}
