package evidence

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"lares/cameras/seal"
)

// findManifest finds the manifest whose signature holds: by the directory, or by its own head
// where that was changed.
func findManifest(r io.ReaderAt, size int64) (m Manifest, at int64, text []byte, err error) {
	err = ErrNone
	for _, find := range []func(io.ReaderAt, int64) (entry, bool){byDirectory, byHead} {
		e, ok := find(r, size)
		if !ok {
			continue
		}
		m, text, failed := readManifest(r, e)
		if failed == nil {
			return m, e.at, text, nil
		}
		err = failed
	}
	return m, 0, nil, err
}

// readManifest reads and checks the manifest at an entry.
func readManifest(r io.ReaderAt, e entry) (m Manifest, text []byte, err error) {
	sig := entry{name: signatureName, size: ed25519.SignatureSize, at: e.next()}
	text = make([]byte, e.size)
	if n, err := (&content{r: r, e: e}).ReadAt(text, 0); n < len(text) {
		if errors.Is(err, io.EOF) { // an archive of another making
			return m, nil, ErrNone
		}
		return m, nil, fmt.Errorf("evidence: reading the manifest: %w", err)
	}
	fail := func(err error) (Manifest, []byte, error) { return m, nil, &ManifestError{e.at, sig.next(), err} }
	if err := json.Unmarshal(text, &m); err != nil {
		return fail(err)
	}
	if err := m.validate(); err != nil {
		return fail(err)
	}
	signature, err := signatureAt(r, sig)
	if err != nil {
		return m, nil, err
	}
	if !seal.Verify(ed25519.PublicKey(m.Key), format, text, signature) {
		return fail(nil)
	}
	return m, text, nil
}

func signatureAt(r io.ReaderAt, e entry) ([]byte, error) {
	b := make([]byte, e.size)
	if n, err := (&content{r: r, e: e}).ReadAt(b, 0); n < len(b) {
		if errors.Is(err, io.EOF) {
			return nil, ErrNone
		}
		return nil, fmt.Errorf("evidence: reading the signature: %w", err)
	}
	return b, nil
}

// byDirectory finds the manifest by the archive's directory, which ends the file.
func byDirectory(r io.ReaderAt, size int64) (e entry, ok bool) {
	const tail = int64(endSize + 2*centralSize + len(manifestName) + len(signatureName))
	b := make([]byte, tail)
	if size < tail {
		return e, false
	}
	if n, _ := r.ReadAt(b, size-tail); int64(n) < tail || le.Uint32(b) != 0x02014b50 || string(b[centralSize:centralSize+len(manifestName)]) != manifestName {
		return e, false
	}
	e = entry{name: manifestName, size: int64(le.Uint32(b[24:])), at: int64(le.Uint32(b[42:]))}
	return e, e.size > 0 && e.size <= maxManifest && e.next() < size
}

// byHead finds the manifest by its local header, looking back from the end.
func byHead(r io.ReaderAt, size int64) (e entry, ok bool) {
	most := min(size, maxManifest+1<<20)
	b := make([]byte, most)
	if n, _ := r.ReadAt(b, size-most); int64(n) < most {
		return e, false
	}
	i := bytes.LastIndex(b, append([]byte{0, 0, 0, 0, byte(len(manifestName)), 0, 0, 0}, manifestName...))
	if i < localSize-8 {
		return e, false
	}
	e = entry{name: manifestName, at: size - most + int64(i) - (localSize - 8)}
	// Its length is what its blocks say, the last of which is marked.
	for at := i + 8 + len(manifestName); at+storedSize <= len(b); {
		length := int(le.Uint16(b[at+1:]))
		e.size += int64(length)
		if b[at] == 1 || length < blockSize {
			return e, e.size > 0
		}
		at += storedSize + length
	}
	return e, false
}
