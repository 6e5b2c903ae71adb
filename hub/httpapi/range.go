package httpapi

import (
	"math"
	"strings"
)

// span is a half-open range of bytes.
type span struct{ start, end int64 }

// rangeKind says how a Range header is answered.
type rangeKind uint8

const (
	rangeWhole rangeKind = iota // 200: absent, malformed, not bytes, several
	rangePart                   // 206
	rangeNone                   // 416: nothing of it exists
)

// parseRange reads one byte range (RFC 9110 §14.1.2) of a body of size bytes.
// What is malformed or asks for several ranges is ignored, as §14.2 allows, and
// the whole body answers. All sums are int64 and none overflows.
func parseRange(header string, size int64) (span, rangeKind) {
	whole := span{0, size}
	spec, ok := strings.CutPrefix(header, "bytes=")
	if !ok || strings.Contains(spec, ",") {
		return whole, rangeWhole
	}
	first, last, ok := strings.Cut(strings.Trim(spec, " \t"), "-")
	if !ok || first == "" && last == "" {
		return whole, rangeWhole
	}
	from, okFirst := parseBytePos(first)
	to, okLast := parseBytePos(last)
	if !okFirst || !okLast {
		return whole, rangeWhole
	}
	if first == "" { // the last n bytes
		if to == 0 || size == 0 {
			return span{}, rangeNone
		}
		return span{max(0, size-to), size}, rangePart
	}
	if last == "" {
		to = math.MaxInt64 - 1
	}
	if to < from {
		return whole, rangeWhole
	}
	if from >= size {
		return span{}, rangeNone
	}
	return span{from, min(to+1, size)}, rangePart
}

// parseBytePos reads decimal digits only; more than an int64 holds counts as
// the largest position. The empty string is 0 and true.
func parseBytePos(s string) (int64, bool) {
	var n int64
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if n > (math.MaxInt64-10)/10 {
			n = math.MaxInt64 - 1
			continue
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
