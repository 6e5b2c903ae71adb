package evidence

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"lares/recorder/sealed"
)

// member is one file of an archive.
type member struct {
	name string
	b    []byte
}

// membersOf unpacks an archive.
func membersOf(t testing.TB, b []byte) (all []member) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, member{f.Name, content})
	}
	return all
}

// packedAnew packs an archive, each file by a method.
func packedAnew(t testing.TB, method uint16, all []member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range all {
		to, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(m.b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPackedAnew: of a bundle that was unpacked and packed anew, in whatever order, form and
// folder, each file is found as it was.
func TestPackedAnew(t *testing.T) {
	m, b := made(t, 3*blockSize+7)
	all := membersOf(t, b)
	other := slices.Clone(all)
	slices.Reverse(other)
	inFolder := []member{{"front/", nil}}
	windows := []member{}
	for _, f := range other {
		inFolder = append(inFolder, member{"front/" + f.name, f.b})
		windows = append(windows, member{strings.ReplaceAll(f.name, "/", `\`), f.b})
	}
	for name, files := range map[string][]member{"same order": all, "other order": other, "folder": inFolder, "backslashes": windows} {
		for _, method := range []uint16{zip.Store, zip.Deflate} {
			r, err := check(t, packedAnew(t, method, files))
			if err != nil || !r.OK() || !r.Repacked || r.Longer != 0 || r.Manifest.By != "ann" || len(r.Originals) != 1 || r.Originals[0].State != sealed.Complete || r.Originals[0].Clip.Clip != m.Clips[0].Clip {
				t.Errorf("%s, method %d: %+v, %v", name, method, r, err)
			}
		}
	}
	if r, err := check(t, b); err != nil || r.Repacked {
		t.Errorf("as it was made: %v", err)
	}
}

// TestPackedAnewChanged: what was changed before a bundle was packed anew is named, by file and
// bytes; all other files hold.
func TestPackedAnewChanged(t *testing.T) {
	_, b := made(t, 3*blockSize+7)
	const film, clip = "videos/1.mp4", "originals/1.lar"
	at := func(all []member, name string) *member {
		return &all[slices.IndexFunc(all, func(m member) bool { return m.name == name })]
	}
	without := func(name string) func([]member) []member {
		return func(all []member) []member {
			return slices.DeleteFunc(all, func(m member) bool { return m.name == name })
		}
	}
	for name, c := range map[string]struct {
		change         func([]member) []member
		changed        []Range
		missing, extra []string
		signed         bool
	}{
		"a byte of the video": {func(all []member) []member { at(all, film).b[blockSize+5] ^= 1; return all },
			[]Range{{From: blockSize, To: 2 * blockSize, Part: film, Offset: blockSize}}, nil, nil, true},
		"a byte of the original": {func(all []member) []member { at(all, clip).b[sealed.HeaderSize+40] ^= 1; return all },
			[]Range{{To: int64(len(at(membersOf(t, b), clip).b)), Part: clip}}, nil, nil, false},
		"shorter": {func(all []member) []member { f := at(all, film); f.b = f.b[:len(f.b)-3]; return all },
			[]Range{{From: 3*blockSize + 4, To: 3*blockSize + 7, Part: film, Offset: 3*blockSize + 4, Missing: true}}, nil, nil, true},
		"longer": {func(all []member) []member { f := at(all, film); f.b = append(f.b, "more"...); return all },
			[]Range{{From: 3*blockSize + 7, To: 3*blockSize + 11, Part: film, Offset: 3*blockSize + 7, Extra: true}}, nil, nil, true},
		"a file missing":     {without(film), nil, []string{film}, nil, true},
		"the original":       {without(clip), nil, []string{clip}, nil, false},
		"a file more":        {func(all []member) []member { return append(all, member{"videos/2.mp4", []byte("other")}) }, nil, nil, []string{"videos/2.mp4"}, true},
		"one of a name more": {func(all []member) []member { return append(all, member{film, []byte("other")}) }, nil, nil, []string{film}, true},
	} {
		for _, method := range []uint16{zip.Store, zip.Deflate} {
			r, err := check(t, packedAnew(t, method, c.change(membersOf(t, b))))
			if err != nil || r.OK() || !r.Repacked || !slices.Equal(r.Changed, c.changed) || !slices.Equal(r.Missing, c.missing) || !slices.Equal(r.Extra, c.extra) || r.Originals[0].Signed != c.signed {
				t.Errorf("%s: %+v, %v", name, r, err)
			}
		}
	}
	for _, name := range []string{manifestName, signatureName} {
		all := membersOf(t, b)
		at(all, name).b[20] ^= 1
		var list *ManifestError
		if _, err := check(t, packedAnew(t, zip.Deflate, all)); !errors.As(err, &list) {
			t.Errorf("%s changed: %v", name, err)
		}
		if _, err := check(t, packedAnew(t, zip.Deflate, without(name)(membersOf(t, b)))); !errors.Is(err, ErrNone) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// TestPackedAnewTorn: of a file that does not unpack to its end all is named from there on; one
// that is encrypted is told apart from one that was changed.
func TestPackedAnewTorn(t *testing.T) {
	_, b := made(t, 3*blockSize)
	b = packedAnew(t, zip.Store, membersOf(t, b))
	film := bytes.Index(b, []byte("videos/1.mp4")) + len("videos/1.mp4") + blockSize
	torn := slices.Clone(b)
	torn[film+10] ^= 1
	r, err := check(t, torn)
	if err != nil || r.OK() || len(r.Changed) != 1 || r.Changed[0].Part != "videos/1.mp4" || r.Changed[0].From > blockSize+10 || r.Changed[0].To < blockSize+10 || !r.Originals[0].Signed {
		t.Errorf("torn: %+v, %v", r, err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || z.File[0].Name != "index.html" {
		t.Fatal(err)
	}
	locked := slices.Clone(b)
	directory := bytes.Index(locked, []byte("PK\x01\x02"))
	locked[directory+8] |= 1
	if _, err := check(t, locked); !errors.Is(err, ErrPacked) {
		t.Errorf("encrypted: %v", err)
	}
}

// TestFilesComeAndGo: a file that a program put into the archive as the hub made it, or took out, is
// named as such.
func TestFilesComeAndGo(t *testing.T) {
	_, b := made(t, 500)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if f.Name == "journal.json" {
			continue
		}
		if err := w.Copy(f); err != nil { // as it is packed
			t.Fatal(err)
		}
	}
	if _, err := w.Create("note.txt"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := check(t, out.Bytes())
	if err != nil || r.OK() || len(r.Changed) != 0 || !slices.Equal(r.Missing, []string{"journal.json"}) || !slices.Equal(r.Extra, []string{"note.txt"}) || !r.Originals[0].Signed {
		t.Errorf("%+v, %v", r, err)
	}
}
