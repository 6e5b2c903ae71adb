package media_test

import (
	"errors"
	"strings"
	"testing"

	"lares/cameras/media"
)

// One object has one URL: no second spelling reads as the same id.
func FuzzParseID(f *testing.F) {
	f.Add("000102030405060708090a0b0c0d0e0f")
	f.Add("000102030405060708090A0B0C0D0E0F")
	f.Add(strings.Repeat("f", 31))
	f.Add(strings.Repeat("é", 16))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := media.ParseCameraID(s)
		switch {
		case err == nil && id.String() != s:
			t.Errorf("%q reads as %s", s, id)
		case err != nil && (!errors.Is(err, media.ErrID) || !id.IsZero()):
			t.Errorf("%q: %v, with id %s", s, err, id)
		}
	})
}

func TestParseIDEachDigit(t *testing.T) {
	const good = "0123456789abcdef0123456789abcdef"
	want := media.EventID{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}
	if id, err := media.ParseEventID(good); err != nil || id != want {
		t.Fatalf("%v: %v", id, err)
	}
	for i := range good {
		for c := range 256 {
			digit := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
			s := good[:i] + string([]byte{byte(c)}) + good[i+1:]
			if _, err := media.ParseEventID(s); (err == nil) != digit {
				t.Errorf("byte %#x at %d: %v", c, i, err)
			}
		}
	}
}

func TestUnmarshalIDRefuses(t *testing.T) {
	for _, s := range []string{"", "ABCDEF0123456789ABCDEF0123456789", strings.Repeat("0", 33)} {
		id := media.NewClipID()
		if err := id.UnmarshalText([]byte(s)); !errors.Is(err, media.ErrID) || !id.IsZero() {
			t.Errorf("%q: %v, left %s", s, err, id)
		}
	}
}

func TestScanKeepsOnError(t *testing.T) {
	id := media.NewClipID()
	before := id
	for _, v := range []any{nil, "text", [16]byte{}, []byte(nil), make([]byte, 15), make([]byte, 17), int64(1)} {
		if err := id.Scan(v); !errors.Is(err, media.ErrID) || id != before {
			t.Errorf("scanning %T %v: %v, left %s", v, v, err, id)
		}
	}
}
