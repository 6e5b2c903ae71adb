package h264

import "errors"

// errOrder is told of slices of which one does not begin where the one before ended.
var errOrder = damaged("slices that do not follow each other")

const (
	// profileBaseline is the profile_idc of those that allow arbitrary slice order, but for the
	// streams that say they keep to the constraints of the Main profile, too (clause A.2.1).
	profileBaseline = 66
	// headerBytes is as much of a slice as its header may take.
	headerBytes = 1 << 10
)

// explain says of an error of a picture's slices whether their order is arbitrary instead
// (clause A.2.1, first_mb_in_slice of clause 7.4.3): one goes back in the same picture, in a
// stream that may do that. It is damage otherwise.
func (s *parameterSets) explain(err error, units [][]byte) error {
	if !errors.Is(err, errOrder) {
		return err
	}
	var before header
	for _, unit := range units {
		if t := Type(unit); t != nalSlice && t != nalIDR {
			continue
		}
		r := newBitReader(unescape(nil, unit[1:min(len(unit), headerBytes)]))
		h, bad := parseHeader(&r, unit[0], s)
		if bad != nil || !h.sps.reorders {
			return err
		}
		if h.redundant {
			continue
		}
		if before.sps != nil && h.first < before.first && h.follows(&before) {
			return unsupported("arbitrary slice order")
		}
		before = h
	}
	return err
}
