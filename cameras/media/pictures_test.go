package media_test

import (
	"bytes"
	"errors"
	"testing"

	"lares/cameras/media"
)

// FuzzPictures: what reads back is what was written, in one spelling.
func FuzzPictures(f *testing.F) {
	f.Add(media.Pictures{Large: []byte("large"), Small: []byte("small")}.Append(nil))
	f.Add(media.Pictures{}.Append(nil))
	f.Add([]byte{0, 0, 0})
	f.Add([]byte{0, 0, 0, 2, 1})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := media.ParsePictures(b)
		if err == nil && !bytes.Equal(p.Append(nil), b) || err != nil && !errors.Is(err, media.ErrPictures) {
			t.Errorf("%x reads as %x and %x: %v", b, p.Small, p.Large, err)
		}
	})
}

// TestPictures: both come back, and what is appended to the small one does not reach the other.
func TestPictures(t *testing.T) {
	p, err := media.ParsePictures(media.Pictures{Large: []byte("large"), Small: []byte("small")}.Append(nil))
	if err != nil || string(p.Large) != "large" || string(p.Small) != "small" {
		t.Fatalf("%q %q %v", p.Large, p.Small, err)
	}
	if _ = append(p.Small, 'x'); string(p.Large) != "large" {
		t.Errorf("the large one became %q", p.Large)
	}
}
