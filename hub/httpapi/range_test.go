package httpapi

import (
	"math"
	"testing"
)

func TestParseRange(t *testing.T) {
	for _, c := range []struct {
		header string
		size   int64
		want   span
		kind   rangeKind
	}{
		{"", 100, span{0, 100}, rangeWhole},
		{"bytes=0-0", 100, span{0, 1}, rangePart},
		{"bytes=0-", 100, span{0, 100}, rangePart},
		{"bytes=10-19", 100, span{10, 20}, rangePart},
		{"bytes=99-200", 100, span{99, 100}, rangePart},
		{"bytes=100-", 100, span{}, rangeNone},
		{"bytes=-1", 100, span{99, 100}, rangePart},
		{"bytes=-100", 100, span{0, 100}, rangePart},
		{"bytes=-1000", 100, span{0, 100}, rangePart},
		{"bytes=-0", 100, span{}, rangeNone},
		{"bytes=0-", 0, span{}, rangeNone},
		{"bytes=-5", 0, span{}, rangeNone},
		{"bytes=20-10", 100, span{0, 100}, rangeWhole},   // RFC 9110 §14.1.1: invalid, so ignored
		{"bytes=0-1,5-6", 100, span{0, 100}, rangeWhole}, // several: the whole
		{"items=0-1", 100, span{0, 100}, rangeWhole},     // unknown unit
		{"bytes=-", 100, span{0, 100}, rangeWhole},       // nothing named
		{"bytes=a-b", 100, span{0, 100}, rangeWhole},     //
		{"bytes=+1-2", 100, span{0, 100}, rangeWhole},    // digits only
		{"bytes=0x1-2", 100, span{0, 100}, rangeWhole},   //
		{"bytes= 1-2", 100, span{1, 3}, rangePart},       // white space around, not inside
		{"bytes=1 -2", 100, span{0, 100}, rangeWhole},    //
		{"bytes=1-9223372036854775807", 100, span{1, 100}, rangePart},
		{"bytes=1-99999999999999999999999", 100, span{1, 100}, rangePart},
		{"bytes=99999999999999999999999-", 100, span{}, rangeNone},
		{"bytes=-99999999999999999999999", 100, span{0, 100}, rangePart},
		{"bytes=3000000000-3000000001", 4 << 30, span{3000000000, 3000000002}, rangePart}, // beyond an int32
		{"bytes=0-", math.MaxInt64, span{0, math.MaxInt64}, rangePart},
	} {
		if got, kind := parseRange(c.header, c.size); got != c.want || kind != c.kind {
			t.Errorf("%q of %d: %v kind %d, want %v kind %d", c.header, c.size, got, kind, c.want, c.kind)
		}
	}
}

// FuzzParseRange: whatever a client sends, the span lies in the body.
func FuzzParseRange(f *testing.F) {
	for _, h := range []string{"bytes=0-1", "bytes=-5", "bytes=9223372036854775807-", "bytes=1-2,3-4", "x"} {
		f.Add(h, int64(100))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		size &= math.MaxInt64
		got, kind := parseRange(header, size)
		switch {
		case kind == rangeWhole && got != span{0, size},
			kind == rangePart && (got.start < 0 || got.start >= got.end || got.end > size),
			kind == rangeNone && got != span{}:
			t.Errorf("%q of %d: %v kind %d", header, size, got, kind)
		}
	})
}
