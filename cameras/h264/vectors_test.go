package h264

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestVectors: kinds and motion vectors are those that libavcodec 59.37 (ffmpeg 5.1) finds.
// testdata/*.vectors has a line for each picture and, behind it, one for each vector that
// avcodec exports with flags2=+export_mvs (AV_FRAME_DATA_MOTION_VECTORS): left and top of
// its block, width, height, the vector in quarter samples, and the list, -1 for the first.
// Of quarters that are divided further avcodec tells the first vector alone.
func TestVectors(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"cabac", "cavlc"} {
		compareVectors(t, "testdata/"+name+".264", "testdata/"+name+".vectors")
	}
}

// eachFound parses a stream and gives compare each picture with the text that was found for it,
// behind the line that begins with "picture"; there are as many of both.
func eachFound(t *testing.T, stream, found string, compare func(n int, pic *Picture, want string)) {
	t.Helper()
	data, err := os.ReadFile(stream)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(found)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(text), "picture ")[1:]
	p := Parser{Vectors: true}
	n := 0
	for _, units := range accessUnits(data) {
		pic, err := p.Parse(units)
		if err != nil {
			t.Fatal(err)
		}
		if pic == nil {
			continue
		}
		if n >= len(want) {
			t.Fatalf("%s: more than %d pictures", stream, n)
		}
		_, rest, _ := strings.Cut(want[n], "\n")
		compare(n, pic, rest)
		n++
	}
	if n != len(want) {
		t.Errorf("%s: %d pictures of %d", stream, n, len(want))
	}
}

// compareVectors compares a stream without B pictures with what avcodec found in it.
func compareVectors(t *testing.T, stream, found string) {
	t.Helper()
	vectors := 0
	eachFound(t, stream, found, func(n int, pic *Picture, want string) {
		seen := make([]int, len(pic.Energy)) // samples that vectors are of
		for line := range strings.Lines(want) {
			var x, y, w, h, list int
			var v Vector
			if _, err := fmt.Fscan(bytes.NewBufferString(line), &x, &y, &w, &h, &v.X, &v.Y, &list); err != nil || list != -1 {
				t.Fatalf("%s: %q: %v", found, line, err)
			}
			i := y/16*pic.Columns + x/16
			seen[i] += w * h
			all, refs := pic.Vectors(i)
			if got := all[x%16/4+y%16/4*4]; got != v || refs[x%16/8+y%16/8*2] < 0 {
				t.Errorf("%s: picture %d at %d, %d: %v of %v, want %v", stream, n, x, y, got, refs, v)
			}
			vectors++
		}
		for i, samples := range seen {
			if inter := !pic.Kind(i).Intra(); inter != (samples == 256) || !inter && samples > 0 {
				t.Errorf("%s: picture %d, macroblock %d: kind %d, and %d samples have vectors", stream, n, i, pic.Kind(i), samples)
			}
		}
	})
	if vectors < 500 {
		t.Errorf("%s: %d vectors", stream, vectors)
	}
}
