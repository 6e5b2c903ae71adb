package h264

import (
	"bytes"
	"slices"
)

// Types of NAL units (table 7-1).
const (
	nalSlice     = 1
	nalPartition = 2 // to 4
	nalIDR       = 5
	nalSPS       = 7
	nalPPS       = 8
)

// unescape returns the RBSP of a NAL unit without its header byte: the bytes
// without emulation_prevention_three_byte (clause 7.3.1). The result lies in dst,
// which grows as needed, and is followed by padding zero bytes.
func unescape(dst, unit []byte) []byte {
	dst = slices.Grow(dst[:0], len(unit)+padding)
	for {
		i := bytes.Index(unit, []byte{0, 0, 3})
		if i < 0 {
			break
		}
		dst = append(dst, unit[:i+2]...)
		unit = unit[i+3:]
	}
	dst = append(dst, unit...)
	n := len(dst)
	clear(dst[n : n+padding])
	return dst[:n]
}

// Split cuts a byte stream (annex B) into NAL units and hands each to yield, until
// it returns false. The units alias the stream.
func Split(stream []byte, yield func(unit []byte) bool) {
	start := -1
	for i := 0; ; {
		j := bytes.Index(stream[i:], []byte{0, 0, 1})
		end := len(stream)
		if j >= 0 {
			end = i + j
		}
		if start >= 0 {
			unit := bytes.TrimRight(stream[start:end], "\x00")
			if len(unit) > 0 && !yield(unit) {
				return
			}
		}
		if j < 0 {
			return
		}
		start = end + 3
		i = start
	}
}

// Type is a NAL unit's type (table 7-1), 0 for an empty one.
func Type(unit []byte) int {
	if len(unit) == 0 {
		return 0
	}
	return int(unit[0] & 0x1f)
}

// IsSlice says that a NAL unit is a slice that is read here.
func IsSlice(unit []byte) bool {
	t := Type(unit)
	return t == nalSlice || t == nalIDR
}
