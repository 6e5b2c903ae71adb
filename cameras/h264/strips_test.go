package h264

import (
	"bytes"
	"image"
	"os"
	"testing"
)

// inStrips draws a picture in strips, and compares it with one that is drawn as a whole.
func inStrips(t *testing.T, au [][]byte) {
	t.Helper()
	rough, strips := Decoder{Rough: true}, Decoder{}
	want, of, err := rough.Decode(au)
	if err != nil {
		t.Fatal(err)
	}
	got := image.NewYCbCr(want.Rect, want.SubsampleRatio)
	next := want.Rect.Min.Y
	sps, err := strips.Strips(au, func(s *image.YCbCr, sps *SPS) {
		if s.Rect.Min != image.Pt(want.Rect.Min.X, next) || s.Rect.Max.X != want.Rect.Max.X || s.Rect.Dy() > 16 || *sps != *of {
			t.Fatalf("a strip of %v, at line %d", s.Rect, next)
		}
		next = s.Rect.Max.Y
		for y := s.Rect.Min.Y; y < s.Rect.Max.Y; y++ {
			copy(got.Y[got.YOffset(s.Rect.Min.X, y):], s.Y[s.YOffset(s.Rect.Min.X, y):][:s.Rect.Dx()])
		}
		for y := s.Rect.Min.Y; y < s.Rect.Max.Y; y += 2 {
			at, from := got.COffset(s.Rect.Min.X, y), s.COffset(s.Rect.Min.X, y)
			copy(got.Cb[at:], s.Cb[from:][:s.Rect.Dx()/2])
			copy(got.Cr[at:], s.Cr[from:][:s.Rect.Dx()/2])
		}
	})
	switch {
	case err != nil || *sps != *of:
		t.Fatalf("%+v, %v", sps, err)
	case next != want.Rect.Max.Y || !bytes.Equal(planar(got), planar(want)):
		t.Fatalf("strips up to line %d of %v are another picture", next, want.Rect)
	}
	// The same decoder draws whole pictures as before.
	strips.Rough = true
	if again, _, err := strips.Decode(au); err != nil || !bytes.Equal(planar(again), planar(want)) {
		t.Fatalf("behind strips another picture is drawn: %v", err)
	}
}

// TestStrips: in strips the same is drawn as without, in both entropy codings and of several
// slices. More settings are in TestSettings, samples as they are in TestSamplesAmongOthers.
func TestStrips(t *testing.T) {
	for _, name := range []string{"testdata/cabac.264", "testdata/cavlc.264"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inStrips(t, accessUnits(b)[0])
	}
	inStrips(t, append(smallSets(), smallSlice(0, numbers{nal: 0x65}), smallSlice(1, numbers{nal: 0x65})))
}

// TestBrokenStrips: what cannot be drawn is no picture in strips either.
func TestBrokenStrips(t *testing.T) {
	var d Decoder
	none := func(*image.YCbCr, *SPS) { t.Error("a strip of nothing") }
	if sps, err := d.Strips(smallSets(), none); sps != nil || err != nil {
		t.Errorf("of no slice: %v, %v", sps, err)
	}
	taken := 0
	sps, err := d.Strips(append(smallSets(), smallSlice(0, numbers{nal: 0x65})), func(*image.YCbCr, *SPS) { taken++ })
	if sps != nil || err == nil || taken != 1 {
		t.Errorf("of half a picture: %v, %v, %d strips", sps, err, taken)
	}
}

// TestSharedStrips: so it is with the shared streams.
func TestSharedStrips(t *testing.T) {
	t.Parallel()
	for name := range streams(t) {
		t.Run(name, func(t *testing.T) { inStrips(t, accessUnits(sharedFile(t, name))[0]) })
	}
}

// TestMemoryOfStrips: a picture of 3840 x 2160 takes little more than its data in strips.
func TestMemoryOfStrips(t *testing.T) { // not beside others: what they allocate would count
	au := accessUnits(sharedFile(t, "still_4k.264"))[0]
	size := 0
	for _, u := range au {
		size += len(u)
	}
	var d Decoder
	n := allocated(func() {
		if sps, err := d.Strips(au, func(*image.YCbCr, *SPS) {}); err != nil || sps.Width != 3840 {
			t.Fatal(err)
		}
	})
	t.Logf("%d KiB, of which the data are %d", n>>10, size>>10)
	if n > uint64(size)+384<<10 {
		t.Errorf("a picture of %d bytes took %d", size, n)
	}
}
