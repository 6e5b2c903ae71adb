package sealed

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

// The preview, byte for byte as doc.go says.
func TestPreview(t *testing.T) {
	frames := []Frame{{Time: 0, JPEG: []byte("ab")}, {Time: 180_000, JPEG: []byte("c")}, {Time: 180_000, JPEG: []byte("def")}}
	b := AppendPreview([]byte("x"), frames)
	if got := hex.EncodeToString(b); got != "78"+"01"+"03"+
		"0000000000000000"+"00000002"+"000000000002bf20"+"00000001"+"000000000002bf20"+"00000003"+
		hex.EncodeToString([]byte("abcdef")) {
		t.Errorf("%s", got)
	}
	got, err := ParsePreview(b[1:])
	if err != nil || len(got) != 3 {
		t.Fatalf("%v (%v)", got, err)
	}
	for i, f := range got {
		if f.Time != frames[i].Time || !bytes.Equal(f.JPEG, frames[i].JPEG) {
			t.Errorf("picture %d: %+v", i, f)
		}
	}
	if _ = append(got[0].JPEG, 'x'); string(got[1].JPEG) != "c" {
		t.Errorf("the next picture became %q", got[1].JPEG)
	}
	for n := range len(b) - 1 {
		if _, err := ParsePreview(b[1 : 1+n]); !errors.Is(err, ErrFormat) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	for what, bad := range map[string][]byte{
		"a byte too many":     append(bytes.Clone(b[1:]), 0),
		"no picture":          AppendPreview(nil, nil),
		"an empty picture":    AppendPreview(nil, []Frame{{Time: 1}}),
		"too many":            AppendPreview(nil, make([]Frame, MaxFrames+1)),
		"times that go back":  AppendPreview(nil, []Frame{{2, []byte("a")}, {1, []byte("b")}}),
		"more than there is":  {1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1},
		"all there ever were": bytes.Repeat([]byte{1}, 2+64*12),
	} {
		if got, err := ParsePreview(bad); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v (%v)", what, got, err)
		}
	}
	b[1] = 2
	if _, err := ParsePreview(b[1:]); !errors.Is(err, ErrVersion) {
		t.Errorf("a later version: %v", err)
	}
}

// FuzzParsePreview: what is read is bounded, and in one spelling.
func FuzzParsePreview(f *testing.F) {
	f.Add(AppendPreview(nil, []Frame{{1, []byte("a")}, {2, []byte("bc")}}))
	f.Add([]byte{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{1, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		frames, err := ParsePreview(b)
		if err == nil && (len(frames) == 0 || len(frames) > MaxFrames || !bytes.Equal(AppendPreview(nil, frames), b)) {
			t.Errorf("%x reads as %v", b, frames)
		}
	})
}

// TestPicturesAreReported: who reads a file without a key is told whether it has a picture,
// of whichever size, and a preview; also of one that a crash left.
func TestPicturesAreReported(t *testing.T) {
	h := newHub(t)
	for what, x := range map[string]struct {
		kinds              []Type
		thumbnail, preview bool
	}{
		"none": {nil, false, false}, "small": {[]Type{TypeSmall}, true, false}, "large": {[]Type{TypeThumbnail}, true, false},
		"a preview": {[]Type{TypePreview}, false, true}, "all": {[]Type{TypeThumbnail, TypeSmall, TypePreview}, true, true},
	} {
		d := &disk{}
		w := h.writer(d)
		for _, kind := range append([]Type{TypeInit}, x.kinds...) {
			if err := w.Record(Head{Type: kind}, []byte("picture")); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Record(Head{Type: TypeFragment, Duration: 1}, nil); err != nil {
			t.Fatal(err)
		}
		r, err := Repair(d, int64(len(d.b)), h.public(), h.sign)
		if err != nil || r.State != Recovered || r.Thumbnail != x.thumbnail || r.Preview != x.preview {
			t.Errorf("%s: %+v (%v)", what, r, err)
		}
		if again := h.check(t, d.b); again.State != Recovered || again.Thumbnail != x.thumbnail || again.Preview != x.preview {
			t.Errorf("%s, ended: %+v", what, again)
		}
	}
}
