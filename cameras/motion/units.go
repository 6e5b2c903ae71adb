package motion

import (
	"iter"

	"lares/cameras/h264"
)

// intra says that all slices of an access unit stand alone.
func intra(units [][]byte) bool {
	for _, u := range units {
		if h264.IsSlice(u) && !h264.IsIntra(u) {
			return false
		}
	}
	return true
}

// disposable says that no other picture refers to this one (nal_ref_idc is 0): encoders
// spend less on those, which says nothing about what moves.
func disposable(units [][]byte) bool {
	for _, u := range units {
		if h264.IsSlice(u) {
			return u[0]&0x60 == 0
		}
	}
	return false
}

// parameterSets are those of an access unit.
func parameterSets(units [][]byte) iter.Seq[[]byte] {
	const sps, pps = 7, 8 // ITU-T H.264 table 7-1
	return func(yield func([]byte) bool) {
		for _, u := range units {
			if t := h264.Type(u); (t == sps || t == pps) && !yield(u) {
				return
			}
		}
	}
}
