package h264

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestBits: numbers as clause 9.1 writes them, and the end.
func TestBits(t *testing.T) {
	// 1 | 010 | 011 | 00100 | 00101 | 1: ue 0 1 2 3 4, then the stop bit
	r := newBitReader(unescape(nil, []byte{0b1_010_011_0, 0b0100_0010, 0b1_1_000000}))
	for want := range uint32(5) {
		if got := r.ue(); got != want {
			t.Errorf("ue %d, want %d", got, want)
		}
	}
	if r.more() || r.over() {
		t.Error("the stop bit is data")
	}
	r.u(32)
	if !r.over() || r.ue() != 0 {
		t.Error("nothing is read past the end")
	}
	r = newBitReader(unescape(nil, []byte{0b1_010_011_0, 0b0100_0010, 0b1_0000000}))
	for _, want := range []int32{0, 1, -1, 2, -2} {
		if got := r.se(); got != want {
			t.Errorf("se %d, want %d", got, want)
		}
	}
	r = newBitReader(unescape(nil, []byte{0, 0, 0, 0, 0, 1}))
	if r.ue(); !r.over() {
		t.Error("32 zeros in front are a number")
	}
}

// TestUnescape: emulation_prevention_three_byte goes, and nothing else (clause 7.4.1).
func TestUnescape(t *testing.T) {
	for _, x := range [][2][]byte{
		{{1, 2, 3}, {1, 2, 3}},
		{{0, 0, 3, 1}, {0, 0, 1}},
		{{0, 0, 3, 0, 0, 3, 3}, {0, 0, 0, 0, 3}},
		{{0, 0, 3, 0, 3}, {0, 0, 0, 3}},
		{{5, 0, 0, 3}, {5, 0, 0}},
		{{0, 3, 0, 0, 2}, {0, 3, 0, 0, 2}},
	} {
		got := unescape([]byte("of before, and longer"), x[0])
		if !bytes.Equal(got, x[1]) || !bytes.Equal(got[len(got):len(got)+padding], make([]byte, padding)) {
			t.Errorf("%v: %v, want %v", x[0], got, x[1])
		}
	}
}

// TestSplit: NAL units between start codes of either length.
func TestSplit(t *testing.T) {
	var got [][]byte
	Split([]byte{9, 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 0, 0, 0, 0, 1, 0, 0, 1, 0x65, 2, 0, 0, 3}, func(u []byte) bool {
		got = append(got, u)
		return true
	})
	want := [][]byte{{0x67, 1}, {0x68}, {0x65, 2, 0, 0, 3}}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("unit %d: %v", i, got[i])
		}
	}
}

// TestCodesAreWhole: the codes of each table of CAVLC are free of prefixes and found
// again, and use up all there are, but for those that the standard leaves out.
func TestCodesAreWhole(t *testing.T) {
	all := map[string][]string{"run_before 7": runBefore[6]}
	for i := range 4 {
		var codes []string
		for _, row := range coeffTokens {
			codes = append(codes, row.codes[i])
		}
		all["coeff_token "+string(rune('0'+i))] = codes
	}
	for i, codes := range totalZeros {
		all["total_zeros "+string(rune('a'+i))] = codes
	}
	for name, codes := range all {
		table := newVLC(codes)
		for value, code := range codes {
			if code == "" {
				continue
			}
			for other, c := range codes {
				if other != value && c != "" && strings.HasPrefix(c, code) {
					t.Errorf("%s: %s begins %s", name, code, c)
				}
			}
			for _, behind := range []string{"000", "111", "010"} {
				r := newBitReader(unescape(nil, packed(code+behind)))
				if got, ok := table.read(&r); !ok || got != value || r.pos != len(code) {
					t.Errorf("%s: %s is %d in %d bits, want %d", name, code, got, r.pos, value)
				}
			}
		}
	}
}

// TestRedundantAlone: a picture whose slices repeat others that are not there is damaged,
// for the parser and the decoder, and nothing of a picture before it is handed out.
func TestRedundantAlone(t *testing.T) {
	alone := [][]byte{[]byte("'z00\xac\xb61000"), []byte("(\xeaB10"), []byte("%\x1a\"12")}
	if _, err := ParseSPS(alone[0]); err != nil {
		t.Fatal(err)
	}
	var p Parser
	var d Decoder
	for range 2 {
		if pic, err := p.Parse(alone); pic != nil || !errors.Is(err, ErrDamaged) {
			t.Errorf("parsed: %v %v", pic, err)
		}
		if img, _, err := d.Decode(alone); img != nil || !errors.Is(err, ErrDamaged) {
			t.Errorf("drawn: %v %v", img, err)
		}
	}
}

// TestRough: a rough picture is one whose edges are not smoothed, a grey one has its luma,
// also after a picture that was drawn whole, and the next whole one is whole.
func TestRough(t *testing.T) {
	for _, name := range []string{"testdata/cabac.264", "testdata/cavlc.264"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		draw := func(d *Decoder) (luma, all []byte) {
			img, _, err := d.Decode(accessUnits(b)[0])
			if err != nil {
				t.Fatal(err)
			}
			all = planar(img)
			return all[:img.Rect.Dx()*img.Rect.Dy()], all
		}
		var d Decoder
		_, whole := draw(&d)
		luma, unsmoothed := draw(&Decoder{unfiltered: true})
		d.Rough, d.Grey = true, true
		if grey, _ := draw(&d); !bytes.Equal(grey, luma) {
			t.Errorf("%s: the grey picture differs in sample %d", name, differs(grey, luma))
		}
		d.Grey = false
		if _, rough := draw(&d); !bytes.Equal(rough, unsmoothed) {
			t.Errorf("%s: the rough picture differs in sample %d", name, differs(rough, unsmoothed))
		}
		d.Rough = false
		if _, again := draw(&d); !bytes.Equal(again, whole) {
			t.Errorf("%s: the next whole picture differs", name)
		}
	}
}

// TestMacroblocksAllocateNothing: once a stream's pictures have their room, only what is
// handed out is new, however many macroblocks there are.
func TestMacroblocksAllocateNothing(t *testing.T) {
	for _, name := range []string{"testdata/cabac.264", "testdata/cavlc.264"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pictures := accessUnits(b)
		for i, au := range pictures {
			pictures[i] = slices.DeleteFunc(au, func(unit []byte) bool { return i > 0 && !IsSlice(unit) })
		}
		var p Parser
		var d Decoder
		parse := func() {
			for _, au := range pictures[1:] {
				if _, err := p.Parse(au); err != nil {
					t.Fatal(err)
				}
			}
		}
		draw := func() {
			if _, _, err := d.Decode(pictures[0]); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.Parse(pictures[0]); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(5, parse); n != 0 {
			t.Errorf("%s: %d pictures are parsed with %v allocations", name, len(pictures)-1, n)
		}
		// The image, the part of it that is seen, and the parameter sets.
		const handedOut = 8
		if n := testing.AllocsPerRun(5, draw); n > handedOut {
			t.Errorf("%s: a picture is drawn with %v allocations", name, n)
		}
	}
}

// packed makes bytes of bits.
func packed(bits string) []byte {
	out := make([]byte, len(bits)/8+9)
	for i, bit := range bits {
		out[i/8] |= byte(bit-'0') << (7 - i%8)
	}
	return out
}

// TestRate: how long a picture lasts is told behind colours and their places, or without either;
// what is no rate, and what is cut off there, is left out and the pictures are read.
func TestRate(t *testing.T) {
	// Up to vui_parameters_present_flag: a picture of one macroblock in Main.
	const before = "1" + "1" + "1" + "1" + "1" + "0" + "1" + "1" + "1" + "1" + "0"
	timing := func(units, scale uint32) string { return "1" + fmt.Sprintf("%032b%032b", units, scale) }
	const colours = "1" + "101" + "0" + "1" + "000001100000011000000110"
	for name, c := range map[string]struct {
		vui          string
		ticks, scale int64
	}{
		"none at all":     {"0", 0, 0},
		"none":            {"1" + "0" + "0" + "0" + "0" + "0", 0, 0},
		"25":              {"1" + "0" + "0" + "0" + "0" + timing(1, 50), 2, 50},
		"29.97":           {"1" + "0" + "0" + colours + "0" + timing(1001, 60000), 2002, 60000},
		"behind all":      {"1" + "1" + "11111111" + strings.Repeat("10", 16) + "1" + "1" + colours + "1" + "1" + "010" + timing(0x01010101, 0x18181818), 0x02020202, 0x18181818},
		"largest":         {"1" + "0" + "0" + "0" + "0" + timing(1<<31, 1<<32-1), 0, 0}, // a picture of two seconds
		"one in a second": {"1" + "0" + "0" + "0" + "0" + timing(1<<31-1, 1<<32-2), 1<<32 - 2, 1<<32 - 2},
		"no ticks":        {"1" + "0" + "0" + "0" + "0" + timing(0, 50), 0, 0},
		"no scale":        {"1" + "0" + "0" + "0" + "0" + timing(1, 0), 0, 0},
		"240":             {"1" + "0" + "0" + "0" + "0" + timing(1, 480), 2, 480},
		"more than 240":   {"1" + "0" + "0" + "0" + "0" + timing(1, 481), 0, 0},
	} {
		bits := before + c.vui + "1"
		s, err := ParseSPS(append([]byte{0x67, 77, 0, 30}, packed(bits)...))
		if err != nil || s.Ticks != c.ticks || s.Scale != c.scale {
			t.Errorf("%s: %+v %v, want %d of %d", name, s, err, c.ticks, c.scale)
		}
	}
	cut := packed(before + "1" + "0" + "0" + "0" + "0" + "1" + "11111111")[:3]
	if s, err := ParseSPS(append([]byte{0x67, 77, 0, 30}, cut...)); err != nil || s.Scale != 0 {
		t.Errorf("cut off: %+v %v", s, err)
	}
}

// TestRefused: what is not read is refused by name, and damage is called so.
func TestRefused(t *testing.T) {
	sps := func(profile byte, bits string) []byte {
		return append([]byte{0x67, profile, 0, 30}, packed(bits)...)
	}
	const id = "1"
	for name, x := range map[string]struct {
		unit []byte
		kind error
		says string
	}{
		"4:2:2":      {sps(122, id+"011"), ErrUnsupported, "4:2:2"},
		"4:4:4":      {sps(244, id+"00100"), ErrUnsupported, "4:4:4"},
		"grey":       {sps(100, id+"1"), ErrUnsupported, "4:0:0"},
		"ten bit":    {sps(110, id+"010"+"011"+"011"), ErrUnsupported, "8 bit"},
		"lossless":   {sps(100, id+"010"+"1"+"1"+"1"), ErrUnsupported, "lossless"},
		"interlace":  {sps(77, id+"1"+"1"+"1"+"1"+"0"+"1"+"1"+"0"), ErrUnsupported, "interlace"},
		"too large":  {sps(77, id+"1"+"1"+"1"+"1"+"0"+"0000000000"+"10000000001"+"1"+"1"), ErrDamaged, "size"},
		"cropped":    {sps(77, id+"1"+"1"+"1"+"1"+"0"+"1"+"1"+"1"+"1"+"1"+"00010000"+"00010000"+"1"+"1"), ErrDamaged, "cropping"},
		"cut off":    {[]byte{0x67, 77, 0, 30, 0xff, 0xff}, ErrDamaged, "cut off"},
		"not at all": {[]byte{0x67}, ErrDamaged, ""},
	} {
		if s, err := ParseSPS(x.unit); !errors.Is(err, x.kind) || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
	var p Parser
	if _, err := p.Parse([][]byte{{0x65, 0x88, 0x80}}); !errors.Is(err, ErrParameterSet) {
		t.Errorf("a slice without parameter sets: %v", err)
	}
	if _, err := p.Parse([][]byte{{0x22, 1, 2}}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a data partition: %v", err)
	}
	if pic, err := p.Parse([][]byte{{0x06, 1}}); pic != nil || err != nil {
		t.Errorf("an access unit without slices: %v %v", pic, err)
	}
}
