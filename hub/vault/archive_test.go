package vault

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func backupOf(t *testing.T, plain []byte, passphrase string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewBackup(&b, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	for rest := plain; len(rest) > 0; { // in odd pieces
		n := min(len(rest), 300_001)
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unpack(b []byte, passphrase string) ([]byte, error) {
	r, err := OpenBackup(bytes.NewReader(b), passphrase)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// TestArchive: what was sealed comes back; nothing that was cut, swapped,
// repeated or changed passes for it, and no wrong passphrase opens it.
func TestArchive(t *testing.T) {
	const phrase = "correct horse battery"
	for _, size := range []int{0, chunkSize, chunkSize + 1} {
		plain := []byte(strings.Repeat("lares ", size/6+1))[:size]
		b := backupOf(t, plain, phrase)
		got, err := unpack(b, phrase)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if bytes.Contains(b, []byte("lares lares")) {
			t.Error("plain text")
		}
	}
	plain := bytes.Repeat([]byte("0123456789abcdef"), 3*chunkSize/16)
	b := backupOf(t, plain, phrase)
	if _, err := unpack(b, "correct horse batterz"); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	head := len(backupMagic) + 16 + 12
	key, err := backupKey(b[:head], phrase)
	if err != nil {
		t.Fatal(err)
	}
	chunk := 4 + 24 + chunkSize + 16
	first, second, third := b[head:head+chunk], b[head+chunk:head+2*chunk], b[head+2*chunk:]
	join := func(parts ...[]byte) []byte { return bytes.Join(append([][]byte{b[:head]}, parts...), nil) }
	flip := bytes.Clone(b)
	flip[head+chunk+100] ^= 1
	for what, bad := range map[string][]byte{
		"cut behind a chunk": join(first, second), "cut in a chunk": b[:len(b)-9], "swapped": join(second, first, third), "repeated": join(first, first, second, third),
		"a chunk left out": join(first, third), "more behind the end": join(first, second, third, third), "a bit": flip, "nothing": nil, "a header": b[:head],
	} {
		var got []byte
		r, err := openArchive(bytes.NewReader(bad[min(head, len(bad)):]), b[:head], key)
		if err == nil {
			got, err = io.ReadAll(r)
		}
		if err == nil || len(got) > 2*chunkSize {
			t.Errorf("%s: %d bytes, %v", what, len(got), err)
		}
	}
	for _, none := range [][]byte{nil, b[:head-1], []byte("something else entirely, and long enough to hold a header")} {
		if _, err := unpack(none, phrase); !errors.Is(err, ErrArchive) {
			t.Errorf("%q: %v", none, err)
		}
	}
	cheap := bytes.Clone(b)
	cheap[len(backupMagic)+16+1] = 0 // less memory than this program ever asks for
	if _, err := unpack(cheap, phrase); !errors.Is(err, ErrArchive) {
		t.Errorf("cheaper: %v", err)
	}
}

// TestDailyCopyOpensHere: a copy opens with the hub's own key, also after the hub
// was restored, and with no other.
func TestDailyCopyOpensHere(t *testing.T) {
	old, err1 := newHubKey()
	other, err2 := newHubKey()
	now, err3 := old.successor(t0)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := (&Vault{key: old}).SealCopy(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("rows")); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	for what, key := range map[string]hubKey{"the hub": old, "restored": now} {
		r, err := key.openCopy(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != "rows" {
			t.Errorf("%s: %q %v", what, got, err)
		}
	}
	other.hub = old.hub
	if _, err := other.openCopy(bytes.NewReader(b.Bytes())); err == nil {
		t.Error("another hub's key opens it")
	}
}
