package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"lares/cameras/seal"
)

// repacked is a ZIP archive that somebody made of the files of a bundle: in any order, in stored
// or deflated form, and in a folder if need be.
type repacked struct {
	r     *watched
	all   []*zip.File
	files map[string]*zip.File // by their names in the bundle
}

// watched keeps why reading fails, which archive/zip does not tell from bytes that are none.
type watched struct {
	io.ReaderAt
	failed error
}

// ReadAt reads.
func (w *watched) ReadAt(p []byte, at int64) (int, error) {
	n, err := w.ReaderAt.ReadAt(p, at)
	if err != nil && !errors.Is(err, io.EOF) {
		w.failed = err
	}
	return n, err
}

// openRepacked finds the files of an archive that has a manifest; ok is false for any other file.
func openRepacked(r io.ReaderAt, size int64) (p *repacked, ok bool) {
	p = &repacked{r: &watched{ReaderAt: r}, files: map[string]*zip.File{}}
	z, err := zip.NewReader(p.r, size)
	if err != nil {
		return nil, false
	}
	folder := ""
	for _, f := range z.File {
		name := slashed(f.Name)
		if strings.HasSuffix(name, "/") && f.UncompressedSize64 == 0 {
			continue // a folder
		}
		p.all = append(p.all, f)
		if in, is := strings.CutSuffix(name, manifestName); is && (in == "" || strings.HasSuffix(in, "/")) && (!ok || len(in) < len(folder)) {
			folder, ok = in, true
		}
	}
	for _, f := range p.all {
		if name, in := strings.CutPrefix(slashed(f.Name), folder); in && p.files[name] == nil {
			p.files[name] = f
		}
	}
	return p, ok
}

// slashed is a name as the format has it: some programs write it as their system does.
func slashed(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// strays are the files of a manifest that are not there, and those that are and are not of it.
func (p *repacked) strays(m Manifest) (missing, extra []string) {
	of := map[*zip.File]bool{p.files[manifestName]: true, p.files[signatureName]: true}
	for _, f := range m.Files {
		if p.files[f.Name] == nil {
			missing = append(missing, f.Name)
		}
		of[p.files[f.Name]] = true
	}
	for _, f := range p.all {
		if !of[f] {
			extra = append(extra, f.Name)
		}
	}
	return missing, extra
}

// check compares each file with the manifest.
func (p *repacked) check() (Report, error) {
	m, err := p.manifest()
	if err != nil {
		return Report{}, err
	}
	report := Report{Manifest: m, Repacked: true}
	report.Missing, report.Extra = p.strays(m)
	for _, f := range m.Files {
		changed, err := p.file(f)
		if err != nil {
			return Report{}, err
		}
		report.Changed = append(report.Changed, changed...)
	}
	for _, clip := range m.Clips {
		o := Original{Clip: clip}
		if f := p.files[clip.Original]; f != nil {
			content := &unpacked{of: f}
			o = original(m, clip, content, int64(min(f.UncompressedSize64, maxBundle)))
			_ = content.Close()
			if p.r.failed != nil {
				return Report{}, fmt.Errorf("evidence: reading %s: %w", clip.Original, p.r.failed)
			}
		}
		report.Originals = append(report.Originals, o)
	}
	return report, nil
}

// manifest reads the manifest, whose signature must hold.
func (p *repacked) manifest() (m Manifest, err error) {
	text, err := p.small(manifestName, maxManifest)
	if err != nil {
		return m, err
	}
	signature, err := p.small(signatureName, ed25519.SignatureSize)
	if err != nil {
		return m, err
	}
	err = json.Unmarshal(text, &m)
	if err == nil {
		err = m.validate()
	}
	if err != nil || !seal.Verify(ed25519.PublicKey(m.Key), format, text, signature) {
		return m, &ManifestError{Err: err}
	}
	return m, nil
}

// small reads a small file; what is longer, or does not unpack, is nothing that was signed.
func (p *repacked) small(name string, most uint64) ([]byte, error) {
	f := p.files[name]
	if f == nil || f.UncompressedSize64 > most {
		return nil, ErrNone
	}
	if err := opens(f); err != nil {
		return nil, err
	}
	b := make([]byte, f.UncompressedSize64)
	content := &unpacked{of: f}
	n, err := content.ReadAt(b, 0)
	_ = content.Close()
	switch {
	case p.r.failed != nil:
		return nil, fmt.Errorf("evidence: reading %s: %w", name, p.r.failed)
	case n < len(b):
		return nil, &ManifestError{Err: err}
	}
	return b, nil
}

// file says what of a file is not as it was written.
func (p *repacked) file(f File) (changed []Range, err error) {
	in := p.files[f.Name]
	if in == nil {
		return nil, nil
	}
	if err := opens(in); err != nil {
		return nil, err
	}
	c := checker{}
	note := func(from, to int64, missing, extra bool) {
		if from < to {
			c.note(Range{From: from, To: to, Part: f.Name, Offset: from, Missing: missing, Extra: extra})
		}
	}
	content := &unpacked{of: in}
	defer content.Close()
	b := make([]byte, blockSize)
	for i := range blocksOf(f.Size) {
		at := i * blockSize
		block := b[:min(blockSize, f.Size-at)]
		n, err := content.ReadAt(block, at)
		switch {
		case p.r.failed != nil:
			return nil, fmt.Errorf("evidence: reading %s: %w", f.Name, p.r.failed)
		case n == len(block):
			if sum := sha256.Sum256(block); !bytes.Equal(sum[:], f.Blocks[i*sha256.Size:(i+1)*sha256.Size]) {
				note(at, at+int64(n), false, false)
			}
			continue
		case errors.Is(err, io.EOF):
			note(at+int64(n), f.Size, true, false)
		default: // it does not unpack from here on
			note(at, f.Size, false, false)
		}
		return c.changed, nil
	}
	if n, _ := content.ReadAt(b[:1], f.Size); n > 0 {
		note(f.Size, max(f.Size+1, int64(min(in.UncompressedSize64, maxBundle))), false, true)
	}
	return c.changed, nil
}

// opens says whether a file can be unpacked here at all.
func opens(f *zip.File) error {
	const encrypted = 1
	if f.Flags&encrypted != 0 || f.Method != zip.Store && f.Method != zip.Deflate {
		return fmt.Errorf("%w: %q", ErrPacked, bounded(f.Name))
	}
	return nil
}

// unpacked is the content of one file of an archive. Whoever reads it on and on unpacks it once.
type unpacked struct {
	of *zip.File
	in io.ReadCloser
	at int64
}

// ReadAt reads; the end is io.EOF, and any other error is of bytes that do not unpack.
func (u *unpacked) ReadAt(p []byte, off int64) (n int, err error) {
	if u.in == nil || off < u.at {
		if err := u.Close(); err != nil {
			return 0, err
		}
		if u.in, err = u.of.Open(); err != nil {
			return 0, err
		}
		u.at = 0
	}
	skipped, err := io.CopyN(io.Discard, u.in, off-u.at)
	if u.at += skipped; err != nil {
		return 0, err
	}
	for n < len(p) && err == nil {
		var some int
		some, err = u.in.Read(p[n:])
		n += some
	}
	u.at += int64(n)
	if n == len(p) {
		err = nil
	}
	return n, err
}

// Close ends the reading; it can begin again.
func (u *unpacked) Close() error {
	if u.in == nil {
		return nil
	}
	in := u.in
	u.in = nil
	return in.Close()
}
