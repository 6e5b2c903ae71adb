package sealed

import (
	"encoding/hex"
	"errors"
	"slices"
	"testing"
)

// The index, byte for byte as doc.go says.
func TestGrowth(t *testing.T) {
	b := AppendGrowth([]byte("x"), []uint32{1, 0, 0xdeadbeef})
	if got := hex.EncodeToString(b); got != "78"+"01"+"00000003"+"00000001"+"00000000"+"deadbeef" {
		t.Errorf("%s", got)
	}
	if got, err := ParseGrowth(b[1:]); err != nil || !slices.Equal(got, []uint32{1, 0, 0xdeadbeef}) {
		t.Errorf("%v (%v)", got, err)
	}
	if got, err := ParseGrowth(AppendGrowth(nil, nil)); err != nil || len(got) != 0 {
		t.Errorf("%v (%v)", got, err)
	}
	for n := range len(b) - 1 {
		if _, err := ParseGrowth(b[1 : 1+n]); !errors.Is(err, ErrFormat) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if _, err := ParseGrowth(append(b[1:], 0)); !errors.Is(err, ErrFormat) {
		t.Errorf("a byte too many: %v", err)
	}
	b[1] = 2
	if _, err := ParseGrowth(b[1:]); !errors.Is(err, ErrVersion) {
		t.Errorf("a later version: %v", err)
	}
}

func FuzzParseGrowth(f *testing.F) {
	f.Add(AppendGrowth(nil, []uint32{1, 2, 3}))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := ParseGrowth(b); err == nil && !slices.Equal(AppendGrowth(nil, got), b) {
			t.Errorf("%x reads as %v", b, got)
		}
	})
}

// TestFlagsOfInit: only an init segment says that it has G.711, or is of a stretch, or one beside.
func TestFlagsOfInit(t *testing.T) {
	for _, kind := range []Type{TypeInit, TypeFragment, TypeThumbnail, TypeIndex} {
		for _, h := range []Head{{Type: kind, G711: true, Length: 16}, {Type: kind, Stretch: true, Length: 16}, {Type: kind, Beside: true, Length: 16}} {
			got, err := parseHead(h.Bytes())
			if ok := err == nil && got == h; ok != (kind == TypeInit) {
				t.Errorf("type %d: %+v (%v)", kind, got, err)
			}
		}
	}
	b := Head{Type: TypeInit, Length: 16}.Bytes()
	b[1] = 16
	if _, err := parseHead(b); !errors.Is(err, ErrFormat) {
		t.Errorf("an unknown flag: %v", err)
	}
}
