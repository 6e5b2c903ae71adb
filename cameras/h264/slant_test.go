package h264

import "testing"

// TestFilters: eight samples are filtered at once as the standard filters each (clauses
// 8.3.1.2.3 to 8.3.1.2.9), whatever they and those beside them are.
func TestFilters(t *testing.T) {
	t.Parallel()
	for a := range uint64(256) {
		for b := range uint64(256) {
			for c := range uint64(256) {
				word := a | b<<8 | c<<16 | a<<56
				if got, want := twos(word, b)>>56, (a+b+1)>>1; got != want {
					t.Fatalf("of %d and %d: %d, want %d", a, b, got, want)
				}
				if got, want := threes(c<<56, word, b)>>8&255, (a+2*b+c+2)>>2; got != want {
					t.Fatalf("of %d, %d and %d: %d, want %d", a, b, c, got, want)
				}
			}
		}
	}
}
