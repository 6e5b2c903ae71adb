package h264

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// digits is a row of bits, each written as a digit.
func digits(s string) (out bitString) {
	for _, bit := range s {
		out = append(out, byte(bit-'0'))
	}
	return out
}

// smallSets are the parameter sets of pictures of 2 x 2 macroblocks in CAVLC, with four bits
// of frame_num and of pic_order_cnt_lsb.
func smallSets() [][]byte {
	sps := slices.Concat(digits("010000100000000000011110"), ue(0), ue(0), ue(0), ue(0), ue(1), digits("0"), ue(1), ue(1), digits("11001"))
	pps := slices.Concat(ue(0), ue(0), digits("00"), ue(0), ue(0), ue(0), digits("000"), digits("111"), digits("0001"))
	return [][]byte{sps.escaped(0x67), pps.escaped(0x68)}
}

// four is a number in four bits.
func four(v byte) bitString { return bitString{v >> 3 & 1, v >> 2 & 1, v >> 1 & 1, v & 1} }

// numbers tell the picture of a slice from others.
type numbers struct{ nal, frame, id, order byte }

// smallSlice is a slice of one row of macroblocks: of DC prediction without levels in IDR
// pictures, and else skipped.
func smallSlice(row int, n numbers) []byte {
	kind, idr := uint32(5), n.nal&31 == nalIDR
	if idr {
		kind = 7
	}
	s := slices.Concat(ue(uint32(2*row)), ue(kind), ue(0), four(n.frame))
	if idr {
		s = append(s, ue(uint32(n.id))...)
	}
	s = append(s, four(n.order)...)
	switch {
	case idr:
		block := slices.Concat(ue(3), digits("111"))
		return slices.Concat(s, digits("001"), block, block, digits("1")).escaped(n.nal)
	case n.nal&0x60 != 0:
		s = append(s, digits("000")...)
	default:
		s = append(s, digits("00")...)
	}
	return slices.Concat(s, digits("1"), ue(2), digits("1")).escaped(n.nal)
}

// TestSlicesOfTwoPictures: the beginning of one picture and the end of another are no
// picture, for each of the numbers that tell pictures apart; the next whole one is read.
func TestSlicesOfTwoPictures(t *testing.T) {
	predicted, alone := numbers{nal: 0x61, frame: 5, order: 6}, numbers{nal: 0x65, id: 3, order: 6}
	for name, c := range map[string]struct {
		first, second numbers
		whole         bool
	}{
		"one predicted":               {predicted, predicted, true},
		"one that stands alone":       {alone, alone, true},
		"another priority, not none":  {predicted, numbers{nal: 0x41, frame: 5, order: 6}, true},
		"frame_num":                   {predicted, numbers{nal: 0x61, frame: 6, order: 6}, false},
		"pic_order_cnt_lsb":           {predicted, numbers{nal: 0x61, frame: 5, order: 8}, false},
		"nal_ref_idc":                 {predicted, numbers{nal: 0x01, frame: 5, order: 6}, false},
		"idr_pic_id":                  {alone, numbers{nal: 0x65, id: 4, order: 6}, false},
		"IdrPicFlag":                  {numbers{nal: 0x65, order: 6}, numbers{nal: 0x61, order: 6}, false},
		"pic_order_cnt_lsb of an IDR": {alone, numbers{nal: 0x65, id: 3, order: 8}, false},
	} {
		units := append(smallSets(), smallSlice(0, c.first), smallSlice(1, c.second))
		var p Parser
		var d Decoder
		for range 2 {
			if pic, err := p.Parse(units); (pic != nil) != c.whole || !c.whole && !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: parsed: %v", name, err)
			}
			if c.first.nal != alone.nal {
				continue
			}
			if img, _, err := d.Decode(units); (img != nil) != c.whole || (err == nil) != c.whole {
				t.Errorf("%s: drawn: %v", name, err)
			}
		}
		whole := append(smallSets(), smallSlice(0, alone), smallSlice(1, alone))
		if _, err := p.Parse(whole); err != nil {
			t.Errorf("%s: the next one: %v", name, err)
		}
		if _, _, err := d.Decode(whole); err != nil {
			t.Errorf("%s: the next one is not drawn: %v", name, err)
		}
	}
}

// TestRefusedSlices: slice groups and switching slices are refused by name.
func TestRefusedSlices(t *testing.T) {
	sps := smallSets()[0]
	groups := slices.Concat(ue(0), ue(0), digits("00"), ue(1), ue(0), ue(0), ue(0), digits("1")).escaped(0x68)
	var p Parser
	if _, err := p.Parse([][]byte{sps, groups}); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "slice groups") {
		t.Errorf("slice groups: %v", err)
	}
	for _, kind := range []uint32{3, 4, 8, 9} {
		units := append(smallSets(), slices.Concat(ue(0), ue(kind), ue(0), four(0), four(0), digits("1")).escaped(0x61))
		if _, err := p.Parse(units); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "switching") {
			t.Errorf("slice_type %d: %v", kind, err)
		}
	}
}

// TestZeroWords: cabac_zero_words behind a slice (clause 7.3.2.8) are not part of it, and
// bytes that are not zero make it damaged.
func TestZeroWords(t *testing.T) {
	b, err := os.ReadFile("testdata/cabac.264")
	if err != nil {
		t.Fatal(err)
	}
	units := slices.Clone(accessUnits(b)[0])
	last := len(units) - 1
	slice := slices.Clip(units[last])
	var p Parser
	for range 3 {
		units[last] = append(units[last], 0, 0, 3)
		if pic, err := p.Parse(units); err != nil || pic == nil {
			t.Errorf("%d bytes behind it: %v", len(units[last])-len(slice), err)
		}
	}
	units[last] = append(slice, 1, 2, 3)
	if _, err := p.Parse(units); !errors.Is(err, ErrDamaged) {
		t.Errorf("something else behind it: %v", err)
	}
}
