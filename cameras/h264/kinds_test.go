package h264

import (
	"slices"
	"strings"
	"testing"
)

// TestKinds: each macroblock is of the kind and cut into the partitions that libavcodec 59.37
// (ffmpeg 5.1) finds. testdata/*.kinds has a line for each picture and, behind it, its rows as
// ffmpeg -debug mb_type prints them, a dot for a space: i is intra 4x4 or 8x8, of which it says
// no more (which it is shows in what is drawn: TestSettings), I intra 16x16, S skipped, > predicted from
// other pictures, in 16x16 or, with - | +, in 16x8, 8x16 or 8x8 and less.
func TestKinds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"cabac", "cavlc"} {
		by := map[string]int{}
		eachFound(t, "testdata/"+name+".264", "testdata/"+name+".kinds", func(n int, pic *Picture, want string) {
			kinds := strings.Fields(want)
			if len(kinds) != pic.Columns*pic.Rows {
				t.Fatalf("%s: picture %d has %d macroblocks, want %d", name, n, pic.Columns*pic.Rows, len(kinds))
			}
			for i, w := range kinds {
				by[w]++
				if !isKind(pic, i, w) {
					t.Errorf("%s: picture %d, macroblock %d is of kind %d, want %s", name, n, i, pic.Kind(i), w)
				}
			}
		})
		if len(by) != 7 {
			t.Errorf("%s: %v", name, by)
		}
	}
}

// isKind says whether a macroblock is what ffmpeg printed: of partitions, that each has one
// vector and one reference.
func isKind(p *Picture, i int, printed string) bool {
	width, height := 4, 4 // of a partition, in blocks
	switch printed[1] {
	case '-':
		height = 2
	case '|':
		width = 2
	case '+':
		width, height = 1, 1
	}
	vectors, refs := p.Vectors(i)
	for b, v := range vectors {
		x, y := b%4, b/4
		first := x/width*width + y/height*height*4
		if printed[0] != 'i' && printed[0] != 'I' && (v != vectors[first] || refs[x/2+y/2*2] != refs[first%4/2+first/8*2]) {
			return false
		}
	}
	kinds := map[byte][]Kind{'i': {Intra4x4, Intra8x8}, 'I': {Intra16x16}, 'S': {Skip}, '>': {Inter}}
	return slices.Contains(kinds[printed[0]], p.Kind(i))
}
