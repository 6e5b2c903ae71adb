package h264

import (
	"bytes"
	"image"
	"os"
	"slices"
	"testing"

	"lares/cameras/media/costtest"
)

// seeds are access units of the streams in testdata, as byte streams.
func seeds(f *testing.F) {
	f.Helper()
	for _, name := range []string{"testdata/cabac.264", "testdata/cavlc.264"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		all := accessUnits(b)
		sets := parameterSetsOf(all[0])
		for i, au := range all[:6] {
			if i > 0 {
				au = append(sets, au...)
			}
			f.Add(join(au))
		}
	}
}

// parameterSetsOf are those of an access unit, with room for none behind them.
func parameterSetsOf(units [][]byte) (sets [][]byte) {
	for _, u := range units {
		if t := Type(u); t == nalSPS || t == nalPPS {
			sets = append(sets, u)
		}
	}
	return slices.Clip(sets)
}

// join makes a byte stream of NAL units.
func join(units [][]byte) []byte {
	var b bytes.Buffer
	for _, u := range units {
		b.Write([]byte{0, 0, 0, 1})
		b.Write(u)
	}
	return b.Bytes()
}

// maxFuzzed bounds a fuzzed picture, so that one input takes a moment: its cost follows
// its size, which is bounded elsewhere.
const maxFuzzed = 64 * 64

// small says that the pictures of an access unit are small.
func small(units [][]byte) bool {
	for _, u := range units {
		if s, err := ParseSPS(u); err == nil && s.Columns*s.Rows > maxFuzzed {
			return false
		}
	}
	return true
}

// FuzzParse: no bytes make the parser panic, or take long or much, and a picture that it
// gives has all its macroblocks.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Parser
		for _, au := range accessUnits(b) {
			if !small(au) {
				return
			}
			var pic *Picture
			var err error
			costtest.Within(t, func() { pic, err = p.Parse(au) })
			if err == nil && pic != nil && pic.Count != len(pic.Energy) {
				t.Errorf("%d macroblocks of %d", pic.Count, len(pic.Energy))
			}
		}
	})
}

// FuzzDecode: no bytes make the decoder panic, or take long or much.
func FuzzDecode(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		var d, strips Decoder
		for _, au := range accessUnits(b) {
			if !small(au) {
				return
			}
			var img *image.YCbCr
			var sps *SPS
			var err error
			costtest.Within(t, func() { img, sps, err = d.Decode(au) })
			if err == nil && img != nil && (img.Rect.Dx() != sps.Width || img.Rect.Dy() != sps.Height) {
				t.Errorf("a picture of %v", img.Rect)
			}
			var inStrips error
			lines := 0
			costtest.Within(t, func() {
				_, inStrips = strips.Strips(au, func(s *image.YCbCr, _ *SPS) { lines += s.Rect.Dy() })
			})
			if (inStrips == nil) != (err == nil) || err == nil && img != nil && lines != sps.Height {
				t.Errorf("%d lines in strips, %v", lines, inStrips)
			}
		}
	})
}

// FuzzSPS: no bytes take long or much, or make a sequence parameter set that is out of bounds.
func FuzzSPS(f *testing.F) {
	f.Add([]byte{0x67, 0x42, 0xc0, 0x1e, 0xda, 0x02, 0x80, 0xbf, 0xe5, 0xc0, 0x44})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s *SPS
		var err error
		costtest.Within(t, func() { s, err = ParseSPS(b) })
		if err != nil {
			return
		}
		if s.Width < 1 || s.Height < 1 || s.Left+s.Width > 16*s.Columns || s.Top+s.Height > 16*s.Rows || s.Columns*s.Rows > maxMacroblocks {
			t.Errorf("%+v", s)
		}
	})
}

// FuzzPPS: no bytes take long or much, or make a picture parameter set that is out of bounds,
// for a sequence parameter set of High profile.
func FuzzPPS(f *testing.F) {
	var sets [maxSPS]*SPS
	var err error
	if sets[0], err = ParseSPS([]byte{0x67, 0x64, 0x00, 0x0a, 0xac, 0xb6, 0x31, 0x36, 0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x02, 0x81, 0xe2, 0x44, 0xdc}); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{0x68, 0xea, 0xc1, 0x12, 0xc8, 0xb0})
	f.Add([]byte{0x68, 0xce, 0x3c, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		var p *pps
		var err error
		costtest.Within(t, func() { p, err = parsePPS(b, &sets) })
		if err != nil {
			return
		}
		within := func(v, least, most int) bool { return v >= least && v <= most }
		if !within(p.id, 0, maxPPS-1) || p.sps != 0 || !within(p.refs[0], 1, 32) || !within(p.refs[1], 1, 32) || !within(p.qp, 0, 51) || !within(p.chromaQP[0], -12, 12) || !within(p.chromaQP[1], -12, 12) {
			t.Errorf("%+v", p)
		}
	})
}
