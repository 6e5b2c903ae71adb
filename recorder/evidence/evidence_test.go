package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/sealed"
)

// hubKey signed ../sealed/testdata/clip.lar, see sealed/doc.go.
var hubKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

func sign(context string, message []byte) []byte { return seal.Sign(hubKey, context, message) }

// made is a bundle of one sealed clip, of a video of that size and of small files.
func made(t testing.TB, video int) (Manifest, []byte) {
	t.Helper()
	clip, err := os.ReadFile("../sealed/testdata/clip.lar")
	if err != nil {
		t.Fatal(err)
	}
	h, _, err := sealed.ReadHeader(bytes.NewReader(clip), sealed.Signers{{Hub: media.HubID{1}, Key: hubKey.Public().(ed25519.PublicKey)}})
	if err != nil {
		t.Fatal(err)
	}
	film := make([]byte, video)
	rand.NewChaCha8([32]byte{1}).Read(film)
	contents := [][]byte{[]byte("<!doctype html>\n"), film, clip, nil}
	m := Manifest{
		Hub: media.HubID{1}, Key: Hex(hubKey.Public().(ed25519.PublicKey)), Made: time.Date(2026, 11, 29, 13, 4, 5, 678, time.UTC), By: "ann", Camera: "Türe",
		Clips: []Clip{{Clip: h.Clip, Camera: h.Camera, Start: h.Start, Millis: 6000, Original: "originals/1.lar", Video: "videos/1.mp4"}},
	}
	for i, name := range []string{"index.html", "videos/1.mp4", "originals/1.lar", "journal.json"} {
		m.Files = append(m.Files, File{Name: name, Size: int64(len(contents[i]))})
	}
	var b bytes.Buffer
	err = Write(&b, m, func(i int, to io.Writer) error {
		for rest := contents[i]; len(rest) > 0; { // in pieces that fit no block
			n := min(len(rest), 40_000)
			if _, err := to.Write(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	}, sign)
	if err != nil {
		t.Fatal(err)
	}
	if size, err := Size(m); err != nil || size != int64(b.Len()) {
		t.Fatalf("Size says %d, %v; it has %d bytes", size, err, b.Len())
	}
	return m, b.Bytes()
}

func check(t testing.TB, b []byte) (Report, error) {
	t.Helper()
	return Check(bytes.NewReader(b), int64(len(b)))
}

// TestBundle: a bundle is a ZIP that others open, and is found as it was written.
func TestBundle(t *testing.T) {
	for _, video := range []int{0, 1, blockSize - 1, blockSize, blockSize + 1, 3 * blockSize, 200_000} {
		m, b := made(t, video)
		r, err := check(t, b)
		if err != nil || !r.OK() {
			t.Fatalf("%d bytes: %+v, %v", video, r.Changed, err)
		}
		if r.Manifest.By != "ann" || r.Manifest.Camera != "Türe" || r.Originals[0].State != sealed.Complete || !r.Manifest.Made.Equal(m.Made.Truncate(time.Second)) {
			t.Errorf("it says %+v", r)
		}
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if len(z.File) != len(m.Files)+2 {
			t.Errorf("%d files", len(z.File))
		}
		for i, f := range z.File[:len(m.Files)] {
			in, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(in)
			if err != nil || int64(len(got)) != m.Files[i].Size || fmt.Sprintf("%x", sha256.Sum256(got)) != fmt.Sprintf("%x", []byte(r.Manifest.Files[i].Sum)) {
				t.Errorf("%s: %d bytes, %v", f.Name, len(got), err)
			}
		}
	}
}

// names reports whether a check of b says that the byte at an offset is not as it was written.
func names(t *testing.T, b []byte, at int64) bool {
	t.Helper()
	r, err := check(t, b)
	var list *ManifestError
	if errors.As(err, &list) {
		return list.From <= at && at < list.To
	}
	if err != nil {
		t.Fatalf("byte %d: %v", at, err)
	}
	for _, c := range r.Changed {
		if c.From <= at && at < c.To {
			return !r.OK()
		}
	}
	return false
}

// TestEveryByte: whichever byte is changed, the range that it lies in is named, and no other
// file's.
func TestEveryByte(t *testing.T) {
	_, b := made(t, 900)
	for at := range b {
		flip := byte(1) << (at % 8)
		b[at] ^= flip
		if !names(t, b, int64(at)) {
			t.Fatalf("byte %d of %d is not named", at, len(b))
		}
		b[at] ^= flip
	}
}

// TestChangedBlock: of a large file the block is named, and the rest holds.
func TestChangedBlock(t *testing.T) {
	_, b := made(t, 5*blockSize)
	film := bytes.Index(b, []byte("videos/1.mp4")) + len("videos/1.mp4")
	at := film + 3*(storedSize+blockSize) + storedSize + 1000
	b[at] ^= 4
	r, err := check(t, b)
	if err != nil || len(r.Changed) != 1 || r.Changed[0].Part != "videos/1.mp4" || r.Changed[0].Offset != 3*blockSize || !r.Originals[0].Signed {
		t.Errorf("%+v, %v", r.Changed, err)
	}
}

// TestSealedFile: what was changed in an original is said by its own signature, too.
func TestSealedFile(t *testing.T) {
	_, b := made(t, 10)
	b[bytes.Index(b, []byte("LARCLIP1"))+sealed.HeaderSize+40] ^= 1
	if r, err := check(t, b); err != nil || len(r.Changed) != 1 || r.Originals[0].Signed {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestCutAndLonger: what is missing and what is too much is said.
func TestCutAndLonger(t *testing.T) {
	_, b := made(t, 5000)
	r, err := check(t, append(bytes.Clone(b), "more"...))
	if err != nil || len(r.Changed) != 1 || !r.Changed[0].Extra || r.Changed[0].From != int64(len(b)) || r.Changed[0].To != int64(len(b))+4 {
		t.Errorf("longer: %+v, %v", r.Changed, err)
	}
	r, err = check(t, b[:len(b)-10])
	if err != nil || r.OK() || !r.Changed[len(r.Changed)-1].Missing {
		t.Errorf("shorter: %+v, %v", r.Changed, err)
	}
	for _, n := range []int{0, 1, 100, len(b) / 2} {
		if _, err := check(t, b[:n]); !errors.Is(err, ErrNone) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestPutInAndTakenOut: of bytes that were put in or taken out, the place is named and the file
// that they were of; all that follows is compared where it lies now.
func TestPutInAndTakenOut(t *testing.T) {
	m, b := made(t, blockSize+100)
	film := bytes.Index(b, []byte("videos/1.mp4")) + len("videos/1.mp4")
	clip := bytes.Index(b, []byte("LARCLIP1"))
	// The manifest begins behind the last file, which is empty.
	list := bytes.LastIndex(b, []byte("journal.json\x01")) + len("journal.json") + storedSize + descriptorSize
	if string(b[list:list+4]) != "PK\x03\x04" {
		t.Fatal("where is the manifest?")
	}
	for at := 0; at <= list; at += 7 {
		if at > film+30 && at < clip-100 {
			at = clip - 100 // between them is more of the same
		}
		for _, by := range []int{1, 3, -1, -3, -20} {
			changed := slices.Clone(b)
			if by > 0 {
				changed = slices.Insert(changed, at, bytes.Repeat([]byte{^b[at]}, by)...)
			} else if at-by > list {
				continue
			} else {
				changed = slices.Delete(changed, at, at-by)
			}
			r, err := check(t, changed)
			if err != nil {
				t.Fatalf("%d bytes at %d: %v", by, at, err)
			}
			differs := int64(0)
			for changed[differs] == b[differs] {
				differs++
			}
			if r.OK() || r.Longer != int64(by) || len(r.Changed) == 0 || r.Changed[0].From > differs || !r.Changed[0].Missing && r.Changed[0].To <= differs {
				t.Fatalf("%d bytes at %d, the first that differs is %d: %+v, %d longer", by, at, differs, r.Changed, r.Longer)
			}
			if last := r.Changed[len(r.Changed)-1]; at-min(by, 0) <= clip && last.From >= int64(clip) {
				t.Fatalf("%d bytes at %d, and all behind it is as it was: %+v", by, at, r.Changed)
			}
			if within := at >= clip && at-min(by, 0) < clip+sealed.HeaderSize; within && r.Originals[0].Signed || at < clip-100 && !r.Originals[0].Signed {
				t.Fatalf("%d bytes at %d: the sealed file: %+v", by, at, r.Originals)
			}
		}
	}
	// Another change before it, and one behind it.
	b[5] ^= 1
	b[clip+sealed.HeaderSize+40] ^= 1
	r, err := check(t, slices.Insert(b, film+storedSize+1000, 'x', 'y'))
	if err != nil || len(r.Changed) != 3 || r.Changed[0].From != 5 || r.Changed[1].From != int64(film+storedSize) || r.Changed[2].Part != m.Clips[0].Original {
		t.Errorf("three changes: %+v, %v", r.Changed, err)
	}
}

// TestWrongLength: a file that is not as long as it was said to be makes no bundle.
func TestWrongLength(t *testing.T) {
	for _, given := range []string{"", "ab", "abcd"} {
		m := Manifest{Key: Hex(hubKey.Public().(ed25519.PublicKey)), Files: []File{{Name: "a", Size: 3}}}
		err := Write(io.Discard, m, func(_ int, to io.Writer) error { _, err := io.WriteString(to, given); return err }, sign)
		if err == nil {
			t.Errorf("%q passes for three bytes", given)
		}
	}
	m := Manifest{Key: Hex(hubKey.Public().(ed25519.PublicKey)), Files: []File{{Name: "a", Size: 3 << 30}, {Name: "b", Size: 2 << 30}}}
	if _, err := Size(m); !errors.Is(err, ErrTooLarge) {
		t.Errorf("5 GiB: %v", err)
	}
}

// FuzzCheck: whatever a file holds, a check ends, and nothing but the bundle passes for it, or an
// archive of its files.
func FuzzCheck(f *testing.F) {
	_, whole := made(f, 300)
	files := membersOf(f, whole)
	f.Add(whole)
	f.Add(whole[:len(whole)-endSize])
	f.Add(packedAnew(f, zip.Deflate, files))
	f.Add(packedAnew(f, zip.Store, files))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := check(t, b)
		switch {
		case err != nil, !r.OK(), !hubKey.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(r.Manifest.Key)):
		case !r.Repacked && !bytes.Equal(b, whole):
			t.Error("something else passes for the bundle")
		case r.Repacked && !holds(b, files):
			t.Error("other files pass for those of the bundle")
		}
	})
}

// holds reports whether an archive has these files, each once.
func holds(b []byte, files []member) bool {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return false
	}
	for _, want := range files {
		found := 0
		for _, f := range z.File {
			if name := slashed(f.Name); name != want.name && !strings.HasSuffix(name, "/"+want.name) {
				continue
			}
			in, err := f.Open()
			if err != nil {
				return false
			}
			got, _ := io.ReadAll(in) // its CRC is not of the bundle
			if bytes.Equal(got, want.b) {
				found++
			}
		}
		if found != 1 {
			return false
		}
	}
	return true
}
