package h264

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// settings are ways to encode, as x264 knows them.
var settings = []struct {
	name, size string
	args       []string
}{
	{"baseline", "320x192", []string{"-profile:v", "baseline"}},
	{"main", "320x192", []string{"-profile:v", "main", "-bf", "2"}},
	{"high 8x8", "320x192", []string{"-profile:v", "high", "-x264-params", "8x8dct=1:partitions=all"}},
	{"high cavlc", "320x192", []string{"-profile:v", "high", "-x264-params", "cabac=0:8x8dct=1:partitions=all"}},
	{"slices", "320x192", []string{"-x264-params", "slices=5"}},
	{"slices without filter across", "320x192", []string{"-x264-params", "slices=3:deblock=3,-3"}},
	{"many references", "320x192", []string{"-x264-params", "ref=4:weightp=2:bframes=3:b-pyramid=normal:direct=temporal:partitions=all:me=umh:subme=9"}},
	{"spatial direct", "320x192", []string{"-x264-params", "ref=3:bframes=3:direct=spatial:weightb=1:partitions=all:subme=9"}},
	{"qp 1", "160x96", []string{"-x264-params", "qpmin=1:qp=1"}},
	{"qp 51", "320x192", []string{"-x264-params", "qp=51"}},
	{"cropping", "330x186", []string{"-x264-params", "crop-rect=2,2,4,6"}},
	{"scaling matrices", "320x192", []string{"-x264-params", "cqm=jvt:8x8dct=1:partitions=all"}},
	{"constrained intra", "320x192", []string{"-x264-params", "constrained-intra=1:bframes=2"}},
	{"no filter", "320x192", []string{"-x264-params", "no-deblock=1"}},
	{"cavlc b", "320x192", []string{"-x264-params", "cabac=0:bframes=3:ref=3:partitions=all:8x8dct=0"}},
	{"odd slices", "334x178", []string{"-x264-params", "slices=4:weightp=2:ref=5:8x8dct=1:bframes=3"}},
	{"chroma offset", "320x192", []string{"-x264-params", "chroma-qp-offset=-7:8x8dct=1"}},
}

// settingFrames of each setting, an IDR every settingGOP: 14 IDRs of each.
const settingFrames, settingGOP = 56, 4

// encode makes a stream of a moving test card with noise.
func encode(t *testing.T, size string, args []string) []byte {
	t.Helper()
	full := append([]string{
		"-v", "error", "-f", "lavfi", "-i", "testsrc2=size=" + size + ":rate=10,noise=alls=24:allf=t+u", "-frames:v", fmt.Sprint(settingFrames),
		"-pix_fmt", "yuv420p", "-c:v", "libx264", "-threads", "1", "-g", fmt.Sprint(settingGOP), "-keyint_min", fmt.Sprint(settingGOP), "-sc_threshold", "0",
	}, args...)
	return run(t, nil, append(full, "-f", "h264", "-")...)
}

// run runs ffmpeg.
func run(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("ffmpeg", args...)
	cmd.Stdin = bytes.NewReader(in)
	var out, bad bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &bad
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, bad.String())
	}
	return out.Bytes()
}

func needFFmpeg(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: its encodings are not compared")
	}
}

// TestSettings: every picture of every setting is parsed to its last bit, and every IDR
// is drawn as ffmpeg draws it, bit by bit.
func TestSettings(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for _, s := range settings {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			stream := encode(t, s.size, s.args)
			want := run(t, stream, "-v", "error", "-threads", "1", "-flags", "unaligned", "-skip_frame", "nokey",
				"-f", "h264", "-i", "-", "-vsync", "0", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-")
			var p Parser
			whole := Parser{Vectors: true}
			var d Decoder
			pictures, idrs := 0, 0
			for i, au := range accessUnits(stream) {
				pic, err := p.Parse(au)
				if err != nil {
					t.Fatalf("picture %d: %v", i, err)
				}
				pictures++
				all, err := whole.Parse(au)
				if err != nil || !slices.Equal(all.Energy, pic.Energy) {
					t.Fatalf("picture %d is another one where all its macroblocks are kept: %v", i, err)
				}
				for m, e := range pic.Energy {
					if all.Kind(m) == Skip && e != 0 {
						t.Fatalf("picture %d: macroblock %d is skipped and has an energy of %d", i, m, e)
					}
				}
				if !pic.IDR {
					continue
				}
				idrs++
				img, _, err := d.Decode(au)
				if err != nil {
					t.Fatalf("picture %d: %v", i, err)
				}
				got := planar(img)
				inStrips(t, au)
				if len(want) < len(got) || !bytes.Equal(got, want[:len(got)]) {
					t.Fatalf("the IDR at %d differs in byte %d", i, differs(got, want))
				}
				want = want[len(got):]
			}
			if pictures != settingFrames || idrs != settingFrames/settingGOP || len(want) != 0 {
				t.Errorf("%d pictures, %d IDRs, %d bytes that ffmpeg drew and nobody else", pictures, idrs, len(want))
			}
		})
	}
}

// differs is the first byte that differs.
func differs(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// TestInterlaceRefused: fields and macroblock-adaptive frames are refused by name.
func TestInterlaceRefused(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	stream := encode(t, "320x192", []string{"-flags", "+ilme+ildct", "-x264-params", "tff=1"})
	var p Parser
	_, err := p.Parse(accessUnits(stream)[0])
	if err == nil || !strings.Contains(err.Error(), "interlace") {
		t.Errorf("%v", err)
	}
}

// TestSliceOrderRefused: a picture whose slices come in another order than their macroblocks is
// refused by name where its profile allows that, and is damaged elsewhere, as is one that
// lacks a slice.
func TestSliceOrderRefused(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	stream := encode(t, "320x192", []string{"-profile:v", "baseline", "-x264-params", "slices=4"})
	for name, c := range map[string]struct {
		constrained bool
		change      func(slices [][]byte) [][]byte
		want        error
	}{
		"reversed":        {false, func(s [][]byte) [][]byte { return [][]byte{s[3], s[2], s[1], s[0]} }, ErrUnsupported},
		"two change":      {false, func(s [][]byte) [][]byte { return [][]byte{s[0], s[2], s[1], s[3]} }, ErrUnsupported},
		"not allowed":     {true, func(s [][]byte) [][]byte { return [][]byte{s[0], s[2], s[1], s[3]} }, ErrDamaged},
		"without a slice": {false, func(s [][]byte) [][]byte { return [][]byte{s[0], s[2], s[3]} }, ErrDamaged},
		"without a first": {false, func(s [][]byte) [][]byte { return s[1:] }, ErrDamaged},
		"in their order":  {false, func(s [][]byte) [][]byte { return s }, nil},
	} {
		var units, parts [][]byte
		for _, u := range accessUnits(stream)[0] {
			if Type(u) == nalSPS && !c.constrained {
				u = bytes.Clone(u)
				u[2] &^= 0x40 // constraint_set1_flag
			}
			if IsSlice(u) {
				parts = append(parts, u)
			} else {
				units = append(units, u)
			}
		}
		if len(parts) != 4 {
			t.Fatalf("%d slices", len(parts))
		}
		units = append(units, c.change(parts)...)
		var p Parser
		if _, err := p.Parse(units); !errors.Is(err, c.want) {
			t.Errorf("%s, parsed: %v", name, err)
		}
		var d Decoder
		if _, _, err := d.Decode(units); !errors.Is(err, c.want) {
			t.Errorf("%s, drawn: %v", name, err)
		}
	}
}
