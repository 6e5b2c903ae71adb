package app

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/evidence"
)

// anew unpacks an archive and packs it anew, deflated and the other way round, with another text
// in its files and their names; not in those of the manifest's own, unless it is the list's.
func anew(t *testing.T, text, other string) func([]byte) []byte {
	return func(b []byte) []byte {
		t.Helper()
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, f := range slices.Backward(z.File) {
			in, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			name := f.Name
			if !strings.HasPrefix(name, "manifest.") {
				name = strings.Replace(name, text, other, 1)
			}
			if !strings.HasPrefix(name, "manifest.") || text == "ann" {
				n := -1
				if len(text) == len(other) {
					n = 1
				}
				content = bytes.Replace(content, []byte(text), []byte(other), n)
			}
			to, err := w.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := to.Write(content); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
}

// TestVerifyBundle: the command says of a bundle what a person needs to hear, and fails for one
// that is not as it was made, or not by the hub that was asked for.
func TestVerifyBundle(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
	public := key.Public().(ed25519.PublicKey)
	text := strings.Repeat("a long evening\n", 20_000)
	m := evidence.Manifest{
		Hub: media.HubID{1}, Key: evidence.Hex(public), Made: time.Date(2026, 11, 29, 13, 0, 0, 0, time.UTC), By: "ann", Camera: "Front door",
		Files: []evidence.File{{Name: "journal.json", Size: int64(len(text))}},
	}
	var b bytes.Buffer
	err := evidence.Write(&b, m, func(_ int, to io.Writer) error { _, err := io.WriteString(to, text); return err },
		func(context string, message []byte) []byte { return seal.Sign(key, context, message) })
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "front.zip")
	run := func(change func([]byte) []byte, args ...string) (string, error) {
		t.Helper()
		if err := os.WriteFile(file, change(bytes.Clone(b.Bytes())), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		err := verify(context.Background(), append([]string{"bundle"}, append(args, file)...), &out)
		return out.String(), err
	}
	at := bytes.Index(b.Bytes(), []byte("evening")) + 100_000
	for name, c := range map[string]struct {
		change     func([]byte) []byte
		args       []string
		says, errs string
	}{
		"as it was made":        {func(b []byte) []byte { return b }, nil, "Every byte is as the hub made it", ""},
		"by that hub":           {func(b []byte) []byte { return b }, []string{"--key", evidence.Hex(public).Pairs()}, "Recordings of Front door", ""},
		"by a key that is none": {func(b []byte) []byte { return b }, []string{"--key", "hello"}, "", "64 hexadecimal"},
		"by another hub":        {func(b []byte) []byte { return b }, []string{"--key", strings.Repeat("0", 64)}, "Signed with", "another key"},
		"a byte changed":        {func(b []byte) []byte { b[at] ^= 1; return b }, nil, "journal.json, from its byte 65535 on", "not as the hub made it"},
		"longer":                {func(b []byte) []byte { return append(b, 'x') }, nil, "behind the end", "not as the hub made it"},
		"a byte more":           {func(b []byte) []byte { return slices.Insert(b, at, 'x') }, nil, "1 bytes longer", "not as the hub made it"},
		"seven bytes less":      {func(b []byte) []byte { return slices.Delete(b, at, at+7) }, nil, "7 bytes shorter", "not as the hub made it"},
		"list changed":          {func(b []byte) []byte { b[bytes.Index(b, []byte("ann"))] = 'b'; return b }, nil, "", "nothing can be said"},
		"packed anew":           {anew(t, "", ""), nil, "Every file in it is as the hub made it: 0 clips, 1 files", ""},
		"and a byte changed":    {anew(t, "long evening\na", "long evening\nb"), nil, "Changed within bytes 0 to 65534 of journal.json", "not as the hub made it"},
		"and shorter":           {anew(t, "evening\n", "evening"), nil, "Changed within bytes 0 to 262139 of journal.json.\njournal.json is shorter than the hub made it: bytes 280000 to 299999 of it are missing", "not as the hub made it"},
		"and the list changed":  {anew(t, "ann", "bob"), nil, "", "somebody packed the bundle anew, and the list"},
		"and files renamed":     {anew(t, "journal.json", "journal.txt"), nil, "Missing: journal.json.\nNot put in by the hub: \"journal.txt\".", "not as the hub made it"},
		"no bundle":             {func([]byte) []byte { return []byte("hello") }, nil, "", "no evidence bundle"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := run(c.change, c.args...)
			if !strings.Contains(out, c.says) || (err != nil) != (c.errs != "") || err != nil && !strings.Contains(err.Error(), c.errs) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	if _, err := run(func(b []byte) []byte { return b }); err != nil {
		t.Fatal(err)
	}
	if err := verify(t.Context(), []string{"bundle", file, "-key", strings.Repeat("0", 64)}, io.Discard); err == nil || !strings.Contains(err.Error(), "another key") {
		t.Errorf("the key behind the file: %v", err)
	}
	if err := verify(t.Context(), []string{"bundle", file + "x"}, io.Discard); err == nil || !strings.Contains(err.Error(), "there is no file") {
		t.Errorf("no file: %v", err)
	}
}
