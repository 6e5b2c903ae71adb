package fakecam

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

func unit(nals ...[]byte) []byte {
	var b []byte
	for _, n := range nals {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(n))), n...)
	}
	return b
}

func TestMark(t *testing.T) {
	marks := []Mark{{}, {Name: MarkName("a"), Frame: 1}, {Name: [16]byte{0, 0, 1, 0, 0, 3}, Frame: 0x0000_0100_0003_0000}, {Frame: math.MaxUint64}}
	var all []byte
	for _, m := range marks {
		hevc := m.sei(codecH265)
		for _, picture := range [][]byte{
			unit([]byte{0x40, 1, 1}, hevc, []byte{0x26, 1, 9}), unit([]byte{0x4e, 1, 4, 1, 0, 0x80}, hevc),
			withMark([]byte{0xff, 0xd8, 0xff, 0xfe, 0, 4, 1, 2, 7, 7, 7, 0xff, 0xd9}, m), withMark([]byte{0xff, 0xd8}, m),
		} {
			if got, ok := FindMark(picture); !ok || got != m {
				t.Errorf("% x: found %v, %t, not %v", picture, got, ok, m)
			}
		}
		sei := m.sei(codecH264)
		if bytes.Contains(sei, []byte{0, 0}) {
			t.Errorf("%v needs emulation prevention", m)
		}
		for _, au := range [][]byte{unit(sei, []byte{0x65, 1}), unit([]byte{0x67, 1}, sei), unit([]byte{0x06, 4, 1, 0, 0x80}, sei)} {
			if got, ok := FindMark(au); !ok || got != m {
				t.Errorf("found %v, %t, not %v", got, ok, m)
			}
		}
		if _, ok := FindMark(unit(append([]byte{0x65}, sei...))); ok {
			t.Error("found a mark in a slice")
		}
		if _, ok := FindMark(unit(sei)[:40]); ok {
			t.Error("found half a mark")
		}
		all = append(append(all, "noise"...), sei...)
	}
	if got := FindMarks(all); !slices.Equal(got, marks) {
		t.Errorf("found %v, not %v", got, marks)
	}
}

func FuzzFindMark(f *testing.F) {
	sei := Mark{Name: MarkName("a"), Frame: 7}.sei(codecH264)
	f.Add(unit(sei, []byte{0x65, 1}))
	f.Add(append(unit([]byte{0x67}), sei[:50]...))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 6})
	f.Add(unit(Mark{Frame: 1}.sei(codecH265)))
	f.Add(withMark([]byte{0xff, 0xd8, 1, 0xff, 0xd9}, Mark{Frame: 2}))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, ok := FindMark(b)
		if ok && !slices.Contains(FindMarks(b), m) {
			t.Errorf("FindMarks misses %v", m)
		}
	})
}

func TestEmulationPrevention(t *testing.T) {
	got := nal(0x65, []byte{0, 0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 4, 0, 0})
	want := []byte{0x65, 0, 0, 3, 0, 0, 3, 0, 1, 0, 0, 3, 3, 0, 0, 4, 0, 0}
	if !bytes.Equal(got, want) {
		t.Errorf("% x, not % x", got, want)
	}
}
